// The page's line to the room: the stream of states, presses, and the truth about whether the line stands.
// Knows nothing of what is shown.

import { language, t } from "./common.js";

// The room sends a beat each 2 s; after three missed ones nothing on the page may be called current.
const SILENCE = 6500;
// A broken stream that is back within this is no news to anybody.
const GRACE = 1000;
const FIRST_RETRY = 250;
const LAST_RETRY = 3000;
const PRESS_LIMIT = 3000;

const meta = (page, name) => page.querySelector(`meta[name="${name}"]`)?.content;

export class Live {
  /** `onState(state)` for each state, `onStale(bool)` when the line is lost or back, `onRefusal(sentence)`, `onLevels(levels)`. */
  constructor({ onState, onStale, onRefusal, onLevels = () => {} }) {
    Object.assign(this, { onState, onStale, onRefusal, onLevels });
    this.token = meta(document, "roomd-token");
    this.build = meta(document, "roomd-build");
    this.stale = true;
    this.heard = 0;
    this.offset = 0;
    this.retry = FIRST_RETRY;
    setInterval(() => this.watch(), 500);
    for (const event of ["visibilitychange", "pageshow", "online"]) {
      addEventListener(event, () => this.watch());
      document.addEventListener(event, () => this.watch());
    }
    this.open();
  }

  /** The room's time. */
  now() {
    return Date.now() + this.offset;
  }

  open() {
    this.source?.close();
    const source = new EventSource("/api/v1/events");
    this.source = source;
    this.opened = Date.now();
    source.addEventListener("state", (event) => {
      const state = JSON.parse(event.data);
      this.hear(state.now_ms);
      this.onState(state);
    });
    source.addEventListener("beat", (event) => this.hear(JSON.parse(event.data).now_ms));
    source.addEventListener("levels", (event) => this.onLevels(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      source.close();
      if (this.source === source) this.again();
    });
  }

  hear(now) {
    this.heard = Date.now();
    this.offset = now - this.heard;
    this.retry = FIRST_RETRY;
    this.broken = undefined;
    if (this.stale) {
      this.stale = false;
      this.onStale(false);
    }
  }

  again() {
    this.source = undefined;
    this.broken ??= Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), this.retry);
    this.retry = Math.min(this.retry * 2, LAST_RETRY);
  }

  // After a restart of the daemon the token is a new one; the page fetches itself to learn it.
  async renew() {
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(PRESS_LIMIT) });
      if (answer.redirected && new URL(answer.url).pathname !== location.pathname) {
        location.assign(answer.url);
        return;
      }
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (meta(page, "roomd-build") !== this.build) {
        location.reload();
        return;
      }
      this.token = meta(page, "roomd-token");
      this.open();
    } catch {
      this.again();
    }
  }

  watch() {
    const now = Date.now();
    const silent = now - this.heard > SILENCE;
    const lost = this.broken !== undefined && now - this.broken > GRACE;
    if (!this.stale && (silent || lost)) {
      this.stale = true;
      this.onStale(true);
    }
    if (silent && this.source && now - this.opened > SILENCE) {
      this.source.close();
      this.again();
    }
  }

  /** A picture of the call's page while somebody is needed there; nothing otherwise. */
  async picture() {
    try {
      const headers = { "X-Roomd-Token": this.token };
      const answer = await fetch("/api/v1/page", { headers, signal: AbortSignal.timeout(2 * PRESS_LIMIT) });
      return answer.ok ? await createImageBitmap(await answer.blob()) : null;
    } catch {
      return null;
    }
  }

  /** Sends a press. A refusal is said aloud, unless `quiet`. */
  async press(request, { quiet = false, fresh = false } = {}) {
    try {
      const answer = await fetch("/api/v1/press", {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "Accept-Language": language(),
          "X-Roomd-Token": this.token,
        },
        body: JSON.stringify(request),
        keepalive: true,
        signal: AbortSignal.timeout(PRESS_LIMIT),
      });
      if (answer.ok) return true;
      const failure = await answer.json();
      if (failure.code === "token-needed" && !fresh) {
        await this.renew();
        return this.press(request, { quiet, fresh: true });
      }
      if (!quiet) this.onRefusal(failure.sentence);
    } catch {
      if (!quiet) this.onRefusal(t("error-offline"));
    }
    return false;
  }
}
