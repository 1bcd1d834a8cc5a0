// Work without a mouse. Keys are taken by where they are on the keyboard, so they work in the Russian layout, too.

const KEYS = {
  KeyJ: () => step(1),
  KeyK: () => step(-1),
  KeyR: () => document.getElementById("answer-text")?.focus(),
  KeyN: () => unfold("note"),
  KeyT: () => unfold("transfer"),
  KeyC: () => unfold("close"),
  KeyM: () => document.querySelector("[data-take]")?.click(),
  KeyU: () => document.querySelector(".talk-back")?.click(),
};

export function followKeys() {
  const help = document.getElementById("keys");
  help?.querySelector("[data-keys-close]").addEventListener("click", () => help.close());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && field) return field.blur();
    if (field || help?.open) return;
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) {
      event.preventDefault();
      return help?.showModal();
    }
    if (event.code === "Slash" || event.key === "/") {
      event.preventDefault();
      return search();
    }
    if (KEYS[event.code] && !event.shiftKey) {
      event.preventDefault();
      KEYS[event.code]();
    }
  });
}

function step(by) {
  const links = [...document.querySelectorAll(".queue-link")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const from = at >= 0 ? at : links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[Math.min(links.length - 1, Math.max(0, from + by))] ?? links[0];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function unfold(id) {
  const tool = document.getElementById(id);
  if (!tool) return;
  tool.open = true;
  (tool.querySelector("textarea, select:not([disabled])") ?? tool.querySelector("button")).focus();
}

function search() {
  const field = document.querySelector('input[type="search"]');
  if (field) field.focus();
  else document.querySelector('a.door[href="/desk/counter"]')?.click();
}
