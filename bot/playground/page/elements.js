// The parts of blocks that a person can touch. Each one that holds a value puts itself into ctx.fields,
// so that a modal (or a message with inputs) can be read as Slack's state.values.
import { confirmed } from "./confirm.js";
import { h, popover, safeUrl } from "./dom.js";
import { choices, date, multiple, numberLike, select, text } from "./fields.js";
import { plainText } from "./mrkdwn.js";
import { external } from "./suggest.js";
import { channelName, people, state, userName } from "./state.js";

const DRAW = {
  button, workflow_button: button, overflow, feedback_buttons: feedback, icon_button: iconButton,
  plain_text_input: text, number_input: numberLike("number"), email_text_input: numberLike("email"), url_text_input: numberLike("url"),
  static_select: select("selected_option", "initial_option", (item) => item),
  external_select: external(false), multi_external_select: external(true),
  users_select: select("selected_user", "initial_user", (item) => named(item, people().map((one) => [one.id, one.real_name || one.name]))),
  channels_select: select("selected_channel", "initial_channel", (item) => named(item, places())),
  conversations_select: select("selected_conversation", "initial_conversation", (item) => named(item, places())),
  multi_static_select: multiple("selected_options", "initial_options", (item) => item),
  multi_channels_select: multiple("selected_channels", "initial_channels", (item) => named(item, places())),
  multi_conversations_select: multiple("selected_conversations", "initial_conversations", (item) => named(item, places())),
  multi_users_select: multiple("selected_users", "initial_users", (item) => named(item, people().map((one) => [one.id, userName(one.id)]))),
  radio_buttons: choices("radio"), checkboxes: choices("checkbox"),
  datepicker: date("date", "selected_date", "initial_date"),
  timepicker: date("time", "selected_time", "initial_time"),
  datetimepicker: date("datetime-local", "selected_date_time", "initial_date_time"),
};

const places = () => state.channels.filter((one) => !one.is_im).map((one) => [one.id, `#${channelName(one.id)}`]);
const named = (item, pairs) => ({ ...item, options: pairs.map(([value, words]) => ({ value, text: { type: "plain_text", text: words } })) });

export function element(item, block, ctx) {
  const draw = Object.hasOwn(DRAW, item?.type) ? DRAW[item.type] : null;
  if (!draw) return h("span", { class: "unknown quiet" }, "An element of type ", h("code", null, String(item?.type ?? "nothing")), ", which this page cannot draw.");
  const act = async (node, extra) => {
    if (!(await confirmed(item.confirm))) return false;
    await busy(node, () => ctx.act(block, { type: item.type, action_id: item.action_id, block_id: block.block_id, ...extra }));
    return true;
  };
  const node = draw(item, block, { ...ctx, send: act });
  node.dataset.actionId = item.action_id ?? "";
  node.dataset.blockId = block.block_id;
  return node;
}

async function busy(node, work) {
  node.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function button(item, block, ctx) {
  const style = ["primary", "danger"].includes(item.style) ? item.style : "";
  const click = async (event) => {
    const node = event.currentTarget;
    if (node.getAttribute("aria-busy")) return;
    const sent = await ctx.send(node, { text: item.text, value: item.value, style: item.style });
    const url = sent && item.url && safeUrl(item.url);
    if (url) open(url.href, "_blank", "noopener,noreferrer");
  };
  return h("button", { type: "button", class: `button ${style}`, "aria-label": item.accessibility_label, click }, plainText(item.text), item.url && h("span", { "aria-hidden": "true" }, " ↗"));
}

function overflow(item, block, ctx) {
  const show = (event) => {
    const anchor = event.currentTarget;
    const pick = (option) => async () => {
      sheet.close();
      if (await ctx.send(anchor, { selected_option: option })) if (option.url && safeUrl(option.url)) open(safeUrl(option.url).href, "_blank", "noopener,noreferrer");
    };
    const entry = (option) => h("button", { type: "button", role: "menuitem", class: "menu-item", data: { value: option.value }, click: pick(option) }, plainText(option.text));
    const sheet = popover(anchor, "More", (item.options ?? []).map(entry));
  };
  return h("button", { type: "button", class: "button more", "aria-label": "More", "aria-haspopup": "menu", click: show }, "⋯");
}

function feedback(item, block, ctx) {
  const one = (choice) => choice && h("button", { type: "button", class: "button", "aria-label": choice.accessibility_label, data: { value: choice.value }, click: (event) => ctx.send(event.currentTarget, { text: choice.text, value: choice.value }) }, plainText(choice.text));
  return h("span", { class: "actions" }, one(item.positive_button), one(item.negative_button));
}

function iconButton(item, block, ctx) {
  if (item.visible_to_user_ids?.length && !item.visible_to_user_ids.includes(state.me)) return h("span", { hidden: true });
  return h("button", { type: "button", class: "button", "aria-label": item.accessibility_label, click: (event) => ctx.send(event.currentTarget, { text: item.text, value: item.value }) }, item.icon === "trash" ? "🗑 " : "", plainText(item.text));
}
