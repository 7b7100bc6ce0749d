// The message box: what is typed there, kept, sent, and given back when it did not arrive.
import { h } from "./dom.js";
import { pictureOf } from "./emoji.js";
import { icon } from "./icons.js";
import { ask } from "./live.js";
import { offers, ready, usage } from "./offers.js";
import { emojiPicker } from "./picker.js";
import { shortcutMenu, shortcuts } from "./shortcuts.js";
import { state, tell } from "./state.js";

const drafts = new Map();
const sent = [];
let count = 0;

export function composer({ channel, thread, label, disabled }) {
  const id = `offers-${++count}`;
  const key = `${state.me}/${channel}/${thread ?? ""}`;
  const name = (word) => (thread ? `thread-${word}` : word);
  const box = h("textarea", {
    class: "message-box", rows: 1, placeholder: label, "aria-label": label, "aria-autocomplete": "list", "aria-controls": id, "aria-haspopup": "listbox",
    disabled, data: { testid: name("composer") }, autocomplete: "off", autocapitalize: "none", spellcheck: "false",
  });
  box.value = drafts.get(key) ?? "";
  const list = h("ul", { id, class: "offers", role: "listbox", "aria-label": "Completions", hidden: true, data: { testid: "completions" } });
  const hint = h("p", { class: "usage", role: "status", hidden: true, data: { testid: name("usage") } });
  const look = { box, list, hint, id, key, channel, thread, found: { list: [] }, chosen: -1 };
  const tool = (words, inside, click, testid) => h("button", { type: "button", class: "plain box-tool", "aria-label": words, title: words, disabled, data: { testid: name(testid) }, click }, inside);
  const send = h("button", { type: "button", class: "button primary send", "aria-label": "Send", title: "Send (Enter)", disabled, data: { testid: name("send") } }, icon("send"));
  box.addEventListener("input", () => typed(look));
  box.addEventListener("keydown", (event) => pressed(look, event));
  box.addEventListener("blur", () => hide(look));
  box.addEventListener("focus", () => box.value && typed(look));
  send.addEventListener("click", () => { say(look); box.focus(); });
  requestAnimationFrame(() => grow(box));
  return h("div", { class: "composer" }, list, hint, h("div", { class: `frame ${disabled ? "still" : ""}` }, box, h("div", { class: "box-tools" },
    !thread && tool("Words for the app", h("span", { class: "slash", "aria-hidden": "true" }, "/"), () => begin(look), "slash"),
    !thread && shortcuts("global").length > 0 && tool("Shortcuts", icon("plus"), (event) => shortcutMenu(event.currentTarget, "global"), "shortcuts"),
    tool("Mention somebody", icon("at"), () => add(look, /\S$/.test(box.value) ? " @" : "@"), "mention"),
    tool("Add an emoji", icon("smile"), (event) => emojiPicker(event.currentTarget, "Add an emoji", (one) => add(look, pictureOf(one) ? `:${one}: ` : `:${one}:`)), "emoji"),
    h("span", { class: "quiet keys", "aria-hidden": "true" }, thread ? "" : "Enter sends, Shift+Enter starts a new line"), send)));
}

// As after typing a slash into the empty box.
export function begin(look) {
  const command = state.commands[0]?.command;
  const { box } = look;
  if (!box.value.startsWith("/")) box.value = command && state.commands.length === 1 ? `${command} ` : "/";
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
  typed(look);
}

function add(look, text) {
  const { box } = look;
  box.focus();
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  typed(look);
}

export function fill(box, text) {
  box.focus();
  box.value = text;
  box.setSelectionRange(text.length, text.length);
  box.dispatchEvent(new Event("input"));
}

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 220)}px`;
}

function typed(look) {
  drafts.set(look.key, look.box.value);
  grow(look.box);
  const end = look.box.selectionStart === look.box.value.length;
  look.found = end && !(look.thread && look.box.value.startsWith("/")) ? offers(look.box.value) : { list: [] };
  const only = look.found.list.length === 1 && look.found.list[0].insert === look.found.typed;
  if (only && !look.found.typed.startsWith("/")) look.found = { list: [] };
  // With nothing typed of the word, Enter sends what stands there; so nothing is chosen yet.
  look.chosen = look.found.list.length && look.found.typed ? exact(look.found) : -1;
  show(look);
}

const exact = (found) => Math.max(0, found.list.findIndex((one) => one.insert === found.typed));

function show(look) {
  const { list, box, found, hint } = look;
  list.hidden = !found.list.length;
  list.replaceChildren(...found.list.map((one, index) => h("li", {
    id: `${look.id}-${index}`, role: "option", class: "offer", "aria-selected": String(index === look.chosen), data: { value: one.insert },
    mousedown: (event) => { event.preventDefault(); take(look, index); },
  }, h("span", { class: "offer-word" }, one.shown), one.usage && h("code", { class: "offer-usage" }, one.usage), one.more && h("span", { class: "quiet" }, one.more))));
  const chosen = list.children[look.chosen];
  if (chosen) box.setAttribute("aria-activedescendant", chosen.id);
  else box.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
  const words = list.hidden && document.activeElement === box && !look.thread ? usage(box.value) : "";
  hint.hidden = !words;
  hint.textContent = words;
}

function hide(look) {
  look.found = { list: [] };
  look.chosen = -1;
  show(look);
}

function take(look, index) {
  const { box, found } = look;
  box.value = `${box.value.slice(0, box.value.length - found.letters)}${found.list[index].insert} `;
  typed(look);
}

function pressed(look, event) {
  if (event.isComposing) return;
  const size = look.found.list.length;
  const chosen = look.found.list[look.chosen];
  if (size && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    look.chosen = event.key === "ArrowDown" ? (look.chosen + 1) % size : (look.chosen <= 0 ? size : look.chosen) - 1;
    show(look);
  } else if (size && event.key === "Tab" && !event.shiftKey) take(look, Math.max(0, look.chosen));
  else if (size && event.key === "Escape") hide(look);
  else if (event.key === "Enter" && !event.shiftKey) {
    if (chosen && chosen.insert !== look.found.typed) take(look, look.chosen);
    else say(look);
  } else if (event.key === "ArrowUp" && look.box.value === "" && sent.length) fill(look.box, sent.at(-1));
  else return;
  event.preventDefault();
}

async function say(look) {
  const { box } = look;
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  typed(look);
  sent.push(text);
  if (sent.length > 50) sent.shift();
  tell("said");
  const answer = await ask("say", { channel: look.channel, text: ready(text), ...(look.thread ? { thread_ts: look.thread } : {}) });
  if (answer.ok) return;
  tell("notice", answer.message);
  if (drafts.get(look.key)) return;
  drafts.set(look.key, text);
  if (box.value === "") {
    box.value = text;
    grow(box);
  }
}
