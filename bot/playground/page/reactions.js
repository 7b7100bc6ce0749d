// Reactions: a chip each, with who; and the sheet to pick another.
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { icon } from "./icons.js";
import { doIt } from "./live.js";
import { emojiPicker } from "./picker.js";
import { state, userName } from "./state.js";

const mine = (item, name) => item.reactions?.some((one) => one.name === name && one.users.includes(state.me));

export function toggle(channel, item, name) {
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
  const add = (name) => !mine(item, name) && toggle(channel, item, name);
  return h("button", {
    type: "button", class: className, "aria-label": "Add a reaction", title: "Add a reaction", "aria-haspopup": "dialog", data: { testid: className === "tool" ? "react" : "react-more" },
    click: (event) => emojiPicker(event.currentTarget, "Add a reaction", add),
  }, icon("smile"), className === "tool" ? null : "+");
}
