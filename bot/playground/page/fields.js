// Inputs: how each is drawn, read (as Slack writes it), and filled again after a redraw.
import { h } from "./dom.js";
import { mrkdwn, plainText, unescape } from "./mrkdwn.js";

export const words = (object) => unescape(object?.text ?? "");

// `read()` gives the state as Slack has it; `fill(state)` puts an earlier state back.
export function hold(node, item, block, ctx, { read, fill, empty }) {
  ctx.fields?.push({ block, item, node, read: () => ({ type: item.type, ...read() }), fill, empty });
  const before = ctx.kept?.get(`${block.block_id}/${item.action_id}`);
  if (before) fill(before);
  return node;
}

function dispatches(block) {
  return block.type !== "input" || Boolean(block.dispatch_action);
}

export function changed(node, item, block, ctx, read, undo) {
  return async () => {
    const was = ctx.kept?.get(`${block.block_id}/${item.action_id}`);
    ctx.kept?.set(`${block.block_id}/${item.action_id}`, read());
    if (!dispatches(block)) return;
    if (await ctx.send(node, read())) return;
    ctx.kept?.delete(`${block.block_id}/${item.action_id}`);
    undo(was);
  };
}

export function text(item, block, ctx) {
  const node = h(item.multiline ? "textarea" : "input", {
    type: item.multiline ? null : "text", rows: item.multiline ? 4 : null, class: "field", placeholder: words(item.placeholder) || null,
    maxlength: item.max_length ?? null, minlength: item.min_length ?? null, autocomplete: "off", autofocus: item.focus_on_load,
  });
  node.value = item.initial_value ?? "";
  const read = () => ({ value: node.value === "" ? null : node.value });
  if (block.dispatch_action) {
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || item.multiline || event.isComposing) return;
      event.preventDefault();
      ctx.send(node, read());
    });
  }
  return hold(node, item, block, ctx, { read, fill: (state) => { node.value = state.value ?? ""; }, empty: () => node.value.trim() === "" });
}

export const numberLike = (kind) => (item, block, ctx) => {
  const node = h("input", {
    type: kind, class: "field", placeholder: words(item.placeholder) || null, autocomplete: "off",
    min: item.min_value ?? null, max: item.max_value ?? null, step: kind === "number" ? (item.is_decimal_allowed ? "any" : "1") : null,
  });
  node.value = item.initial_value ?? "";
  const read = () => ({ value: node.value === "" ? null : node.value });
  return hold(node, item, block, ctx, { read, fill: (state) => { node.value = state.value ?? ""; }, empty: () => node.value === "" });
};

const groups = (item) => item.option_groups ?? [{ options: item.options ?? [] }];
const allOptions = (item) => groups(item).flatMap((group) => group.options);

function optionNodes(item) {
  const one = (option) => h("option", { value: option.value }, words(option.text));
  if (!item.option_groups) return (item.options ?? []).map(one);
  return item.option_groups.map((group) => h("optgroup", { label: words(group.label) }, group.options.map(one)));
}

const valueOf = (state) => (state && typeof state === "object" ? state.value : state) ?? "";

export const select = (key, initial, prepare) => (raw, block, ctx) => {
  const item = prepare(raw);
  const hint = words(item.placeholder) || "Choose…";
  const node = h("select", { class: "field", "aria-label": block.type === "input" ? null : hint });
  node.append(h("option", { value: "" }, hint), ...optionNodes(item));
  node.value = valueOf(item[initial]);
  const asObject = key === "selected_option";
  const read = () => {
    const option = allOptions(item).find((one) => one.value === node.value);
    return { [key]: (asObject ? option : option?.value) ?? null };
  };
  const fill = (state) => { node.value = valueOf(state?.[key] ?? item[initial]); };
  node.addEventListener("change", changed(node, raw, block, ctx, read, fill));
  return hold(node, raw, block, ctx, { read, fill, empty: () => node.value === "" });
};

export const multiple = (key, initial, prepare) => (raw, block, ctx) => {
  const item = prepare(raw);
  const node = h("select", { class: "field", multiple: true, size: Math.min(6, Math.max(2, allOptions(item).length)), "aria-label": block.type === "input" ? null : words(item.placeholder) || "Choose" });
  node.append(...optionNodes(item));
  const mark = (list) => { for (const option of node.options) option.selected = (list ?? []).map(valueOf).includes(option.value); };
  mark(item[initial]);
  const read = () => {
    const chosen = [...node.selectedOptions].map((one) => one.value);
    return { [key]: key === "selected_options" ? allOptions(item).filter((one) => chosen.includes(one.value)) : chosen };
  };
  const fill = (state) => mark(state?.[key] ?? item[initial]);
  node.addEventListener("change", changed(node, raw, block, ctx, read, fill));
  return hold(node, raw, block, ctx, { read, fill, empty: () => node.selectedOptions.length === 0 });
};

let count = 0;

export const choices = (kind) => (item, block, ctx) => {
  const single = kind === "radio";
  const key = single ? "selected_option" : "selected_options";
  const name = `choice-${++count}`;
  const boxes = (item.options ?? []).map((option) => h("input", { type: kind, name, value: option.value }));
  const line = (option, index) => h("label", { class: "choice" }, boxes[index], h("span", null, choiceText(option.text), option.description && h("span", { class: "hint" }, choiceText(option.description))));
  const node = h("div", { class: "choices", role: single ? "radiogroup" : "group", "aria-label": block.type === "input" ? null : "Choices" }, (item.options ?? []).map(line));
  const mark = (list) => boxes.forEach((box) => { box.checked = list.filter(Boolean).map(valueOf).includes(box.value); });
  const before = () => (single ? [item.initial_option] : item.initial_options ?? []);
  mark(before());
  const chosen = () => item.options.filter((_, index) => boxes[index].checked);
  const read = () => ({ [key]: single ? chosen()[0] ?? null : chosen() });
  const fill = (state) => mark(state ? [state[key] ?? []].flat() : before());
  const change = changed(node, item, block, ctx, read, fill);
  node.addEventListener("change", change);
  return hold(node, item, block, ctx, { read, fill, empty: () => chosen().length === 0 });
};

const choiceText = (object) => (object.type === "mrkdwn" ? mrkdwn(object.text) : plainText(object));

const local = (unix) => {
  const moment = new Date(unix * 1000);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

export const date = (kind, key, initial) => (item, block, ctx) => {
  const whole = kind === "datetime-local";
  const node = h("input", { type: kind, class: "field", "aria-label": block.type === "input" ? null : words(item.placeholder) || kind });
  const put = (value) => { node.value = value === null || value === undefined ? "" : whole ? local(value) : value; };
  put(item[initial]);
  const read = () => ({ [key]: node.value === "" ? null : whole ? Math.floor(new Date(node.value).getTime() / 1000) : node.value });
  const fill = (state) => put(state ? state[key] : item[initial]);
  node.addEventListener("change", changed(node, item, block, ctx, read, fill));
  return hold(node, item, block, ctx, { read, fill, empty: () => node.value === "" });
};
