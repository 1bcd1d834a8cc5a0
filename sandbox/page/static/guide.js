// The hints: numbers and codes go into the chosen phone or the clipboard, a QR picture goes to the bot.

const COPIED = 1200;

/** `chosen()` gives the phone in use; `show(phone)` brings it into sight on a narrow screen. */
export function listenToGuide(root, chosen, show) {
  root.addEventListener('click', (event) => {
    const key = event.target.closest('button');
    if (!key) return;
    if (key.dataset.copy) return copy(key);
    const phone = chosen();
    show(phone);
    if (key.dataset.put) phone.composer.put(key.dataset.put);
    else if (key.dataset.picture) phone.forward(key.dataset.picture);
  });
}

async function copy(key) {
  try {
    await navigator.clipboard.writeText(key.dataset.copy);
  } catch {
    return; // an address without https: the browser keeps its clipboard, the number beside still goes into the phone
  }
  key.classList.add('copied');
  setTimeout(() => key.classList.remove('copied'), COPIED);
}
