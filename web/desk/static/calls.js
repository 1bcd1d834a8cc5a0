// The list of calls, live: it is asked for again whenever somebody wants to be called, calls, or has called.

import { ask } from "./desk.js";
import { follow } from "./talk_news.js";
import { swap } from "./talk_swap.js";

async function draw() {
  const html = await ask("/desk/calls/list");
  if (html !== null) swap(html);
}

follow({ call: draw, ticket: (number) => { if (number === 0) draw(); }, everything: draw });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") draw(); });
