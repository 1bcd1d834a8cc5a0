// The list of messages of one phone: draws what changed, and stays at the newest unless the reader went up.

import { drawBubble, drawDay } from './bubble.js';
import { keep } from './dom.js';

const NEAR = 80; // pixels from the end that still count as being at the end

export class Log {
  #drawn = new Map(); // bubble id -> {mark, node}
  #days = new Map();
  #stuck = true;
  #unseen = 0;
  #first = true;
  #top = 0; // where the list was scrolled to: only a move upwards is the reader's wish, growth below is not

  constructor(root, phone) {
    this.node = root.querySelector('.log');
    this.down = root.querySelector('.down');
    this.phone = phone;
    this.node.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.node.addEventListener('load', () => this.#follow(), true); // a picture got its height
    new ResizeObserver(() => this.#follow()).observe(this.node);
    this.down.addEventListener('click', () => this.toEnd());
  }

  /** Forget everything: another person's phone. */
  clear() {
    this.#drawn.clear();
    this.#days.clear();
    this.#first = true;
    this.#stuck = true;
    this.#unseen = 0;
    this.node.replaceChildren();
  }

  draw(bubbles) {
    const held = this.#heldKey();
    const fresh = bubbles.filter((bubble) => !this.#drawn.has(bubble.id));
    keep(this.node, this.#nodes(bubbles));
    this.#forgetOthers(bubbles);
    if (held) this.#giveBack(held);
    if (!this.#stuck) this.#unseen += fresh.length;
    this.#first = false;
    this.#follow();
    return fresh.some((bubble) => !bubble.mine);
  }

  toEnd() {
    this.#stuck = true;
    this.#follow();
  }

  #nodes(bubbles) {
    const nodes = [];
    let day = null;
    for (const bubble of bubbles) {
      if (bubble.day !== day) nodes.push(this.#day(bubble.day));
      day = bubble.day;
      nodes.push(this.#bubble(bubble));
    }
    return nodes;
  }

  #day(words) {
    if (!this.#days.has(words)) this.#days.set(words, drawDay(words));
    return this.#days.get(words);
  }

  #bubble(bubble) {
    const mark = JSON.stringify(bubble);
    const known = this.#drawn.get(bubble.id);
    if (known?.mark === mark) return known.node;
    const node = drawBubble(bubble, this.phone);
    if (!known && !this.#first) node.classList.add('fresh');
    this.#drawn.set(bubble.id, { mark, node });
    return node;
  }

  #forgetOthers(bubbles) {
    const ids = new Set(bubbles.map((bubble) => bubble.id));
    for (const id of this.#drawn.keys()) if (!ids.has(id)) this.#drawn.delete(id);
  }

  // A pressed button often vanishes, because the bot edits the message: keep the keyboard user where they were.
  #heldKey() {
    const active = document.activeElement;
    const message = active?.closest('.message');
    if (!message || !this.node.contains(active)) return null;
    return { id: message.dataset.bubble, active };
  }

  #giveBack({ id, active }) {
    if (active.isConnected) return;
    const message = this.node.querySelector(`[data-bubble="${CSS.escape(id)}"]`);
    (message?.querySelector('.key') ?? this.node).focus({ preventScroll: true });
  }

  #follow() {
    if (this.#stuck) this.node.scrollTop = this.node.scrollHeight;
    this.#scrolled();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    if (clientHeight === 0) return; // another tab is open: nothing is seen, nothing was scrolled
    const near = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#stuck = near || (this.#stuck && scrollTop >= this.#top);
    this.#top = scrollTop;
    if (this.#stuck) this.#unseen = 0;
    this.down.hidden = this.#stuck;
    this.down.querySelector('.down-count').textContent = this.#unseen || '';
  }
}
