// One phone of the page: keeps who holds it, draws its state, and sends what its hand does.

import { act, fetchPicture, upload } from './api.js';
import { drawRows } from './bubble.js';
import { Composer } from './composer.js';
import { Log } from './log.js';

const NOTICE = 4000;

export class Phone {
  #toast;
  #timer = 0;
  #keys = '[]';

  /** `page`: watch(messenger, user), open(address, name), news(phone). */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.messenger = root.dataset.messenger;
    this.user = savedPerson(this.messenger);
    this.log = new Log(root, this);
    this.composer = new Composer(root, this);
    this.keyboard = root.querySelector('.keyboard');
    this.toast = root.querySelector('.toast');
    root.querySelector('[data-do="person"]').addEventListener('click', () => this.newPerson());
    root.querySelector('[data-do="start"]').addEventListener('click', () => this.start());
  }

  /** The state came: draw it. */
  draw(state) {
    if (state.user !== this.user) this.#taken(state.user);
    const typing = state.typing ? 'печатает' : 'бот';
    const status = this.root.querySelector('.phone-status');
    if (status.textContent !== typing) status.textContent = typing;
    this.root.classList.toggle('typing', state.typing);
    this.root.querySelector('.empty').hidden = state.bubbles.length > 0;
    this.#drawKeyboard(state.keyboard);
    if (this.log.draw(state.bubbles)) this.page.news(this);
    if (state.toast && this.#toast !== undefined && state.toast !== this.#toast) this.notice(state.toast);
    this.#toast = state.toast;
  }

  say = (text) => this.act({ do: 'say', text });
  press = (bubble, row, column) => this.act({ do: 'press', bubble, row, column });
  open = (address, name) => this.page.open(address, name);

  start() {
    this.act({ do: 'start', payload: new URLSearchParams(location.search).get('start') ?? '' });
    this.composer.field.focus();
  }

  /** Hand this phone to somebody the bot has never met. */
  newPerson() {
    this.user = null;
    this.page.watch(this.messenger, null);
  }

  act(fields) {
    return this.#attempt(() => act(this.messenger, this.user, fields));
  }

  upload(kind, file, name) {
    return this.#attempt(() => upload(this.messenger, this.user, kind, file, name || 'photo.png'));
  }

  /** Send a picture of this site, received or sample, to the bot as a photo. */
  forward(address) {
    return this.#attempt(async () => upload(this.messenger, this.user, 'photo', await fetchPicture(address), 'photo.png'));
  }

  /** A line over the chat that goes away by itself. */
  notice(words) {
    this.toast.textContent = words;
    this.toast.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.toast.hidden = true; }, NOTICE);
  }

  async #attempt(deed) {
    this.log.toEnd();
    this.#toast &&= null; // the same words may come again, for this deed
    try {
      await deed();
      return true;
    } catch (problem) {
      this.notice(problem.message);
      return false;
    }
  }

  #taken(user) {
    this.user = user;
    savePerson(this.messenger, user);
    this.#toast = undefined;
    this.log.clear();
  }

  #drawKeyboard(rows) {
    const keys = JSON.stringify(rows);
    if (keys === this.#keys) return;
    this.#keys = keys;
    this.keyboard.hidden = rows.length === 0;
    this.keyboard.replaceChildren(drawRows(rows, (row, column) => this.act({ do: 'press_keyboard', row, column })));
  }
}

function savedPerson(messenger) {
  try {
    return Number(localStorage.getItem(`person.${messenger}`)) || null;
  } catch {
    return null; // storage is forbidden: every visit is a new person
  }
}

function savePerson(messenger, user) {
  try {
    localStorage.setItem(`person.${messenger}`, user);
  } catch {
    // see above
  }
}
