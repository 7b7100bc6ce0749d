// data_visualization as a drawing, and as a table for whoever cannot or would not read the drawing.
// Series differ by colour, and also by place (bars), dashes and marks (lines), or words on them (pie).
import { h, s } from "./dom.js";

const HEIGHT = 240;
const LETTER = 6.6;
const DASHES = [null, "7 4", "2 4", "9 3 2 3", "12 4", "4 2"];

export function chart(block) {
  const drawn = block.chart ?? {};
  const kind = Object.hasOwn(DRAW, drawn.type) ? drawn.type : null;
  const title = block.title ?? "";
  const { names, series } = kind === "pie" ? shares(drawn) : points(drawn);
  const empty = !kind || !series.some((one) => one.values.some(Number.isFinite));
  const body = empty ? h("p", { class: "quiet" }, kind ? "(nothing to draw)" : `(a chart of type “${drawn.type ?? "nothing"}”, which this page cannot draw)`)
    : DRAW[kind]({ names, series, axis: drawn.axis_config ?? {}, width: Math.max(270, Math.min(580, innerWidth - 110)), label: `${title}: ${kind} chart. The numbers are in the table below it.` });
  return h("figure", { class: "chart", data: { testid: "chart", kind: kind ?? "unknown" } }, h("figcaption", null, title), body, !empty && [kind !== "pie" && series.length > 1 && legend(series, kind), asTable(title, names, series, drawn.axis_config ?? {})]);
}

function points(drawn) {
  const list = Array.isArray(drawn.series) ? drawn.series : [];
  const names = drawn.axis_config?.categories ?? list[0]?.data?.map((point) => point.label) ?? [];
  const value = (one, name) => Number((one.data ?? []).find((point) => point.label === name)?.value ?? NaN);
  return { names, series: list.map((one) => ({ name: one.name ?? "", values: names.map((name) => value(one, name)) })) };
}

function shares(drawn) {
  const list = (drawn.segments ?? []).filter((one) => Number(one.value) > 0);
  return { names: list.map((one) => one.label ?? ""), series: [{ name: "", values: list.map((one) => Number(one.value)) }] };
}

const number = (value) => (Number.isFinite(value) ? value.toLocaleString(undefined, { maximumFractionDigits: 3 }) : "–");
const short = (value) => value.toLocaleString(undefined, { notation: Math.abs(value) >= 10_000 ? "compact" : "standard", maximumFractionDigits: 3 });

function asTable(title, names, series, axis) {
  const heads = [axis.x_label ?? "", ...series.map((one) => [one.name, axis.y_label].filter(Boolean).join(", ") || "Value")];
  const row = (name, index) => h("tr", null, h("th", { scope: "row" }, name), series.map((one) => h("td", { class: "to-right" }, number(one.values[index]))));
  return h("details", { class: "numbers" }, h("summary", null, "As a table"),
    h("div", { class: "table-place", tabindex: "0", role: "group", "aria-label": `${title}, as a table` }, h("table", { data: { testid: "chart-table" } }, h("thead", null, h("tr", null, heads.map((one) => h("th", { scope: "col" }, one)))), h("tbody", null, names.map(row)))));
}

function legend(series, kind) {
  const sign = (index) => s("svg", { class: `key hue-${index % 6}`, viewBox: "0 0 26 12", "aria-hidden": "true" }, kind === "bar" ? s("rect", { class: "solid", x: 7, width: 12, height: 12, rx: 2 }) : [s("line", { class: "line", x1: 0, y1: 6, x2: 26, y2: 6, "stroke-dasharray": DASHES[index % 6] }), mark(index, 13, 6)]);
  return h("ul", { class: "legend", "aria-hidden": "true" }, series.map((one, index) => h("li", null, sign(index), one.name)));
}

function mark(index, x, y) {
  const at = { class: "mark", transform: `translate(${x} ${y})` };
  const shapes = ["M-4-4h8v8h-8z", "M0-5L5 4H-5z", "M0-5L5 0 0 5-5 0z", "M-4.5-1.5h3v-3h3v3h3v3h-3v3h-3v-3h-3z", "M0 5L5-4H-5z"];
  return index % 6 ? s("path", { ...at, d: shapes[(index % 6) - 1] }) : s("circle", { ...at, r: 4 });
}

// -- the frame: axes, lines at round numbers, names below -----------------------------------------

function rounds(low, high) {
  const raw = (high - low || 1) / 4;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * size).find((one) => one >= raw);
  const out = [];
  for (let at = Math.floor(low / step); at <= Math.ceil(high / step); at++) out.push(at * step);
  return out;
}

function frame({ names, series, axis, width, label }, inside) {
  const values = series.flatMap((one) => one.values).filter(Number.isFinite);
  const ticks = rounds(Math.min(0, ...values), Math.max(0, ...values));
  const left = Math.max(...ticks.map((one) => short(one).length)) * LETTER + (axis.y_label ? 24 : 10);
  const step = (width - left - 8) / Math.max(1, names.length);
  const longest = Math.max(0, ...names.map((one) => one.length)) * LETTER;
  const turned = longest > step - 4;
  const below = (turned ? Math.min(longest * 0.6 + 16, 100) : 20) + (axis.x_label ? 18 : 0);
  const height = HEIGHT + below;
  const y = (value) => 10 + (HEIGHT - 10) * (1 - (value - ticks[0]) / (ticks.at(-1) - ticks[0]));
  const x = (index) => left + step * (index + 0.5);
  const name = (one, index) => s("text", turned ? { "text-anchor": "end", transform: `translate(${x(index) + 3} ${HEIGHT + 13}) rotate(-36)` } : { x: x(index), y: HEIGHT + 15, "text-anchor": "middle" }, one);
  return s("svg", { class: "drawing", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    ticks.map((one) => [s("line", { class: one === 0 ? "zero" : "grid", x1: left, x2: width - 8, y1: y(one), y2: y(one) }), s("text", { x: left - 5, y: y(one) + 4, "text-anchor": "end" }, short(one))]),
    inside({ x, y, step }), names.map(name),
    axis.x_label && s("text", { class: "axis", x: left + (width - left) / 2, y: height - 3, "text-anchor": "middle" }, axis.x_label),
    axis.y_label && s("text", { class: "axis", transform: `translate(12 ${HEIGHT / 2}) rotate(-90)`, "text-anchor": "middle" }, axis.y_label));
}

const told = (one, name, value) => s("title", null, [one.name, name].filter(Boolean).join(", ") + `: ${number(value)}`);

const bar = (what) => frame(what, ({ x, y, step }) => {
  const wide = Math.min(46, (step * 0.78) / what.series.length);
  return what.series.map((one, nth) => s("g", { class: `hue-${nth % 6}` }, one.values.map((value, index) => Number.isFinite(value) && s("rect", {
    class: "solid", x: x(index) + (nth - what.series.length / 2) * wide + 0.5, width: Math.max(1, wide - 1), y: Math.min(y(0), y(value)), height: Math.max(0.5, Math.abs(y(value) - y(0))), rx: 2,
  }, told(one, what.names[index], value)))));
});

// A point that is missing breaks the line: it is not drawn as if it were there.
function stretches(values) {
  const out = [[]];
  values.forEach((value, index) => (Number.isFinite(value) ? out.at(-1).push(index) : out.push([])));
  return out.filter((one) => one.length);
}

const lines = (filled) => (what) => frame(what, ({ x, y }) => what.series.map((one, nth) => {
  const path = (list) => list.map((index, at) => `${at ? "L" : "M"}${x(index)} ${y(one.values[index])}`).join("");
  return s("g", { class: `hue-${nth % 6}` }, stretches(one.values).map((list) => [
    filled && s("path", { class: "area", d: `${path(list)}L${x(list.at(-1))} ${y(0)}L${x(list[0])} ${y(0)}z` }),
    s("path", { class: "line", d: path(list), "stroke-dasharray": DASHES[nth % 6] }),
    list.map((index) => { const node = mark(nth, x(index), y(one.values[index])); node.append(told(one, what.names[index], one.values[index])); return node; }),
  ]));
}));

function pie({ names, series, width, label }) {
  const values = series[0].values;
  const whole = values.reduce((sum, one) => sum + one, 0);
  const longest = Math.max(...names.map((one) => one.length + 5)) * LETTER;
  const [cx, cy, r] = [width / 2, 120, Math.max(36, Math.min(86, width / 2 - longest - 14))];
  let from = -Math.PI / 2;
  const slices = values.map((value, index) => {
    const to = from + (value / whole) * 2 * Math.PI;
    const middle = (from + to) / 2;
    const at = (angle, radius) => `${cx + radius * Math.cos(angle)} ${cy + radius * Math.sin(angle)}`;
    const d = value === whole ? `M${cx} ${cy - r}a${r} ${r} 0 1 1-.01 0z` : `M${cx} ${cy}L${at(from, r)}A${r} ${r} 0 ${to - from > Math.PI ? 1 : 0} 1 ${at(to, r)}z`;
    from = to;
    const [tx, ty] = at(middle, r + 12).split(" ").map(Number);
    const side = Math.cos(middle) > 0.15 ? "start" : Math.cos(middle) < -0.15 ? "end" : "middle";
    const words = `${names[index]} ${Math.round((value / whole) * 100)} %`;
    return s("g", { class: `hue-${index % 6} ${index >= 6 ? "again" : ""}` }, s("path", { class: "solid slice", d }, told(series[0], names[index], value)), value / whole > 0.03 && s("text", { x: tx, y: ty + 4, "text-anchor": side }, words));
  });
  return s("svg", { class: "drawing", viewBox: `0 0 ${width} 240`, width, height: 240, role: "img", "aria-label": label }, slices);
}

const DRAW = { bar, line: lines(false), area: lines(true), pie };
