// The live connection: says which phones this page watches, hands on every state that comes back,
// and connects again by itself when the server was restarted.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 4000;

export class Link {
  #socket = null;
  #watched = new Map();
  #wait = FIRST_WAIT;

  constructor(onState, onOnline) {
    this.onState = onState;
    this.onOnline = onOnline;
  }

  /** Watch this person's phone; `user` null asks for a new person. */
  watch(messenger, user) {
    this.#watched.set(messenger, user);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(messenger);
  }

  open() {
    const address = new URL('/demo/live', location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (message) => this.#received(JSON.parse(message.data));
    socket.onclose = () => this.#closed();
  }

  #opened() {
    this.#wait = FIRST_WAIT;
    this.onOnline(true);
    for (const messenger of this.#watched.keys()) this.#ask(messenger);
  }

  #ask(messenger) {
    this.#socket.send(JSON.stringify({ watch: messenger, user: this.#watched.get(messenger) }));
  }

  #received(state) {
    const wanted = this.#watched.get(state.phone);
    if (wanted !== null && wanted !== state.user) return; // a last word from the phone just put away
    this.#watched.set(state.phone, state.user);
    this.onState(state);
  }

  #closed() {
    this.onOnline(false);
    setTimeout(() => this.open(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
