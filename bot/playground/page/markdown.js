// The markdown block, as much of it as a bot writes: headings, lists, fences, quotes, tables, and inline marks.
import { h, link } from "./dom.js";
import { withEmoji } from "./mrkdwn.js";

export function markdown(text) {
  const out = [];
  const lines = text.replaceAll("\r", "").split("\n");
  while (lines.length) out.push(take(lines));
  return out.filter(Boolean);
}

function take(lines) {
  if (lines[0].trim() === "") return void lines.shift();
  if (/^\s*```/.test(lines[0])) return fence(lines);
  const heading = /^(#{1,6})\s+(.*)$/.exec(lines[0]);
  if (heading) {
    lines.shift();
    return h(`h${Math.min(heading[1].length + 2, 6)}`, { class: "header" }, inline(heading[2]));
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(lines[0])) return lines.shift() && h("hr");
  if (/^>/.test(lines[0])) return h("blockquote", null, broken(run(lines, /^> ?/)));
  if (/^\s*[-*+]\s/.test(lines[0])) return h("ul", null, run(lines, /^\s*[-*+]\s+/).map(item));
  if (/^\s*\d+[.)]\s/.test(lines[0])) return h("ol", null, run(lines, /^\s*\d+[.)]\s+/).map(item));
  if (/^\s*\|/.test(lines[0]) && /^\s*\|?[\s:|-]+$/.test(lines[1] ?? "")) return grid(lines);
  return h("p", null, broken(paragraph(lines)));
}

const BREAKS = /^(\s*$|\s*```|#{1,6}\s|>|\s*[-*+]\s|\s*\d+[.)]\s)/;

function paragraph(lines) {
  const out = [lines.shift()];
  while (lines.length && !BREAKS.test(lines[0])) out.push(lines.shift());
  return out;
}

function run(lines, mark) {
  const out = [];
  while (lines.length && mark.test(lines[0])) out.push(lines.shift().replace(mark, ""));
  return out;
}

function fence(lines) {
  lines.shift();
  const out = [];
  while (lines.length && !/^\s*```/.test(lines[0])) out.push(lines.shift());
  lines.shift();
  return h("pre", null, h("code", null, out.join("\n")));
}

function item(text) {
  const box = /^\[([ xX])\]\s+/.exec(text);
  if (!box) return h("li", null, inline(text));
  const done = box[1] !== " ";
  return h("li", { class: "task" }, h("input", { type: "checkbox", disabled: true, checked: done, "aria-label": done ? "done" : "open" }), inline(text.slice(box[0].length)));
}

function grid(lines) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const head = cells(lines.shift());
  lines.shift();
  const rows = [];
  while (lines.length && /^\s*\|/.test(lines[0])) rows.push(cells(lines.shift()));
  const row = (tag) => (list) => h("tr", null, list.map((cell) => h(tag, null, inline(cell))));
  return h("div", { class: "table-place" }, h("table", null, h("thead", null, row("th")(head)), h("tbody", null, rows.map(row("td")))));
}

const broken = (lines) => lines.flatMap((line, index) => (index ? [h("br"), ...inline(line)] : inline(line)));

const MARKS = /`([^`]+)`|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*([^*\s](?:[^*]*[^*\s])?)\*|(?<!\w)_([^_]+)_(?!\w)|\[([^\]]+)\]\(([^)\s]+)\)/;

function inline(text) {
  const found = MARKS.exec(text);
  if (!found) return withEmoji(text);
  const [, code, bold, bold2, strike, italic, italic2, label, address] = found;
  const node = code !== undefined ? h("code", null, code)
    : (bold ?? bold2) !== undefined ? h("strong", null, inline(bold ?? bold2))
    : strike !== undefined ? h("s", null, inline(strike))
    : (italic ?? italic2) !== undefined ? h("em", null, inline(italic ?? italic2))
    : link(address, inline(label));
  return [...withEmoji(text.slice(0, found.index)), node, ...inline(text.slice(found.index + found[0].length))];
}
