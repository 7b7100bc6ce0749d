// Reactions: a chip each, with who; and a small sheet to pick another.
import { h, popover } from "./dom.js";
import { emoji, PICKER, pictureOf } from "./emoji.js";
import { doIt } from "./live.js";
import { state, userName } from "./state.js";

const mine = (item, name) => item.reactions?.some((one) => one.name === name && one.users.includes(state.me));

function toggle(channel, item, name) {
  return doIt(mine(item, name) ? "unreact" : "react", { channel, ts: item.ts, name });
}

function who(reaction) {
  const names = reaction.users.map((id) => (id === state.me ? "you" : userName(id)));
  return `${names.join(", ")} reacted with :${reaction.name}:`;
}

export function reactions(channel, item) {
  if (!item.reactions?.length) return null;
  const chip = (one) => h("button", {
    type: "button", class: "chip", title: who(one), "aria-label": `${one.count} ${one.name.replaceAll("_", " ")}: ${who(one)}`,
    "aria-pressed": String(one.users.includes(state.me)), data: { testid: "reaction", name: one.name }, click: () => toggle(channel, item, one.name),
  }, emoji(one.name), h("span", { class: "count" }, String(one.count)));
  return h("div", { class: "reactions" }, item.reactions.map(chip), reactionButton(channel, item, "chip add"));
}

export function reactionButton(channel, item, className = "tool") {
  const show = (event) => {
    const pick = (name) => {
      sheet.close();
      if (!mine(item, name)) toggle(channel, item, name);
    };
    const one = (name) => h("button", { type: "button", class: "pick", title: `:${name}:`, "aria-label": name.replaceAll("_", " "), data: { name }, click: () => pick(name) }, pictureOf(name));
    const other = h("input", { type: "text", class: "field", placeholder: "another, by name", "aria-label": "Another emoji, by name", autocomplete: "off" });
    other.addEventListener("keydown", (press) => {
      const name = other.value.trim().replaceAll(":", "");
      if (press.key === "Enter" && name) pick(name);
    });
    const sheet = popover(event.currentTarget, "Add a reaction", [h("div", { class: "picker" }, PICKER.map(one)), other], "dialog");
  };
  return h("button", { type: "button", class: className, "aria-label": "Add a reaction", title: "Add a reaction", "aria-haspopup": "dialog", data: { testid: className === "tool" ? "react" : "react-more" }, click: show }, className === "tool" ? "🙂" : "+");
}
