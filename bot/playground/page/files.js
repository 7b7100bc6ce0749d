// Files of a message: name, size, the first lines, and a way to the whole.
import { h } from "./dom.js";

function size(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function files(list) {
  return (list ?? []).map((file) => {
    const address = `/files/${encodeURIComponent(file.id)}/${encodeURIComponent(file.name)}`;
    const picture = /^image\//.test(file.mimetype ?? "") && h("img", { src: address, alt: file.title || file.name, class: "big", loading: "lazy" });
    const words = file.preview && h("pre", { class: "preview", tabindex: "0", "aria-label": `Beginning of ${file.name}` }, h("code", null, file.preview));
    return h("div", { class: "file", data: { testid: "file", fileId: file.id } },
      h("p", { class: "file-head" }, h("span", { "aria-hidden": "true" }, "📄 "), h("a", { href: address, target: "_blank", rel: "noopener" }, file.title || file.name),
        h("span", { class: "quiet" }, [file.title && file.title !== file.name ? file.name : "", size(file.size)].filter(Boolean).join(" · "))),
      picture, words);
  });
}
