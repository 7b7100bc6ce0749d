// What the page knows, and who wants to hear when it changes. Nothing here touches the document.

export const state = {
  me: null, team: { id: "", name: "" }, seq: 0, users: [], usergroups: [], channels: [], commands: [],
  messages: new Map(), home: null, modals: [], unread: new Map(),
};

export const view = { at: null, thread: null };

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

export function load(data) {
  Object.assign(state, {
    me: data.me, team: data.team, seq: data.seq, users: data.users, usergroups: data.usergroups ?? [],
    channels: data.channels, commands: data.commands ?? [], home: data.home ?? null, modals: data.modals ?? [],
  });
  state.messages = new Map(
    Object.entries(data.messages ?? {}).map(([id, list]) => [id, new Map(list.map((one) => [one.ts, one]))]),
  );
  tell("loaded");
}

function shelf(id) {
  if (!state.messages.has(id)) state.messages.set(id, new Map());
  return state.messages.get(id);
}

const inThread = (message) => Boolean(message.thread_ts && message.thread_ts !== message.ts);
const byTime = (one, other) => Number(one.ts) - Number(other.ts);

export function mainMessages(id) {
  return [...shelf(id).values()].filter((one) => !inThread(one) || one.subtype === "thread_broadcast").sort(byTime);
}

export function replies(id, ts) {
  return [...shelf(id).values()].filter((one) => inThread(one) && one.thread_ts === ts).sort(byTime);
}

export const message = (id, ts) => shelf(id).get(ts);

function keep(id, item) {
  shelf(id).set(item.ts, item);
  tell("messages", { channel: id, item });
}

function arrived(event) {
  const known = shelf(event.channel).has(event.message.ts);
  const elsewhere = event.channel !== view.at && event.message.user !== state.me;
  if (!known && elsewhere) {
    state.unread.set(event.channel, (state.unread.get(event.channel) ?? 0) + 1);
    tell("sidebar");
  }
  keep(event.channel, event.message);
}

const APPLY = {
  message: arrived,
  ephemeral: (event) => arrived({ ...event, message: { ...event.message, ephemeral: true } }),
  message_changed: (event) => keep(event.channel, event.message),
  reaction: (event) => event.message && keep(event.channel, event.message),
  message_deleted: (event) => {
    shelf(event.channel).delete(event.ts);
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

export function read(id) {
  if (state.unread.delete(id)) tell("sidebar");
}
