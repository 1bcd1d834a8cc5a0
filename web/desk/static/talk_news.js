// News from the server. While none are heard (the stream is broken, or the server itself hears none) the page asks by
// itself every ten seconds; while they are, once a minute, since news may be lost.
//
// A browser has six connections to a server at most (HTTP/1.1), and a stream holds one: of all open tabs one has the
// stream and tells the others. When it is closed, another takes over.

const OFTEN = 10_000;
const SELDOM = 60_000;
const NAME = "desk-live";

let heard = false;
let asked = Date.now();

/** Calls `ticket(number)`, `typing(number)`, `call()` as they happen, and `everything()` when anything may have. */
export function follow({ ticket, typing, call, everything }) {
  const acts = {
    standing: (data) => stand(data === "1"),
    ticket: (data) => ticket?.(Number(data)),
    typing: (data) => typing?.(Number(data)),
    call: () => call?.(),
    end: () => location.reload(),
  };
  share((kind, data) => acts[kind]?.(data));
  setInterval(() => {
    if (Date.now() - asked < (heard ? SELDOM : OFTEN) - 500) return;
    asked = Date.now();
    everything();
  }, 1000);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

function share(act) {
  if (!("BroadcastChannel" in window) || !navigator.locks) return listen(act);
  const channel = new BroadcastChannel(NAME);
  let leads = false;
  let follows = false;
  channel.addEventListener("message", ({ data: { kind, data } }) => {
    if (kind !== "ask") act(kind, data);
    if (kind === "standing" && !follows) {
      follows = true;
      act("ticket", "0"); // what happened before this tab heard of anything
    }
    if (kind === "ask" && leads) channel.postMessage({ kind: "standing", data: heard ? "1" : "0" });
  });
  channel.postMessage({ kind: "ask" });
  navigator.locks.request(NAME, () => new Promise(() => {
    leads = true;
    listen((kind, data) => {
      act(kind, data);
      channel.postMessage({ kind, data });
    });
  })).catch(() => listen(act));
}

function listen(act) {
  const stream = new EventSource("/desk/live");
  for (const kind of ["standing", "ticket", "typing", "call", "end"]) {
    stream.addEventListener(kind, (event) => act(kind, event.data));
  }
  stream.addEventListener("error", () => act("standing", "0"));
  addEventListener("pagehide", () => stream.close());
}

function stand(now) {
  heard = now;
  document.documentElement.toggleAttribute("data-heard", now);
  const said = document.getElementById("standing");
  if (said) said.hidden = now;
}
