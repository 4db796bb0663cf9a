// The call's page under a person's hand: its picture, and what fingers and keys do on it. Open only while the room offers
// it; keeps nothing of what is shown or typed. The page is a picture here: keys for it are buttons, so that nobody is trapped.

import { h, icon, say, t } from "./common.js";
import { headline } from "./card.js";
import { makeKeypad } from "./keypad.js";

// Between two pictures; after a touch the next one comes at once.
const PAUSE = 400;
const SOON = 120;
// A finger that moves less than this many CSS pixels taps; one that moves more turns the page.
const STILL = 12;
const TURN_EVERY = 120;
const WHOLE = 10_000;
const STEP = 60;
// A finger that rests so long before it moves takes what lies there along.
const HELD = 450;

const KEYS = [
  ["back-tab", "hand-key-back-tab"], ["tab", "hand-key-tab"], ["enter", "hand-key-enter"],
  ["space", "hand-key-space"], ["left", "hand-key-left"], ["right", "hand-key-right"],
  ["backspace", "hand-key-backspace"], ["escape", "hand-key-escape"],
];

export class PageUnderHand {
  /** `live` is the line to the room. */
  constructor(dialog, live) {
    Object.assign(this, { dialog, live });
    this.turned = 0;
    dialog.addEventListener("close", () => this.forget());
  }

  /** Shows the page; the room is asked for each picture, and gives none when nobody is needed any more. */
  open(state) {
    if (this.dialog.open) return;
    this.draw(state);
    this.dialog.showModal();
    this.title.focus();
    this.look();
  }

  /** Follows the room: closes by itself when the page has gone on, or the line is lost. */
  render(state, fresh) {
    if (!this.dialog.open) return;
    const offered = state.offers.some((offer) => offer.offer === "operate-page");
    if (!offered || !fresh) return this.dialog.close();
    this.words(state);
  }

  words(state) {
    const lamp = (what) => t(`notice-${what}-${state[what].seen ?? "unknown"}`);
    say(this.title, headline(state, this.live.now()));
    say(this.lamps, `${lamp("mic")} · ${lamp("camera")}`);
  }

  draw(state) {
    this.title = h("h2", { tabindex: "-1", id: "page-title" });
    this.lamps = h("p", { class: "lamps" });
    this.told = h("p", { class: "said", role: "alert" });
    this.canvas = h("canvas", { role: "img", "aria-label": t("hand-picture"), width: 1280, height: 720 });
    this.keypad = makeKeypad((text) => this.send({ press: "page-type", text }), {
      id: "page-text", label: "hand-text-label", enter: "hand-text-submit", limit: 512, blanks: true,
    });
    this.keypad.fresh();
    this.fingers();
    const key = ([key, text]) => h("button", {
      type: "button", onclick: () => this.send({ press: "page-key", key }),
    }, t(text));
    const turn = (by, text, name) => h("button", {
      type: "button", onclick: () => this.send({ press: "page-scroll", x: WHOLE / 2, y: WHOLE / 2, by }),
    }, icon(name), t(text));
    this.dialog.replaceChildren(
      h("header", {},
        h("div", {}, this.title, this.lamps),
        h("button", { type: "button", class: "second", id: "page-close", onclick: () => this.dialog.close() },
          t("hand-close"))),
      h("div", { class: "picture" }, this.canvas, this.told, h("p", {}, t("hand-how")),
        h("p", { class: "fine" }, t("hand-blind")),
        state.help && h("p", { class: "line call" }, t("help-call", { number: state.help }))),
      h("div", { class: "tools" },
        h("div", { class: "page-keys", role: "group", "aria-label": t("hand-keys") },
          KEYS.map(key), turn(-STEP, "hand-up", "up"), turn(STEP, "hand-down", "down")),
        this.keypad.el),
    );
    this.words(state);
  }

  async look() {
    clearTimeout(this.timer);
    if (!this.dialog.open || this.looking) return;
    this.looking = true;
    const picture = await this.live.picture();
    this.looking = false;
    if (!this.dialog.open) return picture?.close();
    if (picture) {
      const { canvas } = this;
      if (canvas.width !== picture.width) canvas.width = picture.width;
      if (canvas.height !== picture.height) canvas.height = picture.height;
      canvas.getContext("2d").drawImage(picture, 0, 0);
      canvas.dataset.shown = "";
      picture.close();
    }
    say(this.told, picture ? "" : t("hand-no-picture"));
    this.later(PAUSE);
  }

  later(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), after);
  }

  async send(request) {
    const taken = await this.live.press(request, { quiet: true });
    if (!taken && this.dialog.open) say(this.told, t("hand-not-passed"));
    this.later(SOON);
  }

  spot(event) {
    const { canvas } = this;
    const box = canvas.getBoundingClientRect();
    const part = (at, from, size) => Math.round(Math.min(1, Math.max(0, (at - from) / size)) * WHOLE);
    return {
      x: part(event.clientX, box.left + canvas.clientLeft, canvas.clientWidth),
      y: part(event.clientY, box.top + canvas.clientTop, canvas.clientHeight),
    };
  }

  fingers() {
    let down = null;
    let holding = 0;
    const { canvas } = this;
    const lift = () => {
      clearTimeout(holding);
      delete canvas.dataset.held;
      down = null;
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      down = { x: event.clientX, y: event.clientY, spot: this.spot(event), turnedAt: event.clientY, turns: false, held: false };
      holding = setTimeout(() => {
        if (down && !down.turns) down.held = canvas.dataset.held = true;
      }, HELD);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!down) return;
      down.moved ||= Math.hypot(event.clientX - down.x, event.clientY - down.y) > STILL;
      down.turns ||= down.moved && !down.held;
      if (down.turns && this.turn(event, down.turnedAt - event.clientY)) down.turnedAt = event.clientY;
    });
    canvas.addEventListener("pointerup", (event) => {
      if (down?.held && down.moved) this.drag(down.spot, this.spot(event));
      else if (down && !down.turns) this.send({ press: "page-tap", ...this.spot(event) });
      else if (down) this.turn(event, down.turnedAt - event.clientY, true);
      lift();
    });
    canvas.addEventListener("pointercancel", lift);
    let wheel = 0;
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      wheel += event.deltaY;
      if (this.turn(event, wheel)) wheel = 0;
    }, { passive: false });
  }

  /** Takes what lies at one place to another. */
  drag(from, to) {
    this.send({ press: "page-drag", ...from, to_x: to.x, to_y: to.y });
  }

  /** Turns the page by so many CSS pixels of the picture; says whether it was time to. */
  turn(event, pixels, last = false) {
    const now = Date.now();
    const by = Math.round((pixels / this.canvas.clientHeight) * 100);
    if (by === 0 || (!last && now - this.turned < TURN_EVERY)) return false;
    this.turned = now;
    this.send({ press: "page-scroll", ...this.spot(event), by: Math.min(300, Math.max(-300, by)) });
    return true;
  }

  forget() {
    clearTimeout(this.timer);
    this.dialog.replaceChildren();
  }
}
