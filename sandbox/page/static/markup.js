// Message text to nodes. Telegram's HTML is a small language, so it is read here mark by mark and built anew
// from the tags below; anything else is dropped and its text kept. The browser's own parser is never let near it.

import { make } from './dom.js';

const TAGS = {
  b: 'b', strong: 'b', i: 'i', em: 'i', u: 'u', ins: 'u', s: 's', strike: 's', del: 's',
  code: 'code', pre: 'pre', blockquote: 'blockquote',
};
const SIGNS = { lt: '<', gt: '>', amp: '&', quot: '"', nbsp: '\u00a0' };
const MARK = /<(\/?)([a-z][a-z0-9-]*)([^<>]*)>/gi;
const SIGN = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi;
const HREF = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/i;
const SAFE_LINK = /^(https?:|mailto:|tel:)/i;
const LIVE_TEXT = /(https?:\/\/[^\s<>«»"]*[^\s<>«»".,;:!?)])|((?<![\w./а-яё])\/[a-z][a-z0-9_]{0,31}\b)/giu;

/** The nodes of a message. `say` is called with the command when a /command in it is clicked. */
export function messageNodes(text, format, say) {
  return format === 'html' ? markedNodes(text, say) : textNodes(text, say);
}

function markedNodes(text, say) {
  const root = document.createDocumentFragment();
  const open = [{ tag: '', node: root }]; // the elements we are inside of, the innermost last
  let end = 0;
  const write = (until) => open.at(-1).node.append(...textNodes(readable(text.slice(end, until)), inLink(open) ? null : say));
  for (const mark of text.matchAll(MARK)) {
    write(mark.index);
    end = mark.index + mark[0].length;
    if (mark[1]) leave(open, mark[2].toLowerCase());
    else enter(open, mark[2].toLowerCase(), mark[3]);
  }
  write(text.length);
  return [root];
}

function enter(open, tag, attributes) {
  const node = tag === 'a' ? link(address(attributes)) : TAGS[tag] && make(TAGS[tag]);
  if (!node) return;
  open.at(-1).node.append(node);
  open.push({ tag, node });
}

function leave(open, tag) {
  const place = open.findLastIndex((each) => each.tag === tag);
  if (place > 0) open.length = place;
}

function inLink(open) {
  return open.some((each) => each.tag === 'a');
}

function address(attributes) {
  const found = attributes.match(HREF);
  return found ? readable(found[1] ?? found[2]) : '';
}

/** &lt; and its like as the signs they stand for. */
function readable(text) {
  return text.replace(SIGN, (whole, decimal, hex, name) => {
    if (name) return SIGNS[name.toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Plain text; with `say`, addresses and commands in it are made clickable. */
function textNodes(text, say) {
  if (!say) return [text];
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(LIVE_TEXT)) {
    nodes.push(text.slice(end, found.index), found[1] ? link(found[1], found[1]) : command(found[2], say));
    end = found.index + found[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== '');
}

function link(target, ...words) {
  if (!SAFE_LINK.test(target)) return make('span', {}, ...words);
  return make('a', { href: target, target: '_blank', rel: 'noopener noreferrer' }, ...words);
}

function command(words, say) {
  return make('button', { type: 'button', class: 'command', onclick: () => say(words) }, words);
}
