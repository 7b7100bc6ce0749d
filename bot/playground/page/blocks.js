// Block Kit to nodes. `ctx` says where the blocks live and what to do when someone acts:
// { act(block, action), fields: [], kept: Map }.
import { h, link, picture } from "./dom.js";
import { element } from "./elements.js";
import { mrkdwn, plainText, textObject } from "./mrkdwn.js";
import { markdown } from "./markdown.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./tables.js";
import { plan, taskCard } from "./plans.js";
import { chart } from "./charts.js";

const DRAW = {
  header: (block) => h(`h${Math.min(Math.max((block.level ?? 2) + 1, 2), 5)}`, { class: "header" }, plainText(block.text)),
  section, context, actions, input, image, card, container, alert,
  divider: () => h("hr"),
  rich_text: (block) => richText(block),
  markdown: (block) => h("div", { class: "markdown" }, markdown(block.text ?? "")),
  table: (block) => table(block),
  data_table: (block, ctx) => dataTable(block, ctx),
  plan, task_card: (block) => taskCard(block),
  data_visualization: (block) => chart(block),
  context_actions: actions,
  carousel: (block, ctx) => h("div", { class: "carousel" }, (block.elements ?? []).map((one) => card(one, ctx, block))),
  file: (block) => h("p", { class: "quiet" }, `📄 ${block.external_id ?? block.file_id ?? "file"}`),
  video: (block) => h("p", null, "🎞 ", link(block.title_url ?? block.video_url ?? "", plainText(block.title))),
};

export function blocks(list, ctx) {
  return (list ?? []).map((block, index) => {
    const known = { ...block, block_id: block.block_id ?? `block-${index}` };
    const draw = Object.hasOwn(DRAW, block.type) ? DRAW[block.type] : unknown;
    return h("div", { class: `block b-${Object.hasOwn(DRAW, block.type) ? block.type : "unknown"}`, data: { blockId: known.block_id } }, draw(known, ctx));
  });
}

const unknown = (block) => h("p", { class: "quiet" }, `(a block of type “${block.type}”, which this page cannot draw)`);

function section(block, ctx) {
  const words = block.text && h("div", { class: "text" }, textObject(block.text));
  const fields = block.fields?.length && h("div", { class: "fields" }, block.fields.map((one) => h("div", { class: "text" }, textObject(one))));
  const accessory = block.accessory && h("div", { class: "accessory" }, part(block.accessory, block, ctx));
  return h("div", { class: "section" }, h("div", { class: "section-text" }, words, fields), accessory);
}

function part(item, block, ctx) {
  if (item.type === "image") return picture(item.image_url, item.alt_text, "thumb");
  return element(item, block, ctx);
}

function context(block) {
  const one = (item) => (item.type === "image" ? picture(item.image_url, item.alt_text, "tiny") : h("span", { class: "text" }, textObject(item)));
  return h("div", { class: "context" }, (block.elements ?? []).map(one));
}

function actions(block, ctx) {
  return h("div", { class: "actions" }, (block.elements ?? []).map((item) => element(item, block, ctx)));
}

function image(block) {
  const title = block.title && h("figcaption", null, plainText(block.title));
  return h("figure", null, title, picture(block.image_url ?? block.slack_file?.url, block.alt_text, "big"));
}

let count = 0;

function input(block, ctx) {
  const id = `in-${++count}`;
  const control = element(block.element, block, { ...ctx, labelled: id });
  const grouped = control.matches("[role=group], [role=radiogroup]");
  const words = [plainText(block.label), block.optional && h("span", { class: "quiet" }, " (optional)")];
  const label = grouped ? h("span", { class: "label", id: `${id}-l` }, words) : h("label", { class: "label", for: id, id: `${id}-l` }, words);
  if (grouped) control.setAttribute("aria-labelledby", `${id}-l`);
  else control.id = id;
  const hint = block.hint && h("p", { class: "hint", id: `${id}-h` }, plainText(block.hint));
  const error = h("p", { class: "error", id: `${id}-e`, role: "alert", hidden: true, data: { testid: "error" } });
  control.setAttribute("aria-describedby", [hint && `${id}-h`, `${id}-e`].filter(Boolean).join(" "));
  return h("div", { class: "input" }, label, control, hint, error);
}

function card(block, ctx, outer = block) {
  const title = block.title && h("p", { class: "card-title" }, textObject(block.title));
  const lines = [block.subtitle, block.body, block.subtext].filter(Boolean).map((one, index) => h("p", { class: index ? "" : "quiet" }, textObject(one)));
  const hero = block.hero_image && picture(block.hero_image.image_url, block.hero_image.alt_text, "big");
  const buttons = block.actions?.length && h("div", { class: "actions" }, block.actions.map((one) => element(one, outer, ctx)));
  return h("div", { class: "card" }, hero, title, lines, buttons);
}

function container(block, ctx) {
  const title = block.title ? plainText(block.title) : block.rich_text_title ? richText(block.rich_text_title) : [];
  const subtitle = block.subtitle && h("p", { class: "quiet" }, textObject(block.subtitle));
  const inside = blocks(block.child_blocks, ctx);
  if (!block.is_collapsible) return h("section", { class: "container" }, h("p", { class: "card-title" }, title), subtitle, inside);
  const key = `${block.block_id}/open`;
  const open = ctx.kept?.get(key) ?? !block.default_collapsed;
  const node = h("details", { class: "container", open }, h("summary", { class: "card-title" }, title), subtitle, inside);
  node.addEventListener("toggle", () => ctx.kept?.set(key, node.open));
  return node;
}

const SIGNS = { info: "ℹ️", warning: "⚠️", error: "⛔", success: "✅", default: "" };

function alert(block) {
  const level = Object.hasOwn(SIGNS, block.level) ? block.level : "default";
  return h("div", { class: `alert ${level}`, role: "note" }, SIGNS[level] && h("span", { "aria-hidden": "true" }, `${SIGNS[level]} `), h("span", null, textObject(block.text)));
}

// The old kind of block list, still the only way to a coloured bar.
export function attachment(item, ctx) {
  const named = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };
  const colour = named[item.color] ?? (/^#?[0-9a-f]{6}$/i.test(item.color ?? "") ? `#${item.color.replace("#", "")}` : "var(--line-strong)");
  const title = item.title && h("p", { class: "card-title" }, item.title_link ? link(item.title_link, item.title) : item.title);
  const fields = item.fields?.length && h("div", { class: "fields" }, item.fields.map((one) => h("div", { class: "text" }, h("strong", null, one.title), h("br"), mrkdwn(String(one.value ?? "")))));
  const own = item.blocks?.length ? blocks(item.blocks, ctx) : [title, item.text && h("div", { class: "text" }, mrkdwn(item.text)), fields];
  const empty = !item.blocks?.length && !item.title && !item.text && !item.fields?.length && h("p", null, item.fallback ?? "");
  const before = item.pretext && h("div", { class: "text" }, mrkdwn(item.pretext));
  const footer = item.footer && h("p", { class: "quiet" }, item.footer);
  return [before, h("div", { class: "attachment", vars: { "--bar": colour }, data: { testid: "attachment" } }, own, empty, footer)];
}
