// Everything on the page is made here, node by node: text from outside only ever becomes a text node.
import { icon } from "./icons.js";

export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) put(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

// The same for a drawing.
export function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) put(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function put(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "data") {
    for (const [key, item] of Object.entries(value)) {
      if (item !== null && item !== undefined) node.dataset[key] = String(item);
    }
  } else if (name === "vars") {
    for (const [key, item] of Object.entries(value)) node.style.setProperty(key, item);
  } else if (typeof value === "function") node.addEventListener(name, value);
  else node.setAttribute(name, value === true ? "" : String(value));
}

const SAFE = new Set(["http:", "https:", "mailto:"]);

export function safeUrl(text) {
  try {
    const url = new URL(text, location.href);
    return SAFE.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

export function link(href, ...label) {
  const url = safeUrl(href);
  if (!url) return h("span", null, ...label);
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, ...label);
}

// Nothing is loaded from elsewhere: a picture that lives on another host is named and linked, not fetched.
export function picture(address, description, className) {
  const url = safeUrl(address ?? "");
  const ours = (url && url.origin === location.origin) || /^data:image\//.test(address ?? "");
  if (ours) return h("img", { src: address, alt: description ?? "", class: className, loading: "lazy" });
  const words = description || "picture";
  return h("span", { class: `away ${className ?? ""}` }, icon("picture"), " ", url ? link(address, words) : words);
}

const MARKS = { blockId: "data-block-id", actionId: "data-action-id", testid: "data-testid", name: "data-name" };

function selector(node) {
  return Object.entries(MARKS)
    .filter(([key]) => key in node.dataset)
    .map(([key, attribute]) => `[${attribute}="${CSS.escape(node.dataset[key])}"]`)
    .join("");
}

// A live message is redrawn under the reader's fingers: the button that had the focus keeps it.
export function replaceKeepingFocus(old, fresh) {
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const where = active && selector(active);
  const from = active?.matches("textarea, input[type=text]") ? [active.selectionStart, active.selectionEnd] : null;
  if (old.tabIndex === 0) fresh.setAttribute("tabindex", "0");
  old.replaceWith(fresh);
  if (active === old) return fresh.focus({ preventScroll: true });
  if (!where) return;
  const again = fresh.querySelector(where);
  again?.focus({ preventScroll: true });
  if (from) again?.setSelectionRange?.(...from);
}

let open = null;

// A small sheet in the top layer, closed by Escape or by a click anywhere else.
export function popover(anchor, label, content, role = "menu") {
  open?.remove();
  const sheet = h("div", { class: "popover", popover: "auto", role, "aria-label": label, data: { testid: "popover" } }, content);
  (anchor.closest("dialog") ?? document.body).append(sheet);
  open = sheet;
  sheet.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const inside = sheet.contains(document.activeElement) || document.activeElement === document.body;
    sheet.remove();
    if (inside && anchor.isConnected) anchor.focus({ preventScroll: true });
  });
  sheet.addEventListener("keydown", (event) => walk(event, sheet));
  sheet.showPopover();
  const at = anchor.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - sheet.offsetWidth - 8));
  const below = at.bottom + 4 + sheet.offsetHeight < innerHeight;
  sheet.style.left = `${left}px`;
  sheet.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - sheet.offsetHeight - 4)}px`;
  sheet.querySelector("button, input")?.focus({ preventScroll: true });
  return { close: () => sheet.isConnected && sheet.hidePopover() };
}

// Arrows go from button to button; in a grid, up and down go by a row. Inside a text they move its caret.
function walk(event, sheet) {
  const row = Number(sheet.querySelector("[data-columns]")?.dataset.columns ?? 1);
  const step = { ArrowDown: row, ArrowRight: 1, ArrowUp: -row, ArrowLeft: -1 }[event.key];
  const writing = document.activeElement?.matches("input, textarea");
  if (!step || (writing && event.key !== "ArrowDown")) return;
  const stops = [...sheet.querySelectorAll("button:not(:disabled)")];
  const at = stops.indexOf(document.activeElement);
  const next = writing ? 0 : (at + step + stops.length) % stops.length;
  stops[next]?.focus();
  event.preventDefault();
}
