// What a person can do to their own messages, where the server can do it: change the words, take them away.
import { confirmed } from "./confirm.js";
import { h } from "./dom.js";
import { doIt } from "./live.js";
import { asTyped, ready } from "./offers.js";

const plain = (text) => ({ type: "plain_text", text });

export async function remove(channel, item) {
  const sure = await confirmed({ title: plain("Delete this message?"), text: plain("It goes for everybody, and does not come back."), confirm: plain("Delete"), deny: plain("Keep it"), style: "danger" });
  if (sure) await doIt("delete", { channel, ts: item.ts });
}

export function edit(channel, item) {
  const back = document.activeElement;
  const box = h("textarea", { class: "field edit-box", rows: 4, "aria-label": "The message", data: { testid: "edit-box" } });
  box.value = asTyped(item.text ?? "");
  const save = async () => {
    const text = box.value.trim();
    if (!text || (await doIt("edit", { channel, ts: item.ts, text: ready(text) })).ok) dialog.close();
  };
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "edit-title", data: { testid: "edit" } }, h("h2", { id: "edit-title" }, "Edit the message"), h("div", { class: "dialog-body" }, box),
    h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "button", click: () => dialog.close() }, "Cancel"), h("button", { type: "button", class: "button primary", data: { testid: "edit-save" }, click: save }, "Save")));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    save();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (back?.isConnected) back.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  box.focus();
}
