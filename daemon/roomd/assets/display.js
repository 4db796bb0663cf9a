// The main display's own page: idle, joining, waiting, failure. Read from five metres; nobody can press here.
// Shows what the room has seen; when the line to the room is lost it says so and shows no microphone state.

import { dayName, date, h, icon, language, range, redraw, sameDay, setZone, speak, t, time, titleOf } from "./common.js";
import { headline, recognition } from "./card.js";
import { Live } from "./live.js";

const $ = (id) => document.getElementById(id);
const ROWS = 4;
// Below what IT does from afar there is less room.
const ROWS_BESIDE = 2;
const IDLE = ["standby", "announced"];
const CALM = ["in-call", "leaving", "ended"];

let state;
let live;

function render() {
  if (!state) return;
  const now = live.now();
  $("stale").hidden = !live.stale;
  document.body.toggleAttribute("data-stale", live.stale);
  document.body.dataset.phase = state.phase.kind;
  document.body.dataset.revision = state.revision;
  const basis = { ...state, now_ms: 0, revision: 0, volume: 0, heads: 0, media: 0, stale: live.stale };
  redraw($("screen"), [basis, Math.floor(now / 60e3)], () =>
    [afar(), ...(IDLE.includes(state.phase.kind) ? idle(now) : sentence(now))]);
  // Said only of what stands there now: a picture is taken by it.
  document.body.dataset.afar = live.stale ? "" : (state.afar ?? "");
}

// What IT does from afar, in words that can be read from the door.
function afar() {
  return state.afar && h("section", { class: `afar ${state.afar}`, role: "status" },
    h("h2", {}, t(`display-afar-${state.afar}`)), h("p", {}, t(`display-afar-${state.afar}.text`)));
}

function top(now) {
  return h("header", { class: "top" },
    h("h1", { class: state.room.length > 40 && "long" }, state.room),
    h("p", { class: "date" }, date(now)),
    h("p", { class: "clock" }, time(now)));
}

function idle(now) {
  return [top(now), h("div", { class: "middle" }, agenda(now), how(now)), invitations(), foot()];
}

function agenda(now) {
  const listed = state.meetings.filter((meeting) => meeting.status !== "cancelled");
  if (listed.length === 0) {
    return h("section", { class: "agenda" }, h("p", { class: "none" }, t("display-no-meetings")));
  }
  return h("section", { class: "agenda" }, h("h2", {}, t("display-next")),
    h("ol", { class: listed.length < 3 && "few" }, listed.slice(0, state.afar ? ROWS_BESIDE : ROWS).map((meeting) => {
      const current = meeting.id === state.current?.id;
      const day = sameDay(meeting.start_ms, now) || meeting.start_ms < now ? null : dayName(meeting.start_ms, now);
      return h("li", { class: current ? "current" : "" },
        h("p", { class: "when" }, day && h("span", {}, day), range(meeting)),
        h("p", { class: "title" }, meeting.title === null && icon("lock"), titleOf(meeting)));
    })));
}

function how(now) {
  const { phase } = state;
  const joins = state.offers.some((offer) => offer.offer.startsWith("join"));
  const meeting = state.offers.some((offer) => offer.offer === "join");
  const itself = phase.kind === "announced" && phase.joins_at_ms !== null && phase.joins_at_ms > now;
  return joins && h("section", { class: "how" },
    h("h2", {}, t("display-how")),
    itself && h("p", { class: "big" }, t("display-how-itself", { time: time(phase.joins_at_ms) })),
    h("p", {}, t(meeting ? "display-how-panel" : "display-how-standing")),
    state.buttons.some((button) => button.here) && h("p", {}, t("display-how-button")),
    h("p", { class: "calm" }, t("display-dark")));
}

function invitations() {
  const { practice_url: practice, pairing } = state;
  return (practice || pairing) && h("div", { class: "invitations" },
    pairing && pair(pairing),
    practice && h("section", {}, h("h2", {}, t("display-practice")), h("p", { class: "url" }, practice)));
}

function pair({ url, code, until_ms: until }) {
  return h("section", { class: "pair" },
    h("div", {}, h("h2", {}, t("display-pair")), h("p", { class: "url" }, url)),
    code === null
      ? h("p", {}, t("display-pair-locked", { time: time(until) }))
      : h("p", { class: "code" }, t("display-pair-code"), " ", h("strong", {}, `${code.slice(0, 3)} ${code.slice(3)}`)));
}

function foot() {
  const fault = state.faults[0];
  return h("footer", { class: "foot" },
    state.trial && h("p", { class: "trial" }, t("display-trial")),
    state.fleet_code && h("p", { class: "fleet" }, t("display-fleet-code"), " ", h("strong", {}, state.fleet_code)),
    fault && h("p", { class: "fault" }, icon("warning"), h("span", {}, t(fault.code))),
    state.help && h("p", { class: "help" }, t("help-call", { number: state.help })));
}

const ICONS = {
  joining: "door", waiting: "wait", "asks-passcode": "key", "person-needed": "person", "in-call": "call",
  reconnecting: "again", leaving: "leave", failed: "warning", ended: "end",
};

function sentence(now) {
  const { phase, current } = state;
  const tone = phase.kind === "failed" ? "bad" : CALM.includes(phase.kind) ? "calm" : "busy";
  return [
    top(now),
    h("section", { class: `sentence ${tone}` },
      h("p", { class: "badge" }, icon(ICONS[phase.kind])),
      h("div", {},
        h("h2", {}, phase.kind === "in-call" ? t("display-in-call") : headline(state, now)),
        current && h("p", { class: "about" }, `${titleOf(current)}, ${range(current)}`),
        ...details(phase).filter(Boolean).map((text) => h("p", {}, text)),
        phase.kind === "in-call" && !live.stale && h("p", { class: "do" }, `${word("mic")} · ${word("camera")}`),
        recognition(phase, (text, kind) => h("p", { class: kind }, text)),
        phase.kind === "failed" && h("p", { class: "fine" }, t("phase-failed-code", { code: phase.failure }))),
      phase.kind === "failed" && state.pairing && h("img", { class: "qr", src: `/codes/${phase.failure}/qr.svg`, alt: "" })),
    foot(),
  ];
}

const word = (what) => t(`notice-${what}-${state[what].seen ?? "unknown"}`);

function details(phase) {
  switch (phase.kind) {
    case "joining":
      return [
        state.way?.by === "sip" ? t("phase-joining-sip") : t(`phase-joining-${phase.step}`),
        state.way?.instead_of && t("way-instead", { why: t(state.way.instead_of) }),
        t("display-dark"),
      ];
    case "waiting":
      return [t(`phase-waiting-${phase.whom}.text`), t(`phase-waiting-${phase.whom}.do`, { room: state.room })];
    case "asks-passcode":
      return [t("display-passcode")];
    case "person-needed":
      return [t(`phase-person-${phase.need}.text`), t(`phase-person-${phase.need}.do`)];
    case "reconnecting":
      return [t(`phase-reconnecting-${phase.trouble}`), t("phase-reconnecting-do")];
    case "failed":
      return [t(`${phase.failure}.do`), t(`${phase.failure}.works`)];
    case "ended":
      return [t(`phase-ended-${phase.why}.text`)];
    default:
      return [];
  }
}

async function start() {
  await speak(language());
  live = new Live({
    onState(next) {
      state = next;
      setZone(next.zone);
      render();
    },
    onStale: render,
    onRefusal() {},
  });
  setInterval(render, 1000);
  document.documentElement.dataset.ready = "";
}

const begin = () => start().catch((error) => {
  console.warn(error);
  setTimeout(begin, 1000);
});
begin();
