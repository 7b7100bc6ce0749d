// Block Kit to nodes. `ctx` says where the blocks live and what to do when someone acts:
// { act(block, action), fields: [], kept: Map }.
import { h, link, picture } from "./dom.js";
import { element } from "./elements.js";
import { fileAddress, pictured } from "./files.js";
import { icon } from "./icons.js";
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
  table,
  data_table: dataTable,
  plan, task_card: (block) => taskCard(block),
  data_visualization: (block) => chart(block),
  context_actions: contextActions,
  carousel: (block, ctx) => h("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": `${block.elements?.length ?? 0} cards` }, (block.elements ?? []).map((one) => card(one, ctx, block))),
  file: (block) => h("p", { class: "file-head" }, icon("file"), block.file_id ? link(fileAddress(block.file_id), block.external_id ?? block.file_id) : block.external_id ?? "file"),
  video,
};

export function blocks(list, ctx) {
  return (list ?? []).map((block, index) => {
    const named = { ...block, block_id: block?.block_id ?? `block-${index}` };
    const type = Object.hasOwn(DRAW, named.type ?? "") ? named.type : "unknown";
    return h("div", { class: `block b-${type}`, data: { blockId: named.block_id } }, drawn(named, type, ctx));
  });
}

// A block that is not as it should be spoils neither the rest of the message nor the page.
function drawn(block, type, ctx) {
  try {
    return type === "unknown" ? unknown(block) : DRAW[type](block, ctx);
  } catch {
    return h("p", { class: "unknown quiet" }, "A block of type ", h("code", null, type), ", which is not as it should be.");
  }
}

const unknown = (block) => h("p", { class: "unknown quiet", data: { testid: "unknown-block" } }, "A block of type ", h("code", null, String(block.type ?? "nothing")), ", which this page cannot draw.");

function section(block, ctx) {
  const words = block.text && h("div", { class: "text" }, textObject(block.text));
  const fields = block.fields?.length && h("div", { class: "fields" }, block.fields.map((one) => h("div", { class: "text" }, textObject(one))));
  const accessory = block.accessory && h("div", { class: "accessory" }, part(block.accessory, block, ctx));
  return h("div", { class: "section" }, h("div", { class: "section-text" }, words, fields), accessory);
}

function part(item, block, ctx) {
  if (item.type === "image") return picture(source(item), item.alt_text, "thumb");
  return element(item, block, ctx);
}

function context(block) {
  const one = (item) => (item.type === "image" ? picture(source(item), item.alt_text, "tiny") : h("span", { class: "text" }, textObject(item)));
  return h("div", { class: "context" }, (block.elements ?? []).map(one));
}

function actions(block, ctx) {
  return h("div", { class: "actions" }, (block.elements ?? []).map((item) => element(item, block, ctx)));
}

const source = (item) => item.image_url ?? item.slack_file?.url ?? (item.slack_file?.id ? fileAddress(item.slack_file.id) : "");

function image(block) {
  return pictured(source(block), block.alt_text, block.title && plainText(block.title));
}

function video(block) {
  const by = [block.author_name, block.provider_name].filter(Boolean).join(" · ");
  return h("div", { class: "card" }, h("p", { class: "card-title" }, link(block.title_url ?? block.video_url ?? "", plainText(block.title))), by && h("p", { class: "quiet" }, by),
    block.description && h("p", null, plainText(block.description)), pictured(block.thumbnail_url, block.alt_text));
}

function contextActions(block, ctx) {
  return h("div", { class: "actions small-actions" }, (block.elements ?? []).map((item) => element(item, block, ctx)));
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

// Slack's own icons go by name; those that a bot like ours needs are told by an emoji.
const SLACK_ICONS = { check: "✅", "check-circle": "✅", warning: "⚠️", error: "⛔", info: "ℹ️", lock: "🔒", clock: "⏰", rocket: "🚀", database: "🗄️", code: "🧩", calendar: "📆", user: "👤", users: "👥" };

function sign(block) {
  if (block.slack_icon) return h("span", { class: "card-icon", role: "img", "aria-label": block.slack_icon.name ?? "icon" }, Object.hasOwn(SLACK_ICONS, block.slack_icon.name) ? SLACK_ICONS[block.slack_icon.name] : "◆");
  return block.icon && (block.icon.type === "icon" ? sign({ slack_icon: block.icon }) : picture(source(block.icon), block.icon.alt_text, "tiny"));
}

function card(block, ctx, outer = block) {
  const mark = sign(block);
  const title = (block.title || mark) && h("p", { class: "card-title" }, mark, mark && " ", block.title && textObject(block.title));
  const line = (name, className) => block[name] && h("p", { class: className }, textObject(block[name]));
  const hero = block.hero_image && picture(source(block.hero_image), block.hero_image.alt_text, "big hero");
  const buttons = block.actions?.length && h("div", { class: "actions" }, block.actions.map((one) => element(one, outer, ctx)));
  return h("div", { class: "card", data: { testid: "card" } }, hero, title, line("subtitle", "quiet"), line("body", ""), line("subtext", "quiet"), buttons);
}

function container(block, ctx) {
  const title = block.title ? plainText(block.title) : block.rich_text_title ? richText(block.rich_text_title) : [];
  const subtitle = block.subtitle && h("p", { class: "quiet" }, textObject(block.subtitle));
  const inside = blocks(block.child_blocks, ctx);
  const wide = ["narrow", "standard", "wide", "full"].includes(block.width) ? block.width : "standard";
  const mark = sign(block);
  if (!block.is_collapsible) {
    const head = h("div", { class: block.has_header_divider ? "container-head ruled" : "container-head" }, h("p", { class: "card-title" }, mark, mark && " ", title), subtitle);
    return h("div", { class: `container ${wide}`, data: { testid: "container" } }, head, inside);
  }
  const key = `${block.block_id}/open`;
  const open = ctx.kept?.get(key) ?? !block.default_collapsed;
  const node = h("details", { class: `container ${wide}`, open, data: { testid: "container" } }, h("summary", { class: "card-title", data: { name: "fold" } }, mark, mark && " ", h("span", null, title)), subtitle, inside);
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
  const by = item.author_name && h("p", { class: "quiet" }, item.author_link ? link(item.author_link, item.author_name) : item.author_name);
  const own = item.blocks?.length ? blocks(item.blocks, ctx) : [by, title, item.text && h("div", { class: "text" }, mrkdwn(item.text)), fields, item.image_url && pictured(item.image_url, item.title ?? item.fallback)];
  const empty = !item.blocks?.length && !item.title && !item.text && !item.fields?.length && h("p", null, item.fallback ?? "");
  const before = item.pretext && h("div", { class: "text" }, mrkdwn(item.pretext));
  const footer = item.footer && h("p", { class: "quiet" }, item.footer);
  return [before, h("div", { class: "attachment", vars: { "--bar": colour }, data: { testid: "attachment" } }, own, empty, footer)];
}
