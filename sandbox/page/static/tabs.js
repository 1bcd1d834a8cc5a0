// On a narrow screen one phone or the hints are seen at a time.

export class Tabs {
  constructor(root, onChoose) {
    this.tabs = [...root.querySelectorAll('[role=tab]')];
    this.onChoose = onChoose;
    for (const tab of this.tabs) tab.addEventListener('click', () => this.choose(tab.getAttribute('aria-controls')));
    root.addEventListener('keydown', (event) => this.#move(event));
    this.choose(this.tabs[0].getAttribute('aria-controls'));
  }

  choose(id) {
    for (const tab of this.tabs) {
      const chosen = tab.getAttribute('aria-controls') === id;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) tab.classList.remove('news');
      document.getElementById(tab.getAttribute('aria-controls')).classList.toggle('put-away', !chosen);
    }
    this.onChoose(id);
  }

  /** A dot on the tab of a phone where something came while it was put away. */
  mark(id) {
    const tab = this.tabs.find((each) => each.getAttribute('aria-controls') === id);
    if (tab.getAttribute('aria-selected') !== 'true') tab.classList.add('news');
  }

  #move(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const now = this.tabs.findIndex((tab) => tab.getAttribute('aria-selected') === 'true');
    const next = this.tabs[(now + step + this.tabs.length) % this.tabs.length];
    this.choose(next.getAttribute('aria-controls'));
    next.focus();
  }
}
