// Owns the own microphone and camera. A closed device is not asked for at all: no track, no light, nothing
// sent. Commands are absolute, and a close given while an open is under way wins. Knows nothing of others.

const WANTS = {
  mic: { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } },
  camera: { video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } } },
};

const TROUBLE = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

export class Devices {
  #attach;
  #changed;
  #turn = { mic: 0, camera: 0 };
  #source = { mic: "", camera: "" };
  /** `closed`, `opening` or `open`, as seen. */
  state = { mic: "closed", camera: "closed" };
  track = { mic: null, camera: null };
  /** Why the last open failed: `denied`, `missing`, `busy`, `insecure`, `lost`, or null. */
  trouble = { mic: null, camera: null };

  /** `attach(kind, track)` puts a track, or none, where it is sent from; `changed()` is told afterwards. */
  constructor({ attach, changed }) {
    this.#attach = attach;
    this.#changed = changed;
  }

  /** Opens a device; does nothing when it is open or opening. */
  async open(kind) {
    if (this.state[kind] !== "closed") return;
    const turn = ++this.#turn[kind];
    this.#set(kind, "opening", null);
    let track = null;
    let trouble = null;
    try {
      track = await this.#capture(kind);
    } catch (error) {
      trouble = navigator.mediaDevices ? (TROUBLE[error.name] ?? "busy") : "insecure";
    }
    if (turn !== this.#turn[kind]) {
      track?.stop();
      return;
    }
    if (!track) {
      this.#set(kind, "closed", trouble);
      return;
    }
    track.onended = () => this.#lost(kind, track);
    this.track[kind] = track;
    await this.#attach(kind, track);
    if (turn === this.#turn[kind]) this.#set(kind, "open", null);
  }

  /** Closes a device and lets go of it. */
  async close(kind) {
    ++this.#turn[kind];
    const track = this.track[kind];
    this.track[kind] = null;
    if (track) {
      track.onended = null;
      track.stop();
    }
    const attached = this.#attach(kind, null);
    this.#set(kind, "closed", null);
    await attached;
  }

  closeAll() {
    return Promise.all([this.close("mic"), this.close("camera")]);
  }

  /** Uses another device of this kind from now on; an open one is changed over. */
  async choose(kind, deviceId) {
    this.#source[kind] = deviceId;
    if (this.state[kind] === "closed") return;
    await this.close(kind);
    await this.open(kind);
  }

  /** The devices of this kind and the one chosen. Names are empty until the browser permits them. */
  async list(kind) {
    const wanted = kind === "mic" ? "audioinput" : "videoinput";
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const found = all.filter((device) => device.kind === wanted && device.deviceId && device.deviceId !== "default");
    return { found, chosen: this.#source[kind] };
  }

  async #capture(kind) {
    const wants = structuredClone(WANTS[kind]);
    const id = this.#source[kind];
    if (id) Object.values(wants)[0].deviceId = { exact: id };
    const stream = await navigator.mediaDevices.getUserMedia(wants);
    const [track] = stream.getTracks();
    if (kind === "mic") track.contentHint = "speech";
    return track;
  }

  async #lost(kind, track) {
    if (this.track[kind] !== track) return;
    await this.close(kind);
    this.#set(kind, "closed", "lost");
  }

  #set(kind, state, trouble) {
    this.state[kind] = state;
    this.trouble[kind] = trouble;
    this.#changed(kind);
  }
}
