// Notices of the browser, for a page that nobody looks at. They name a question by its number: what a resident writes
// is nobody's business who sees the screen.

let known = newest();

/** The button that asks for leave, where there is something to ask. */
export function offerNotices() {
  const button = document.getElementById("notify");
  if (!button || !("Notification" in window) || Notification.permission !== "default") return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    button.hidden = true;
  });
}

/** Tells of tickets whose words are newer than any that were there before; counts them in the title. */
export function noticeUnread() {
  const before = known;
  known = newest();
  const count = document.getElementById("queue-tally")?.dataset.unread ?? "0";
  document.title = document.title.replace(/^\(\d+\+?\) /, "");
  if (count !== "0") document.title = `(${count}) ${document.title}`;
  if (document.visibilityState === "visible" && document.hasFocus()) return;
  for (const row of document.querySelectorAll(".queue-row[data-unread]")) {
    if (Number(row.dataset.unread) > before) notice(row);
  }
}

function newest() {
  return Math.max(0, ...[...document.querySelectorAll(".queue-row[data-unread]")].map((row) => Number(row.dataset.unread)));
}

function notice(row) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(row.dataset.notice, { tag: `ticket-${row.dataset.ticket}`, body: row.querySelector(".queue-about").textContent });
  shown.addEventListener("click", () => {
    window.focus();
    location.assign(row.querySelector("a").href);
  });
}
