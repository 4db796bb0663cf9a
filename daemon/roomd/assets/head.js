// The camera pane: presets, and a pad that moves the head for as long as it is held.
// A hold ends at release, when the page loses the finger, the focus, its visibility or the room.

import { h, icon, redraw, t } from "./common.js";

// The room stops a move that is not repeated; it asks for a repeat at least each 300 ms.
const REPEAT = 200;
// A click without a hold, as screen readers send it, moves for this long.
const NUDGE = 400;
const RAMP = [[0, 25], [600, 45], [1600, 80]];

const MOVES = [
  ["up-left", -1, 1, 0], ["up", 0, 1, 0], ["up-right", 1, 1, 0],
  ["left", -1, 0, 0], ["home"], ["right", 1, 0, 0],
  ["down-left", -1, -1, 0], ["down", 0, -1, 0], ["down-right", 1, -1, 0],
];
const ZOOMS = [["zoom-in", 0, 0, 1], ["zoom-out", 0, 0, -1]];

export class HeadPane {
  constructor(el, press) {
    this.el = el;
    this.press = press;
    this.chosen = undefined;
    this.hold = undefined;
    this.stopAll = this.stopAll.bind(this);
    for (const event of ["blur", "pagehide"]) addEventListener(event, this.stopAll);
    document.addEventListener("visibilitychange", this.stopAll);
  }

  /** Shows the heads; `live` is false while the room cannot be reached. */
  render(heads, live) {
    if (!live) this.stopAll();
    const head = heads.find((one) => one.id === this.chosen) ?? heads[0];
    if (this.hold && this.hold.head !== head?.id) this.stopAll();
    this.chosen = head?.id;
    const names = heads.map((one) => [one.id, one.name]);
    const still = head && [head.id, head.name, head.presets, head.state === "gone", head.failure];
    // The pad must not be drawn anew under a finger: motion changes only what follows below.
    if (redraw(this.el, [names, still, live], () => this.draw(heads, head, live))) {
      this.said = this.el.querySelector(".head-state");
    }
    if (head) this.update(head);
  }

  update(head) {
    const at = head.presets.find((preset) => preset.number === head.at_preset);
    const text = at && head.state === "still"
      ? t("head-at-preset", { name: at.name })
      : t(`head-state-${head.state}`);
    if (this.said && this.said.textContent !== text) this.said.textContent = text;
    for (const button of this.el.querySelectorAll("[data-preset]")) {
      const here = Number(button.dataset.preset) === head.at_preset;
      button.setAttribute("aria-current", String(here));
    }
  }

  draw(heads, head, live) {
    if (!head) return [h("p", { class: "empty" }, t("head-none"))];
    const gone = head.state === "gone";
    const off = !live || gone;
    return [
      heads.length > 1 && this.picker(heads, head, live),
      gone && head.failure && h("p", { class: "line warn" }, `${t(head.failure)} ${t(`${head.failure}.do`)}`),
      h("div", { class: "above" }, h("h3", {}, t("head-presets")), h("p", { class: "head-state", role: "status" })),
      head.presets.length === 0
        ? h("p", { class: "fine" }, t("head-presets-none"))
        : h("div", { class: "presets" }, head.presets.map((preset) => h("button", {
          type: "button", class: "second", disabled: off, "data-key": `preset ${preset.number}`,
          "data-preset": String(preset.number),
          onclick: () => this.press({ press: "head-preset", head: head.id, number: preset.number }),
        }, preset.name))),
      h("div", { class: "above" },
        h("h3", { id: "move" }, t("head-move")), h("p", { class: "fine", id: "hold" }, t("head-hold"))),
      h("div", { class: "motion", role: "group", "aria-labelledby": "move", "aria-describedby": "hold" },
        h("div", { class: "pad" }, MOVES.map((move) => this.mover(head.id, move, off))),
        h("div", { class: "zoom" }, ZOOMS.map((move) => this.mover(head.id, move, off)))),
    ];
  }

  picker(heads, head, live) {
    return h("div", { class: "picker", role: "group", "aria-label": t("head-pick") }, heads.map((one) => h("button", {
      type: "button", class: "second", disabled: !live, "data-key": `head ${one.id}`,
      "aria-pressed": String(one.id === head.id),
      onclick: () => {
        this.stopAll();
        this.chosen = one.id;
        this.render(heads, live);
      },
    }, one.name)));
  }

  mover(head, [name, pan, tilt, zoom], disabled) {
    const home = name === "home";
    const glyph = home ? "home" : name === "zoom-in" ? "in" : name === "zoom-out" ? "out" : "up";
    const button = h("button", {
      type: "button", class: `move ${name}`, disabled, "aria-label": t(`head-${name}`), "data-key": `move ${name}`,
    }, icon(glyph));
    if (home) {
      button.addEventListener("click", () => this.press({ press: "head-home", head }));
      return button;
    }
    const direction = { pan, tilt, zoom };
    const start = () => this.start(head, direction, button);
    const end = () => this.stop(button);
    let held = false;
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      held = true;
      start();
    });
    for (const event of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(event, end);
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      held = true;
      if (!event.repeat) start();
    });
    button.addEventListener("keyup", (event) => {
      if (event.key === "Enter" || event.key === " ") end();
    });
    button.addEventListener("blur", end);
    button.addEventListener("click", () => {
      if (!held) {
        start();
        setTimeout(end, NUDGE);
      }
      held = false;
    });
    return button;
  }

  start(head, direction, button) {
    this.stopAll();
    const hold = { head, button, began: Date.now(), sent: Promise.resolve() };
    this.hold = hold;
    const send = () => {
      const speed = RAMP.findLast(([after]) => Date.now() - hold.began >= after)?.[1] ?? RAMP[0][1];
      const request = { press: "head-drive", head };
      for (const [axis, sign] of Object.entries(direction)) request[axis] = sign * speed;
      hold.sent = this.press(request, { quiet: hold.warned });
      hold.warned = true;
    };
    send();
    hold.timer = setInterval(send, REPEAT);
    button.classList.add("held");
  }

  stop(button) {
    const hold = this.hold;
    if (!hold || (button && hold.button !== button)) return;
    this.hold = undefined;
    clearInterval(hold.timer);
    hold.button.classList.remove("held");
    const request = { press: "head-stop", head: hold.head };
    this.press(request, { quiet: true });
    // A drive that was still under way may arrive after the stop; so the stop follows it once more.
    hold.sent.then(() => {
      if (!this.hold) this.press(request, { quiet: true });
    });
  }

  stopAll() {
    this.stop();
  }
}
