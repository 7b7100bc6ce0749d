// "Are you sure?": Slack's confirm object as a dialog. Answers true at once where nothing is to be confirmed.
import { h } from "./dom.js";
import { plainText, textObject } from "./mrkdwn.js";

let count = 0;

export function confirmed(object) {
  if (!object) return Promise.resolve(true);
  return new Promise((answer) => {
    const id = `confirm-${++count}`;
    const before = document.activeElement;
    const yes = h("button", { type: "button", class: `button ${object.style === "danger" ? "danger" : "primary"}`, data: { testid: "confirm-yes" }, click: () => dialog.close("yes") }, object.confirm ? plainText(object.confirm) : "Yes");
    const no = h("button", { type: "button", class: "button", data: { testid: "confirm-no" }, click: () => dialog.close("no") }, object.deny ? plainText(object.deny) : "No");
    const dialog = h("dialog", { class: "dialog", role: "alertdialog", "aria-labelledby": `${id}-t`, "aria-describedby": `${id}-x`, data: { testid: "confirm" } },
      h("h2", { id: `${id}-t` }, plainText(object.title)),
      h("div", { id: `${id}-x`, class: "dialog-body text" }, textObject(object.text)),
      h("div", { class: "dialog-foot" }, no, yes));
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before?.isConnected) before.focus({ preventScroll: true });
      answer(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  });
}
