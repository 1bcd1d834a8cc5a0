// The queue and conversations, live: what is drawn is asked for again whenever something happened to it. Without this
// script everything works by forms and links; nothing here decides anything.

import { ask, deskHeaders } from "./desk.js";
import { followKeys } from "./talk_keys.js";
import { follow } from "./talk_news.js";
import { noticeUnread, offerNotices } from "./talk_notices.js";
import { swap } from "./talk_swap.js";

const TYPING_EVERY = 3000; // tell colleagues that somebody still writes; the server forgets it after 8 s
const STOPS = 9000; // who said nothing more for so long does not write any more
const SETTLES = [700, 1500, 3000, 5000, 10000]; // looks for what became of an answer that is on its way

const pane = document.querySelector("[data-queue]");
const talk = document.querySelector("[data-talk]");
const ticket = talk ? Number(talk.dataset.talk) : 0;
const composer = document.querySelector("[data-composer]");

document.documentElement.classList.add("scripted");

// --- the queue

async function drawQueue() {
  if (!pane) return;
  const search = new URLSearchParams(location.search);
  if (ticket) search.set("here", ticket);
  const html = await ask(`/desk/tickets/list?${search}`);
  if (html === null) return;
  swap(html);
  noticeUnread();
}

document.querySelector("[data-filters]")?.addEventListener("change", (event) => event.currentTarget.requestSubmit());

// --- the conversation

let settling = 0;

async function drawTalk() {
  if (!talk) return;
  const read = document.visibilityState === "visible" && document.hasFocus();
  const address = `/desk/tickets/${ticket}/talk${location.search}${location.search ? "&" : "?"}read=${read ? 1 : 0}`;
  const html = await ask(address, () => reachable(false));
  if (html === null) return;
  reachable(true);
  const list = document.getElementById("talk");
  const low = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  swap(html);
  if (low) toEnd();
  settle();
}

// While another organisation has it nothing sent from here would be taken. What was typed stays to be copied.
function reachable(here) {
  const said = document.getElementById("gone");
  if (said.hidden === here) return;
  said.hidden = here;
  for (const button of talk.querySelectorAll(".desk-below button, .talk-holder button")) button.disabled = !here;
}

function toEnd() {
  const list = document.getElementById("talk");
  list.scrollTop = list.scrollHeight;
  if (getComputedStyle(list).overflowY === "visible") list.lastElementChild?.scrollIntoView({ block: "nearest" });
}

function settle() {
  if (!document.getElementById("talk")?.hasAttribute("data-unsettled")) {
    settling = 0;
    return;
  }
  setTimeout(drawTalk, SETTLES[Math.min(settling, SETTLES.length - 1)]);
  settling += 1;
}

// What the resident wrote while the page was open has been seen once somebody goes on writing below it. An answer of a
// colleague has not: then the server asks.
function seen() {
  const { last, answered } = document.getElementById("talk").dataset;
  const field = composer.elements.seen;
  if (Number(answered) <= Number(field.value)) field.value = last;
}

let told = 0;

function tellTyping(on) {
  const now = Date.now();
  if (on && now - told < TYPING_EVERY) return;
  if (!on && told === 0) return;
  told = on ? now : 0;
  const body = new URLSearchParams(on ? { on: "1" } : {});
  fetch(`/desk/tickets/${ticket}/typing`, { method: "POST", headers: deskHeaders("part"), body, keepalive: true }).catch(() => {});
}

if (composer) {
  const text = composer.elements.text;
  const form = () => talk.querySelector("form[data-sent]");
  text.addEventListener("input", () => { seen(); tellTyping(text.value.trim() !== ""); });
  text.addEventListener("blur", () => tellTyping(false));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) composer.requestSubmit(composer.querySelector("button.main"));
  });
  text.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (!file) return;
    event.preventDefault();
    attach(file);
  });
  composer.addEventListener("dragover", (event) => event.preventDefault());
  composer.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    attach(event.dataTransfer.files[0]);
  });
  composer.elements.file.addEventListener("change", showFile);
  for (const one of document.querySelectorAll("[data-ready]")) {
    one.hidden = false;
    one.addEventListener("click", () => use(one.previousElementSibling.textContent));
  }
  document.addEventListener("submit", (event) => {
    if (form()) event.preventDefault(); // pressed twice
    else if (talk.contains(event.target)) event.target.dataset.sent = "";
  });
  addEventListener("pageshow", () => form()?.removeAttribute("data-sent"));
  addEventListener("beforeunload", (event) => {
    const kept = text.defaultValue;
    if (!form() && text.value.trim() !== "" && text.value !== kept) event.preventDefault();
  });
}

function attach(file) {
  const files = new DataTransfer();
  files.items.add(file);
  composer.elements.file.files = files.files;
  showFile();
}

function showFile() {
  composer.querySelector("[data-file-name]").textContent = composer.elements.file.files[0]?.name ?? "";
}

function use(words) {
  const text = composer.elements.text;
  const before = text.value.slice(0, text.selectionStart);
  text.setRangeText(before && !before.endsWith("\n") ? `\n${words}` : words, text.selectionStart, text.selectionEnd, "end");
  for (const menu of document.querySelectorAll("[data-menu]")) menu.open = false;
  text.focus();
  text.dispatchEvent(new Event("input"));
}

// --- the card beside

async function drawCard() {
  const card = document.querySelector("[data-card]");
  if (!card || !matchMedia("(min-width: 1280px)").matches) return;
  try {
    const answer = await fetch(card.dataset.card, { headers: deskHeaders("part") });
    if (answer.ok) card.innerHTML = await answer.text();
  } catch {
    // the link stays
  }
}

// --- together

let queueSoon = 0;
let stops = 0;

function soon() {
  if (queueSoon) return;
  queueSoon = setTimeout(() => { queueSoon = 0; drawQueue(); }, 120 + Math.random() * 130);
}

follow({
  ticket(number) {
    if (ticket && (number === ticket || number === 0)) drawTalk();
    soon();
  },
  typing(number) {
    if (number !== ticket) return;
    drawTalk();
    clearTimeout(stops);
    stops = setTimeout(drawTalk, STOPS);
  },
  everything() { drawTalk(); drawQueue(); },
});
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { drawTalk(); drawQueue(); } });
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
followKeys();
offerNotices();
if (talk) {
  toEnd();
  settle();
  drawCard();
}
