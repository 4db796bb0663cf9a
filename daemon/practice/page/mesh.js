// Owns the peer connections, one to each other participant. Both media sections are set up once, sending
// nothing; opening a device only puts its track in place. The side with the smaller id offers. Whatever
// goes wrong is mended by looking once a second. Knows nothing of the page or of who may be here.

const LOOK_MS = 1000;
/** How long setting up, and a disturbance, may last before something is done. */
const SETUP_MAX_MS = 4000;
const DISTURBED_MAX_MS = 2500;
/** A connection that was never there after this long has no way through the network. */
const BLOCKED_MS = 10_000;
/** Restarts of one connection before it is replaced. */
const RESTARTS_MAX = 2;

const now = () => performance.now();
const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(16).padStart(2, "0")).join("");

class Peer {
  pc = null;
  nonce = "";
  /** Sound and picture as they arrive, each a stream of its own. */
  streams = { audio: null, video: null };
  /** `new`, `connecting`, `connected`, `disturbed`, `blocked`. */
  state = "new";
  #since = now();
  #everConnected = false;
  #mesh;
  #queue = Promise.resolve();
  #early = [];
  #acted = 0;
  #disturbedSince = 0;
  #restarts = 0;
  #wasConnected = false;

  constructor(mesh, id) {
    this.#mesh = mesh;
    this.id = id;
    this.offers = mesh.me < id;
    this.#acted = now();
    if (this.offers) this.#do(() => this.#offerNew());
  }

  close() {
    this.pc?.close();
    this.pc = null;
  }

  heed(signal) {
    this.#do(() => this.#heed(signal));
  }

  attach(kind, track) {
    return this.#sender(kind)?.replaceTrack(track).catch(() => {}) ?? Promise.resolve();
  }

  /** Does what is overdue. */
  look() {
    const state = this.pc?.connectionState ?? "none";
    if (state === "connected") {
      this.#restarts = 0;
      return;
    }
    if (this.state !== "blocked" && this.#isBlocked()) {
      this.state = "blocked";
      this.#mesh.changed(this);
    }
    const since = this.#disturbedSince || this.#acted;
    const patience = state === "failed" ? 0 : this.#wasConnected ? DISTURBED_MAX_MS : SETUP_MAX_MS;
    if (now() - since < patience || now() - this.#acted < DISTURBED_MAX_MS) return;
    this.#acted = now();
    this.#do(() => this.#mend());
  }

  #isBlocked() {
    return !this.#everConnected && now() - this.#since > BLOCKED_MS;
  }

  /** One thing after the other, whatever fails. */
  #do(act) {
    this.#queue = this.#queue.then(act).catch((error) => console.debug("peer", error.name, error.message));
  }

  #say(signal) {
    this.#mesh.say(this.id, signal);
  }

  async #mend() {
    if (!this.offers) {
      this.#say(this.pc ? { kind: "restart", pc: this.nonce } : { kind: "ready" });
    } else if (!this.pc || this.#restarts >= RESTARTS_MAX) {
      await this.#offerNew();
    } else {
      this.#restarts += 1;
      await this.#offer({ iceRestart: true });
    }
  }

  #make(name) {
    this.pc?.close();
    // Host addresses only: everybody is on this network.
    const pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
    this.pc = pc;
    this.nonce = name;
    this.streams = { audio: null, video: null };
    this.#early = [];
    this.#restarts = 0;
    this.#disturbedSince = 0;
    this.#wasConnected = false;
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate || pc !== this.pc) return;
      const { candidate: line, sdpMid, sdpMLineIndex } = candidate;
      this.#say({ kind: "candidate", pc: name, candidate: line, mid: sdpMid, line: sdpMLineIndex });
    };
    pc.ontrack = ({ track }) => {
      if (pc !== this.pc) return;
      this.streams[track.kind] = new MediaStream([track]);
      this.#mesh.changed(this);
    };
    pc.onconnectionstatechange = () => pc === this.pc && this.#seen(pc.connectionState);
    this.#seen("new");
  }

  #seen(state) {
    if (state === "connected") {
      this.#wasConnected = true;
      this.#everConnected = true;
      this.#disturbedSince = 0;
    } else if (state === "disconnected" || state === "failed") {
      this.#disturbedSince ||= now();
    }
    const words = { new: "new", connecting: "connecting", connected: "connected" };
    const seen = words[state] ?? "disturbed";
    // A restart or a replacement starts from the beginning; for the person it is still a disturbance.
    if (seen === "connected") this.state = "connected";
    else if (this.#everConnected) this.state = "disturbed";
    else this.state = this.#isBlocked() ? "blocked" : seen === "disturbed" ? "connecting" : seen;
    this.#mesh.changed(this);
    if (state === "failed") this.look();
  }

  async #offerNew() {
    this.#acted = now();
    this.#make(nonce());
    for (const kind of ["audio", "video"]) this.pc.addTransceiver(kind, { direction: "sendrecv" });
    await this.#attachAll();
    await this.#offer({});
  }

  async #offer(options) {
    const { pc, nonce: name } = this;
    await pc.setLocalDescription(await pc.createOffer(options));
    this.#say({ kind: "offer", pc: name, sdp: pc.localDescription.sdp });
    this.#mesh.tune();
  }

  async #heed(signal) {
    if (signal.kind === "ready") {
      if (this.offers) await this.#offerNew();
    } else if (signal.kind === "restart") {
      if (this.offers && signal.pc === this.nonce) await this.#offer({ iceRestart: true });
      else if (this.offers) await this.#offerNew();
    } else if (signal.kind === "offer") {
      if (!this.offers) await this.#answer(signal);
    } else if (signal.pc !== this.nonce || !this.pc) {
      // Belongs to a connection that has been replaced.
    } else if (signal.kind === "answer") {
      if (this.pc.signalingState !== "have-local-offer") return;
      await this.pc.setRemoteDescription({ type: "answer", sdp: signal.sdp });
      await this.#takeEarly();
    } else if (signal.kind === "candidate") {
      if (this.pc.remoteDescription) await this.#take(signal);
      else this.#early.push(signal);
    }
  }

  async #answer(signal) {
    this.#acted = now();
    if (signal.pc !== this.nonce || !this.pc) this.#make(signal.pc);
    const pc = this.pc;
    await pc.setRemoteDescription({ type: "offer", sdp: signal.sdp });
    for (const transceiver of pc.getTransceivers()) transceiver.direction = "sendrecv";
    await this.#attachAll();
    await pc.setLocalDescription(await pc.createAnswer());
    this.#say({ kind: "answer", pc: signal.pc, sdp: pc.localDescription.sdp });
    await this.#takeEarly();
    this.#mesh.tune();
  }

  async #takeEarly() {
    for (const signal of this.#early.splice(0)) await this.#take(signal);
  }

  async #take({ candidate, mid, line }) {
    // A hidden address that cannot be resolved here is one way less, not a fault.
    await this.pc.addIceCandidate({ candidate, sdpMid: mid, sdpMLineIndex: line }).catch(() => {});
  }

  #sender(kind) {
    const wanted = kind === "mic" ? "audio" : "video";
    return this.pc?.getTransceivers().find((t) => t.receiver.track.kind === wanted)?.sender;
  }

  #attachAll() {
    return Promise.all(["mic", "camera"].map((kind) => this.attach(kind, this.#mesh.track(kind))));
  }

  /** Fewer bits for each the more there are: this side encodes for every other. */
  async limit(others) {
    const sender = this.#sender("camera");
    const parameters = sender?.getParameters();
    if (!parameters?.encodings?.length) return;
    const [encoding] = parameters.encodings;
    encoding.maxBitrate = others > 2 ? 400_000 : others > 1 ? 700_000 : 1_800_000;
    encoding.scaleResolutionDownBy = others > 1 ? 2 : 1;
    await sender.setParameters(parameters).catch(() => {});
  }

  async stats() {
    const report = { connection: this.pc?.connectionState ?? "none", pc: this.nonce, inbound: {}, outbound: {} };
    if (!this.pc) return report;
    for (const item of (await this.pc.getStats()).values()) {
      if (item.type === "inbound-rtp") report.inbound[item.kind] = inbound(item);
      if (item.type === "outbound-rtp") report.outbound[item.kind] = outbound(item);
    }
    return report;
  }
}

const inbound = (item) => ({
  packets: item.packetsReceived ?? 0,
  bytes: item.bytesReceived ?? 0,
  lost: item.packetsLost ?? 0,
  ...(item.kind === "video"
    ? { frames: item.framesDecoded ?? 0, width: item.frameWidth ?? 0, height: item.frameHeight ?? 0 }
    : { audioLevel: item.audioLevel ?? 0, totalAudioEnergy: item.totalAudioEnergy ?? 0 }),
});

const outbound = (item) => ({
  packets: item.packetsSent ?? 0,
  bytes: item.bytesSent ?? 0,
  ...(item.kind === "video"
    ? { frames: item.framesEncoded ?? 0, width: item.frameWidth ?? 0, height: item.frameHeight ?? 0 }
    : {}),
});

export class Mesh {
  #peers = new Map();
  #say;
  #changed;
  #timer;

  /** `say(to, signal)` carries a signal; `track(kind)` gives the own track or null; `changed(peer)` is
   *  told when a peer's stream or state has changed. */
  constructor(me, { say, track, changed, lineUp }) {
    this.me = me;
    this.track = track;
    this.#say = say;
    this.#changed = changed;
    // Without the line nothing can be mended, and media may well be fine.
    this.#timer = setInterval(() => lineUp() && this.#peers.forEach((peer) => peer.look()), LOOK_MS);
  }

  say(to, signal) {
    this.#say(to, signal);
  }

  changed(peer) {
    this.#changed(peer);
  }

  peer(id) {
    return this.#peers.get(id);
  }

  get peers() {
    return [...this.#peers.values()];
  }

  /** Has a connection to exactly these; to others only while they live and `keepLive` says so. */
  update(ids, keepLive) {
    for (const id of ids) if (!this.#peers.has(id)) this.#peers.set(id, new Peer(this, id));
    for (const [id, peer] of this.#peers) {
      const keep = ids.includes(id) || (keepLive && peer.state === "connected");
      if (!keep) this.drop(id);
    }
    this.tune();
  }

  drop(id) {
    this.#peers.get(id)?.close();
    this.#peers.delete(id);
  }

  heed(from, signal) {
    if (!this.#peers.has(from)) this.#peers.set(from, new Peer(this, from));
    this.#peers.get(from).heed(signal);
  }

  attach(kind, track) {
    return Promise.all(this.peers.map((peer) => peer.attach(kind, track))).then(() => this.tune());
  }

  tune() {
    this.peers.forEach((peer) => peer.limit(this.#peers.size));
  }

  close() {
    clearInterval(this.#timer);
    for (const id of [...this.#peers.keys()]) this.drop(id);
  }
}

/** Makes the browser load its media engine while the person is still typing. */
export async function warmUp() {
  const pc = new RTCPeerConnection();
  for (const kind of ["audio", "video"]) pc.addTransceiver(kind, { direction: "sendrecv" });
  await pc.createOffer().catch(() => {});
  pc.close();
}
