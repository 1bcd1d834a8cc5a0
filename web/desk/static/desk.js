// What every page of the desk has: the menu of one's own closes as menus do. Everything works without it, too.

const menu = document.querySelector(".me");

// On a phone the doors are a bar that scrolls: the one that is open is in sight.
document.querySelector(".door[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu?.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

/** The headers of a request that a script of the desk makes: `why` is "part" or "background". */
export function deskHeaders(why = "part") {
  return { "Desk-Fetch": why, "X-Desk-Token": document.querySelector('meta[name="desk-token"]').content };
}

/** A part of a page as HTML; null when there is none just now. `gone` is called when there will be none any more. */
export async function ask(address, gone) {
  try {
    const answer = await fetch(address, { headers: deskHeaders("background") });
    if (answer.status === 401) location.reload();
    if (answer.status === 404) gone?.();
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}
