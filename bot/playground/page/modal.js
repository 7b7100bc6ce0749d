// The topmost modal of my stack, as a dialog. What was typed survives a redraw and a view pushed on top.
import { h, replaceKeepingFocus } from "./dom.js";
import { blocks } from "./blocks.js";
import { icon } from "./icons.js";
import { plainText } from "./mrkdwn.js";
import { ask, doIt } from "./live.js";
import { on, state } from "./state.js";

const kept = new Map();
let shown = null;

export function modals() {
  on("modals", draw);
  on("loaded", draw);
  on("modal_errors", (event) => shown?.id === event.view_id && wrong(event.errors));
}

function draw() {
  remember();
  const view = state.modals.at(-1);
  for (const id of [...kept.keys()]) if (!state.modals.some((one) => one.id === id)) kept.delete(id);
  if (shown && shown.id !== view?.id) gone();
  if (!view) return;
  if (!kept.has(view.id)) kept.set(view.id, new Map());
  const fields = [];
  const ctx = {
    fields, kept: kept.get(view.id),
    act: (block, action) => doIt("act", { view_id: view.id, block_id: block.block_id, action }),
    suggest: (block, typed) => ask("suggest", { view_id: view.id, block_id: block.block_id, ...typed }),
  };
  const form = sheet(view, blocks(view.blocks, ctx));
  if (shown) replaceKeepingFocus(shown.form, form);
  else appear(view, form);
  Object.assign(shown, { id: view.id, view, form, fields });
}

function appear(view, form) {
  const dialog = h("dialog", { class: "dialog modal", "aria-labelledby": "modal-title", data: { testid: "modal", viewId: view.id, callbackId: view.callback_id } }, form);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  shown = { dialog, back: document.activeElement };
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector(".field[autofocus], .modal-body :is(input, textarea, select)")?.focus();
}

function gone() {
  const { dialog, back } = shown;
  shown = null;
  dialog.close();
  dialog.remove();
  if (back?.isConnected) back.focus({ preventScroll: true });
}

function remember() {
  const store = shown && kept.get(shown.id);
  if (!store) return;
  for (const field of shown.fields) store.set(`${field.block.block_id}/${field.item.action_id}`, field.read());
}

function sheet(view, inside) {
  const leave = view.close ? plainText(view.close) : view.submit ? "Cancel" : "Close";
  const form = h("form", { class: "modal-form", novalidate: true, method: "dialog" },
    h("header", { class: "modal-head" }, h("h2", { id: "modal-title" }, plainText(view.title)),
      h("button", { type: "button", class: "plain", "aria-label": "Close", data: { testid: "modal-x" }, click: close }, icon("shut"))),
    h("div", { class: "modal-body" }, inside),
    h("p", { class: "error modal-error", role: "alert", hidden: true, data: { testid: "modal-error" } }),
    h("footer", { class: "dialog-foot" },
      h("button", { type: "button", class: "button", data: { testid: "modal-close" }, click: close }, leave),
      view.submit && h("button", { type: "submit", class: "button primary", data: { testid: "modal-submit" } }, plainText(view.submit))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (view.submit) submit();
  });
  return form;
}

async function close() {
  if (shown) await doIt("close", { view_id: shown.id });
}

function values() {
  const out = {};
  for (const field of shown.fields) (out[field.block.block_id] ??= {})[field.item.action_id] = field.read();
  return out;
}

async function submit() {
  const { id, form, fields } = shown;
  if (form.getAttribute("aria-busy")) return;
  wrong({});
  const open = fields.filter(({ block, empty }) => block.type === "input" && !block.optional && empty());
  if (open.length) return wrong(Object.fromEntries(open.map(({ block }) => [block.block_id, "Please complete this required field."])));
  const button = form.querySelector("[type=submit]");
  form.setAttribute("aria-busy", "true");
  button.disabled = true;
  const answer = await ask("submit", { view_id: id, values: values() });
  form.removeAttribute("aria-busy");
  button.disabled = false;
  if (answer.ok || shown?.id !== id) return;
  if (answer.errors) wrong(answer.errors);
  else say(answer.message);
}

function say(words) {
  const line = shown.form.querySelector(".modal-error");
  line.hidden = !words;
  line.textContent = words;
}

// Each error under its own block; one that belongs to no block is said at the end of the form.
function wrong(errors) {
  say("");
  const homeless = [];
  for (const node of shown.form.querySelectorAll(".block .error")) node.hidden = true;
  for (const node of shown.form.querySelectorAll("[aria-invalid]")) node.removeAttribute("aria-invalid");
  const places = Object.entries(errors).map(([id, words]) => {
    const line = shown.form.querySelector(`.block[data-block-id="${CSS.escape(id)}"] .error`);
    if (!line) return void homeless.push(words);
    line.hidden = false;
    line.textContent = words;
    const control = shown.fields.find((one) => one.block.block_id === id)?.node;
    control?.setAttribute("aria-invalid", "true");
    return control;
  });
  if (homeless.length) say(homeless.join(" "));
  const first = places.find(Boolean);
  (first?.matches("input, textarea, select") ? first : first?.querySelector("input"))?.focus();
}
