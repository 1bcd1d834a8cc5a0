// The text field with its «+» menu, the file picker, and pictures dropped or pasted onto the phone.

const LONG = 5000;
const SENTENCE = 'Это длинное сообщение, чтобы посмотреть, что сделает бот. ';

export class Composer {
  constructor(root, phone) {
    this.root = root;
    this.phone = phone;
    this.field = root.querySelector('textarea');
    this.plus = root.querySelector('.plus');
    this.menu = root.querySelector('.menu');
    this.file = root.querySelector('.file');
    this.#listenToField();
    this.#listenToMenu();
    this.#listenToFiles();
  }

  /** Put words into the field, ready to be sent. */
  put(words) {
    this.field.value = words;
    this.#fit();
    this.field.focus();
  }

  #listenToField() {
    this.root.querySelector('.composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.field.addEventListener('input', () => this.#fit());
    this.field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
  }

  async #send() {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = '';
    this.#fit();
    if (!(await this.phone.say(text))) this.put(text);
  }

  #fit() {
    this.field.rows = 1;
    while (this.field.rows < 6 && this.field.scrollHeight > this.field.clientHeight) this.field.rows += 1;
  }

  #listenToMenu() {
    this.plus.addEventListener('click', () => this.#toggle(this.menu.hidden));
    this.menu.addEventListener('click', (event) => {
      const key = event.target.closest('[data-do]');
      if (key) this.#choose(key.dataset.do);
    });
    document.addEventListener('click', (event) => {
      if (!this.menu.contains(event.target) && !this.plus.contains(event.target)) this.#toggle(false);
    });
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.menu.hidden) return;
      this.#toggle(false);
      this.plus.focus();
    });
  }

  #toggle(open) {
    this.menu.hidden = !open;
    this.plus.setAttribute('aria-expanded', String(open));
    if (open) this.menu.querySelector('button').focus();
  }

  #choose(action) {
    this.#toggle(false);
    if (action === 'photo' || action === 'document') this.#pick(action);
    else if (action === 'long') this.phone.say(SENTENCE.repeat(LONG).slice(0, LONG));
    else if (action === 'edit') this.#edit();
    else this.phone.act({ do: action });
  }

  async #edit() {
    const text = this.field.value.trim();
    if (!text) return this.phone.notice('Сначала напишите в поле новый текст.');
    if (await this.phone.act({ do: 'edit', text })) this.put('');
  }

  #pick(kind) {
    this.file.dataset.kind = kind;
    this.file.accept = kind === 'photo' ? 'image/*' : '';
    this.file.value = '';
    this.file.click();
  }

  #listenToFiles() {
    this.file.addEventListener('change', () => this.#sendFiles(this.file.files, this.file.dataset.kind));
    this.root.addEventListener('dragover', (event) => {
      event.preventDefault();
      this.root.classList.add('dropping');
    });
    this.root.addEventListener('dragleave', (event) => {
      if (!this.root.contains(event.relatedTarget)) this.root.classList.remove('dropping');
    });
    this.root.addEventListener('drop', (event) => this.#dropped(event));
    this.field.addEventListener('paste', (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.#sendFiles(event.clipboardData.files);
    });
  }

  /** A file from the disk, or a picture pulled over from a bubble of either phone. */
  #dropped(event) {
    event.preventDefault();
    this.root.classList.remove('dropping');
    const address = event.dataTransfer.getData('text/uri-list');
    if (address && new URL(address).origin === location.origin) this.phone.forward(address);
    else this.#sendFiles(event.dataTransfer.files);
  }

  async #sendFiles(files, kind) {
    for (const file of files) {
      await this.phone.upload(kind ?? (file.type.startsWith('image/') ? 'photo' : 'document'), file, file.name);
    }
  }
}
