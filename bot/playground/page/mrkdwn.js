// Slack's own markup ("mrkdwn") to nodes. Escapes (&amp; &lt; &gt;) are undone last, in text nodes only,
// so an escaped <!channel> can never become a mention again.
import { h, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { channel, channelName, groupHandle, state, tell, userName } from "./state.js";

const ESCAPES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

export const unescape = (text) => text.replace(/&(?:amp|lt|gt);/g, (found) => ESCAPES[found]);

// A time of day is no emoji: 10:30:45.
const EMOJI = /(?<!\d):([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):(?!\d)/g;

export function withEmoji(text) {
  const out = [];
  let from = 0;
  for (const found of text.matchAll(EMOJI)) {
    out.push(text.slice(from, found.index), emoji(found[1]));
    from = found.index + found[0].length;
  }
  out.push(text.slice(from));
  return out.filter((part) => part !== "");
}

export function plainText(object) {
  const text = unescape(object?.text ?? "");
  return lines(object?.emoji === false ? [text] : withEmoji(text));
}

function lines(parts) {
  return parts.flatMap((part) => {
    if (typeof part !== "string") return [part];
    return part.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
  });
}

export const textObject = (object) => (object?.type === "mrkdwn" ? mrkdwn(object.text ?? "") : plainText(object));

export function mrkdwn(text) {
  return text.split(/(```[\s\S]*?```)/).flatMap((part) => {
    if (part.length >= 6 && part.startsWith("```") && part.endsWith("```")) {
      return [h("pre", null, h("code", null, entities(part.slice(3, -3).replace(/^\n|\n$/g, ""))))];
    }
    return paragraphs(part);
  });
}

function paragraphs(text) {
  const out = [];
  if (text.trim() === "") return out;
  let quote = null;
  let rest = false;
  text.replace(/^\n|\n$/g, "").split("\n").forEach((line, index) => {
    const sign = rest ? null : /^((?:&gt;|>){3}|&gt;|>) ?/.exec(line);
    if (rest || sign) {
      const words = inline(sign ? line.slice(sign[0].length) : line);
      rest ||= sign[1].replaceAll("&gt;", ">") === ">>>";
      if (quote) quote.append(h("br"), ...words);
      else out.push((quote = h("blockquote", null, words)));
      return;
    }
    if (index && !quote) out.push(h("br"));
    quote = null;
    out.push(...inline(line));
  });
  return out;
}

const STYLES = { "*": "strong", _: "em", "~": "s" };

export function inline(text) {
  const out = [];
  let plain = "";
  const flush = () => {
    if (plain) out.push(...withEmoji(unescape(plain)));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const span = spanAt(text, at);
    if (span) {
      flush();
      out.push(span.node);
      at = span.end;
    } else plain += text[at++];
  }
  flush();
  return out;
}

const BARE = /^https?:\/\/[^\s<>|]+/;

// Slack makes a link of an address that was typed as it is.
function bareAt(text, at) {
  if (text[at] !== "h" || !boundary(text[at - 1])) return null;
  const found = BARE.exec(text.slice(at, at + 2000))?.[0].replace(/(?:[.,;:!?'")\]*_~]|&gt;)+$/, "");
  return found && found.length > 8 ? { node: link(unescape(found), unescape(found)), end: at + found.length } : null;
}

function spanAt(text, at) {
  const mark = text[at];
  if (mark === "<") return entityAt(text, at);
  if (mark === "h") return bareAt(text, at);
  if (mark === "`") {
    const end = text.indexOf("`", at + 1);
    if (end <= at + 1) return null;
    return { node: coded(text.slice(at + 1, end)), end: end + 1 };
  }
  if (!(mark in STYLES) || !boundary(text[at - 1]) || /\s/.test(text[at + 1] ?? " ") || text[at + 1] === mark) return null;
  const end = closing(text, at, mark);
  return end < 0 ? null : { node: h(STYLES[mark], null, inline(text.slice(at + 1, end))), end: end + 1 };
}

// What begins with one of the app's commands can be put into the message box by a click.
function coded(text) {
  const node = h("code", null, entities(text));
  if (!state.commands.some((one) => text === one.command || text.startsWith(`${one.command} `))) return node;
  node.classList.add("try");
  node.title = "Press to put it into the message box";
  node.addEventListener("click", () => getSelection().isCollapsed && tell("try", node.textContent));
  return node;
}

const boundary = (letter) => letter === undefined || !/[\p{L}\p{N}\\]/u.test(letter);

function closing(text, at, mark) {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === "<") end = Math.max(end, (entityAt(text, end)?.end ?? 0) - 1);
    else if (text[end] === "`" && text.indexOf("`", end + 1) > 0) end = text.indexOf("`", end + 1);
    else if (text[end] === mark && !/\s/.test(text[end - 1]) && boundary(text[end + 1])) return end;
  }
  return -1;
}

function entityAt(text, at) {
  const end = text.indexOf(">", at);
  if (end < 0) return null;
  const node = entity(text.slice(at + 1, end));
  return node ? { node, end: end + 1 } : null;
}

// In code only links and mentions count; the rest is as written.
function entities(text) {
  const out = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const found = text[at] === "<" ? entityAt(text, at) : null;
    if (!found) plain += text[at++];
    else {
      out.push(unescape(plain), found.node);
      plain = "";
      at = found.end;
    }
  }
  return [...out, unescape(plain)].filter((part) => part !== "");
}

function entity(body) {
  const [target, label] = split(body);
  if (/^@[UW]\w+$/.test(target)) return person(target.slice(1), label);
  if (/^#[CG]\w+$/.test(target)) return place(target.slice(1), label);
  if (/^!subteam\^S\w+$/.test(target)) return subteam(target.slice(9), label);
  if (/^!(here|channel|everyone)$/.test(target)) return mention(`@${target.slice(1)}`, true);
  if (target.startsWith("!date^")) return date(target, label);
  if (/^(https?:\/\/|mailto:)/.test(target)) return link(unescape(target), unescape(label ?? target.replace(/^mailto:/, "")));
  return null;
}

function split(body) {
  const bar = body.indexOf("|");
  return bar < 0 ? [body, null] : [body.slice(0, bar), body.slice(bar + 1)];
}

export function mention(text, mine = false, click = null) {
  const name = mine ? "mention mine" : "mention";
  return click ? h("button", { type: "button", class: name, click }, text) : h("span", { class: name }, text);
}

const card = (who) => (event) => tell("people-card", { anchor: event.currentTarget, ...who });

export const person = (id, label) => mention(`@${userName(id, label?.replace(/^@/, ""))}`, id === state.me, card({ person: id }));

export const place = (id, label) => mention(`#${channelName(id, label)}`, false, channel(id) ? () => tell("go", id) : null);

export function subteam(id, label) {
  const group = state.usergroups.find((one) => one.id === id);
  return mention(`@${groupHandle(id, label)}`, Boolean(group?.users?.includes(state.me)), card({ group: id }));
}

function date(target, label) {
  const [, unix, format, address] = target.split("^");
  const moment = new Date(Number(unix) * 1000);
  if (Number.isNaN(moment.getTime()) || !format) return h("span", null, unescape(label ?? target));
  const words = formatDate(moment, unescape(format));
  const node = h("time", { datetime: moment.toISOString(), title: moment.toLocaleString() }, words);
  return address ? link(unescape(address), node) : node;
}

export function formatDate(moment, format) {
  const day = (options) => moment.toLocaleDateString([], options);
  const short = { month: "short", day: "numeric", year: "numeric" };
  const long = { weekday: "long", month: "long", day: "numeric", year: "numeric" };
  const pretty = (options) => nearDay(moment) ?? day(options);
  const words = {
    date_num: () => day({ year: "numeric", month: "2-digit", day: "2-digit" }),
    date: () => day({ month: "long", day: "numeric", year: "numeric" }),
    date_short: () => day(short), date_long: () => day(long),
    date_pretty: () => pretty({ month: "long", day: "numeric", year: "numeric" }),
    date_short_pretty: () => pretty(short), date_long_pretty: () => pretty(long),
    time: () => moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
    time_secs: () => moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    ago: () => ago(moment),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(words, name) ? words[name]() : whole));
}

export function nearDay(moment) {
  const midnight = (when) => new Date(when.getFullYear(), when.getMonth(), when.getDate()).getTime();
  const days = Math.round((midnight(moment) - midnight(new Date())) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? null;
}

function ago(moment) {
  const seconds = Math.round((moment.getTime() - Date.now()) / 1000);
  const words = new Intl.RelativeTimeFormat([], { numeric: "auto" });
  for (const [unit, size] of [["day", 86_400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  }
  return words.format(seconds, "second");
}
