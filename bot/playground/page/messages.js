// One list of messages, kept in step with the state: only what changed is drawn again. The newest are drawn at once,
// the earlier ones while the browser has nothing else to do, and never more than MOST: the rest on request.
import { h, replaceKeepingFocus } from "./dom.js";
import { drawMessage, moment } from "./message.js";
import { nearDay } from "./mrkdwn.js";
import { replies } from "./state.js";

const FIRST = 60;
const STEP = 120;
const MOST = 4000;

const dayKey = (ts) => moment(ts).toDateString();

function dayName(ts) {
  const near = nearDay(moment(ts));
  if (near) return near[0].toUpperCase() + near.slice(1);
  return moment(ts).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 30));

// Answers a function that draws a channel's list. `box` is what scrolls; what is looked at stays where it is.
export function listOf(place, { inThread, box }) {
  const drawn = new Map();
  walkable(place);
  const look = { channel: null, list: [], shown: FIRST, most: MOST, waiting: false };
  const draw = () => {
    settle(place, order(drawn, look, inThread, more));
    if (!place.contains(document.activeElement)) stop(place, [...place.children].findLast((one) => one.matches(".message")));
  };
  const more = () => {
    look.most += MOST;
    fill();
  };
  const fill = () => {
    if (look.waiting || look.shown >= Math.min(look.list.length, look.most)) return;
    look.waiting = true;
    idle(() => {
      look.waiting = false;
      look.shown = Math.min(look.shown + STEP, look.most);
      staying(box, place, draw);
      fill();
    });
  };
  return (channel, list, { fresh = null, until = null } = {}) => {
    if (channel !== look.channel) Object.assign(look, { channel, shown: FIRST, most: MOST });
    const grown = channel === look.channel ? Math.max(0, list.length - look.list.length) : 0;
    Object.assign(look, { list, fresh, shown: look.shown + grown });
    const wanted = until ? list.length - list.findIndex((one) => one.ts === until) : 0;
    look.shown = Math.max(look.shown, Math.min(wanted, list.length));
    draw();
    fill();
  };
}

// Does the work, and leaves what is at the top of the view where it was.
function staying(box, place, work) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 4;
  const top = box.getBoundingClientRect().top;
  const first = atEnd ? null : [...place.children].find((one) => one.getBoundingClientRect().bottom > top);
  const before = first?.getBoundingClientRect().top;
  work();
  if (atEnd) box.scrollTop = box.scrollHeight;
  else if (first?.isConnected) box.scrollTop += first.getBoundingClientRect().top - before;
}

function order(drawn, look, inThread, more) {
  const list = look.list.slice(-look.shown);
  const out = [];
  const seen = new Set();
  let before = null;
  const still = (key, make) => {
    seen.add(key);
    if (!drawn.has(key)) drawn.set(key, { node: make() });
    out.push(drawn.get(key).node);
  };
  if (look.list.length > look.most && look.shown >= look.most) {
    still("more", () => h("button", { type: "button", class: "small earlier", data: { testid: "earlier" }, click: more }, "Show earlier messages"));
  }
  for (const item of list) {
    if (!before || dayKey(before.ts) !== dayKey(item.ts)) still(`day ${dayKey(item.ts)}`, () => h("div", { class: "day", role: "separator", "aria-label": dayName(item.ts) }, h("span", null, dayName(item.ts))));
    if (item.ts === look.fresh && before) still(`new ${item.ts}`, () => h("div", { class: "day fresh", role: "separator", "aria-label": "New messages", data: { testid: "fresh" } }, h("span", null, "New")));
    out.push(current(drawn, look, item, item.ts !== look.fresh && follows(before, item), inThread));
    seen.add(item.ts);
    before = item;
  }
  for (const key of [...drawn.keys()]) if (!seen.has(key)) drawn.delete(key);
  return out;
}

function settle(place, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...place.children]) if (!wanted.has(node)) node.remove();
  let at = place.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else place.insertBefore(node, at);
  }
}

// The list is one stop of the Tab key: the message last been at, or the newest. Arrows go from one to the next.
function walkable(place) {
  place.addEventListener("focusin", (event) => stop(place, event.target.closest(".message")));
  place.addEventListener("keydown", (event) => {
    const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
    if (!step || !event.target.matches(".message")) return;
    event.preventDefault();
    let next = event.target[step];
    while (next && !next.matches(".message")) next = next[step];
    next?.focus();
  });
}

function stop(place, node) {
  const before = place.querySelector(".message[tabindex='0']");
  if (!node || node === before) return;
  before?.setAttribute("tabindex", "-1");
  node.setAttribute("tabindex", "0");
}

const plain = (item) => !item.blocks?.length && !item.attachments?.length && !item.files?.length;

const follows = (before, item) =>
  Boolean(before) && plain(before) && plain(item) && before.user === item.user && before.username === item.username && Boolean(before.ephemeral) === Boolean(item.ephemeral)
  && Number(item.ts) - Number(before.ts) < 300 && dayKey(before.ts) === dayKey(item.ts);

// A node is drawn again when its message or what is shown around it changed.
function current(drawn, look, item, following, inThread) {
  const answers = inThread ? [] : replies(look.channel, item.ts);
  const mark = [item, following, answers.length, answers.at(-1)?.ts];
  const old = drawn.get(item.ts);
  if (old && old.mark.every((one, index) => one === mark[index])) return old.node;
  const node = drawMessage(look.channel, item, { following, answers, inThread, met: Boolean(old?.node.querySelector(".tools")) });
  if (old?.node.isConnected) replaceKeepingFocus(old.node, node);
  drawn.set(item.ts, { node, mark });
  return node;
}
