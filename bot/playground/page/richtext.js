// rich_text: the structured kind of text, where nothing is parsed again and nothing is escaped.
import { h, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { formatDate, mention, person, place, subteam } from "./mrkdwn.js";

const PARTS = {
  rich_text_section: (part) => h("div", { class: "text" }, inline(part.elements)),
  rich_text_preformatted: (part) => h("pre", { tabindex: "0", role: "group", "aria-label": part.language ? `Code, ${part.language}` : "Code" }, h("code", null, inline(part.elements))),
  rich_text_quote: (part) => h("blockquote", null, inline(part.elements)),
  rich_text_list: list,
};

export function richText(block) {
  return (block?.elements ?? []).map((part) => (Object.hasOwn(PARTS, part?.type) ? PARTS[part.type](part) : h("p", { class: "quiet" }, `(a piece of type “${part?.type ?? "nothing"}”)`)));
}

function list(part) {
  const indent = Math.min(Number(part.indent) || 0, 8);
  const items = (part.elements ?? []).map((one) => h("li", null, inline(one.elements)));
  const ordered = part.style === "ordered";
  return h(ordered ? "ol" : "ul", { class: `indent-${indent}`, start: ordered && part.offset ? part.offset + 1 : null }, items);
}

const inline = (elements) => (elements ?? []).map((one) => styled(piece(one), one.style));

const PIECES = {
  text: (one) => lines(one.text ?? ""),
  emoji: (one) => emoji(one.name + (one.skin_tone ? `::skin-tone-${one.skin_tone}` : "")),
  link: (one) => link(one.url ?? "", one.text || one.url),
  user: (one) => person(one.user_id ?? ""),
  channel: (one) => place(one.channel_id ?? ""),
  usergroup: (one) => subteam(one.usergroup_id),
  broadcast: (one) => mention(`@${one.range}`, true),
  color: (one) => [/^#[0-9a-f]{3,8}$/i.test(one.value ?? "") && h("span", { class: "swatch", "aria-hidden": "true", vars: { "--own": one.value } }), h("code", null, one.value ?? "")],
  date: (one) => h("time", null, one.timestamp ? formatDate(new Date(one.timestamp * 1000), one.format ?? "{date}") : (one.fallback ?? "")),
};

const piece = (one) => (one?.type === undefined ? "" : Object.hasOwn(PIECES, one.type) ? PIECES[one.type](one) : one.text ?? "");

const lines = (text) => text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));

const TAGS = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u", highlight: "mark" };

function styled(node, style) {
  let out = node;
  for (const [name, tag] of Object.entries(TAGS)) if (style?.[name]) out = h(tag, null, out);
  return out;
}
