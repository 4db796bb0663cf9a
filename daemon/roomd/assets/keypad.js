// The keypad for a conference's passcode, or for text on its page: digits first, letters on demand, for screens without a
// keyboard.
// Keeps what was typed until it is sent; forgets it then.

import { counted, h, icon, language, t } from "./common.js";

const DIGITS = ["123", "456", "789", "0"];
const LETTERS = {
  de: ["1234567890", "qwertzuiopü", "asdfghjklöä", "yxcvbnmß-_.", "!?@#$%&*+/="],
  en: ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm-_.", "!?@#$%&*+/="],
};
const PASSCODE = { id: "passcode", label: "passcode-label", enter: "passcode-submit", limit: 128, blanks: false };

/** Makes the keypad once; `submit(code)` gets what was typed. With `blanks`, these count and have a key. */
export function makeKeypad(submit, { id, label, enter, limit, blanks } = PASSCODE) {
  const el = h("form", { class: "keypad", novalidate: true });
  const view = { letters: false, shift: false, shown: false };
  const input = h("input", {
    id, type: "password", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    maxlength: limit, "data-key": id,
  });
  const count = h("p", { class: "quiet", "aria-live": "polite" });
  const typed = () => {
    count.textContent = counted("passcode-count", input.value.length);
    el.querySelector(".enter").disabled = input.value === "";
  };
  input.addEventListener("input", typed);
  el.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = blanks ? input.value : input.value.trim();
    if (code === "") return;
    input.value = "";
    typed();
    submit(code);
  });

  const put = (text) => {
    if (input.value.length < limit) input.value += text;
    if (view.shift) {
      view.shift = false;
      draw();
    }
    typed();
  };
  const key = (label, act, attributes = {}) =>
    h("button", { type: "button", "data-key": `key ${label}`, ...attributes, onclick: act }, label);
  const flag = (name) => () => {
    view[name] = !view[name];
    draw();
  };

  function keys() {
    const rows = view.letters ? LETTERS[language()] : DIGITS;
    const backspace = h("button", {
      type: "button", class: "wide", "data-key": "key back", "aria-label": t("passcode-delete"),
      onclick: () => {
        input.value = input.value.slice(0, -1);
        typed();
      },
    }, icon("back"));
    const other = key(t(view.letters ? "passcode-digits" : "passcode-letters"), flag("letters"), {
      class: "wide", "data-key": "key other", "aria-label": t(`passcode-${view.letters ? "digits" : "letters"}-label`),
    });
    const space = key(t("hand-space"), () => put(" "), { class: "wide" });
    const shift = view.letters && key(t("passcode-shift"), flag("shift"), {
      class: "wide", "data-key": "key shift", "aria-pressed": String(view.shift),
    });
    const up = (c) => (view.shift && c !== "ß" ? c.toUpperCase() : c);
    const made = rows.map((row) => [...row].map((c) => key(up(c), () => put(up(c)))));
    if (!view.letters) made[3] = [other, ...made[3], backspace];
    else made.push([other, shift, blanks && space, backspace]);
    return made.map((row) => h("div", { class: "keys" }, row));
  }

  function draw() {
    const focused = el.contains(document.activeElement) && document.activeElement.dataset.key;
    input.type = view.shown ? "text" : "password";
    el.className = view.letters ? "keypad letters" : "keypad";
    el.replaceChildren(
      h("label", { for: id, class: blanks ? "fine" : "quiet" }, t(label)),
      h("div", { class: "entry" }, input,
        h("button", {
          type: "button", class: "second", "data-key": "key show", "aria-pressed": String(view.shown), onclick: flag("shown"),
        }, t(view.shown ? "passcode-hide" : "passcode-show"))),
      count,
      ...keys(),
      h("button", { type: "submit", class: "primary enter", "data-key": "key enter" }, t(enter)),
    );
    typed();
    if (focused) el.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  return {
    el,
    /** Shows the keypad in the page's language, empty. */
    fresh() {
      input.value = "";
      Object.assign(view, { letters: false, shift: false, shown: false });
      draw();
    },
    redraw: draw,
  };
}
