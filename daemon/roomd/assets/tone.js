// The room's own sound and its proof as a pane of the panel: devices in use, who cancels echo, reset, check. Holds no state.

import { codeLink, dayName, h, language, say, t, time } from "./common.js";

// The softest that a meter shows, in decibels of full scale.
const FLOOR = -70;
const ROLES = ["microphone", "loudspeaker"];

/** The devices in use, and the button that makes the sound anew. */
export function tone(sound, { can, fresh, press }) {
  const lines = [
    sound.microphone && device("sound-microphone", sound.microphone),
    sound.loudspeaker && device("sound-loudspeaker", sound.loudspeaker),
    sound.second && device("sound-second", sound.second),
    `${t(`sound-echo-${sound.echo}`)} ${t(`sound-why-${sound.echo_why}`)}`,
  ];
  return h("article", { class: "part" },
    h("p", { class: "title" }, t("sound-label")),
    sound.server && h("p", { class: "why" }, t("sound-server-gone")),
    lines.filter(Boolean).map((line) => h("p", {}, line)),
    h("div", { class: "heard", hidden: true }, ROLES.map((role) => h("p", { "data-role": role },
      h("meter", { min: FLOOR, max: 0, low: -50, high: -6, optimum: -20, "aria-label": t(`sound-level-${role}`) }),
      h("span", {})))),
    can.includes("reset-sound") && h("button", {
      type: "button", class: "second", disabled: !fresh || sound.resetting, "data-key": "reset-sound",
      onclick: () => press({ press: "reset-sound" }),
    }, t(sound.resetting ? "sound-resetting" : "sound-reset")));
}

/** Moves the meters, if there are any; a role that is not measured has none. */
export function meter(pane, levels) {
  const heard = pane.querySelector(".heard");
  if (!heard) return;
  heard.hidden = !ROLES.some((role) => levels[role]);
  for (const line of heard.children) {
    const level = levels[line.dataset.role];
    line.hidden = !level;
    if (!level) continue;
    line.firstElementChild.value = Math.max(level.rms, FLOOR);
    say(line.lastElementChild, t(`sound-level-${line.dataset.role}`) + " " + t(`sound-heard-${word(level)}`));
  }
}

// Full scale reached; speech as it should be (EBU R128 has -23 LUFS for programmes); softer; the noise of a quiet room.
function word({ rms, peak }) {
  if (peak > -0.5) return "too-loud";
  if (rms > -45) return "well";
  return rms > FLOOR ? "soft" : "silent";
}

function device(key, use) {
  if (!use.known) return t(key, { name: t("sound-looking") });
  if (use.device === null) return t(key, { name: t("sound-missing", { name: use.instead_of }) });
  const text = t(key, { name: use.device });
  return use.instead_of ? t("sound-instead", { text, name: use.instead_of }) : text;
}

/** What the last check found, what was seen of the next day, and the buttons that begin and stop a check. */
export function proof({ runs, aloud, last, tomorrow }, found, { can, fresh, now, press }) {
  const running = t(aloud ? "preflight-runs" : "preflight-runs-silent");
  const said = last ? t(`preflight-${last.light}`, { time: time(last.at_ms) }) : t("preflight-none");
  const button = (name, key) => can.includes(name) && h("button", {
    type: "button", class: "second", disabled: !fresh, "data-key": name, onclick: () => press({ press: name }),
  }, t(key));
  const sentence = (finding) => {
    const { what, advice } = finding[language()];
    return h("p", { class: "why" }, `${what} ${advice}`);
  };
  return h("article", { class: "part" },
    h("p", { class: "title" }, t("preflight-label")),
    h("p", {}, runs ? running : said),
    !runs && found.slice(0, SHOWN).map(sentence),
    !runs && last && last.codes.length > 0 && h("p", { class: "fine" }, last.codes.map((code) => [codeLink(code, t("faults-code", { code })), " "])),
    tomorrow && ahead(tomorrow.meetings, now),
    button("preflight", "preflight-start"),
    button("stop-preflight", "preflight-stop"));
}

/** More sentences than this are for IT. */
const SHOWN = 3;

/** Meetings of the next day that cannot be joined as they are; nothing when there is none. */
function ahead(meetings, now) {
  const red = meetings.filter(({ light }) => light === "red");
  if (red.length === 0) return null;
  const when = red.map(({ start_ms }) => `${dayName(start_ms, now)} ${time(start_ms)}`).join(", ");
  return h("p", { class: "why" }, t("preflight-ahead", { when }));
}
