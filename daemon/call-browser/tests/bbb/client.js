// A conference client with the markers of BigBlueButton's: its audio dialog, its own camera preview, its questions and
// its ends, over real media. What a scene changes stands in the address.
import { Conference } from "/janus.js";

const query = new URLSearchParams(location.search);
const scene = new Set((query.get("scene") ?? "").split(","));
const app = document.querySelector("#app");
const RETRY_MS = 1000;
const SERVER_MS = 1500;
/** The tone of a test is what a microphone's noise suppression takes for noise. */
const UNTOUCHED = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

const make = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};
const button = (marker, press, more = "") => {
  const element = make(`<button type="button" data-test="${marker}" ${more}>${marker}</button>`);
  element.onclick = press;
  return element;
};
const box = (marker, ...inside) => {
  const element = make(`<div data-test="${marker}" role="dialog"></div>`);
  element.append(...inside);
  app.append(element);
  return element;
};

const state = { muted: scene.has("muted-newcomers"), sound: false, camera: false, starting: false, menu: false };
const tracks = { audio: null, video: null };
let banner = null;
let question = null;

const conference = new Conference({
  url: `wss://${location.hostname}:${query.get("janus")}`,
  room: Number(query.get("room")),
  name: query.get("name"),
  secret: "host",
  tracks,
  on: {
    people: () => draw(),
    track: (feed, track) => play(track),
    muted: () => speak(false),
    unmuted: () => asked(),
    removed: () => over("Sie wurden aus der Konferenz entfernt"),
    ended: () => over("Die Konferenz wurde beendet"),
    lost: () => again(),
  },
});
globalThis.conference = conference;

// What the others send.

const play = (track) => {
  const kind = track.kind === "audio" ? "audio" : "video";
  const element = make(`<${kind} autoplay playsinline></${kind}>`);
  element.srcObject = new MediaStream([track]);
  document.body.append(element);
  track.onended = () => element.remove();
};

// What the room sends.

const speak = (yes) => {
  state.muted = !yes;
  tracks.audio.enabled = yes;
  question?.remove();
  draw();
};

/** A server may take its time; until it answers the page goes on sending. */
const mute = () => (scene.has("slow-server") ? setTimeout(() => speak(false), SERVER_MS) : speak(false));

/** A press of the room's own: it also takes back what a moderator did. */
const unmute = async () => {
  await conference.mute(conference.id, false);
  speak(true);
};

/** A moderator wants to hear the room: some servers open it, most ask first. */
const asked = () => {
  if (!state.muted) return;
  if (scene.has("moderators-unmute")) return speak(true);
  question?.remove();
  question = box("unmuteRequest", button("confirmUnmute", unmute), button("denyUnmute", () => question.remove()));
};

const preview = async () => {
  const start = button("startSharingWebcam", () => share(stream.getVideoTracks()[0], dialog), "disabled");
  const cancel = button("cancelSharingWebcam", () => dialog.remove());
  const dialog = box("webcamSettingsModal", make(`<video data-test="videoPreview"></video>`), start, cancel);
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 160, height: 120 } });
  start.disabled = false;
};

const share = async (track, dialog) => {
  dialog.remove();
  state.starting = true;
  draw();
  tracks.video = track;
  await conference.camera.replaceTrack(track);
  Object.assign(state, { starting: false, camera: true });
  draw();
};

const unshare = async () => {
  tracks.video?.stop();
  tracks.video = null;
  state.camera = false;
  await conference.camera.replaceTrack(null);
  draw();
};

// The way in.

const choose = () => {
  const dialog = box("audioModal", button("microphoneBtn", () => settings(dialog)), button("listenOnlyBtn", () => {}));
};

const settings = async (before) => {
  before.remove();
  const go = button("joinEchoTestButton", () => begin(dialog), "disabled");
  const dialog = box("audioSettingsModal", button("stopHearingButton", () => {}), go);
  [tracks.audio] = (await navigator.mediaDevices.getUserMedia({ audio: UNTOUCHED })).getAudioTracks();
  go.disabled = false;
};

const begin = async (before) => {
  before.replaceChildren(make(`<span data-test="establishingAudioLabel">Audio-Verbindung wird hergestellt</span>`));
  tracks.audio.enabled = !state.muted;
  await conference.enter();
  before.remove();
  state.sound = true;
  draw();
  const details = box("sessionDetailsModal", button("closeModal", () => details.remove()));
};

// The way out.

const again = async () => {
  if (state.over) return;
  banner ??= make(`<div data-test="notificationBannerBar">Verbindung unterbrochen. Versuche in 1 Sekunde erneut zu verbinden...</div>`);
  draw();
  try {
    await conference.enter();
    banner = null;
    draw();
  } catch {
    setTimeout(again, RETRY_MS);
  }
};

const over = (why) => {
  state.over = true;
  conference.leave();
  for (const track of Object.values(tracks)) track?.stop();
  app.replaceChildren(make(`<div data-test="meetingEndedModal"><h1>${why}</h1></div>`));
};

// The screen.

const person = (id, name) => {
  const line = make(`<div data-test="userListItem" data-name="${name}">${name}</div>`);
  line.append(
    button("mute-person", () => conference.mute(id, true)),
    button("unmute-person", () => conference.mute(id, false)),
    button("remove-person", () => conference.remove(id)),
  );
  return line;
};

const draw = () => {
  if (state.over) return;
  const layout = make(`<div id="layout"></div>`);
  if (banner) layout.append(banner);
  if (!state.sound) layout.append(button("joinAudio", choose));
  else if (state.muted) layout.append(button("unmuteMicButton", unmute));
  else layout.append(button("muteMicButton", mute));
  layout.append(state.camera ? button("leaveVideo", unshare) : button("joinVideo", preview));
  if (state.starting) layout.append(make(`<div data-test="webcamConnecting">…</div>`));
  layout.append(make(`<div data-test="userListItemCurrent">${query.get("name")}</div>`));
  layout.append(...[...conference.others].map(([id, name]) => person(id, name)));
  layout.append(button("leaveMeetingDropdown", () => ((state.menu = true), draw())));
  if (state.menu) {
    const leave = make(`<li data-test="directLogoutButton">Konferenz verlassen</li>`);
    leave.onclick = () => over("Sie haben sich aus der Konferenz ausgeloggt");
    layout.append(leave, button("end-for-all", () => conference.endForAll()));
  }
  document.querySelector("#layout")?.remove();
  app.prepend(layout);
};

draw();
choose();
