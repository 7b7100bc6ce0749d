// The page's own signs, drawn: they look the same whatever fonts a machine has.
import { s } from "./dom.js";

const PATHS = {
  smile: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM7.3 8v.6M12.7 8v.6M6.8 11.8c1.6 2.4 4.8 2.4 6.4 0",
  reply: "M3 5.5C3 4.7 3.7 4 4.5 4h11c.8 0 1.5.7 1.5 1.5v7c0 .8-.7 1.5-1.5 1.5H9l-4 3v-3h-.5c-.8 0-1.5-.7-1.5-1.5z",
  link: "M8.5 11.5l3-3M9 6.5l1.2-1.2a3.2 3.2 0 0 1 4.5 4.5L13.5 11M11 13.5l-1.2 1.2a3.2 3.2 0 0 1-4.5-4.5L6.5 9",
  eye: "M2 10c2-3.5 4.8-5 8-5s6 1.5 8 5c-2 3.5-4.8 5-8 5s-6-1.5-8-5zM10 7.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8z",
  home: "M3.5 9.5L10 4l6.5 5.5M5.2 8.2V16h9.6V8.2M8.4 16v-4.2h3.2V16",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  mail: "M3 5h14v10H3zM3.3 5.5L10 11l6.7-5.5",
  send: "M3 10l14-6.5L13 17l-3-5.5zM10 11.5L17 3.5",
  shut: "M5 5l10 10M15 5L5 15",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M4.2 15.8l1.4-1.4M14.4 5.6l1.4-1.4",
  moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
  auto: "M10 2.5a7.5 7.5 0 1 0 0 15zM10 2.5a7.5 7.5 0 0 1 0 15z",
  bolt: "M11 2L4 11.5h5L8.5 18l7-9.5h-5z",
  file: "M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4M7.5 10.5h5.5M7.5 13.5h5.5",
  picture: "M3 4h14v12H3zM3 13l4-4 3.5 3.5L13 10l4 4M12.8 7.2v.1",
  clock: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 5.8V10l2.8 2",
  pen: "M4 16l.8-3.4L13.5 4l2.5 2.5-8.6 8.7zM11.8 5.7l2.5 2.5",
  bin: "M4 6h12M8 6V4h4v2M5.5 6l.8 10.5h7.4L14.5 6M8.5 9v4.5M11.5 9v4.5",
  plus: "M10 4v12M4 10h12",
  dots: "M4.5 10v.1M10 10v.1M15.5 10v.1",
  down: "M5 8l5 5 5-5",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM13 7v3.8c0 2.9 4 2.7 4-.8a7 7 0 1 0-3 5.7",
};

export function icon(name, words) {
  const told = words ? { role: "img", "aria-label": words } : { "aria-hidden": "true" };
  const whole = name === "auto" ? s("path", { d: "M10 2.5a7.5 7.5 0 0 0 0 15z", fill: "currentColor" }) : null;
  return s("svg", { class: "icon", viewBox: "0 0 20 20", ...told }, s("path", { d: PATHS[name] }), whole);
}
