// Puts the parts together: who I am and where I am stand in the address, so two tabs can be two people.
import { h } from "./dom.js";
import { blocks } from "./blocks.js";
import { composer, fill } from "./composer.js";
import { anyFault, lookForFaults } from "./faults.js";
import { icon } from "./icons.js";
import { ask, become, doIt, reload } from "./live.js";
import { wear } from "./look.js";
import { nameIn } from "./message.js";
import { listOf } from "./messages.js";
import { modals } from "./modal.js";
import { notice, announce } from "./notices.js";
import { peopleCards } from "./people.js";
import { sidebar } from "./sidebar.js";
import { channel, firstNew, mainMessages, message, on, read, state, tell, user, view } from "./state.js";
import { closeThread, openThread } from "./thread.js";

const at = (id) => document.getElementById(id);
const REMEMBERED = "playground.me";
const FAULT_LOOK = 4000;

// -- the address ------------------------------------------------------------------------------

const address = () => new URLSearchParams(location.hash.slice(1));

function point(changes) {
  const next = address();
  for (const [name, value] of Object.entries({ at: null, ...changes })) {
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
  show(wanted(), address().get("thread"), address().get("at"));
}

// -- where I am -------------------------------------------------------------------------------

const drawMain = listOf(at("messages"), { inThread: false, box: at("scroll") });

function show(place, thread, ts = null) {
  const moved = view.at !== place;
  view.at = place;
  view.thread = place === "home" ? null : thread;
  if (moved) view.fresh = place === "home" ? null : firstNew(place);
  shutMenu();
  at("home").hidden = place !== "home";
  at("messages").hidden = place === "home";
  title();
  read(place);
  if (place === "home") home(moved);
  else main(moved, { ts });
  if (moved || view.member !== channel(place)?.is_member) box();
  besides(ts);
  tell("went");
}

function besides(ts) {
  if (view.thread && message(view.at, view.thread)) openThread(at("thread"), ts, () => point({ thread: null }));
  else closeThread(at("thread"));
}

function title() {
  const here = channel(view.at);
  const robot = state.users.find((one) => one.is_bot);
  const words = view.at === "home" ? `Home of ${robot?.real_name || robot?.name || "the app"}` : `${here?.is_im ? "" : "#"}${here?.name ?? view.at}`;
  at("title").textContent = words;
  at("topic").textContent = view.at === "home" ? "" : here?.topic ?? "";
  at("me").textContent = user(state.me)?.name ?? "";
  at("me").setAttribute("aria-label", `You are ${user(state.me)?.name ?? "nobody"}. Be somebody else`);
  const news = [...state.unread.values()].reduce((sum, one) => sum + one, 0);
  document.title = `${words} · ${user(state.me)?.name ?? ""}${news ? ` (${news})` : ""}`;
}

function box() {
  const here = channel(view.at);
  at("composer").replaceChildren();
  view.member = here?.is_member;
  if (!here) return;
  const label = here.is_member ? `Message ${here.is_im ? "" : "#"}${here.name} or type /` : `You are not in #${here.name}`;
  at("composer").append(composer({ channel: here.id, label, disabled: !here.is_member }));
  if (!here.is_member && state.deeds.includes("join")) at("composer").append(h("button", { type: "button", class: "button primary join", data: { testid: "join" }, click: () => doIt("join", { channel: here.id }) }, `Join #${here.name}`));
}

// Whether the newest message is being looked at: then it stays in view, whatever grows or shrinks.
let following = true;

function scrolled() {
  const place = at("scroll");
  following = place.scrollHeight - place.scrollTop - place.clientHeight < 90;
  if (following) at("newer").hidden = true;
}

function toEnd() {
  following = true;
  at("scroll").scrollTop = at("scroll").scrollHeight;
  at("newer").hidden = true;
}

function main(moved, { ts = null, item = null, isNew = false } = {}) {
  const stay = !moved && !following;
  const list = mainMessages(view.at);
  drawMain(view.at, list, { fresh: view.fresh, until: ts ?? (moved ? view.fresh : null) });
  at("messages").classList.toggle("empty", list.length === 0);
  const found = ts && at("messages").querySelector(`.message[data-ts="${CSS.escape(ts)}"]`);
  if (found) {
    following = false;
    return pointOut(found);
  }
  if (!stay) toEnd();
  else if (isNew && list.at(-1) === item && item.user !== state.me) at("newer").hidden = false;
}

// Somebody followed a link to this message.
function pointOut(node) {
  node.scrollIntoView({ block: "center" });
  node.classList.add("pointed");
  setTimeout(() => node.classList.remove("pointed"), 3000);
}

// -- App Home ---------------------------------------------------------------------------------

const homeKept = new Map();

function home(asked) {
  const where = (block) => ({ home: true, view_id: state.home?.id, block_id: block.block_id });
  const ctx = {
    fields: [], kept: homeKept, act: (block, action) => doIt("act", { ...where(block), action }),
    suggest: (block, typed) => ask("suggest", { ...where(block), ...typed }),
  };
  const inside = state.home ? blocks(state.home.blocks, ctx) : [h("p", { class: "quiet" }, "The app has not put anything here yet.")];
  at("home").replaceChildren(...inside);
  if (asked) ask("home", {});
}

// -- all together -------------------------------------------------------------------------------

function loaded() {
  sessionStorage.setItem(REMEMBERED, state.me);
  point({ as: state.me, at: address().get("at") });
  if (view.who !== state.me) {
    Object.assign(view, { who: state.me, at: null });
    drawMain(null, []);
  }
  show(wanted(), address().get("thread"), address().get("at"));
}

function changed({ channel: id, item, isNew }) {
  if (isNew && item.user !== state.me) announce(`${nameIn(item)}: ${item.text ?? ""}`);
  if (id !== view.at) return;
  if (view.hidden) view.fresh ??= isNew && item.user !== state.me ? item.ts : null;
  else read(id);
  main(false, { item, isNew });
  if (view.thread) besides();
}

function looked() {
  view.hidden = document.hidden;
  if (!view.hidden && view.at) read(view.at);
  title();
}

function shutMenu() {
  document.body.classList.remove("menu-open");
  at("menu").setAttribute("aria-expanded", "false");
}

const turnMenu = () => at("menu").setAttribute("aria-expanded", String(document.body.classList.toggle("menu-open")));

function line(how) {
  at("link").textContent = { live: "", connecting: "", offline: "Not connected. Trying again…" }[how];
  at("link").dataset.line = how;
}

function wire() {
  wear();
  at("menu").append(icon("menu"));
  sidebar(at("sidebar"));
  modals();
  peopleCards();
  on("loaded", loaded);
  on("become", (who) => point({ as: who }));
  on("go", (place) => (place === view.at && !address().get("thread") ? show(place, null) : point({ in: place, thread: null })));
  on("open-thread", (ts) => point({ thread: ts, in: view.at }));
  on("messages", changed);
  on("home", () => view.at === "home" && home(false));
  for (const topic of ["title", "sidebar"]) on(topic, title);
  on("notice", (words) => {
    notice(words);
    if (anyFault()) lookForFaults();
  });
  on("reset", reload);
  on("said", toEnd);
  on("try", (words) => fillBox(words));
  on("line", line);
  window.addEventListener("hashchange", follow);
  document.addEventListener("visibilitychange", looked);
  document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); document.querySelector("#composer textarea")?.focus(); });
  at("newer").addEventListener("click", toEnd);
  at("scroll").addEventListener("scroll", scrolled, { passive: true });
  const sizes = new ResizeObserver(() => following && view.at !== "home" && toEnd());
  for (const id of ["scroll", "messages"]) sizes.observe(at(id));
  for (const id of ["menu", "me"]) at(id).addEventListener("click", turnMenu);
  at("main").addEventListener("click", (event) => document.body.classList.contains("menu-open") && !event.target.closest("#menu, #me") && turnMenu());
  document.addEventListener("keydown", pressed);
  lookForFaults();
  setInterval(() => anyFault() && !document.hidden && lookForFaults(), FAULT_LOOK);
}

// A thread takes no commands: they belong into the channel's box.
function fillBox(words) {
  const place = document.querySelector("#composer textarea:not(:disabled)");
  if (place) fill(place, words);
}

// Escape goes back by one; a slash anywhere begins a command.
function pressed(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (event.key === "Escape") {
    if (document.body.classList.contains("menu-open")) turnMenu();
    else if (view.thread) point({ thread: null });
  } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    fillBox(document.querySelector("#composer textarea")?.value || "/");
  }
}

wire();
become(address().get("as") ?? sessionStorage.getItem(REMEMBERED) ?? "");
