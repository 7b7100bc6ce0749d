// All emoji by name in one sheet: type to search, arrows to walk, Enter to take.
import { h, popover } from "./dom.js";
import { EMOJI_NAMES, OFTEN, pictureOf } from "./emoji.js";

const COLUMNS = 8;

// Those used often first; where two names have one picture, the first name.
const ALL = [...OFTEN, ...EMOJI_NAMES].filter((name, index, all) => all.findIndex((other) => pictureOf(other) === pictureOf(name)) === index);

// `pick(name)` is called once; a name that has no picture here can still be typed in full.
export function emojiPicker(anchor, label, pick) {
  const search = h("input", { type: "text", class: "field", placeholder: "Search, or type a name", "aria-label": "Search emoji by name", autocomplete: "off", spellcheck: "false", data: { testid: "emoji-search" } });
  const place = h("div", { class: "picker", data: { columns: COLUMNS } });
  const take = (name) => {
    sheet.close();
    pick(name);
  };
  const one = (name) => h("button", { type: "button", class: "pick", title: `:${name}:`, "aria-label": name.replaceAll("_", " "), data: { name }, click: () => take(name) }, pictureOf(name));
  const named = () => search.value.trim().toLowerCase().replaceAll(":", "").replaceAll(" ", "_");
  const found = () => (named() ? EMOJI_NAMES.filter((name) => name.includes(named())) : ALL);
  const draw = () => {
    const names = found();
    place.replaceChildren(...(names.length ? names.map(one) : [h("p", { class: "quiet" }, "Enter takes this name as it is.")]));
  };
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !named()) return;
    event.preventDefault();
    take(pictureOf(named()) ? named() : found()[0] ?? named());
  });
  draw();
  const sheet = popover(anchor, label, [search, place], "dialog");
}
