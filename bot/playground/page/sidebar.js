// At the left: who I am, where I can go, who is here and what they are there for.
import { h } from "./dom.js";
import { faultsButton } from "./faults.js";
import { icon } from "./icons.js";
import { lookButton } from "./look.js";
import { avatar, rolesOf } from "./people.js";
import { on, people, state, tell, user, userName, view } from "./state.js";

export function sidebar(place) {
  const draw = () => {
    if (!state.me) return;
    const focus = place.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    const scrolled = place.querySelector(".side-scroll")?.scrollTop ?? 0;
    place.replaceChildren(...parts());
    place.querySelector(".side-scroll").scrollTop = scrolled;
    if (focus) place.querySelector(`[data-testid="${CSS.escape(focus)}"]`)?.focus();
  };
  for (const topic of ["loaded", "sidebar", "went"]) on(topic, draw);
}

function parts() {
  const talks = state.channels.filter((one) => !one.is_im);
  const direct = state.channels.filter((one) => one.is_im);
  const robots = state.users.filter((one) => one.is_bot);
  return [
    h("div", { class: "team" }, h("strong", null, state.team.name || "Playground"), h("span", { class: "side-tools" }, faultsButton(), lookButton())),
    whoAmI(),
    h("div", { class: "side-scroll" },
      h("ul", { class: "side-list" }, h("li", null, entry("home", icon("home"), "App Home"))),
      h("h2", { class: "side-title" }, "Channels"),
      h("ul", { class: "side-list" }, talks.map((one) => h("li", null, entry(one.id, one.is_private ? icon("lock", "private") : "#", one.name, one)))),
      direct.length > 0 && [h("h2", { class: "side-title" }, "Direct messages"), h("ul", { class: "side-list" }, direct.map((one) => h("li", null, entry(one.id, icon("mail"), one.name, one))))],
      h("div", { class: "side-title" }, h("h2", null, "People"), h("span", { class: "side-hint" }, "press one to be them")),
      h("ul", { class: "side-list people" }, people().map((one) => h("li", null, person(one)))),
      h("ul", { class: "side-list people" }, robots.map((one) => h("li", { class: "side-item still" }, avatar(one.id, userName(one.id), "small-face"), h("span", { class: "side-name" }, userName(one.id)), h("span", { class: "app-sign" }, "APP"))))),
  ];
}

function whoAmI() {
  const pick = h("select", { class: "who-pick", "aria-label": "Who I am", title: "Be somebody else", data: { testid: "who-am-i" }, change: (event) => tell("become", event.target.value) },
    people().map((one) => h("option", { value: one.id }, one.name)));
  pick.value = state.me;
  const me = user(state.me);
  const words = [me?.title, rolesOf(state.me)].filter(Boolean).join(" · ");
  return h("div", { class: "who-card" }, avatar(state.me, userName(state.me)),
    h("div", { class: "who-words" }, h("span", { class: "who-label", "aria-hidden": "true" }, "You are"), h("span", { class: "who-line" }, pick, icon("down")), words && h("span", { class: "who-title" }, words)));
}

function entry(id, sign, name, channel) {
  const news = state.unread.get(id);
  const outside = channel && !channel.is_member;
  return h("button", { type: "button", class: `side-item ${news ? "unread" : ""}`, "aria-current": view.at === id ? "page" : null, title: outside ? `You are not in #${name}` : null, data: { testid: `go-${id}`, goto: name, channel: channel ? id : null }, click: () => tell("go", id) },
    h("span", { class: "side-sign", "aria-hidden": typeof sign === "string" ? "true" : null }, sign), h("span", { class: `side-name ${outside ? "quiet" : ""}` }, name), news && h("span", { class: "count", role: "img", "aria-label": `${news} new` }, String(news)));
}

function person(one) {
  const mine = one.id === state.me;
  const roles = rolesOf(one.id);
  return h("button", { type: "button", class: "side-item", "aria-pressed": String(mine), title: mine ? "This is you" : `Become ${one.name}`, data: { testid: `be-${one.id}`, person: one.name }, click: () => tell("become", one.id) },
    avatar(one.id, one.name, "small-face"),
    h("span", { class: "side-name" }, one.name, roles && h("span", { class: "groups" }, ` ${roles}`), one.title && h("span", { class: "side-line" }, one.title)),
    mine ? h("span", { class: "you" }, "you") : one.is_restricted && h("span", { class: "you" }, "guest"));
}
