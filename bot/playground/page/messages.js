// One list of messages, kept in step with the state: only what changed is drawn again.
import { h, replaceKeepingFocus } from "./dom.js";
import { attachment, blocks } from "./blocks.js";
import { reactions, reactionButton } from "./reactions.js";
import { files } from "./files.js";
import { mrkdwn, nearDay, plainText } from "./mrkdwn.js";
import { doIt } from "./live.js";
import { replies, tell, user, userName } from "./state.js";

const kept = new Map();

const moment = (ts) => new Date(Number(ts) * 1000);
export const clock = (ts) => moment(ts).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const dayKey = (ts) => moment(ts).toDateString();

function dayName(ts) {
  const near = nearDay(moment(ts));
  if (near) return near[0].toUpperCase() + near.slice(1);
  return moment(ts).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

// `drawn`: ts -> { node, mark }. A node is drawn again when its message or what is shown around it changed.
export function listOf(place, options) {
  const drawn = new Map();
  return (channel, list) => {
    const order = [];
    const seen = new Set();
    let before = null;
    for (const item of list) {
      if (!before || dayKey(before.ts) !== dayKey(item.ts)) order.push(day(drawn, item.ts, seen));
      order.push(current(drawn, channel, item, follows(before, item), options));
      seen.add(item.ts);
      before = item;
    }
    for (const key of [...drawn.keys()]) if (!seen.has(key)) drawn.delete(key);
    settle(place, order);
  };
}

function settle(place, order) {
  const wanted = new Set(order);
  for (const node of [...place.children]) if (!wanted.has(node)) node.remove();
  order.forEach((node, index) => {
    if (place.children[index] !== node) place.insertBefore(node, place.children[index] ?? null);
  });
}

function day(drawn, ts, seen) {
  const key = `day ${dayKey(ts)}`;
  seen.add(key);
  if (!drawn.has(key)) drawn.set(key, { node: h("div", { class: "day", role: "separator" }, h("span", null, dayName(ts))) });
  return drawn.get(key).node;
}

const plain = (item) => !item.blocks?.length && !item.attachments?.length && !item.files?.length;

const follows = (before, item) =>
  Boolean(before) && plain(before) && plain(item) && before.user === item.user && Boolean(before.ephemeral) === Boolean(item.ephemeral)
  && Number(item.ts) - Number(before.ts) < 300 && dayKey(before.ts) === dayKey(item.ts);

function current(drawn, channel, item, following, options) {
  const answers = options.inThread ? [] : replies(channel, item.ts);
  const spoken = answers.filter((one) => !one.ephemeral);
  const mark = [item, following, spoken.length, spoken.at(-1)?.ts, answers.length];
  const old = drawn.get(item.ts);
  if (old && old.mark.every((one, index) => one === mark[index])) return old.node;
  const node = draw(channel, item, following, answers, options);
  if (old?.node.isConnected) replaceKeepingFocus(old.node, node);
  drawn.set(item.ts, { node, mark });
  return node;
}

function draw(channel, item, following, answers, options) {
  const who = item.username || userName(item.user, "somebody");
  const classes = ["message", following && "following", item.ephemeral && "ephemeral"].filter(Boolean).join(" ");
  return h("article", { class: classes, "aria-label": `${who}, ${clock(item.ts)}`, data: { ts: item.ts, channel, testid: "message", user: item.user, ephemeral: item.ephemeral ? "true" : null } },
    h("div", { class: "gutter" }, following ? h("time", { class: "quiet small-time" }, clock(item.ts)) : avatar(item.user, who)),
    h("div", { class: "message-body" },
      item.ephemeral && h("p", { class: "only-you" }, h("span", { "aria-hidden": "true" }, "👁 "), "Only visible to you"),
      !following && head(item, who),
      body(channel, item),
      reactions(channel, item),
      !options.inThread && threadLink(channel, item, answers)),
    !item.ephemeral && tools(channel, item, options));
}

function head(item, who) {
  const robot = user(item.user)?.is_bot || item.bot_id;
  return h("p", { class: "message-head" }, h("strong", { class: "who" }, who), robot && h("span", { class: "app-sign" }, "APP"),
    h("time", { class: "quiet", datetime: moment(item.ts).toISOString(), title: moment(item.ts).toLocaleString() }, clock(item.ts)),
    item.blocks?.length > 0 && item.edited && h("span", { class: "quiet edited", title: moment(item.edited.ts).toLocaleString() }, "(edited)"));
}

export function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : name.slice(0, 2)).toUpperCase();
}

export function avatar(id, name, size = "") {
  const colour = (user(id)?.color ?? "").replace("#", "");
  const robot = user(id)?.is_bot;
  return h("span", { class: `avatar ${size} ${robot ? "robot" : ""}`, "aria-hidden": "true", vars: /^[0-9a-f]{6}$/i.test(colour) ? { "--own": `#${colour}` } : {} }, initials(name));
}

function body(channel, item) {
  const key = `${channel}/${item.ts}`;
  if (!kept.has(key)) kept.set(key, new Map());
  const ctx = {
    kept: kept.get(key), fields: [],
    act: (block, action) => doIt("act", { channel, message_ts: item.ts, block_id: block.block_id, action }),
  };
  const edited = item.edited && h("span", { class: "quiet edited", title: new Date(Number(item.edited.ts) * 1000).toLocaleString() }, " (edited)");
  const words = item.blocks?.length ? blocks(item.blocks, ctx) : item.text && h("div", { class: "text" }, item.mrkdwn === false ? plainText({ text: item.text }) : mrkdwn(item.text), edited);
  return h("div", { class: "content" }, words, (item.attachments ?? []).map((one) => attachment(one, ctx)), files(item.files));
}

function threadLink(channel, item, answers) {
  const spoken = answers.filter((one) => !one.ephemeral);
  const count = Math.max(spoken.length, item.reply_count ?? 0);
  if (!count && !answers.length) return null;
  const words = count ? `${count} ${count === 1 ? "reply" : "replies"}` : "1 reply only you can see";
  const last = spoken.at(-1);
  const faces = [...new Set(spoken.map((one) => one.user))].slice(0, 4).map((id) => avatar(id, userName(id), "mini"));
  return h("button", { type: "button", class: "thread-link", data: { testid: "open-thread", ts: item.ts }, click: () => tell("open-thread", item.ts) },
    faces, h("span", null, words), last && h("span", { class: "quiet" }, `last ${clock(last.ts)}`));
}

function tools(channel, item, options) {
  return h("div", { class: "tools" }, reactionButton(channel, item),
    !options.inThread && h("button", { type: "button", class: "tool", "aria-label": "Reply in thread", title: "Reply in thread", data: { testid: "reply" }, click: () => tell("open-thread", item.ts) }, "💬"));
}

