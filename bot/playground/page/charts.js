// data_visualization: bars for everything that has series, shares for a pie. Numbers stay readable as text.
import { h } from "./dom.js";

export function chart(block) {
  const drawn = block.chart ?? {};
  const axis = drawn.axis_config ?? {};
  const body = drawn.type === "pie" ? pie(drawn.segments ?? []) : bars(drawn.series ?? [], axis);
  const labels = [axis.x_label, axis.y_label].filter(Boolean).join(" · ");
  return h("figure", { class: "chart", data: { testid: "chart" } }, h("figcaption", null, block.title ?? "", labels && h("span", { class: "quiet" }, ` ${labels}`)), body);
}

function bars(series, axis) {
  const most = Math.max(1e-9, ...series.flatMap((one) => one.data.map((point) => Math.abs(point.value))));
  const names = axis.categories ?? series[0]?.data.map((point) => point.label) ?? [];
  const row = (name) => [h("dt", null, name), h("dd", null, series.map((one, index) => {
    const value = one.data.find((point) => point.label === name)?.value ?? 0;
    return bar(`${one.name} ${value.toLocaleString()}`, Math.abs(value) / most, index);
  }))];
  return h("dl", { class: "bars" }, names.map(row));
}

function pie(segments) {
  const whole = segments.reduce((sum, one) => sum + one.value, 0) || 1;
  return h("dl", { class: "bars" }, segments.map((one, index) => [h("dt", null, one.label), h("dd", null, bar(`${one.value.toLocaleString()} (${Math.round((one.value / whole) * 100)} %)`, one.value / whole, index))]));
}

const bar = (words, share, index) => h("div", { class: `bar-row hue-${index % 6}`, vars: { "--share": `${Math.round(share * 100)}%` } }, h("span", { class: "bar-fill" }), h("span", { class: "bar-words" }, words));
