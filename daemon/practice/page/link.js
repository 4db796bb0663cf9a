// Owns the WebSocket: opens it, notices when it is dead, and opens it again within a second for as long as
// it is wanted. Knows nothing of what is said on it.

const BACKOFF_MS = [0, 60, 120, 250, 500, 900];
const CONNECT_MAX_MS = 3000;
/** The server says something every two seconds. */
const SILENCE_MAX_MS = 7000;
const PULSE_MS = 3000;

export class Link {
  #url;
  #hello;
  #heed;
  #changed;
  #socket = null;
  #wanted = false;
  #attempt = 0;
  #timer = 0;
  #watch = 0;
  #heard = 0;

  /** `hello()` gives the first message of each connection; `heed(message)` gets what the server says;
   *  `changed(up)` is told when the line comes and goes. */
  constructor(url, { hello, heed, changed }) {
    this.#url = url;
    this.#hello = hello;
    this.#heed = heed;
    this.#changed = changed;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  /** Wants the line from now on. */
  open() {
    this.#wanted = true;
    this.#attempt = 0;
    this.#connect();
  }

  /** Wants it no more. */
  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#drop();
  }

  get up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Says something now, or not at all: false when the line is down. */
  say(message) {
    if (!this.up) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #hurry() {
    if (!this.#wanted || this.up) return;
    this.#attempt = 0;
    this.#again();
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#drop();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const tooLong = setTimeout(() => this.#lost(socket), CONNECT_MAX_MS);
    socket.onopen = () => {
      clearTimeout(tooLong);
      this.#attempt = 0;
      this.#heard = performance.now();
      this.#watch = setInterval(() => this.#look(socket), PULSE_MS);
      socket.send(JSON.stringify(this.#hello()));
      this.#changed(true);
    };
    socket.onmessage = ({ data }) => {
      this.#heard = performance.now();
      const message = JSON.parse(data);
      if (message.type !== "pulse") this.#heed(message);
    };
    socket.onclose = () => {
      clearTimeout(tooLong);
      this.#lost(socket);
    };
  }

  #look(socket) {
    if (performance.now() - this.#heard > SILENCE_MAX_MS) this.#lost(socket);
    else this.say({ type: "pulse" });
  }

  #lost(socket) {
    if (socket !== this.#socket) return;
    this.#drop();
    this.#changed(false);
    if (this.#wanted) this.#again();
  }

  #again() {
    clearTimeout(this.#timer);
    const pause = BACKOFF_MS[Math.min(this.#attempt, BACKOFF_MS.length - 1)];
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), pause * (0.8 + 0.2 * Math.random()));
  }

  #drop() {
    clearInterval(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
