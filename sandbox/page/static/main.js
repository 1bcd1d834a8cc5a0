// Puts the page together.

import { keepCodes, listenToGuide } from './guide.js';
import { Lightbox } from './lightbox.js';
import { Link } from './link.js';
import { Phone } from './phone.js';
import { Tabs } from './tabs.js';

const phones = new Map();
let chosen = null;

const link = new Link(
  (state) => {
    document.getElementById('clock').textContent = state.clock;
    phones.get(state.phone).draw(state);
  },
  (online) => { document.getElementById('offline').hidden = online; },
);

const lightbox = new Lightbox(document.getElementById('light'), (messenger, address) => {
  choose(phones.get(messenger));
  tabs.choose(messenger);
  phones.get(messenger).forward(address);
});

const page = {
  watch: (messenger, user) => link.watch(messenger, user),
  open: (address, name) => lightbox.open(address, name),
  news: (phone) => tabs.mark(phone.messenger),
};

for (const root of document.querySelectorAll('.phone')) {
  const phone = new Phone(root, page);
  phones.set(phone.messenger, phone);
  link.watch(phone.messenger, phone.user);
  root.addEventListener('focusin', () => choose(phone));
  root.addEventListener('pointerdown', () => choose(phone));
}

const tabs = new Tabs(document.querySelector('.tabs'), (id) => {
  if (phones.has(id)) choose(phones.get(id));
});

listenToGuide(document.getElementById('guide'), () => chosen, (phone) => tabs.choose(phone.messenger));
keepCodes(document.getElementById('guide'));
link.open();

/** The phone that hints go to: the one touched last. */
function choose(phone) {
  chosen = phone;
  for (const each of phones.values()) each.root.classList.toggle('chosen', each === phone);
  const name = document.getElementById('chosen');
  if (name) name.textContent = phone.root.dataset.name;
}
