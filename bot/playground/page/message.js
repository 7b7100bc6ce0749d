// One message: who, when, what, who reacted, the way into its thread, and what can be done to it.
import { h } from "./dom.js";
import { attachment, blocks } from "./blocks.js";
import { emoji } from "./emoji.js";
import { files } from "./files.js";
import { icon } from "./icons.js";
import { ask, doIt } from "./live.js";
import { mrkdwn, plainText } from "./mrkdwn.js";
import { edit, remove } from "./own.js";
import { avatar } from "./people.js";
import { reactionButton, reactions, toggle } from "./reactions.js";
import { shortcutMenu, shortcuts } from "./shortcuts.js";
import { state, tell, user, userName } from "./state.js";

const kept = new Map();

export const moment = (ts) => new Date(Number(ts) * 1000);
export const clock = (ts) => moment(ts).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
export const nameIn = (item) => item.username || userName(item.user, "somebody");

// What can be done to a message is drawn when somebody comes to it, by pointer or by key; `met` says they are there.
export function drawMessage(channel, item, { following, answers, inThread, met }) {
  const who = nameIn(item);
  const classes = ["message", following && "following", item.ephemeral && "ephemeral"].filter(Boolean).join(" ");
  const node = h("article", { class: classes, tabindex: "-1", "aria-label": `${who}, ${clock(item.ts)}`, data: { ts: item.ts, channel, testid: "message", user: item.user, ephemeral: item.ephemeral ? "true" : null } },
    h("div", { class: "gutter" }, following ? h("time", { class: "quiet small-time" }, clock(item.ts)) : avatar(item.user, who)),
    h("div", { class: "message-body" },
      item.ephemeral && onlyYou(channel, item),
      !following && head(item, who),
      body(channel, item),
      reactions(channel, item),
      !inThread && threadLink(channel, item, answers)));
  const meet = () => node.querySelector(".tools") ?? node.append(tools(channel, item, inThread));
  if (item.ephemeral) return node;
  if (met) meet();
  else for (const name of ["pointerenter", "focusin"]) node.addEventListener(name, meet, { once: true });
  return node;
}

function onlyYou(channel, item) {
  return h("p", { class: "only-you" }, icon("eye"), "Only visible to you", h("button", { type: "button", class: "plain dismiss", data: { testid: "dismiss" }, click: () => doIt("dismiss", { channel, ts: item.ts }) }, "Dismiss"));
}

function head(item, who) {
  const known = user(item.user);
  const name = known && !item.username
    ? h("button", { type: "button", class: "who-button", "aria-haspopup": "dialog", click: (event) => tell("people-card", { anchor: event.currentTarget, person: item.user }) }, h("strong", { class: "who" }, who))
    : h("strong", { class: "who" }, who);
  return h("p", { class: "message-head" }, name, (known?.is_bot || item.bot_id) && h("span", { class: "app-sign" }, "APP"),
    h("time", { class: "quiet", datetime: moment(item.ts).toISOString(), title: moment(item.ts).toLocaleString() }, clock(item.ts)),
    item.blocks?.length > 0 && edited(item));
}

const edited = (item) => item.edited && h("span", { class: "quiet edited", title: moment(item.edited.ts).toLocaleString() }, " (edited)");

function body(channel, item) {
  const key = `${channel}/${item.ts}`;
  if (!kept.has(key)) kept.set(key, new Map());
  const ctx = {
    kept: kept.get(key), fields: [],
    act: (block, action) => doIt("act", { channel, message_ts: item.ts, block_id: block.block_id, action }),
    suggest: (block, typed) => ask("suggest", { channel, message_ts: item.ts, block_id: block.block_id, ...typed }),
  };
  const words = item.blocks?.length ? blocks(item.blocks, ctx) : item.text && h("div", { class: "text" }, item.mrkdwn === false ? plainText({ text: item.text }) : mrkdwn(item.text), edited(item));
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

const can = (deed, item) => item.user === state.me && state.deeds.includes(deed);

const QUICK = ["white_check_mark", "eyes"];

function tools(channel, item, inThread) {
  const tool = (label, testid, inside, click) => h("button", { type: "button", class: "tool", "aria-label": label, title: label, data: { testid }, click }, inside);
  const link = () => {
    const address = new URL(location.href);
    address.hash = new URLSearchParams({ in: channel, ...(item.thread_ts ? { thread: item.thread_ts } : {}), at: item.ts });
    navigator.clipboard?.writeText(address.href).then(() => tell("notice", "The link to this message is copied."), () => tell("notice", `The link to this message: ${address.href}`));
  };
  return h("div", { class: "tools", role: "group", "aria-label": "Do with this message" },
    QUICK.map((name) => tool(`React with ${name.replaceAll("_", " ")}`, `quick-${name}`, emoji(name, true), () => toggle(channel, item, name))),
    reactionButton(channel, item),
    !inThread && tool("Reply in thread", "reply", icon("reply"), () => tell("open-thread", item.thread_ts ?? item.ts)),
    tool("Copy the link", "copy-link", icon("link"), link),
    shortcuts("message").length > 0 && tool("Shortcuts", "message-shortcuts", icon("dots"), (event) => shortcutMenu(event.currentTarget, "message", { channel, ts: item.ts })),
    can("edit", item) && tool("Edit", "edit-own", icon("pen"), () => edit(channel, item)),
    can("delete", item) && tool("Delete", "delete-own", icon("bin"), () => remove(channel, item)));
}
