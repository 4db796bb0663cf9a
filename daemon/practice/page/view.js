// Owns what is seen: which screen, the tiles, the lists, the controls. Only the screen that is shown is in
// the document, so that a marker is there exactly while its state is. Knows nothing of connections.

import { language, speak, word } from "./words.js";

const main = document.getElementById("main");
const banner = document.getElementById("banner");
const said = document.getElementById("said");
const SVG = "http://www.w3.org/2000/svg";

export const find = (marker, root = main) => root.querySelector(`[data-test="${marker}"]`);
export const findAll = (marker, root = main) => [...root.querySelectorAll(`[data-test="${marker}"]`)];

let spokenAgain = () => {};

/** Shows a screen and gives its element. `again` is called when the language changes. */
export function show(name, again = () => {}) {
  const screen = document.getElementById(`screen-${name}`).content.firstElementChild.cloneNode(true);
  speak(screen);
  main.replaceChildren(screen);
  document.body.dataset.screen = name;
  spokenAgain = again;
  title();
  screen.querySelector("h1")?.focus({ preventScroll: true });
  return screen;
}

/** Shows how it ended. `screen` is the marker, `reason` the sentence and `data-reason`. */
export function showOver(screen, reason, again) {
  const fill = () => {
    card.querySelector("[data-place=head]").textContent = word(`${reason}-head`);
    card.querySelector("[data-place=lead]").textContent = word(`${reason}-lead`);
    title();
  };
  const card = show("over", fill);
  card.dataset.test = `screen-${screen}`;
  card.dataset.reason = reason;
  document.body.dataset.screen = screen;
  fill();
  const button = find("again");
  button.hidden = !again;
  button.addEventListener("click", again);
}

function title() {
  const head = main.querySelector("h1")?.textContent;
  document.title = head ? `${head} – ${word("title")}` : word("title");
}

/** Shows or takes away the banner: a cause and its sentence, or nothing. */
export function showBanner(cause, sentence, marker = "banner-reconnecting") {
  const shown = banner.firstElementChild;
  if (!cause) return banner.replaceChildren();
  if (shown?.dataset.cause === cause && shown.textContent === sentence) return undefined;
  const line = element("p", { test: marker, cause }, sentence);
  return banner.replaceChildren(line);
}

/** Says something to those who listen to the page instead of looking at it. */
export function say(key, parts) {
  said.textContent = word(key, parts);
}

/** Shows an error beside its field, or takes it away. */
export function fault(marker, sentence) {
  const line = find(marker);
  if (!line) return;
  line.textContent = sentence ?? "";
  line.hidden = !sentence;
  const field = main.querySelector(`[aria-describedby~="${line.id}"]`);
  field?.setAttribute("aria-invalid", String(Boolean(sentence)));
}

/** Lets the person change the language at any time; the address remembers it. */
export function offerLanguages() {
  const buttons = [...document.querySelectorAll("[data-language]")];
  const mark = () => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.language === language())));
  for (const button of buttons) {
    button.addEventListener("click", () => {
      document.documentElement.lang = button.dataset.language;
      const address = new URL(location.href);
      address.searchParams.set("lang", button.dataset.language);
      history.replaceState(null, "", address);
      speak(document);
      mark();
      title();
      spokenAgain();
    });
  }
  speak(document);
  mark();
}

function element(tag, data = {}, text = "") {
  const made = document.createElement(tag);
  Object.assign(made.dataset, data);
  made.textContent = text;
  return made;
}

function icon(kind, state) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", `icon is-${state}`);
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${kind}-${state}`);
  svg.append(use);
  return svg;
}

/** First letters of the first and last word. */
function initials(name) {
  const words = name.split(" ").map((part) => [...part][0]);
  return (words.length > 1 ? words[0] + words.at(-1) : words[0]).toLocaleUpperCase(language());
}

/** Makes a list show these items, keeping the elements of those that stay. */
function reconcile(list, items, make, fill) {
  const there = new Map([...list.children].map((child) => [child.dataset.id, child]));
  for (const item of items) {
    const child = there.get(item.id) ?? make(item);
    there.delete(item.id);
    fill(child, item);
    if (child.parentElement !== list) list.append(child);
  }
  for (const child of there.values()) child.remove();
}

/** The screen in the call. `acts` are the host's and the own commands. */
export class CallView {
  #screen;
  #acts;
  #last = null;

  constructor(acts) {
    this.#acts = acts;
    this.#screen = show("call", () => this.#last && this.render(this.#last));
    const press = (marker, act) => find(marker, this.#screen).addEventListener("click", act);
    press("mic-open", () => acts.open("mic"));
    press("mic-closed", () => acts.close("mic"));
    press("camera-open", () => acts.open("camera"));
    press("camera-closed", () => acts.close("camera"));
    press("leave", acts.leave);
    press("end-for-all", acts.endForAll);
    press("hear", () => this.#hear());
    for (const kind of ["mic", "camera"]) {
      find(`select-${kind}`, this.#screen).addEventListener("change", (event) => acts.choose(kind, event.target.value));
    }
    find("sources", this.#screen).addEventListener("toggle", acts.listSources);
  }

  /** `world`: me, role, roster, lobby, devices, streams (id to sound and picture), states (id to peer state). */
  render(world) {
    this.#last = world;
    this.#renderTiles(world);
    this.#renderPeople(world);
    this.#renderDoor(world);
    this.#renderDevices(world);
    find("end-for-all", this.#screen).hidden = world.role !== "host";
  }

  fillSources(kind, { found, chosen }) {
    const select = find(`select-${kind}`, this.#screen);
    const name = (device, n) => device.label || word("source-n", { kind: word(kind), n: n + 1 });
    const options = found.map((device, n) => new Option(name(device, n), device.deviceId));
    select.replaceChildren(new Option(word("source-default"), ""), ...options);
    select.value = chosen;
  }

  cannotAdmit() {
    fault("cannot-admit", word("cannot-admit"));
  }

  #renderTiles(world) {
    const tiles = find("tiles", this.#screen);
    const others = world.roster.filter((seat) => seat.id !== world.me);
    find("alone", this.#screen).hidden = others.length > 0;
    tiles.dataset.others = String(others.length);
    const self = find("self-view", this.#screen);
    const mine = world.roster.find((seat) => seat.id === world.me);
    this.#fillTile(self, {
      name: mine?.name ?? "",
      shown: word("self"),
      mic: world.devices.state.mic === "open" ? "open" : "closed",
      camera: world.devices.track.camera ? "open" : "closed",
      streams: { video: this.#selfStream(world.devices.track.camera) },
    });
    const strip = this.#screen.querySelector(".tiles");
    const theirs = new Map(findAll("tile", strip).map((tile) => [tile.dataset.id, tile]));
    for (const seat of others) {
      const tile = theirs.get(seat.id) ?? this.#newTile(seat.id);
      theirs.delete(seat.id);
      const state = world.states.get(seat.id) ?? "new";
      tile.dataset.state = state;
      tile.dataset.name = seat.name;
      const away = seat.line === "away" || state === "disturbed";
      const shown = away ? `${seat.name} – ${word("away")}` : seat.name;
      this.#fillTile(tile, { ...seat, shown, streams: world.streams.get(seat.id) });
      if (!tile.parentElement) strip.insertBefore(tile, self);
    }
    for (const tile of theirs.values()) tile.remove();
  }

  #newTile(id) {
    const tile = element("figure", { test: "tile", id });
    tile.className = "tile";
    const video = element("video");
    video.autoplay = video.playsInline = video.muted = true;
    const audio = element("audio");
    audio.autoplay = true;
    const face = element("div");
    face.className = "face";
    face.setAttribute("aria-hidden", "true");
    const caption = element("figcaption");
    const who = element("span");
    who.className = "who";
    const states = element("span");
    states.className = "states";
    states.setAttribute("aria-hidden", "true");
    caption.append(who, states);
    tile.append(video, audio, face, caption);
    return tile;
  }

  #fillTile(tile, { name, shown, mic, camera, streams }) {
    const video = tile.querySelector("video");
    this.#play(video, streams?.video ?? null);
    // An element with both waits for the first picture before it plays the sound: whoever stays dark would not be heard.
    const audio = tile.querySelector("audio");
    if (audio) this.#play(audio, streams?.audio ?? null);
    video.setAttribute("aria-hidden", String(camera !== "open"));
    video.setAttribute("aria-label", name);
    tile.dataset.mic = mic;
    tile.dataset.camera = camera;
    tile.querySelector(".face").textContent = initials(name || "?");
    tile.querySelector(".who").textContent = shown;
    const states = tile.querySelector(".states");
    if (states.dataset.mic !== mic) {
      states.dataset.mic = mic;
      states.replaceChildren(icon("mic", mic));
    }
  }

  #play(media, stream) {
    if (media.srcObject === stream) return;
    media.srcObject = stream;
    if (stream) media.play().catch((error) => this.#silent(error));
  }

  #selfStream(track) {
    const video = find("self-view", this.#screen).querySelector("video");
    const shown = video.srcObject?.getTracks()[0];
    if (!track) return null;
    return shown === track ? video.srcObject : new MediaStream([track]);
  }

  /** The browser wants a press before it plays sound: offers a button for it. */
  #silent(error) {
    if (error.name === "NotAllowedError") find("hear", this.#screen).hidden = false;
  }

  #hear() {
    find("hear", this.#screen).hidden = true;
    for (const tile of findAll("tile", this.#screen)) {
      tile.querySelector("audio").play().catch((error) => this.#silent(error));
    }
  }

  #renderPeople(world) {
    const list = find("participants", this.#screen);
    find("count", this.#screen).textContent = String(world.roster.length);
    const make = (seat) => this.#newPerson(seat.id);
    reconcile(list, world.roster, make, (line, seat) => this.#fillPerson(line, seat, world));
  }

  #newPerson(id) {
    const line = element("li", { test: "participant", id });
    const who = element("span");
    who.className = "who";
    const states = element("span");
    states.className = "states";
    const acts = element("span");
    acts.className = "acts";
    for (const act of ["mute", "remove"]) {
      const button = element("button", { test: act });
      button.type = "button";
      button.addEventListener("click", () => this.#acts[act](id));
      acts.append(button);
    }
    line.append(who, states, acts);
    return line;
  }

  #fillPerson(line, seat, world) {
    const { name, mic, camera, role } = seat;
    const self = seat.id === world.me ? "yes" : "no";
    Object.assign(line.dataset, { name, mic, camera, role, line: seat.line, self });
    const marks = [seat.id === world.me && word("you"), role === "host" && word("host")].filter(Boolean);
    line.querySelector(".who").textContent = marks.length ? `${name} (${marks.join(", ")})` : name;
    const states = line.querySelector(".states");
    const key = `${mic} ${camera} ${language()}`;
    if (states.dataset.key !== key) {
      states.dataset.key = key;
      const spoken = (kind, state) => {
        const text = element("span", {}, word(`${kind}-is-${state}`));
        text.className = "unseen";
        return text;
      };
      states.replaceChildren(
        icon("mic", mic), spoken("mic", mic), " ", icon("camera", camera), spoken("camera", camera));
    }
    const commands = world.role === "host" && seat.id !== world.me;
    line.querySelector(".acts").hidden = !commands;
    for (const act of ["mute", "remove"]) {
      const button = find(act, line);
      button.textContent = word(act);
      button.setAttribute("aria-label", word(`${act}-label`, { name }));
    }
    find("mute", line).disabled = mic !== "open";
  }

  #renderDoor(world) {
    const door = find("lobby", this.#screen);
    door.hidden = world.lobby.length === 0;
    if (door.hidden || world.roster.length < 4) fault("cannot-admit", null);
    const make = ({ id }) => {
      const line = element("li", { test: "lobby-person", id });
      const who = element("span");
      who.className = "who";
      line.append(who);
      for (const act of ["admit", "deny"]) {
        const button = element("button", { test: act });
        button.type = "button";
        button.addEventListener("click", () => this.#acts[act](id));
        line.append(button);
      }
      return line;
    };
    reconcile(door.querySelector("ul"), world.lobby, make, (line, { name }) => {
      line.dataset.name = name;
      line.querySelector(".who").textContent = name;
      for (const act of ["admit", "deny"]) {
        find(act, line).textContent = word(act);
        find(act, line).setAttribute("aria-label", word(`${act}-label`, { name }));
      }
    });
  }

  #renderDevices({ devices }) {
    let trouble = null;
    for (const kind of ["mic", "camera"]) {
      const state = devices.state[kind];
      const group = find(kind, this.#screen);
      group.dataset.state = state;
      group.querySelector("use").setAttribute("href", `#i-${kind}-${state === "open" ? "open" : "closed"}`);
      for (const which of ["open", "closed"]) {
        const button = find(`${kind}-${which}`, this.#screen);
        button.dataset.state = state;
        button.setAttribute("aria-pressed", String(state === which));
      }
      find(`${kind}-open`, this.#screen).setAttribute("aria-busy", String(state === "opening"));
      const why = devices.trouble[kind];
      if (why) trouble = { kind, why };
    }
    const line = find("device-error", this.#screen);
    const sentence = trouble && word(`device-${trouble.why}`, { kind: word(trouble.kind) });
    if (line.textContent !== (sentence ?? "")) fault("device-error", sentence);
    line.dataset.reason = trouble ? `${trouble.kind}-${trouble.why}` : "";
  }
}
