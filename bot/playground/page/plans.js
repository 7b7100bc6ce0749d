// plan and task_card: steps with a state each.
import { h, link } from "./dom.js";
import { withEmoji } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const SIGNS = { pending: "○", in_progress: "◐", complete: "✓", error: "✕" };
const WORDS = { pending: "pending", in_progress: "in progress", complete: "complete", error: "error" };

export function taskCard(task, tag = "div") {
  const status = Object.hasOwn(SIGNS, task.status) ? task.status : "pending";
  const more = [task.details, task.output].filter(Boolean).map((one) => h("div", { class: "task-more" }, typeof one === "string" ? one : richText(one)));
  const sources = task.sources?.length && h("p", { class: "task-more" }, task.sources.map((one) => [link(one.url ?? "", one.text ?? one.url), " "]));
  return h(tag, { class: `task-card ${status}`, data: { taskId: task.task_id, status } },
    h("span", { class: "task-sign", role: "img", "aria-label": WORDS[status] }, SIGNS[status]),
    h("div", { class: "task-body" }, h("div", { class: "task-title" }, withEmoji(task.title ?? "")), more, sources));
}

export function plan(block) {
  const tasks = Array.isArray(block.tasks) ? block.tasks : Object.values(block.tasks ?? {});
  const done = tasks.filter((one) => one.status === "complete").length;
  const title = typeof block.title === "string" ? block.title : block.title?.text ?? "";
  return h("div", { class: "plan", role: "group", "aria-label": title || "Plan", data: { testid: "plan" } },
    h("p", { class: "card-title" }, h("span", null, withEmoji(title)), h("span", { class: "quiet" }, `${done} of ${tasks.length}`)),
    tasks.length > 0 && h("div", { class: "meter", "aria-hidden": "true", vars: { "--share": `${Math.round((100 * done) / tasks.length)}%` } }, h("span")),
    h("ol", { class: "tasks" }, tasks.map((one) => taskCard(one, "li"))));
}
