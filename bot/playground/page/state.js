// What the page knows, and who wants to hear when it changes. Nothing here touches the document.

export const state = {
  me: null, team: { id: "", name: "" }, seq: 0, users: [], usergroups: [], channels: [], commands: [], shortcuts: [], deeds: [],
  shelves: new Map(), home: null, modals: [], unread: new Map(),
};

// `fresh`: the first message that was new when I came to where I am. `hidden`: nobody looks at the page.
export const view = { at: null, thread: null, fresh: null, hidden: false };

const ears = new Map();

export function on(topic, ear) {
  ears.set(topic, [...(ears.get(topic) ?? []), ear]);
}

export function tell(topic, detail) {
  for (const ear of ears.get(topic) ?? []) ear(detail);
}

export const user = (id) => state.users.find((one) => one.id === id);
export const userName = (id, otherwise) => user(id)?.real_name || user(id)?.name || otherwise || id;
export const channel = (id) => state.channels.find((one) => one.id === id);
export const channelName = (id, label) => channel(id)?.name ?? label ?? id;
export const groupHandle = (id, label) => state.usergroups.find((one) => one.id === id)?.handle ?? label?.replace(/^@/, "") ?? id;
export const people = () => state.users.filter((one) => !one.is_bot && !one.deleted);
export const groupsOf = (id) => state.usergroups.filter((group) => group.users.includes(id));

export function load(data) {
  const same = data.me === state.me && equal([data.users, data.usergroups], [state.users, state.usergroups]);
  const before = same ? state.shelves : new Map();
  Object.assign(state, {
    me: data.me, team: data.team, seq: data.seq, users: data.users, usergroups: data.usergroups ?? [],
    channels: data.channels, commands: data.commands ?? [], shortcuts: data.shortcuts ?? [], deeds: data.deeds ?? [], home: data.home ?? null, modals: data.modals ?? [],
  });
  state.shelves = new Map();
  for (const [id, list] of Object.entries(data.messages ?? {})) for (const one of list) put(shelf(id), again(before.get(id)?.all.get(one.ts), one));
  state.unread = new Map();
  for (const one of state.channels) missed(one.id);
  tell("loaded");
}

const equal = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// What did not change keeps its identity, so that it is not drawn again.
const again = (old, fresh) => (old && equal(old, fresh) ? old : fresh);

// -- messages: by ts, in order, and the answers of each thread ----------------------------------

function shelf(id) {
  if (!state.shelves.has(id)) state.shelves.set(id, { all: new Map(), main: [], threads: new Map() });
  return state.shelves.get(id);
}

const inThread = (message) => Boolean(message.thread_ts && message.thread_ts !== message.ts);
const inMain = (message) => !inThread(message) || message.subtype === "thread_broadcast";
const later = (one, other) => Number(one.ts) - Number(other.ts);

function insert(list, item) {
  const at = list.findLastIndex((one) => later(one, item) <= 0);
  if (list[at]?.ts === item.ts) list[at] = item;
  else list.splice(at + 1, 0, item);
}

function threadOf(place, ts) {
  if (!place.threads.has(ts)) place.threads.set(ts, []);
  return place.threads.get(ts);
}

function put(place, item) {
  place.all.set(item.ts, item);
  if (inMain(item)) insert(place.main, item);
  if (inThread(item)) insert(threadOf(place, item.thread_ts), item);
}

function drop(place, ts) {
  const item = place.all.get(ts);
  if (!item) return;
  place.all.delete(ts);
  const without = (list) => list.filter((one) => one.ts !== ts);
  place.main = without(place.main);
  if (inThread(item)) place.threads.set(item.thread_ts, without(threadOf(place, item.thread_ts)));
}

export const mainMessages = (id) => shelf(id).main;
const NONE = [];
export const replies = (id, ts) => shelf(id).threads.get(ts) ?? NONE;
export const message = (id, ts) => shelf(id).all.get(ts);

// -- what I have not read: for each person and channel, up to where they looked -------------------

const seen = new Map();
const seenKey = (id) => `${state.me}/${id}`;

function missed(id) {
  const upTo = seen.get(seenKey(id));
  if (upTo === undefined) return;
  const count = mainMessages(id).filter((one) => Number(one.ts) > upTo && one.user !== state.me).length;
  if (count) state.unread.set(id, count);
}

export function firstNew(id) {
  const upTo = seen.get(seenKey(id));
  return upTo === undefined ? null : mainMessages(id).find((one) => Number(one.ts) > upTo && one.user !== state.me)?.ts ?? null;
}

export function read(id) {
  seen.set(seenKey(id), Number(mainMessages(id).at(-1)?.ts ?? 0));
  if (state.unread.delete(id)) tell("sidebar");
}

// -- what the server tells ------------------------------------------------------------------------

function keep(id, item, isNew = false) {
  put(shelf(id), item);
  tell("messages", { channel: id, item, isNew });
}

function arrived(event) {
  const known = shelf(event.channel).all.has(event.message.ts);
  const away = event.channel !== view.at || view.hidden;
  if (!known && away && event.message.user !== state.me) {
    state.unread.set(event.channel, (state.unread.get(event.channel) ?? 0) + 1);
    tell("sidebar");
  }
  keep(event.channel, event.message, !known);
}

const APPLY = {
  message: arrived,
  ephemeral: (event) => arrived({ ...event, message: { ...event.message, ephemeral: true } }),
  message_changed: (event) => keep(event.channel, event.message),
  message_deleted: (event) => {
    drop(shelf(event.channel), event.ts);
    tell("messages", { channel: event.channel });
  },
  modal: (event) => {
    state.modals = event.views ?? [];
    tell("modals");
  },
  modal_errors: (event) => tell("modal_errors", event),
  home: (event) => {
    state.home = event.view;
    tell("home");
  },
  notice: (event) => tell("notice", event.text),
  channel: (event) => {
    const index = state.channels.findIndex((one) => one.id === event.channel.id);
    // What was said in a channel before I came is not told line by line.
    if (index >= 0 && state.channels[index].is_member !== event.channel.is_member) return tell("reset");
    if (index < 0) state.channels.push(event.channel);
    else state.channels[index] = event.channel;
    tell("sidebar");
    tell("title");
  },
};

export function apply(event) {
  if (event.seq) state.seq = Math.max(state.seq, event.seq);
  if (event.type === "reset") tell("reset");
  else if (Object.hasOwn(APPLY, event.type)) APPLY[event.type](event);
}
