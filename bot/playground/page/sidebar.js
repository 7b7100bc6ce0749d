// At the left: who I am, where I can go, who is here.
import { h } from "./dom.js";
import { avatar } from "./messages.js";
import { on, people, state, tell, userName, view } from "./state.js";

export function sidebar(place) {
  const draw = () => {
    const focus = place.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    place.replaceChildren(...parts());
    if (focus) place.querySelector(`[data-testid="${CSS.escape(focus)}"]`)?.focus();
  };
  for (const topic of ["loaded", "sidebar", "went"]) on(topic, draw);
}

function parts() {
  const talks = state.channels.filter((one) => !one.is_im);
  const direct = state.channels.filter((one) => one.is_im);
  return [
    h("div", { class: "team" }, h("strong", null, state.team.name || "Playground"), whoAmI()),
    h("div", { class: "side-scroll" },
      h("ul", { class: "side-list" }, h("li", null, entry("home", "⌂", "App Home"))),
      h("h2", { class: "side-title" }, "Channels"),
      h("ul", { class: "side-list" }, talks.map((one) => h("li", null, entry(one.id, one.is_private ? "🔒" : "#", one.name, one)))),
      direct.length > 0 && [h("h2", { class: "side-title" }, "Direct messages"), h("ul", { class: "side-list" }, direct.map((one) => h("li", null, entry(one.id, "✉", one.name, one))))],
      h("h2", { class: "side-title" }, "People"),
      h("ul", { class: "side-list" }, people().map((one) => h("li", null, person(one)))),
      h("ul", { class: "side-list" }, state.users.filter((one) => one.is_bot).map((one) => h("li", { class: "side-item still" }, avatar(one.id, userName(one.id), "mini"), h("span", { class: "side-name" }, userName(one.id)), h("span", { class: "app-sign" }, "APP"))))),
  ].flat();
}

function whoAmI() {
  const pick = h("select", { class: "field who-pick", "aria-label": "Who I am", data: { testid: "who-am-i" }, change: (event) => tell("become", event.target.value) },
    people().map((one) => h("option", { value: one.id }, one.name)));
  pick.value = state.me;
  return h("label", { class: "who-line" }, h("span", null, "I am"), pick);
}

function entry(id, sign, name, channel) {
  const here = view.at === id;
  const news = state.unread.get(id);
  return h("button", { type: "button", class: `side-item ${news ? "unread" : ""}`, "aria-current": here ? "page" : null, data: { testid: `go-${id}`, goto: name, channel: channel ? id : null }, click: () => tell("go", id) },
    h("span", { class: "side-sign", "aria-hidden": "true" }, sign), h("span", { class: `side-name ${channel && !channel.is_member ? "quiet" : ""}` }, name), news && h("span", { class: "count", "aria-label": `${news} new` }, String(news)));
}

function person(one) {
  const mine = one.id === state.me;
  const groups = state.usergroups.filter((group) => group.users.includes(one.id) && group.handle !== one.name).map((group) => `@${group.handle}`);
  return h("button", { type: "button", class: "side-item", "aria-pressed": String(mine), title: mine ? "This is you" : `Become ${one.name}`, data: { testid: `be-${one.id}`, person: one.name }, click: () => tell("become", one.id) },
    avatar(one.id, one.name, "mini"), h("span", { class: "side-name" }, one.name, groups.length > 0 && h("span", { class: "groups" }, ` ${groups.join(" ")}`)), mine && h("span", { class: "you" }, "you"));
}
