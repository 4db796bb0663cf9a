// A conference over Janus' WebSocket API: one session, one handle that sends, one for each other who is heard and seen.
// Knows no screen. Whatever breaks ends in `lost`; then everything is built anew.

const TRANSACTION = () => Math.random().toString(36).slice(2);
const KEEPALIVE_MS = 5000;

/** One session with Janus over one socket. */
class Session {
  constructor(url, { event, lost }) {
    this.waiting = new Map();
    this.event = event;
    this.lost = lost;
    this.socket = new WebSocket(url, "janus-protocol");
    this.opened = new Promise((done, fail) => {
      this.socket.onopen = done;
      this.socket.onerror = () => fail(new Error("no socket"));
    });
    this.socket.onclose = () => this.end();
    this.socket.onmessage = ({ data }) => this.heard(JSON.parse(data));
  }

  async begin() {
    await this.opened;
    this.id = (await this.ask({ janus: "create" })).data.id;
    this.timer = setInterval(() => this.ask({ janus: "keepalive" }), KEEPALIVE_MS);
  }

  end() {
    clearInterval(this.timer);
    this.socket.close();
    if (this.ended) return;
    this.ended = true;
    this.lost();
  }

  close() {
    this.ended = true;
    this.end();
  }

  heard(message) {
    const answers = this.waiting.get(message.transaction);
    const acknowledged = message.janus === "ack" && answers?.patient;
    if (answers && !acknowledged) {
      this.waiting.delete(message.transaction);
      answers.done(message);
    } else if (message.janus !== "ack") this.event(message);
  }

  /** Sends a request; `patient` waits for the plugin's word instead of the gateway's. */
  ask(request, patient = false) {
    const transaction = TRANSACTION();
    if (this.id) request.session_id = this.id;
    const answer = new Promise((done) => this.waiting.set(transaction, { done, patient }));
    this.socket.send(JSON.stringify({ ...request, transaction }));
    return answer;
  }
}

export class Conference {
  /** `on` holds: people, muted, unmuted, removed, ended, lost. */
  constructor({ url, room, name, secret, tracks, on }) {
    Object.assign(this, { url, room, name, secret, tracks, on });
    this.others = new Map();
    this.feeds = new Map();
  }

  /** Enters and sends. May be called again after `lost`. */
  async enter() {
    this.leave();
    this.over = false;
    this.line = Promise.resolve();
    const lost = () => this.over || this.on.lost();
    this.session = new Session(this.url, { event: (message) => this.heard(message), lost });
    await this.session.begin();
    this.sender = await this.attach();
    await this.say(this.sender, { request: "create", room: this.room, secret: this.secret, publishers: 6, notify_joining: true });
    const joined = await this.say(this.sender, { request: "join", ptype: "publisher", room: this.room, display: this.name });
    const { id, publishers, attendees = [] } = joined.plugindata.data;
    this.id = id;
    for (const one of [...attendees, ...publishers]) this.others.set(one.id, one.display);
    await this.send();
    for (const { id } of publishers) this.receiveNext(id);
    this.on.people();
  }

  leave() {
    this.over = true;
    this.session?.close();
    for (const connection of [this.out, ...this.feeds.values()]) connection?.close();
    this.feeds.clear();
    this.others.clear();
  }

  // What a moderator can do.

  mute(id, mute) {
    return this.say(this.sender, { request: "moderate", secret: this.secret, room: this.room, id, mid: "0", mute });
  }

  remove(id) {
    return this.say(this.sender, { request: "kick", secret: this.secret, room: this.room, id });
  }

  endForAll() {
    return this.say(this.sender, { request: "destroy", secret: this.secret, room: this.room });
  }

  // Media.

  connection() {
    const connection = new RTCPeerConnection();
    connection.onconnectionstatechange = () => connection.connectionState === "failed" && this.session.end();
    return connection;
  }

  async send() {
    this.out = this.connection();
    this.out.addTransceiver(this.tracks.audio, { direction: "sendonly" });
    const video = this.out.addTransceiver("video", { direction: "sendonly" });
    await video.sender.replaceTrack(this.tracks.video ?? null);
    this.camera = video.sender;
    await this.out.setLocalDescription();
    const answer = await this.say(this.sender, { request: "publish" }, await this.gathered(this.out));
    await this.out.setRemoteDescription(answer.jsep);
  }

  /** One after the other: a feed that is told of twice must not be received twice. */
  receiveNext(feed) {
    this.line = this.line.then(() => this.over || this.receive(feed)).catch(() => this.session.end());
  }

  async receive(feed) {
    this.feeds.get(feed)?.close();
    const handle = await this.attach();
    const offer = await this.say(handle, { request: "join", ptype: "subscriber", room: this.room, streams: [{ feed }] });
    if (!offer.jsep) return;
    const connection = this.connection();
    this.feeds.set(feed, connection);
    connection.ontrack = ({ track }) => this.on.track(feed, track);
    await connection.setRemoteDescription(offer.jsep);
    await connection.setLocalDescription();
    await this.say(handle, { request: "start" }, await this.gathered(connection));
  }

  /** The description with every candidate in it. */
  gathered(connection) {
    const whole = () => connection.iceGatheringState === "complete" && connection.localDescription;
    return new Promise((done) => {
      const look = () => whole() && done(whole());
      connection.addEventListener("icegatheringstatechange", look);
      look();
    });
  }

  /** What came in from each of the others so far. */
  async stats() {
    const all = {};
    for (const [feed, connection] of this.feeds) {
      const sum = { audio: 0, energy: 0, video: 0, frames: 0 };
      for (const item of (await connection.getStats()).values()) {
        if (item.type !== "inbound-rtp") continue;
        sum[item.kind] += item.packetsReceived ?? 0;
        sum.energy += item.totalAudioEnergy ?? 0;
        sum.frames += item.framesDecoded ?? 0;
      }
      all[this.others.get(feed) ?? feed] = sum;
    }
    return all;
  }

  // Janus.

  async attach() {
    return (await this.session.ask({ janus: "attach", plugin: "janus.plugin.videoroom" })).data.id;
  }

  say(handle, body, jsep) {
    const synchronous = ["create", "kick", "destroy", "moderate"].includes(body.request);
    return this.session.ask({ janus: "message", handle_id: handle, body, ...(jsep && { jsep }) }, !synchronous);
  }

  heard(message) {
    const data = message.plugindata?.data ?? {};
    if (message.janus === "hangup" || message.janus === "timeout") return this.over || this.session.end();
    if (data.videoroom === "destroyed") return this.finish("ended");
    if (data.leaving === "ok" && data.reason === "kicked") return this.finish("removed");
    if (data.moderation && data.id === this.id) return this.on[data.moderation]();
    if (data.joining) this.others.set(data.joining.id, data.joining.display);
    for (const { id, display } of data.publishers ?? []) {
      this.others.set(id, display);
      this.receiveNext(id);
    }
    const gone = data.leaving ?? data.kicked;
    if (gone && gone !== "ok") {
      this.others.delete(gone);
      this.feeds.get(gone)?.close();
      this.feeds.delete(gone);
    }
    this.on.people();
  }

  finish(how) {
    this.leave();
    this.on[how]();
  }
}
