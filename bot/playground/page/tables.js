// table: as it is. data_table: a heading row, sortable columns, pages.
import { h } from "./dom.js";
import { element } from "./elements.js";
import { icon } from "./icons.js";
import { richText } from "./richtext.js";

function content(cell, block, ctx) {
  switch (cell?.type) {
    case "rich_text": return richText(cell);
    case "raw_number": return cell.text ?? Number(cell.value).toLocaleString();
    case "button": return element(cell, block, ctx);
    case "raw_text": return cell.text ?? "";
    default: return cell?.text ?? (cell?.type ? `(${cell.type})` : "");
  }
}

const align = (settings, index, cell) => {
  const side = settings?.[index]?.align ?? (cell?.type === "raw_number" ? "right" : null);
  return { class: [side && `to-${side}`, settings?.[index]?.is_wrapped && "wrapped"].filter(Boolean).join(" ") || null };
};

const scrolling = (label, inside) => h("div", { class: "table-place", tabindex: "0", role: "group", "aria-label": label }, inside);

export function table(block, ctx) {
  const [head, ...rows] = block.rows ?? [];
  const row = (tag) => (cells) => h("tr", null, cells.map((cell, index) => h(tag, { ...align(block.column_settings, index, cell), scope: tag === "th" ? "col" : null }, content(cell, block, ctx))));
  return scrolling("Table", h("table", { data: { testid: "table" } }, h("thead", null, head && row("th")(head)), h("tbody", null, rows.map(row("td")))));
}

const worth = (cell) => (cell?.type === "raw_number" ? Number(cell.value) : textOf(cell));
const textOf = (cell) => (cell?.type === "rich_text" ? h("div", null, richText(cell)).textContent : cell?.text ?? "");

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}

// The page and the order survive a redraw of the message: they are kept beside it.
export function dataTable(block, ctx) {
  const key = `${block.block_id}/table`;
  const look = ctx?.kept?.get(key) ?? { page: 0, column: null, down: false };
  ctx?.kept?.set(key, look);
  const place = h("div", { class: "data-table", role: "group", "aria-label": block.caption ?? "Table" });
  const draw = () => {
    const focus = place.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    place.replaceChildren(...page(block, look, draw, ctx));
    const again = focus && place.querySelector(`[data-name="${CSS.escape(focus)}"]:not(:disabled)`);
    if (focus) (again ?? place.querySelector(".turn:not(:disabled)"))?.focus();
  };
  draw();
  return place;
}

function page(block, look, draw, ctx) {
  const [head, ...all] = block.rows ?? [];
  const rows = look.column === null ? all : all.toSorted((one, other) => compare(worth(one[look.column]), worth(other[look.column])) * (look.down ? -1 : 1));
  const size = Math.max(1, block.page_size ?? 5);
  const pages = Math.max(1, Math.ceil(rows.length / size));
  look.page = Math.min(look.page, pages - 1);
  const from = look.page * size;
  const shown = rows.slice(from, from + size);
  const header = (cell, index) => {
    const sorted = look.column === index;
    const sort = () => {
      Object.assign(look, { down: sorted && !look.down, column: index, page: 0 });
      draw();
    };
    return h("th", { scope: "col", "aria-sort": sorted ? (look.down ? "descending" : "ascending") : "none", ...align(null, index, all[0]?.[index]) },
      h("button", { type: "button", class: "plain sort", data: { name: `sort-${index}` }, click: sort }, content(cell), h("span", { class: "sort-sign", "aria-hidden": "true" }, sorted ? (look.down ? "↓" : "↑") : "↕")));
  };
  const body = (cell, index) => h(index === block.row_header_column_index ? "th" : "td", { scope: index === block.row_header_column_index ? "row" : null, ...align(null, index, cell) }, content(cell, block, ctx));
  const grid = h("table", { data: { testid: "data-table" } }, block.caption && h("caption", null, block.caption),
    h("thead", null, h("tr", null, (head ?? []).map(header))), h("tbody", null, shown.map((row) => h("tr", null, row.map(body)))));
  return [scrolling(block.caption ?? "Table", grid), pages > 1 && turner(look, pages, draw, `${from + 1} to ${from + shown.length} of ${rows.length}`)].filter(Boolean);
}

function turner(look, pages, draw, words) {
  const step = (by, name, label) => h("button", {
    type: "button", class: `small turn ${name}`, "aria-label": label, disabled: look.page + by < 0 || look.page + by >= pages, data: { name },
    click: () => { look.page += by; draw(); },
  }, icon("down"));
  return h("div", { class: "turner" }, step(-1, "before", "Previous rows"), h("span", { class: "quiet", role: "status" }, words), step(1, "after", "Next rows"));
}
