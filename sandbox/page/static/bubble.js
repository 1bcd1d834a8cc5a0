// One message as nodes.

import { icon, make, size } from './dom.js';
import { messageNodes } from './markup.js';

/** `phone` gives what a bubble may ask for: say(text), press(id, row, column), open(address, name), forward(address). */
export function drawBubble(bubble, phone) {
  const side = bubble.mine ? 'mine' : 'theirs';
  const kind = bubble.media ? ` has-${bubble.media.kind}` : '';
  const body = make('div', { class: 'bubble' }, bubble.media && drawMedia(bubble.media, phone), drawText(bubble, phone), drawFoot(bubble));
  const frame = make('div', { class: 'frame' }, body, bubble.media?.kind === 'photo' ? drawForward(bubble.media, phone) : null);
  const rows = bubble.rows.length ? drawRows(bubble.rows, (row, column) => phone.press(bubble.id, row, column), phone) : null;
  return make('article', { class: `message ${side}${kind}`, 'data-bubble': bubble.id, 'aria-label': bubble.mine ? 'Вы' : 'Бот' }, frame, rows);
}

export function drawDay(words) {
  return make('p', { class: 'day' }, make('span', {}, words));
}

/** Rows of buttons: under a bubble, or the keyboard under the text field. */
export function drawRows(rows, press, phone) {
  const lines = rows.map((row, place) =>
    make('div', { class: 'row' }, ...row.map((button, column) => drawButton(button, () => press(place, column), phone))));
  return make('div', { class: 'rows' }, ...lines);
}

function drawButton(button, press) {
  if (button.kind === 'url' && button.url) {
    return make('a', { class: 'key', href: safeAddress(button.url), target: '_blank', rel: 'noopener noreferrer' }, button.label, icon('link'));
  }
  const onclick = (event) => {
    const key = event.currentTarget;
    key.classList.add('pressed');
    setTimeout(() => key.classList.remove('pressed'), 500);
    press();
  };
  return make('button', { type: 'button', class: 'key', onclick }, button.label, button.kind === 'contact' ? icon('person') : null);
}

function safeAddress(address) {
  return /^https?:/i.test(address) ? address : '#';
}

function drawText(bubble, phone) {
  if (!bubble.text) return null;
  return make('div', { class: 'words' }, ...messageNodes(bubble.text, bubble.format, phone.say));
}

function drawFoot(bubble) {
  const edited = bubble.edited ? make('span', { class: 'edited' }, 'изменено ') : null;
  return make('p', { class: 'foot' }, edited, make('time', {}, bubble.time));
}

function drawMedia(media, phone) {
  if (media.kind === 'photo') return drawPhoto(media, phone);
  if (media.kind === 'voice') return make('audio', { class: 'voice', controls: true, preload: 'none', src: media.url });
  return drawDocument(media);
}

function drawPhoto(media, phone) {
  const picture = make('img', { src: media.url, alt: media.name, width: media.width, height: media.height });
  const onclick = () => phone.open(media.url, media.name);
  return make('button', { type: 'button', class: 'photo', title: 'Открыть крупно', onclick }, picture);
}

// Beside the picture, not over it: somebody may be scanning the code from this screen.
function drawForward(media, phone) {
  const words = 'Отправить эту картинку боту';
  const onclick = () => phone.forward(media.url);
  return make('button', { type: 'button', class: 'forward', title: words, 'aria-label': words, onclick }, icon('forward'));
}

function drawDocument(media) {
  const pdf = media.name.toLowerCase().endsWith('.pdf');
  const ending = media.name.includes('.') ? media.name.split('.').pop().slice(0, 4).toUpperCase() : 'файл';
  return make('a', { class: 'document', href: media.url, target: '_blank', rel: 'noopener' },
    make('span', { class: pdf ? 'sheet pdf' : 'sheet', 'aria-hidden': 'true' }, ending),
    make('span', { class: 'document-words' },
      make('span', { class: 'document-name' }, media.name),
      make('span', { class: 'document-size' }, `${size(media.size)} · ${pdf ? 'открыть' : 'скачать'}`)));
}
