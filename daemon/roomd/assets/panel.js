// The panel page: draws the state, sends presses. Shows what the room has seen, never what was asked for.

import {
  codeLink, date, dayName, h, icon, language, otherLanguage, range, redraw, remember, say, serviceName, setZone, speak, t,
  time, titleOf,
} from "./common.js";
import { basis, card, headline } from "./card.js";
import { HeadPane } from "./head.js";
import { makeKeypad } from "./keypad.js";
import { Live } from "./live.js";
import { PageUnderHand } from "./page.js";
import { findings } from "./findings.js";
import { meter, proof, tone } from "./tone.js";

const $ = (id) => document.getElementById(id);
const UNKNOWN = { seen: null, becoming: null };
const TOAST = 6000;

let state;
let live;
let keypad;
let heads;
let page;
let shownPhase;
let spoken = {};
let dragging = false;

const press = (request, how) => live.press(request, how);
const offered = (name) => state.offers.some((offer) => offer.offer === name);

function render() {
  if (!state) return;
  const now = live.now();
  const fresh = !live.stale;
  document.body.toggleAttribute("data-stale", !fresh);
  document.body.dataset.phase = state.phase.kind;
  document.body.dataset.revision = state.revision;
  document.body.dataset.room = state.room;
  say($("room"), state.room);
  renderClock(now);
  $("afar").hidden = !state.afar;
  if (state.afar) say($("afar"), `${t(`display-afar-${state.afar}`)}. ${t(`display-afar-${state.afar}.text`)}`);
  if (state.phase.kind === "asks-passcode" && shownPhase !== "asks-passcode") keypad.fresh();
  const operate = () => page.open(state);
  redraw($("now"), basis(state, now), () => card(state, now, { press, operate, keypad: keypad.el }));
  page?.render(state, fresh);
  $("now").inert = !fresh;
  for (const what of ["mic", "camera"]) renderSwitch(what, fresh ? state[what] : UNKNOWN, fresh);
  renderVolume(fresh);
  renderAgenda(now, fresh);
  heads.render(state.heads, fresh);
  renderTone(fresh, now);
  renderFaults(now);
  followPhase();
  announce(now);
}

function renderClock(now) {
  say($("clock"), time(now));
  say($("date"), date(now));
}

// Opens only what was seen closed and is not already on its way; in doubt a press closes.
function nextOf({ seen, becoming }) {
  return seen === "closed" && becoming !== "open" ? "open" : "closed";
}

function renderSwitch(what, view, fresh) {
  const button = $(what);
  const usable = fresh && (offered("mic-and-camera") || view.seen !== "closed");
  const seen = view.seen ?? "unknown";
  button.disabled = !usable;
  button.dataset.state = seen;
  button.toggleAttribute("data-becoming", view.becoming !== null);
  button.querySelector("use").setAttribute("href", `#i-${what}-${seen}`);
  const words = t(`${what}-${seen}`);
  const text = t(`${what}-${seen}.text`);
  let action = usable ? t(`${what}-do-${nextOf(view)}`) : t("switch-only-in-call");
  if (!fresh) action = t("stale-title");
  if (view.becoming !== null) action = t(`${what}-becoming-${view.becoming}`);
  say(button.querySelector(".seen"), words);
  say(button.querySelector(".means"), text);
  say(button.querySelector(".act"), action);
}

function renderVolume(fresh) {
  const { seen, limit } = state.volume;
  const slider = $("volume");
  const known = fresh && seen !== null;
  slider.max = limit;
  if (!dragging && known) slider.value = seen;
  const value = dragging ? Number(slider.value) : seen;
  slider.disabled = !fresh;
  $("quieter").disabled = !fresh || (known && seen <= 0);
  $("louder").disabled = !fresh || (known && seen >= limit);
  const text = known || dragging ? t("volume-value", { percent: value }) : t("volume-unknown");
  const capped = limit < 100 ? `${text}, ${t("volume-limit", { limit })}` : text;
  say($("volume-said"), text);
  slider.setAttribute("aria-valuetext", capped);
  slider.title = capped;
}

function renderAgenda(now, fresh) {
  const { meetings, calendar, offers } = state;
  const joins = offers.filter((offer) => offer.offer === "join").map((offer) => offer.meeting);
  redraw($("pane-agenda"), [meetings, calendar, joins, fresh, Math.floor(now / 60e3), state.current?.id], () => {
    if (meetings.length === 0) {
      return [h("p", { class: "empty" }, t(calendar.kind === "never" ? "agenda-never" : "agenda-empty"))];
    }
    const rows = [];
    let day;
    for (const meeting of meetings) {
      const name = dayName(Math.max(meeting.start_ms, now), now);
      if (name !== day) rows.push(h("h3", {}, name));
      day = name;
      rows.push(meetingRow(meeting, joins.includes(meeting.id), fresh));
    }
    if (calendar.kind === "stale") {
      rows.push(h("p", { class: "fine" }, t("agenda-stale", { time: time(calendar.since_ms) })));
    }
    return rows;
  });
}

function meetingRow(meeting, joinable, fresh) {
  const title = titleOf(meeting);
  const why = reason(meeting.joinable);
  const notes = [
    meeting.organizer && t("agenda-organizer", { name: meeting.organizer }),
    meeting.status === "tentative" && t("agenda-tentative"),
    meeting.joinable.kind === "yes" && t("agenda-service", { service: serviceName(meeting.joinable.service) }),
  ];
  const current = meeting.id === state.current?.id;
  return h("article", { class: `meeting ${meeting.status}${current ? " current" : ""}` },
    h("p", { class: "when" }, range(meeting)),
    h("p", { class: "title" }, meeting.title === null && icon("lock"), title),
    h("p", { class: "fine" }, notes.filter(Boolean).join(" · ")),
    why && h("p", { class: "why" }, why),
    joinable && h("button", {
      type: "button", class: "second", disabled: !fresh, "data-key": `join ${meeting.id}`,
      "aria-label": t("do-join-label", { title, time: range(meeting) }),
      onclick: () => press({ press: "join", meeting: meeting.id }),
    }, t("do-join-short")));
}

function reason(joinable) {
  switch (joinable.kind) {
    case "yes":
      return null;
    case "not-joinable":
      return t("why-not-joinable", { service: serviceName(joinable.service) });
    case "page":
      return t(`why-page-${joinable.page}`, { service: serviceName(joinable.service) });
    default:
      return t(`why-${joinable.kind}`, { host: joinable.host ?? "" });
  }
}

// Only rooms that have devices of their own, or prove themselves, have anything to say here.
function renderTone(fresh, now) {
  const { sound, preflight } = state;
  const tab = $("tab-tone");
  tab.hidden = sound === null && preflight === null;
  if (tab.hidden && !$("pane-tone").hidden) choose("agenda");
  const can = ["reset-sound", "preflight", "stop-preflight"].filter(offered);
  const at = preflight?.runs === false ? preflight.last?.at_ms ?? null : null;
  const found = findings(at, () => renderTone(fresh, now));
  redraw($("pane-tone"), [sound, preflight, found, can, fresh], () => [
    sound && tone(sound, { can, fresh, press }),
    preflight && proof(preflight, found, { can, fresh, now, press }),
  ]);
}

function renderFaults(now) {
  const { faults } = state;
  const tab = $("tab-faults").firstElementChild;
  say(tab, faults.length > 0 ? t("tab-faults-count", { count: faults.length }) : t("tab-faults"));
  $("tab-faults").classList.toggle("some", faults.length > 0);
  const strip = $("faultline");
  strip.hidden = faults.length === 0;
  if (faults.length > 0) {
    const more = faults.length > 1 ? ` ${t("faults-more", { count: faults.length })}` : "";
    say(strip.querySelector("span"), `${sentence(faults[0])}${more}`);
  }
  redraw($("pane-faults"), [faults, state.help], () => [
    faults.length === 0 && h("p", { class: "empty" }, t("faults-none")),
    faults.map((fault) => faultItem(fault, now)),
    faults.length > 0 && state.help && h("p", { class: "line call" }, t("help-call", { number: state.help })),
  ]);
}

const sentence = (fault) => (fault.subject ? `${t(fault.code)} (${subjectName(fault)})` : t(fault.code));

const subjectName = ({ subject }) => state.heads.find((head) => head.id === subject)?.name ?? subject;

function faultItem(fault, now) {
  const { cause } = fault;
  const since = dayName(fault.since_ms, now) === t("time-today")
    ? time(fault.since_ms)
    : `${date(fault.since_ms)}, ${time(fault.since_ms)}`;
  return h("article", { class: "fault" },
    h("p", { class: "title" }, t(fault.code)),
    fault.subject && h("p", {}, t("faults-subject", { subject: subjectName(fault) })),
    cause && h("p", {}, `${t(cause)} ${t(`${cause}.do`)}`),
    h("p", {}, t("faults-works", { text: t(`${fault.code}.works`) })),
    h("p", {}, t("faults-do", { text: t(`${fault.code}.do`) })),
    h("p", { class: "fine" }, `${t("faults-since", { time: since })} · `, codeLink(fault.code, t("faults-code", { code: fault.code }))));
}

// In a call people reach for the camera, otherwise for the meetings; a choice by hand holds until the phase changes.
function followPhase() {
  const kind = state.phase.kind;
  if (kind === shownPhase) return;
  const calling = (phase) => phase === "in-call" || phase === "reconnecting";
  if (shownPhase === undefined || calling(kind) !== calling(shownPhase)) {
    choose(calling(kind) && state.heads.length > 0 ? "camera" : "agenda");
  }
  shownPhase = kind;
}

function choose(name, focus = false) {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !chosen;
    if (chosen && focus) tab.focus();
  }
  if (name !== "camera") heads.stopAll();
}

function announce(now) {
  if (live.stale) return;
  const heard = (what) => {
    const key = `${what}-${state[what].seen ?? "unknown"}`;
    return t("switch-full", { what: t(`${what}-label`), state: t(key), text: t(`${key}.text`) });
  };
  const next = {
    phase: headline(state, now),
    mic: heard("mic"),
    camera: heard("camera"),
    note: state.mic_note ? t(`mic-note-${state.mic_note}`) : "",
    agreed: state.agreed.map((kind) => t(`agreed-${kind}`)).join(" "),
    fault: state.faults.length > 0 ? sentence(state.faults[0]) : "",
  };
  const first = spoken.phase === undefined || spoken.lang !== language();
  const news = first ? [] : Object.keys(next).filter((key) => next[key] !== spoken[key]).map((key) => next[key]);
  spoken = { ...next, lang: language() };
  if (news.length === 0) return;
  const urgent = state.phase.kind === "failed" && news.includes(next.phase);
  if (urgent) toast(next.phase);
  $("polite").textContent = news.filter((text) => !urgent || text !== next.phase).join(" ");
}

let toastTimer;
function toast(text) {
  const el = $("toast");
  el.hidden = false;
  el.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (el.hidden = true), TOAST);
}

function onStale(stale) {
  $("stale").hidden = !stale;
  if (!stale && spoken.phase !== undefined) $("polite").textContent = t("stale-back");
  render();
}

let volumeTimer;
let volumeSent = 0;
function sendVolume(percent) {
  const send = () => {
    volumeSent = Date.now();
    press({ press: "volume", percent });
  };
  clearTimeout(volumeTimer);
  volumeTimer = setTimeout(send, Math.max(0, volumeSent + 150 - Date.now()));
}

function wireSound() {
  for (const what of ["mic", "camera"]) {
    $(what).addEventListener("click", () => press({ press: what, to: nextOf(state[what]) }));
  }
  const slider = $("volume");
  slider.addEventListener("input", () => {
    dragging = true;
    sendVolume(Number(slider.value));
    renderVolume(true);
  });
  // What was seen returns to the slider a little after the finger has left it.
  slider.addEventListener("change", () => setTimeout(() => {
    dragging = false;
    render();
  }, 600));
  for (const [id, by] of [["quieter", -5], ["louder", 5]]) {
    $(id).addEventListener("click", () => {
      const from = state.volume.seen ?? Number(slider.value);
      sendVolume(Math.min(state.volume.limit, Math.max(0, from + by)));
    });
  }
}

function wireTabs() {
  const tabs = () => [...document.querySelectorAll("[role=tab]")].filter((tab) => !tab.hidden);
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => choose(tab.id.slice(4)));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const all = tabs();
      if (by) choose(all[(all.indexOf(tab) + by + all.length) % all.length].id.slice(4), true);
    });
  }
  $("faultline").addEventListener("click", () => {
    choose("faults", true);
    $("more").scrollIntoView({ block: "nearest" });
  });
}

function wireTools() {
  const next = { auto: "light", light: "dark", dark: "auto" };
  const root = document.documentElement;
  const label = () => {
    const theme = t(`theme-${root.dataset.theme}`);
    $("theme").setAttribute("aria-label", t("theme-label", { theme }));
    $("lang").setAttribute("aria-label", t("lang-other-label"));
    $("lang").lang = otherLanguage();
  };
  $("theme").addEventListener("click", () => {
    root.dataset.theme = next[root.dataset.theme];
    remember("theme", root.dataset.theme);
    label();
    $("polite").textContent = t(`theme-${root.dataset.theme}`);
  });
  $("lang").addEventListener("click", async () => {
    try {
      const code = otherLanguage();
      await speak(code);
      remember("lang", code);
    } catch {
      return toast(t("error-offline"));
    }
    label();
    keypad.redraw();
    render();
  });
  label();
}

async function start() {
  await speak(language());
  keypad = makeKeypad((code) => press({ press: "passcode", code }));
  heads = new HeadPane($("pane-camera"), press);
  wireSound();
  wireTabs();
  wireTools();
  live = new Live({
    onState(next) {
      state = next;
      setZone(next.zone);
      render();
    },
    onStale,
    onRefusal: toast,
    onLevels: (levels) => meter($("pane-tone"), levels),
  });
  page = new PageUnderHand($("page"), live);
  setInterval(render, 1000);
  document.documentElement.dataset.ready = "";
}

// Without its texts the page can do nothing; the room may just be starting.
const begin = () => start().catch((error) => {
  console.warn(error);
  setTimeout(begin, 1000);
});
begin();
