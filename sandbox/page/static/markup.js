// Message text to nodes. Telegram's HTML is parsed in a document of its own, where nothing runs or loads,
// and only the tags below are built anew here; anything else is reduced to its text.

import { make } from './dom.js';

const TAGS = {
  b: 'b', strong: 'b', i: 'i', em: 'i', u: 'u', ins: 'u', s: 's', strike: 's', del: 's',
  code: 'code', pre: 'pre', blockquote: 'blockquote',
};
const SILENT = new Set(['script', 'style', 'template', 'iframe', 'object', 'noscript', 'title', 'textarea']);
const SAFE_LINK = /^(https?:|mailto:|tel:|tg:)/i;
const LIVE_TEXT = /(https?:\/\/[^\s<>«»"]*[^\s<>«»".,;:!?)])|((?<![\wа-яё/])\/[a-z][a-z0-9_]{0,31}\b)/giu;

/** The nodes of a message. `say` is called with the command when a /command in it is clicked. */
export function messageNodes(text, format, say) {
  if (format !== 'html') return textNodes(text, say);
  const page = new DOMParser().parseFromString(text, 'text/html');
  return [...page.body.childNodes].flatMap((node) => safeNodes(node, say));
}

function safeNodes(node, say) {
  if (node.nodeType === Node.TEXT_NODE) return textNodes(node.data, say);
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const tag = node.localName;
  if (SILENT.has(tag)) return [];
  if (tag === 'a') return [link(node.getAttribute('href') ?? '', node.textContent)];
  const inside = [...node.childNodes].flatMap((child) => safeNodes(child, say));
  return TAGS[tag] ? [make(TAGS[tag], {}, ...inside)] : inside;
}

/** Plain text with its addresses and commands made clickable. */
function textNodes(text, say) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(LIVE_TEXT)) {
    nodes.push(text.slice(end, found.index));
    nodes.push(found[1] ? link(found[1], found[1]) : command(found[2], say));
    end = found.index + found[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== '');
}

function link(address, words) {
  if (!SAFE_LINK.test(address)) return make('span', {}, words);
  return make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, words);
}

function command(words, say) {
  return make('button', { type: 'button', class: 'command', onclick: () => say(words) }, words);
}
