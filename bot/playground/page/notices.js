// Lines above the message box, and words for whoever listens instead of looking.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const STAYS = 15_000;
const LONGEST = 240;

const at = (id) => document.getElementById(id);

export function notice(text) {
  [...at("notices").children].find((one) => one.dataset.text === text)?.remove();
  const line = h("div", { class: "notice", data: { testid: "notice", text } }, h("span", null, text), h("button", { type: "button", class: "plain", "aria-label": "Dismiss", click: () => line.remove() }, icon("shut")));
  at("notices").append(line);
  while (at("notices").children.length > 3) at("notices").firstChild.remove();
  setTimeout(() => line.remove(), STAYS);
}

let waiting = [];

// What comes close together is said together, so that a burst does not drown itself.
export function announce(words) {
  waiting.push(words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words);
  if (waiting.length > 1) return;
  setTimeout(() => {
    const said = waiting.slice(-3);
    at("announce").textContent = (waiting.length > 3 ? `${waiting.length} new messages. ` : "") + said.join(". ");
    waiting = [];
  }, 400);
}
