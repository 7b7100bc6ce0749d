// The app's shortcuts: the global ones beside the message box, the others in each message's tools.
import { h, popover } from "./dom.js";
import { doIt } from "./live.js";
import { state } from "./state.js";

export const shortcuts = (type) => (state.deeds.includes("shortcut") ? state.shortcuts.filter((one) => one.type === type) : []);

// `where` is what goes along: the channel and ts of a message, or nothing.
export function shortcutMenu(anchor, type, where) {
  const choose = (one) => () => {
    sheet.close();
    doIt("shortcut", { callback_id: one.callback_id, ...where });
  };
  const entry = (one) => h("button", { type: "button", role: "menuitem", class: "menu-item", data: { value: one.callback_id }, click: choose(one) },
    one.name || one.callback_id, one.description && h("span", { class: "menu-more quiet" }, one.description));
  const sheet = popover(anchor, "Shortcuts", shortcuts(type).map(entry));
}
