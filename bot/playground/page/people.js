// Faces and names, and the card that opens from them: who that is, what they are there for, and how to become them.
import { h, popover } from "./dom.js";
import { groupsOf, on, state, tell, user, userName } from "./state.js";

export function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [...words[0]][0] + [...words.at(-1)][0] : [...name].slice(0, 2).join("");
  return letters.toUpperCase();
}

const FACES = 10;

// Neighbours in the list of people never share a colour; Slack's own, made from the id, often does.
export function avatar(id, name, size = "") {
  const place = state.users.findIndex((one) => one.id === id);
  const kind = user(id)?.is_bot ? "robot" : place < 0 ? "" : `face-${place % FACES}`;
  return h("span", { class: `avatar ${size} ${kind}`, "aria-hidden": "true" }, initials(name));
}

export const rolesOf = (id) => groupsOf(id).map((group) => `@${group.handle}`).join(" ");

const becoming = (one, shut) => (one.id === state.me ? h("span", { class: "you" }, "you")
  : !one.is_bot && !one.deleted && h("button", { type: "button", class: "small", data: { testid: `become-${one.name}` }, click: () => { shut(); tell("become", one.id); } }, `Become ${one.name}`));

function line(one, shut) {
  const words = [one.title, rolesOf(one.id), one.is_restricted && "guest", one.deleted && "deactivated"].filter(Boolean).join(" · ");
  return h("div", { class: "person-card" }, avatar(one.id, userName(one.id)),
    h("div", { class: "person-words" }, h("strong", null, userName(one.id)), one.real_name !== one.name && h("span", { class: "quiet" }, ` @${one.name}`), h("p", { class: "quiet" }, one.is_bot ? "The app. It answers to what begins with /" : words)),
    becoming(one, shut));
}

function card({ anchor, person, group }) {
  const found = group ? state.usergroups.find((one) => one.id === group) : null;
  const members = group ? (found?.users ?? []).map(user).filter(Boolean) : [user(person)].filter(Boolean);
  const shut = () => sheet.close();
  const name = found ? `@${found.handle}` : members[0] ? userName(members[0].id) : "Nobody";
  const head = found && h("p", null, h("strong", null, name), found.name !== found.handle && h("span", { class: "quiet" }, ` ${found.name}`));
  const sheet = popover(anchor, name, h("div", { class: "people-card", data: { testid: "people-card" } }, head,
    members.length ? members.map((one) => line(one, shut)) : h("p", { class: "quiet" }, "There is nobody in it.")), "dialog");
}

export const peopleCards = () => on("people-card", card);
