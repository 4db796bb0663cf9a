// Owns the course of one visit: from the name to the end. Brings line, mesh, devices and view together;
// what the server says decides where we are.

import { Devices } from "./devices.js";
import { Link } from "./link.js";
import { Mesh, warmUp } from "./mesh.js";
import { CallView, fault, find, offerLanguages, say, show, showBanner, showOver } from "./view.js";
import { hasWord, word } from "./words.js";

const query = new URLSearchParams(location.search);
const page = document.documentElement.dataset;

/** A short break of the line is not worth a banner. */
const BANNER_AFTER_MS = 250;

const visit = {
  name: clean(query.get("name") ?? ""),
  passcode: query.get("code") ?? "",
  hostCode: query.get("host") ?? "",
  choice: { mic: false, camera: false },
  token: null,
  me: null,
  role: "guest",
  roster: [],
  lobby: [],
  /** Where we are: prejoin, connecting, waiting, call, over. */
  at: "prejoin",
};

let mesh = null;
let call = null;
let downSince = 0;
let bannerTimer = 0;
let wakeLock = null;

const devices = new Devices({
  attach: (kind, track) => mesh?.attach(kind, track) ?? Promise.resolve(),
  changed: () => {
    tellMedia();
    render();
  },
});

const link = new Link(address(), {
  hello: () => (visit.token ? { type: "resume", token: visit.token, media: media() } : joinRequest()),
  heed: (message) => HEED[message.type]?.(message),
  changed: (up) => {
    downSince = up ? 0 : downSince || performance.now();
    renderBanner();
    clearTimeout(bannerTimer);
    if (!up) bannerTimer = setTimeout(renderBanner, BANNER_AFTER_MS + 10);
  },
});

function address() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}${location.pathname.replace(/\/$/, "")}/ws`;
}

/** The same cleaning as the server's, so that what can be typed is also accepted. */
function clean(text) {
  const hidden = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u200b\u2060-\u2064\ufeff\u00ad]/g;
  return [...text.replace(hidden, "").trim().replace(/\s+/g, " ")].slice(0, 60).join("").trim();
}

function joinRequest() {
  const code = (text) => [...text.trim()].slice(0, 128).join("") || null;
  return { type: "join", name: visit.name, passcode: code(visit.passcode), host_code: code(visit.hostCode) };
}

const sending = (kind) => (devices.state[kind] === "open" ? "open" : "closed");
const media = () => ({ mic: sending("mic"), camera: sending("camera") });

function tellMedia() {
  if (visit.at === "call") link.say({ type: "media", media: media() });
}

// Before the call.

function prejoin(hostCodeError = null) {
  visit.at = "prejoin";
  const screen = show("prejoin", () => refuseHostCode(hostCodeError));
  const name = find("input-name");
  const hostCode = find("input-host-code");
  name.value = visit.name;
  hostCode.value = visit.hostCode;
  find("choice-mic").checked = visit.choice.mic;
  find("choice-camera").checked = visit.choice.camera;
  find("insecure").hidden = isSecureContext;
  find("host-entry").hidden = page.hostCode !== "taken";
  find("host-entry").open = Boolean(visit.hostCode);
  refuseHostCode(hostCodeError);
  (hostCodeError ? hostCode : visit.name ? find("submit-join") : name).focus();
  screen.addEventListener("submit", (event) => {
    event.preventDefault();
    visit.name = clean(name.value);
    fault("name-error", visit.name ? null : word("name-missing"));
    if (!visit.name) return name.focus();
    visit.hostCode = page.hostCode === "taken" ? hostCode.value : "";
    visit.choice = { mic: find("choice-mic").checked, camera: find("choice-camera").checked };
    return knock();
  });
}

function refuseHostCode(error) {
  fault("host-code-error", error?.());
}

function knock() {
  visit.at = "connecting";
  const screen = show("connecting");
  find("leave", screen).addEventListener("click", leave);
  link.open();
}

function askPasscode({ answer, wait_ms: wait }) {
  link.close();
  visit.at = "passcode";
  const until = performance.now() + wait;
  const sentence = () => {
    const seconds = Math.ceil((until - performance.now()) / 1000);
    if (answer !== "wanted" && wait > 0 && seconds > 0) return word("too-many", { n: seconds });
    return answer === "wanted" || wait > 0 ? null : word("passcode-wrong");
  };
  const tell = () => fault("passcode-error", sentence());
  const screen = show("passcode", tell);
  screen.dataset.answer = answer;
  const field = find("input-passcode");
  field.value = answer === "wanted" ? visit.passcode : "";
  tell();
  field.focus();
  count(screen, find("submit-passcode"), until, answer !== "wanted" && tell);
  find("back").addEventListener("click", () => prejoin());
  screen.addEventListener("submit", (event) => {
    event.preventDefault();
    visit.passcode = field.value.trim();
    if (!visit.passcode) {
      fault("passcode-error", word("passcode-missing"));
      return field.focus();
    }
    return knock();
  });
}

/** Keeps a button from being pressed too early and tells the seconds left. */
function count(screen, button, until, tell) {
  button.disabled = performance.now() < until;
  if (!button.disabled) return;
  const timer = setInterval(() => {
    if (!screen.isConnected) return clearInterval(timer);
    if (tell) tell();
    if (performance.now() < until) return undefined;
    button.disabled = false;
    return clearInterval(timer);
  }, 500);
}

function wrongHostCode({ answer, wait_ms: wait }) {
  link.close();
  const tooMany = answer === "too_many" || wait > 0;
  prejoin(() => (tooMany ? word("too-many", { n: Math.ceil(wait / 1000) }) : word("host-code-wrong")));
}

// What the server says.

const HEED = {
  code: (message) => (message.code === "passcode" ? askPasscode(message) : wrongHostCode(message)),
  wait: ({ waiting }) => {
    const name = { host: "waiting-host", lobby: "lobby", moment: "connecting" }[waiting];
    visit.at = "waiting";
    const screen = show(name);
    find("leave", screen).addEventListener("click", leave);
  },
  token: ({ token }) => (visit.token = token),
  joined: ({ you, role }) => {
    visit.role = role;
    visit.at = "call";
    if (visit.me !== you || !mesh) enter(you);
    else tellMedia();
    render();
  },
  roster: ({ people, lobby, settling }) => {
    announce(people, lobby);
    visit.roster = settling ? withLiving(people) : people;
    visit.lobby = lobby;
    mesh.update(people.map((seat) => seat.id).filter((id) => id !== visit.me), settling);
    render();
  },
  signal: ({ from, signal }) => mesh?.heed(from, signal),
  mute_asked: () => {
    devices.close("mic");
    say("said-muted");
  },
  gone: ({ who }) => {
    const seat = visit.roster.find(({ id }) => id === who);
    if (seat) say("said-gone", { name: seat.name });
    mesh?.drop(who);
    visit.roster = visit.roster.filter(({ id }) => id !== who);
    render();
  },
  cannot_admit: () => call?.cannotAdmit(),
  over: ({ why }) => over(why),
};

/** After the server lost its memory: people whose media still arrive stay in the picture. */
function withLiving(people) {
  const back = new Set(people.map(({ id }) => id));
  const living = ({ id }) => !back.has(id) && id !== visit.me && mesh.peer(id)?.state === "connected";
  const missing = visit.roster.filter(living).map((seat) => ({ ...seat, line: "away" }));
  return [...people, ...missing];
}

function announce(people, lobby) {
  const known = new Set(visit.roster.map(({ id }) => id));
  const waiting = new Set(visit.lobby.map(({ id }) => id));
  for (const { id, name } of people) {
    if (known.size && !known.has(id) && id !== visit.me) say("said-joined", { name });
  }
  for (const { id, name } of lobby) if (!waiting.has(id)) say("said-knocks", { name });
}

// In the call.

function enter(you) {
  mesh?.close();
  visit.me = you;
  mesh = new Mesh(you, {
    say: (to, signal) => link.say({ type: "signal", to, signal }),
    track: (kind) => devices.track[kind],
    changed: () => render(),
    lineUp: () => link.up,
  });
  call = new CallView({
    open: (kind) => devices.open(kind),
    close: (kind) => devices.close(kind),
    choose: (kind, id) => devices.choose(kind, id),
    listSources,
    leave,
    admit: (who) => link.say({ type: "admit", who }),
    deny: (who) => link.say({ type: "deny", who }),
    mute: (who) => link.say({ type: "mute", who }),
    remove: (who) => link.say({ type: "remove", who }),
    endForAll: () => link.say({ type: "end_for_all" }),
  });
  if (visit.choice.mic) devices.open("mic");
  if (visit.choice.camera) devices.open("camera");
  stayAwake();
}

async function listSources() {
  for (const kind of ["mic", "camera"]) call?.fillSources(kind, await devices.list(kind));
}

let renderAsked = false;

/** Draws once for everything that changes in one go. */
function render() {
  if (renderAsked) return;
  renderAsked = true;
  queueMicrotask(() => {
    renderAsked = false;
    renderBanner();
    if (visit.at !== "call" || !call || !mesh) return;
    const own = { id: visit.me, ...media() };
    const roster = visit.roster.map((seat) => (seat.id === visit.me ? { ...seat, ...own } : seat));
    const streams = new Map(mesh.peers.map((peer) => [peer.id, peer.streams]));
    const states = new Map(mesh.peers.map((peer) => [peer.id, peer.state]));
    call.render({ me: visit.me, role: visit.role, roster, lobby: visit.lobby, devices, streams, states });
  });
}

function renderBanner() {
  if (visit.at === "prejoin" || visit.at === "passcode" || visit.at === "over") return showBanner(null);
  const lineDown = downSince > 0 && performance.now() - downSince > BANNER_AFTER_MS;
  const disturbed = mesh?.peers.find((peer) => peer.state === "disturbed");
  if (disturbed && visit.at === "call") {
    const name = visit.roster.find(({ id }) => id === disturbed.id)?.name ?? "…";
    return showBanner("media", word("banner-media", { name }));
  }
  if (!lineDown) return renderBlocked();
  return visit.at === "call"
    ? showBanner("signalling", word("banner-signalling"))
    : showBanner("signalling", word("banner-waiting"));
}

/** A named failure: the room is reached, the other participant is not. */
function renderBlocked() {
  const blocked = visit.at === "call" && mesh?.peers.find((peer) => peer.state === "blocked");
  if (!blocked) return showBanner(null);
  const name = visit.roster.find(({ id }) => id === blocked.id)?.name ?? "…";
  return showBanner("blocked", word("banner-blocked", { name }), "banner-unreachable");
}

async function stayAwake() {
  if (document.hidden || visit.at !== "call") return;
  wakeLock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
}

// The end.

function leave() {
  // Without the line the server learns it from the silence.
  link.say({ type: "leave" });
  over("left");
}

const SCREEN_OF = { removed: "removed", denied: "denied", left: "left", full: "full", lobby_full: "full" };

function over(why) {
  if (visit.at === "over") return;
  visit.at = "over";
  link.close();
  mesh?.close();
  mesh = null;
  call = null;
  devices.closeAll();
  wakeLock?.release();
  visit.token = null;
  showBanner(null);
  const reason = hasWord(`${why}-head`) ? why : "ended";
  const again = why !== "removed" && why !== "denied" && why !== "replaced";
  showOver(SCREEN_OF[why] ?? "ended", reason, again ? () => location.reload() : null);
}

// For whoever proves that sound and picture really arrive.

async function practiceStats() {
  const names = new Map(visit.roster.map(({ id, name }) => [id, name]));
  const peers = mesh?.peers ?? [];
  const report = async (peer) => ({ id: peer.id, name: names.get(peer.id) ?? "", ...(await peer.stats()) });
  return {
    at: visit.at,
    me: visit.me,
    line: link.up ? "up" : "down",
    ...media(),
    peers: await Promise.all(peers.map(report)),
  };
}

Object.defineProperty(window, "practiceStats", { value: practiceStats, writable: false, configurable: false });

addEventListener("pagehide", (event) => event.persisted || link.say({ type: "leave" }));
document.addEventListener("visibilitychange", stayAwake);

offerLanguages();
if (page.conference === "unknown") {
  showOver("unknown", "unknown", null);
} else {
  prejoin();
  warmUp();
}
