// What could stand at the end of what was typed: the app's words after /, people and groups after @, channels after #, emoji after :.
import { EMOJI_NAMES, pictureOf } from "./emoji.js";
import { channelName, groupHandle, people, state, user } from "./state.js";

const MOST = 60;

// [{ insert, shown, usage?, more }], how many letters of the text they replace, and those letters.
export function offers(text) {
  const at = /(?:^|[\s(])([@#])([\p{L}\p{N}_.-]*)$/u.exec(text);
  if (at) return { letters: at[2].length, typed: at[2], list: at[1] === "@" ? names(at[2]) : channels(at[2]) };
  const colon = /(?:^|\s):([a-z0-9_+-]{2,})$/.exec(text);
  if (colon) return { letters: colon[1].length + 1, typed: `:${colon[1]}`, list: emoji(colon[1]) };
  if (/^\/\S*$/.test(text)) return { letters: text.length, typed: text, list: commands(text) };
  const [, command, rest] = /^(\/\S+)\s+(.*)$/s.exec(text) ?? [];
  const list = words(command).filter((one) => one.insert.startsWith(rest));
  return { letters: rest?.length ?? 0, typed: rest ?? "", list };
}

function words(command) {
  const { words: known = [], hints = [] } = state.commands.find((one) => one.command === command) ?? {};
  return known.map((one, index) => ({ insert: one, shown: one, ...hint(hints[index] ?? "") }));
}

// "what may follow — what it does"; or only the latter.
function hint(text) {
  const [usage, ...more] = text.split(" — ");
  return more.length ? { usage, more: more.join(" — ") } : { more: text };
}

const commands = (text) => state.commands.filter((one) => one.command.startsWith(text))
  .map((one) => ({ insert: one.command, shown: one.command, usage: one.usage_hint, more: one.description }));

function names(start) {
  const low = start.toLowerCase();
  const all = [...people().map((one) => [one.name, one.real_name]), ...state.usergroups.map((one) => [one.handle, one.name === one.handle ? "group" : one.name]), ["here", "everybody who is here"], ["channel", "everybody in the channel"]];
  return all.filter(([name]) => name.toLowerCase().startsWith(low)).map(([name, more]) => ({ insert: name, shown: `@${name}`, more: more === name ? "" : more }));
}

const channels = (start) => state.channels.filter((one) => !one.is_im && one.name.startsWith(start.toLowerCase()))
  .map((one) => ({ insert: one.name, shown: `#${one.name}`, more: one.topic }));

const emoji = (start) => EMOJI_NAMES.filter((name) => name.includes(start)).slice(0, MOST)
  .map((name) => ({ insert: `:${name}:`, shown: pictureOf(name), more: `:${name}:` }));

// What may follow the word that stands there, once it is whole.
export function usage(text) {
  const [, command, word] = /^(\/\S+)\s+(\S+)\s/.exec(text) ?? [];
  const found = words(command).find((one) => one.insert === word);
  return found ? [`${command} ${word}`, found.usage].filter(Boolean).join(" ") + (found.more ? `: ${found.more}` : "") : "";
}

// As it goes to the server: a channel's name becomes its link, as Slack's own box makes it.
export function ready(text) {
  if (text.startsWith("/")) return text;
  return text.replace(/(^|[\s(])#([\p{L}\p{N}_-]+)/gu, (whole, before, name) => {
    const found = state.channels.find((one) => one.name === name && !one.is_im);
    return found ? `${before}<#${found.id}>` : whole;
  });
}

// The other way round: a message's text as somebody would type it.
export function asTyped(text) {
  const name = (whole, kind, id) => (kind === "#" ? `#${channelName(id)}` : user(id) ? `@${user(id).name}` : whole);
  return text.replace(/<([@#])(\w+)(?:\|[^>]*)?>/g, name)
    .replace(/<!subteam\^(\w+)(?:\|[^>]*)?>/g, (whole, id) => `@${groupHandle(id)}`)
    .replace(/<!(here|channel|everyone)>/g, "@$1").replace(/<(https?:[^|>]+)(?:\|[^>]*)?>/g, "$1")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
