// Puts a part of a page in place of the one that is there. Whatever is the same stays: pictures do not load again, an
// open fold stays open, and who reads with the keyboard keeps their place.

/** Each element of the part that has an id takes the place of its namesake. */
export function swap(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of [...parsed.body.children]) {
    const present = fresh.id && document.getElementById(fresh.id);
    if (present && !present.isEqualNode(fresh)) renew(present, fresh);
  }
}

function renew(present, fresh) {
  copyAttributes(present, fresh);
  const lists = present.querySelector(":scope > ol") ?? (present.matches("ol") ? present : null);
  const freshList = fresh.querySelector(":scope > ol") ?? (fresh.matches("ol") ? fresh : null);
  if (lists && freshList) {
    renewItems(lists, freshList);
    if (lists !== present) renewRest(present, fresh, lists, freshList);
  } else if (!present.contains(document.activeElement) || present === document.activeElement) {
    present.replaceChildren(...fresh.childNodes);
  } else {
    const place = [...present.querySelectorAll("a, button, summary")].indexOf(document.activeElement);
    present.replaceChildren(...fresh.childNodes);
    present.querySelectorAll("a, button, summary")[place]?.focus({ preventScroll: true });
  }
}

function renewItems(list, fresh) {
  const known = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const items = [...fresh.children].map((item) => {
    const present = item.dataset.key && known.get(item.dataset.key);
    if (!present) return item;
    if (present.isEqualNode(item)) return present;
    const open = present.querySelector("details[open]") !== null;
    const focused = present.contains(document.activeElement);
    copyAttributes(present, item);
    present.replaceChildren(...item.childNodes);
    if (open) present.querySelector("details")?.setAttribute("open", "");
    if (focused) present.querySelector("a, summary")?.focus({ preventScroll: true });
    return present;
  });
  items.forEach((item, place) => { if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null); });
  while (list.children.length > items.length) list.lastElementChild.remove();
}

function renewRest(present, fresh, list, freshList) {
  const rest = (parent, own) => [...parent.children].filter((one) => one !== own);
  const others = rest(fresh, freshList);
  rest(present, list).forEach((one, place) => {
    if (!others[place]) return;
    const open = one.open;
    if (!one.isEqualNode(others[place])) {
      one.replaceChildren(...others[place].childNodes);
      if (open) one.open = true;
    }
  });
}

function copyAttributes(present, fresh) {
  for (const { name } of [...present.attributes]) if (!fresh.hasAttribute(name)) present.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (present.getAttribute(name) !== value) present.setAttribute(name, value);
}
