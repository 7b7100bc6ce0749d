// What goes wrong on purpose: a sheet over the playground's admin API, made from whatever faults it lists.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { tell } from "./state.js";

const WORDS = {
  latency: "Seconds before a call is looked at", server_errors: "Calls answered 500, nothing done", lost_answers: "Calls carried out, then the line breaks",
  storms: "Calls answered 429: too many", retry_after: "Seconds that those tell to wait", methods: "Only these methods, by comma", lost_acks: "Acknowledgements that never arrive",
  drops: "Deliveries during which the line breaks", duplicates: "Events delivered twice", reorders: "Events that change places", event_delay: "Events wait up to so many seconds",
  silent: "Silence: nobody reaches Slack, Slack reaches nobody", no_new_blocks: "The blocks of 2026 are refused", no_groups: "No user groups, as on the free plan", revoked: "The bot's token was taken back",
  chances: "By chance: fault and likelihood",
};
const CUTS = { abort: "Break the line", close: "Close it", refresh: "Ask for a new one" };
const QUIET = new Set(["retry_after", "methods"]);

let set = {};

const blank = (value) => (typeof value === "number" ? 0 : typeof value === "boolean" ? false : Array.isArray(value) ? [] : typeof value === "string" ? "" : {});
const given = (value) => (Array.isArray(value) ? value.length > 0 : value && typeof value === "object" ? Object.keys(value).length > 0 : Boolean(value));
export const anyFault = () => active() > 0;

const active = () => Object.entries(set).filter(([name, value]) => !QUIET.has(name) && given(value)).length;

async function admin(method, path, body) {
  try {
    const answer = await fetch(`/admin/${path}`, { method, ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}) });
    const found = await answer.json();
    return answer.ok && found.ok !== false ? { found } : { wrong: found.message ?? found.error ?? "That did not work." };
  } catch {
    return { wrong: "The playground did not take that." };
  }
}

function learnt(found) {
  const before = active();
  set = found;
  if (active() !== before) tell("sidebar");
}

export async function lookForFaults() {
  const { found } = await admin("GET", "faults");
  if (found) learnt(found);
}

export function faultsButton() {
  const count = active();
  const words = count ? `Faults: ${count} on` : "Faults: nothing goes wrong on purpose";
  return h("button", { type: "button", class: `plain side-tool ${count ? "alarm" : ""}`, "aria-label": words, title: words, "aria-haspopup": "dialog", data: { testid: "faults" }, click: open }, icon("bolt"), count > 0 && h("span", { class: "count", "aria-hidden": "true" }, String(count)));
}

async function open() {
  const { found, wrong } = await admin("GET", "faults");
  if (wrong) return tell("notice", wrong);
  learnt(found);
  const said = h("p", { class: "quiet", role: "status", data: { testid: "faults-said" } });
  const rows = h("div", { class: "fault-rows" });
  const draw = () => {
    const focus = document.activeElement?.dataset.fault;
    rows.replaceChildren(...Object.entries(set).map(([name, value]) => row(name, value, change)));
    if (focus) rows.querySelector(`[data-fault="${CSS.escape(focus)}"]`)?.focus();
  };
  const done = (answer, words) => {
    said.textContent = answer.wrong ?? words;
    if (answer.found && !answer.wrong && Object.keys(set).every((name) => name in answer.found)) learnt(Object.fromEntries(Object.keys(set).map((name) => [name, answer.found[name]])));
    draw();
  };
  const change = async (name, value) => done(await admin("POST", "faults", { [name]: value }), "Set.");
  const cut = async (how) => {
    const answer = await admin("POST", `cut?how=${how}`);
    said.textContent = answer.wrong ?? "Done: the app has to come back by itself.";
  };
  const well = () => Object.fromEntries(Object.entries(set).filter(([name]) => name !== "retry_after").map(([name, value]) => [name, blank(value)]));
  const clear = async () => done(await admin("POST", "faults", well()), "All is well again.");
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "faults-title", data: { testid: "faults-panel" } },
    h("header", { class: "modal-head" }, h("h2", { id: "faults-title" }, "Faults"), h("button", { type: "button", class: "plain", "aria-label": "Close", click: () => dialog.close() }, icon("shut"))),
    h("div", { class: "modal-body", tabindex: "0", role: "group", "aria-labelledby": "faults-title" }, h("p", { class: "quiet" }, "What goes wrong between the app and Slack, on purpose. A count is “the next so many”; -1 is every time. It holds at once, for everybody."),
      rows, h("div", { class: "actions" }, Object.entries(CUTS).map(([how, words]) => h("button", { type: "button", class: "button", data: { cut: how }, click: () => cut(how) }, words))), said),
    h("footer", { class: "dialog-foot" }, h("button", { type: "button", class: "button primary", data: { testid: "faults-clear" }, click: clear }, "All well again")));
  dialog.addEventListener("close", () => dialog.remove());
  draw();
  document.body.append(dialog);
  dialog.showModal();
}

// A switch for what is true or false, a number for a number, and text for lists and for what is not known here.
function row(name, value, change) {
  const id = `fault-${name}`;
  const whole = Array.isArray(value) ? value.join(", ") : value && typeof value === "object" ? JSON.stringify(value) : String(value ?? "");
  const kind = typeof value === "boolean" ? "checkbox" : typeof value === "number" ? "number" : "text";
  const field = h("input", { id, type: kind, class: kind === "checkbox" ? "switch" : "field", role: kind === "checkbox" ? "switch" : null, checked: value === true, step: kind === "number" ? "any" : null, min: kind === "number" ? "-1" : null, data: { fault: name }, autocomplete: "off" });
  if (kind !== "checkbox") field.value = whole;
  const read = () => {
    if (kind === "checkbox") return field.checked;
    if (kind === "number") return Number(field.value);
    if (Array.isArray(value)) return field.value.split(",").map((one) => one.trim()).filter(Boolean);
    return typeof value === "string" ? field.value : JSON.parse(field.value || "{}");
  };
  field.addEventListener("change", () => {
    let wanted;
    try {
      wanted = read();
    } catch {
      return field.setAttribute("aria-invalid", "true");
    }
    return change(name, wanted);
  });
  return h("div", { class: `fault ${given(value) && !QUIET.has(name) ? "on" : ""}` }, h("label", { for: id }, Object.hasOwn(WORDS, name) ? WORDS[name] : name.replaceAll("_", " "), h("code", { class: "quiet" }, ` ${name}`)), field);
}
