// The message box. Typing / offers the commands, then their words; @ offers people and groups.
import { h } from "./dom.js";
import { ask } from "./live.js";
import { people, state, tell } from "./state.js";

const drafts = new Map();
const sent = [];

// What could stand at the end of this text: [{ insert, shown, more }], and how many letters it replaces.
export function offers(text) {
  const at = /(?:^|\s)@([\w.-]*)$/.exec(text);
  if (at) return { letters: at[1].length, typed: at[1], list: names(at[1]) };
  const whole = /^\/(\S*)$/.exec(text);
  if (whole) return { letters: text.length, typed: text, list: commands(text) };
  const [, command, rest] = /^(\/\S+)\s+(.*)$/s.exec(text) ?? [];
  const { words = [], hints = [] } = state.commands.find((one) => one.command === command) ?? {};
  const list = words.map((one, index) => ({ insert: one, shown: one, more: hints[index] ?? "" })).filter((one) => one.insert.startsWith(rest));
  return { letters: rest?.length ?? 0, typed: rest ?? "", list };
}

const commands = (text) => state.commands.filter((one) => one.command.startsWith(text))
  .map((one) => ({ insert: one.command, shown: one.command, more: [one.usage_hint, one.description].filter(Boolean).join(" — ") }));

function names(start) {
  const low = start.toLowerCase();
  const all = [...people().map((one) => [one.name, one.real_name]), ...state.usergroups.map((one) => [one.handle, one.name || "group"])];
  return all.filter(([name]) => name.toLowerCase().startsWith(low)).map(([name, more]) => ({ insert: name, shown: `@${name}`, more: more === name ? "" : more }));
}

let count = 0;

export function composer({ channel, thread, label, disabled }) {
  const id = `offers-${++count}`;
  const key = `${state.me}/${channel}/${thread ?? ""}`;
  const box = h("textarea", {
    class: "field message-box", rows: 1, placeholder: label, "aria-label": label, "aria-autocomplete": "list", "aria-controls": id,
    disabled, data: { testid: thread ? "thread-composer" : "composer" }, autocomplete: "off", autocapitalize: "none", spellcheck: "false",
  });
  box.value = drafts.get(key) ?? "";
  const list = h("ul", { id, class: "offers", role: "listbox", "aria-label": "Completions", hidden: true, data: { testid: "completions" } });
  const send = h("button", { type: "button", class: "button primary send", "aria-label": "Send", title: "Send (Enter)", disabled, data: { testid: thread ? "thread-send" : "send" } }, "➤");
  const look = { box, list, id, key, channel, thread, found: { list: [] }, chosen: -1 };
  box.addEventListener("input", () => typed(look));
  box.addEventListener("keydown", (event) => pressed(look, event));
  box.addEventListener("blur", () => hide(look));
  box.addEventListener("focus", () => box.value && typed(look));
  send.addEventListener("click", () => { say(look); box.focus(); });
  requestAnimationFrame(() => grow(box));
  return h("div", { class: "composer" }, list, box, send);
}

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 220)}px`;
}

function typed(look) {
  drafts.set(look.key, look.box.value);
  grow(look.box);
  const end = look.box.selectionStart === look.box.value.length;
  look.found = end ? offers(look.box.value) : { list: [] };
  const only = look.found.list.length === 1 && look.found.list[0].insert === look.found.typed;
  if (only && !look.found.typed.startsWith("/")) look.found = { list: [] };
  // With nothing typed of the word, Enter sends what stands there; so nothing is chosen yet.
  look.chosen = look.found.list.length && look.found.typed ? exact(look.found) : -1;
  show(look);
}

const exact = (found) => Math.max(0, found.list.findIndex((one) => one.insert === found.typed));

function show(look) {
  const { list, box, found } = look;
  list.hidden = !found.list.length;
  list.replaceChildren(...found.list.map((one, index) => h("li", {
    id: `${look.id}-${index}`, role: "option", class: "offer", "aria-selected": String(index === look.chosen), data: { value: one.insert },
    mousedown: (event) => { event.preventDefault(); take(look, index); },
  }, h("span", { class: "offer-word" }, one.shown), one.more && h("span", { class: "quiet" }, one.more))));
  const chosen = list.children[look.chosen];
  if (chosen) box.setAttribute("aria-activedescendant", chosen.id);
  else box.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
}

function hide(look) {
  look.found = { list: [] };
  look.chosen = -1;
  show(look);
}

function take(look, index) {
  const { box, found } = look;
  const one = found.list[index];
  box.value = `${box.value.slice(0, box.value.length - found.letters)}${one.insert} `;
  typed(look);
}

function pressed(look, event) {
  if (event.isComposing) return;
  const open = look.found.list.length > 0;
  const size = look.found.list.length;
  const chosen = look.found.list[look.chosen];
  if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    look.chosen = event.key === "ArrowDown" ? (look.chosen + 1) % size : (look.chosen <= 0 ? size : look.chosen) - 1;
    show(look);
  } else if (open && event.key === "Tab" && !event.shiftKey) take(look, Math.max(0, look.chosen));
  else if (open && event.key === "Escape") hide(look);
  else if (event.key === "Enter" && !event.shiftKey) {
    if (chosen && chosen.insert !== look.found.typed) take(look, look.chosen);
    else say(look);
  } else if (event.key === "ArrowUp" && look.box.value === "" && sent.length) {
    look.box.value = sent.at(-1);
    drafts.set(look.key, look.box.value);
    grow(look.box);
  } else return;
  event.preventDefault();
}

async function say(look) {
  const { box } = look;
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  typed(look);
  sent.push(text);
  tell("said");
  const answer = await ask("say", { channel: look.channel, text, ...(look.thread ? { thread_ts: look.thread } : {}) });
  if (answer.ok) return;
  tell("notice", answer.message);
  if (drafts.get(look.key)) return;
  drafts.set(look.key, text);
  if (box.value === "") {
    box.value = text;
    grow(box);
  }
}
