// News from the server. While none are heard (the stream is broken, or the server itself hears none) the page asks by
// itself every ten seconds; while they are, once a minute, since news may be lost.

const OFTEN = 10_000;
const SELDOM = 60_000;

let heard = false;
let asked = Date.now();

/** Calls `ticket(number)`, `typing(number)` as they happen, and `everything()` when anything may have. */
export function follow({ ticket, typing, everything }) {
  const stream = new EventSource("/desk/live");
  stream.addEventListener("standing", (event) => stand(event.data === "1"));
  stream.addEventListener("ticket", (event) => ticket(Number(event.data)));
  stream.addEventListener("typing", (event) => typing(Number(event.data)));
  stream.addEventListener("end", () => location.reload());
  stream.addEventListener("error", () => stand(false));
  setInterval(() => {
    if (stream.readyState === EventSource.CLOSED) {
      stand(false);
    }
    if (Date.now() - asked < (heard ? SELDOM : OFTEN) - 500) return;
    asked = Date.now();
    everything();
  }, 1000);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

function stand(now) {
  heard = now;
  document.documentElement.toggleAttribute("data-heard", now);
  const said = document.getElementById("standing");
  if (said) said.hidden = now;
}
