// A picture at full size, with what can be done with it.

export class Lightbox {
  #address = '';

  constructor(dialog, forward) {
    this.dialog = dialog;
    this.picture = dialog.querySelector('.light-picture');
    this.save = dialog.querySelector('.light-save');
    dialog.addEventListener('click', (event) => {
      const key = event.target.closest('[data-forward]');
      if (key) forward(key.dataset.forward, this.#address);
      if (key || event.target === dialog || event.target.closest('[data-close]')) dialog.close();
    });
  }

  open(address, name) {
    this.#address = address;
    this.picture.src = address;
    this.picture.alt = name;
    this.save.href = address;
    this.save.download = name;
    this.dialog.showModal();
  }
}
