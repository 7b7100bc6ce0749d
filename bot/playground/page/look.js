// Light, dark, or as the machine has it: one button turns through the three, and the choice is kept.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const KEY = "playground.look";
const TURN = { auto: "light", light: "dark", dark: "auto" };
const ICONS = { auto: "auto", light: "sun", dark: "moon" };
const WORDS = { auto: "as the system", light: "light", dark: "dark" };

const chosen = () => (Object.hasOwn(TURN, localStorage.getItem(KEY) ?? "") ? localStorage.getItem(KEY) : "auto");

export function wear() {
  const look = chosen();
  if (look === "auto") delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = look;
}

export function lookButton() {
  const node = h("button", { type: "button", class: "plain side-tool", data: { testid: "look" } });
  const draw = () => {
    node.replaceChildren(icon(ICONS[chosen()]));
    const words = `Colours: ${WORDS[chosen()]}. Change to ${WORDS[TURN[chosen()]]}`;
    node.setAttribute("aria-label", words);
    node.title = words;
  };
  node.addEventListener("click", () => {
    localStorage.setItem(KEY, TURN[chosen()]);
    wear();
    draw();
  });
  draw();
  return node;
}
