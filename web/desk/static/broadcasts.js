// A broadcast on its way: the part of its page that moves is asked for every second, until nothing moves any more. Then
// the page is drawn anew once, for its buttons. Without this script the page shows how far it was when it was opened.

import { deskHeaders } from "./desk.js";

const EVERY = 1000;
const moving = document.querySelector("[data-progress]");

async function look() {
  const before = moving.querySelector("[data-moves]");
  const couldUndo = moving.querySelector(".said") !== null;
  try {
    const answer = await fetch(moving.dataset.progress, { headers: deskHeaders("background") });
    if (answer.status === 401) return;
    if (answer.ok) moving.innerHTML = await answer.text();
  } catch {
    // The desk is away for a moment: the next look tells.
  }
  const after = moving.querySelector("[data-moves]");
  const undoOver = couldUndo && moving.querySelector(".said") === null;
  if (undoOver || (before?.dataset.moves === "1" && after?.dataset.moves === "0")) {
    location.reload();
    return;
  }
  setTimeout(look, EVERY);
}

if (moving?.querySelector('[data-moves="1"]')) setTimeout(look, EVERY);
