// Files of a message: a picture as a picture with its words, anything else by name, size, and its first lines.
import { h, picture } from "./dom.js";
import { icon } from "./icons.js";

function size(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export const fileAddress = (id, name = "file") => `/files/${encodeURIComponent(id)}/${encodeURIComponent(name)}`;

// What is told of a picture to those who cannot see it stands below it for everybody.
export function pictured(address, alt, title, className = "big") {
  const words = [title ?? []].flat();
  const drawn = picture(address, alt, className);
  return h("figure", { class: "pictured" }, words.length > 0 && h("figcaption", null, words), drawn, drawn.matches("img") && alt && h("p", { class: "quiet alt" }, alt));
}

const drawable = (kind) => /^image\//.test(kind ?? "") && kind !== "image/svg+xml";

export function files(list) {
  return (list ?? []).map((file) => {
    const address = fileAddress(file.id, file.name ?? "file");
    const image = drawable(file.mimetype);
    const alt = file.alt_txt || file.alt_text || "";
    const words = file.preview && h("pre", { class: "preview", tabindex: "0", role: "group", "aria-label": `Beginning of ${file.name}` }, h("code", null, file.preview));
    return h("div", { class: "file", data: { testid: "file", fileId: file.id } },
      h("p", { class: "file-head" }, icon(image ? "picture" : "file"), h("a", { href: address, target: "_blank", rel: "noopener" }, file.title || file.name),
        h("span", { class: "quiet" }, [file.title && file.title !== file.name ? file.name : "", size(file.size)].filter(Boolean).join(" · "))),
      image && h("a", { href: address, target: "_blank", rel: "noopener", class: "picture-link" }, h("img", { src: address, alt: alt || file.title || file.name, class: "big", loading: "lazy" })),
      image && alt && h("p", { class: "quiet alt" }, alt), words);
  });
}
