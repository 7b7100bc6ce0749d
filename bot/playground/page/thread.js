// The thread beside the channel: its first message, the answers, and a box of its own.
import { h } from "./dom.js";
import { composer } from "./composer.js";
import { icon } from "./icons.js";
import { listOf } from "./messages.js";
import { channel, message, replies, state, view } from "./state.js";

let draw = null;

// Whoever was in it goes back to the message that it hangs on.
export function closeThread(pane) {
  const from = pane.contains(document.activeElement) ? pane.querySelector(".message")?.dataset.ts : null;
  document.body.classList.remove("with-thread");
  pane.hidden = true;
  pane.replaceChildren();
  delete pane.dataset.shown;
  draw = null;
  if (from) document.querySelector(`#messages .message[data-ts="${CSS.escape(from)}"]`)?.focus();
}

export function openThread(pane, ts, shut) {
  document.body.classList.add("with-thread");
  pane.hidden = false;
  const key = `${state.me}/${view.at}/${view.thread}`;
  const opened = pane.dataset.shown !== key;
  if (opened) frame(pane, key, shut);
  const list = pane.querySelector(".thread-list");
  const stay = !opened && list.scrollHeight - list.scrollTop - list.clientHeight > 90;
  draw(view.at, [message(view.at, view.thread), ...replies(view.at, view.thread)]);
  if (!stay) list.scrollTop = list.scrollHeight;
  if (ts && opened) list.querySelector(`.message[data-ts="${CSS.escape(ts)}"]`)?.scrollIntoView({ block: "center" });
}

function frame(pane, key, shut) {
  pane.dataset.shown = key;
  const inside = h("div", { class: "messages", role: "log", "aria-live": "off", "aria-label": "Thread", data: { testid: "thread-messages" } });
  const list = h("div", { class: "thread-list", tabindex: "0", role: "group", "aria-label": "Messages of the thread" }, inside);
  const leave = h("button", { type: "button", class: "plain", "aria-label": "Close thread", title: "Close (Esc)", data: { testid: "close-thread" }, click: shut }, icon("shut"));
  const place = channel(view.at);
  pane.replaceChildren(
    h("header", { class: "bar" }, h("div", { class: "bar-text" }, h("h2", null, "Thread"), h("p", { class: "quiet" }, `${place?.is_im ? "" : "#"}${place?.name ?? ""}`)), leave),
    list, h("div", { class: "composer-place" }, composer({ channel: view.at, thread: view.thread, label: "Reply in thread", disabled: !place?.is_member })));
  draw = listOf(inside, { inThread: true, box: list });
  pane.querySelector("textarea").focus({ preventScroll: true });
}
