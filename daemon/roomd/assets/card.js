// The card that says what the room is doing now and offers the next press.
// Turns a state into sentences and actions; sends nothing itself.

import { codeLink, counted, duration, h, icon, month, range, serviceName, t, time, titleOf, until } from "./common.js";

const ICONS = {
  standby: "free",
  announced: "clock",
  joining: "door",
  waiting: "wait",
  "asks-passcode": "key",
  "person-needed": "person",
  "in-call": "call",
  reconnecting: "again",
  leaving: "leave",
  failed: "warning",
  ended: "end",
};

const TONES = { waiting: "ask", "asks-passcode": "ask", "person-needed": "ask", reconnecting: "warn", failed: "bad" };

// The headline names the meeting, or the question leaves no room for it.
const NAMED = ["announced", "in-call", "person-needed"];

const STEPS = ["opening", "filling-in", "knocking"];

const long = (text) => text.length > 60 && "long";

const line = (text, kind = "") => h("p", { class: `line ${kind}` }, text);

/** Everything the card's look depends on; while it is the same the card is left alone. */
export function basis(state, now) {
  const { phase, current, meetings, offers, people, media, mic, camera, room, help, mic_note, agreed } = state;
  const talking = [mic.seen, camera.seen];
  return { phase, current, meetings, offers, people, media, talking, room, help, mic_note, agreed, minute: Math.floor(now / 60e3) };
}

/** The headline, also read out when it changes. */
export function headline(state, now) {
  const { phase, current } = state;
  switch (phase.kind) {
    case "standby": {
      const next = state.meetings.find((m) => !m.all_day && m.status !== "cancelled" && m.start_ms > now);
      const soon = next && next.start_ms - now < 12 * 3600e3;
      return soon ? t("phase-free-until", { time: time(next.start_ms) }) : t("phase-free");
    }
    case "announced":
      return current ? titleOf(current) : t("phase-in-call-standing");
    case "joining":
      return t("phase-joining");
    case "waiting":
      return t(`phase-waiting-${phase.whom}`);
    case "asks-passcode":
      return t(phase.rejected ? "phase-passcode-rejected" : "phase-passcode");
    case "person-needed":
      return t(`phase-person-${phase.need}`);
    case "in-call":
      return current ? titleOf(current) : t("phase-in-call-standing");
    case "reconnecting":
      return t("phase-reconnecting");
    case "leaving":
      return t("phase-leaving");
    case "failed":
      return t(phase.failure);
    case "ended":
      return t(`phase-ended-${phase.why}`);
  }
}

/** The card's children. `press(request)` and `operate()` are called by its buttons; `keypad` is kept over redraws. */
export function card(state, now, { press, operate, keypad }) {
  const { phase, current } = state;
  const about = current && !NAMED.includes(phase.kind);
  return [
    h("p", { class: `badge ${TONES[phase.kind] ?? "calm"}` }, icon(ICONS[phase.kind])),
    h("div", { class: "says" },
      h("h2", { tabindex: "-1", "data-rest": true, class: long(headline(state, now)) }, headline(state, now)),
      about && line(`${titleOf(current)}, ${range(current)}`, "about"),
      body(state, now),
    ),
    phase.kind === "asks-passcode" && keypad,
    actions(state, (made) => (made.press ? press(made.press) : operate())),
  ];
}

function body(state, now) {
  const { phase } = state;
  switch (phase.kind) {
    case "standby":
      return [line(t("phase-standby-text"))];
    case "announced":
      return announced(state, now);
    case "joining":
      return joining(state);
    case "waiting":
      return [
        line(t(`phase-waiting-${phase.whom}.text`)),
        line(t(`phase-waiting-${phase.whom}.do`, { room: state.room }), "do"),
        line(t("phase-waiting-since", { duration: duration(now - phase.since_ms) }), "fine"),
      ];
    case "asks-passcode":
      return [line(t(phase.rejected ? "phase-passcode-rejected.text" : "phase-passcode.text"))];
    case "person-needed":
      return [line(t(`phase-person-${phase.need}.text`)), line(t(`phase-person-${phase.need}.do`), "do"), help(state)];
    case "in-call":
      return inCall(state, now);
    case "reconnecting":
      return [
        line(t(`phase-reconnecting-${phase.trouble}`)),
        line(t("phase-reconnecting-do"), "do"),
        phase.attempt > 0 && line(t("phase-reconnecting-attempt", { attempt: phase.attempt }), "fine"),
      ];
    case "leaving":
      return [];
    case "failed":
      return failed(state);
    case "ended":
      return [line(t(`phase-ended-${phase.why}.text`))];
  }
}

function announced({ phase, current }, now) {
  const start = current?.start_ms ?? now;
  const begins = start > now
    ? t("phase-announced-begins", { time: time(start), when: until(start - now) })
    : t("phase-announced-running", { time: time(start) });
  const how = phase.joins_at_ms !== null && phase.joins_at_ms > now
    ? t("phase-announced-by-itself", { time: time(phase.joins_at_ms) })
    : t("phase-announced-on-press");
  return [current && line(begins, "about"), line(how)];
}

function joining({ phase: { step }, way }) {
  const at = STEPS.indexOf(step);
  const dots = STEPS.map((_, n) => h("i", { class: n < at ? "done" : n === at ? "now" : "" }));
  const said = t("phase-joining-step", { step: at + 1, steps: STEPS.length });
  return [
    h("p", { class: "steps", role: "img", "aria-label": said }, dots),
    line(way?.by === "sip" ? t("phase-joining-sip") : t(`phase-joining-${step}`)),
    way?.instead_of && line(t("way-instead", { why: t(way.instead_of) }), "do"),
  ];
}

function inCall(state, now) {
  const { phase, current, people, media, mic, camera, mic_note: note, agreed } = state;
  const facts = [
    current && range(current),
    t("phase-in-call-since", { duration: duration(now - phase.since_ms) }),
    people !== null && counted("people", people),
  ];
  const lost = [
    media && !media.audio_out && mic.seen === "open" && "media-audio-out",
    media && !media.video_out && camera.seen === "open" && "media-video-out",
    media && !media.audio_in && people !== 0 && "media-audio-in",
  ];
  return [
    line(facts.filter(Boolean).join(" · "), "about"),
    note && line(t(`mic-note-${note}`), "warn"),
    phase.leaves && line(t(`phase-in-call-leaves-${phase.leaves.why}`, { time: time(phase.leaves.at_ms) }), "do"),
    lost.filter(Boolean).map((key) => line(t(key), "warn")),
    agreed.map((kind) => line(t(`agreed-${kind}`), "fine")),
  ];
}

function failed(state) {
  const code = state.phase.failure;
  return [
    h("dl", { class: "advice" },
      h("dt", {}, t("phase-failed-do")), h("dd", {}, t(`${code}.do`)),
      h("dt", {}, t("phase-failed-works")), h("dd", {}, t(`${code}.works`)),
    ),
    help(state),
    recognition(state.phase),
    h("p", { class: "line fine" }, codeLink(code, t("phase-failed-code", { code }))),
  ];
}

/** How well the service's pages are known, when that may be the cause. */
export function recognition({ recognition: known }, make = line) {
  if (!known) return null;
  const seen = known.seen ? month(Date.parse(known.seen)) : t("recognition-undated");
  return make(t(`recognition-${known.certainty}`, { service: serviceName(known.service), seen }), "fine");
}

const help = (state) => state.help && line(t("help-call", { number: state.help }), "call");

const LEAVE_BY_CANCEL = ["joining", "waiting", "asks-passcode", "person-needed"];

/** Before the door one gives up; who is inside already, whatever is asked there, leaves. */
const givesUp = ({ offers, phase }) =>
  LEAVE_BY_CANCEL.includes(phase.kind) && !offers.some(({ offer }) => offer === "mic-and-camera");

function actions(state, act) {
  const { offers, phase } = state;
  const buttons = [];
  let joins = 0;
  for (const offer of offers) {
    const made = action(offer, state);
    // More than two meetings at once are chosen from the list.
    if (!made || (offer.offer === "join" && (joins += 1) > 2)) continue;
    // One question at a time.
    if (offer.offer === "extend" && phase.kind === "person-needed") continue;
    const first = buttons.length === 0 && offer.offer !== "leave" && offer.offer !== "extend";
    const leaving = offer.offer === "leave" && !givesUp(state);
    const look = leaving ? "danger" : first ? "primary" : "second";
    buttons.push(h("button", {
      type: "button", class: look, "data-key": made.key, onclick: () => act(made),
    }, icon(made.icon), h("span", {}, made.text)));
  }
  return buttons.length > 0 && h("div", { class: "actions" }, buttons);
}

function action(offer, state) {
  const { meetings, current } = state;
  switch (offer.offer) {
    case "join": {
      const meeting = [current, ...meetings].find((m) => m?.id === offer.meeting);
      if (!meeting) return null;
      const text = t("do-join", { time: time(meeting.start_ms), title: titleOf(meeting) });
      return { key: `join ${meeting.id}`, icon: "call", text, press: { press: "join", meeting: meeting.id } };
    }
    case "join-standing":
      return { key: "standing", icon: "call", text: t("do-join-standing"), press: { press: "join-standing" } };
    case "leave": {
      const text = givesUp(state) ? t("do-cancel") : t("do-leave");
      return { key: "leave", icon: "leave", text, press: { press: "leave" } };
    }
    case "extend":
      return { key: "extend", icon: "clock", text: t("do-extend"), press: { press: "extend" } };
    case "operate-page":
      return { key: "operate", icon: "person", text: t("do-operate-page") };
    case "retry":
      return { key: "retry", icon: "again", text: t("do-retry"), press: { press: "retry" } };
    case "dismiss":
      return { key: "dismiss", icon: "free", text: t("do-dismiss"), press: { press: "dismiss" } };
    default:
      return null; // Microphone, camera and passcode have controls of their own.
  }
}
