// The hints: numbers and codes go into the chosen phone or the clipboard, a QR picture goes to the bot.

const COPIED = 1200;
const CODE_LIVES = 30_000;

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

/** The codes of those who work at the desk: asked for anew whenever they change. */
export function keepCodes(root) {
  const codes = root.querySelectorAll('[data-code]');
  if (!codes.length) return;
  setTimeout(async () => {
    await Promise.all([...codes].map(async (code) => {
      const answer = await fetch(`/demo/code/${encodeURIComponent(code.dataset.code)}`).catch(() => null);
      if (answer?.ok) code.textContent = (await answer.json()).code;
    }));
    keepCodes(root);
  }, CODE_LIVES - (Date.now() % CODE_LIVES) + 50);
}
