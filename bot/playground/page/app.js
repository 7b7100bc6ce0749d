// Puts the parts together: who I am and where I am stand in the address, so two tabs can be two people.
import { h } from "./dom.js";
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { ask, become, doIt, reload } from "./live.js";
import { listOf } from "./messages.js";
import { modals } from "./modal.js";
import { sidebar } from "./sidebar.js";
import { channel, mainMessages, message, on, read, replies, state, tell, user, view } from "./state.js";

const at = (id) => document.getElementById(id);
const REMEMBERED = "playground.me";

// -- the address ------------------------------------------------------------------------------

const address = () => new URLSearchParams(location.hash.slice(1));

function point(changes) {
  const next = address();
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  if (`#${next}` !== location.hash) location.hash = String(next);
}

function wanted() {
  const place = address().get("in");
  if (place === "home" || channel(place)) return place;
  return (state.channels.find((one) => one.is_member && !one.is_im) ?? state.channels[0])?.id ?? "home";
}

function follow() {
  const who = address().get("as");
  if (who && who !== state.me) return void become(who);
  if (!state.me) return;
  show(wanted(), address().get("thread"));
}

// -- where I am -------------------------------------------------------------------------------

const drawMain = listOf(at("messages"), { inThread: false });
let drawThread = null;

function show(place, thread) {
  const moved = view.at !== place;
  view.at = place;
  view.thread = place === "home" ? null : thread;
  document.body.classList.remove("menu-open");
  at("menu").setAttribute("aria-expanded", "false");
  at("home").hidden = place !== "home";
  at("messages").hidden = place === "home";
  title();
  read(place);
  if (place === "home") home(moved);
  else main(moved);
  if (moved) boxes();
  openThread();
  tell("went");
}

function title() {
  const here = channel(view.at);
  const robot = state.users.find((one) => one.is_bot);
  const words = view.at === "home" ? `Home of ${robot?.real_name || robot?.name || "the app"}` : `${here?.is_im ? "" : "#"}${here?.name ?? view.at}`;
  at("title").textContent = words;
  at("topic").textContent = view.at === "home" ? "" : here?.topic ?? "";
  at("me").textContent = user(state.me)?.name ?? "";
  document.title = `${words} · ${user(state.me)?.name ?? ""}`;
}

function boxes() {
  const here = channel(view.at);
  at("composer").replaceChildren();
  if (!here) return;
  const label = here.is_member ? `Message ${here.is_im ? "" : "#"}${here.name} or type /` : `You are not in #${here.name}`;
  at("composer").append(composer({ channel: here.id, label, disabled: !here.is_member }));
}

function nearEnd() {
  const box = at("scroll");
  return box.scrollHeight - box.scrollTop - box.clientHeight < 90;
}

function toEnd() {
  at("scroll").scrollTop = at("scroll").scrollHeight;
  at("newer").hidden = true;
}

function main(moved, item) {
  const stay = !moved && !nearEnd();
  const list = mainMessages(view.at);
  drawMain(view.at, list);
  at("messages").classList.toggle("empty", list.length === 0);
  if (!stay) toEnd();
  else if (item && list.at(-1) === item && item.user !== state.me && !item.edited) at("newer").hidden = false;
}

// -- App Home ---------------------------------------------------------------------------------

const homeKept = new Map();

function home(asked) {
  const ctx = { fields: [], kept: homeKept, act: (block, action) => doIt("act", { home: true, view_id: state.home?.id, block_id: block.block_id, action }) };
  const inside = state.home ? blocks(state.home.blocks, ctx) : [h("p", { class: "quiet" }, "The app has not put anything here yet.")];
  at("home").replaceChildren(...inside);
  if (asked) ask("home", {});
}

// -- the thread beside it -----------------------------------------------------------------------

function openThread() {
  const pane = at("thread");
  const parent = view.thread && message(view.at, view.thread);
  document.body.classList.toggle("with-thread", Boolean(parent));
  pane.hidden = !parent;
  if (!parent) {
    pane.replaceChildren();
    delete pane.dataset.shown;
    drawThread = null;
    return;
  }
  const key = `${state.me}/${view.at}/${view.thread}`;
  if (pane.dataset.shown !== key) frame(pane, key);
  const list = pane.querySelector(".thread-list");
  const stay = list.dataset.full && list.scrollHeight - list.scrollTop - list.clientHeight > 90;
  drawThread(view.at, [parent, ...replies(view.at, view.thread)]);
  list.dataset.full = "yes";
  if (!stay) list.scrollTop = list.scrollHeight;
}

function frame(pane, key) {
  pane.dataset.shown = key;
  const list = h("div", { class: "messages thread-list", role: "log", "aria-label": "Thread", tabindex: "0", data: { testid: "thread-messages" } });
  const shut = h("button", { type: "button", class: "plain", "aria-label": "Close thread", data: { testid: "close-thread" }, click: () => point({ thread: null }) }, "✕");
  const place = channel(view.at);
  pane.replaceChildren(
    h("header", { class: "bar" }, h("div", { class: "bar-text" }, h("h2", null, "Thread"), h("p", { class: "quiet" }, `${place?.is_im ? "" : "#"}${place?.name ?? ""}`)), shut),
    list, h("div", { class: "composer-place" }, composer({ channel: view.at, thread: view.thread, label: "Reply in thread" })));
  drawThread = listOf(list, { inThread: true });
  pane.querySelector("textarea").focus({ preventScroll: true });
}

// -- notices ------------------------------------------------------------------------------------

function notice(text) {
  const said = [...at("notices").children].find((one) => one.dataset.text === text);
  said?.remove();
  const line = h("p", { class: "notice", data: { testid: "notice", text } }, h("span", null, text), h("button", { type: "button", class: "plain", "aria-label": "Dismiss", click: () => line.remove() }, "✕"));
  at("notices").append(line);
  while (at("notices").children.length > 3) at("notices").firstChild.remove();
  setTimeout(() => line.remove(), 15_000);
}

// -- all together -------------------------------------------------------------------------------

function loaded() {
  sessionStorage.setItem(REMEMBERED, state.me);
  point({ as: state.me });
  const wholeNew = view.who !== state.me;
  if (wholeNew) {
    Object.assign(view, { who: state.me, at: null });
    state.unread.clear();
    drawMain(null, []);
  }
  show(wanted(), address().get("thread"));
}

function wire() {
  sidebar(at("sidebar"));
  modals();
  on("loaded", loaded);
  on("become", (who) => point({ as: who }));
  on("go", (place) => (place === view.at && !address().get("thread") ? show(place, null) : point({ in: place, thread: null })));
  on("open-thread", (ts) => point({ thread: ts, in: view.at }));
  on("messages", ({ channel: id, item }) => {
    if (id !== view.at) return;
    main(false, item);
    if (view.thread) openThread();
  });
  on("home", () => view.at === "home" && home(false));
  on("title", title);
  on("notice", notice);
  on("reset", reload);
  on("said", toEnd);
  on("line", (how) => { at("link").textContent = { live: "", connecting: "", offline: "Not connected. Trying again…" }[how]; at("link").dataset.line = how; });
  window.addEventListener("hashchange", follow);
  document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); document.querySelector("#composer textarea")?.focus(); });
  at("newer").addEventListener("click", toEnd);
  at("scroll").addEventListener("scroll", () => nearEnd() && (at("newer").hidden = true), { passive: true });
  at("menu").addEventListener("click", () => at("menu").setAttribute("aria-expanded", String(document.body.classList.toggle("menu-open"))));
  at("main").addEventListener("click", (event) => document.body.classList.contains("menu-open") && !event.target.closest("#menu") && at("menu").click());
  document.addEventListener("keydown", escape);
}

function escape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (document.body.classList.contains("menu-open")) at("menu").click();
  else if (view.thread) point({ thread: null });
}

wire();
become(address().get("as") ?? sessionStorage.getItem(REMEMBERED) ?? "");
