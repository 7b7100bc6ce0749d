// Menus whose options the app is asked for while a person types: a box with a list under it.
import { h } from "./dom.js";
import { changed, hold, words } from "./fields.js";

const LETTERS = 3;
const PAUSE = 150;
let count = 0;

export const external = (several) => (item, block, ctx) => {
  const id = `suggest-${++count}`;
  const hint = words(item.placeholder) || "Type to search…";
  const box = h("input", {
    type: "text", class: "field", placeholder: hint, role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": id, "aria-label": ctx.labelled ? null : hint, "aria-labelledby": ctx.labelled ? `${ctx.labelled}-l` : null, data: { name: `${block.block_id}/${item.action_id}` },
  });
  const list = h("ul", { id, class: "offers suggestions", role: "listbox", "aria-label": "Options", hidden: true });
  const told = h("p", { class: "hint", role: "status", hidden: true });
  const chips = h("div", { class: "chips" });
  const node = h("div", { class: "suggest", role: "group" }, chips, box, list, told);
  const first = () => (several ? item.initial_options ?? [] : [item.initial_option].filter(Boolean));
  const look = { item, block, ctx, several, node, box, list, told, chips, chosen: first(), at: -1, found: [], turn: 0 };
  const read = () => (several ? { selected_options: look.chosen } : { selected_option: look.chosen[0] ?? null });
  const fill = (state) => {
    look.chosen = state ? [state[several ? "selected_options" : "selected_option"] ?? []].flat() : first();
    settle(look);
  };
  look.told_app = changed(node, item, block, ctx, read, fill);
  box.addEventListener("input", () => typed(look));
  box.addEventListener("focus", () => box.value === "" && typed(look));
  box.addEventListener("keydown", (event) => pressed(look, event));
  box.addEventListener("blur", () => rest(look));
  settle(look);
  return hold(node, item, block, ctx, { read, fill, empty: () => look.chosen.length === 0 });
};

// What stands there is what was chosen; half a word is no choice.
function rest(look) {
  shut(look);
  say(look, "");
  look.box.value = look.several ? "" : words(look.chosen[0]?.text);
}

function settle(look) {
  rest(look);
  look.chips.replaceChildren(...(look.several ? look.chosen.map((one) => chip(look, one)) : []));
}

function chip(look, option) {
  const away = () => {
    look.chosen = look.chosen.filter((one) => one.value !== option.value);
    settle(look);
    look.told_app();
  };
  const name = words(option.text);
  return h("button", { type: "button", class: "button chip", "aria-label": `Remove ${name}`, data: { value: option.value }, click: away }, name, h("span", { "aria-hidden": "true" }, " ×"));
}

function say(look, text) {
  look.told.hidden = !text;
  look.told.textContent = text;
}

function shut(look) {
  look.turn += 1;
  clearTimeout(look.timer);
  Object.assign(look, { found: [], at: -1 });
  draw(look);
}

function typed(look) {
  const text = look.box.value;
  shut(look);
  if (!look.several && look.chosen.length && text !== words(look.chosen[0].text)) {
    look.chosen = [];
    look.told_app();
  }
  const least = look.item.min_query_length ?? LETTERS;
  if ([...text].length < least) return say(look, `Type at least ${least} ${least === 1 ? "letter" : "letters"}.`);
  say(look, "Searching…");
  const turn = look.turn;
  look.timer = setTimeout(() => search(look, text, turn), PAUSE);
}

async function search(look, text, turn) {
  const answer = await look.ctx.suggest(look.block, { action_id: look.item.action_id, value: text });
  if (turn !== look.turn) return;
  if (!answer.ok) return say(look, answer.message);
  const groups = answer.option_groups ?? [{ options: answer.options ?? [] }];
  look.found = groups.flatMap((group) => group.options.map((option) => ({ option, of: words(group.label) })));
  say(look, look.found.length ? "" : "Nothing fits.");
  draw(look);
}

function draw(look) {
  const { box, list, found, at } = look;
  list.hidden = !found.length;
  box.setAttribute("aria-expanded", String(found.length > 0));
  list.replaceChildren(...found.map(({ option, of }, index) => h("li", {
    id: `${list.id}-${index}`, role: "option", class: "offer", "aria-selected": String(index === at), data: { value: option.value },
    mousedown: (event) => { event.preventDefault(); take(look, index); },
  }, h("span", { class: "offer-word" }, words(option.text)), (of || option.description) && h("span", { class: "quiet" }, [of, words(option.description)].filter(Boolean).join(": ")))));
  const one = list.children[at];
  if (one) box.setAttribute("aria-activedescendant", one.id);
  else box.removeAttribute("aria-activedescendant");
  one?.scrollIntoView({ block: "nearest" });
}

function take(look, index) {
  const { option } = look.found[index];
  const most = look.item.max_selected_items ?? Infinity;
  const others = look.several ? look.chosen.filter((one) => one.value !== option.value) : [];
  if (others.length >= most) return say(look, `At most ${most} can be chosen.`);
  look.chosen = [...others, option];
  settle(look);
  look.told_app();
}

function pressed(look, event) {
  const size = look.found.length;
  if (event.isComposing) return;
  if (size && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    look.at = event.key === "ArrowDown" ? (look.at + 1) % size : (look.at <= 0 ? size : look.at) - 1;
    draw(look);
  } else if (size && event.key === "Enter") take(look, Math.max(0, look.at));
  else if (size && event.key === "Escape") shut(look);
  else if (event.key !== "Enter") return;
  event.preventDefault();
  event.stopPropagation();
}
