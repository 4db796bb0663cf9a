// The media probe: runs in each frame in the page's own world before the page's scripts. Keeps hold of peer
// connections and media elements, reports what flows once a second while a connection is up, holds the volume, and
// keeps the gate: what is captured stays silent and black until the room opens it. Gives pages the room's own camera and
// says what they got. Knows no service. Idempotent.
(room = {}) => {
  const KEY = Symbol.for("roomd.probe");
  const LOOK_MS = 1000;
  const SEALED_PAUSE_MS = 100;
  const SEALED_TEXT_MAX = 4000;
  const SEALED_ROOTS_MAX = 200;
  if (globalThis[KEY]) return globalThis[KEY].again();

  const Native = globalThis.RTCPeerConnection;
  const connections = new Set();
  const elements = new Set();
  const counts = new WeakMap();
  let timer = 0;
  let volume = null;
  let said = "";

  const tell = (report) => {
    if (typeof globalThis.roomdMedia !== "function") return;
    globalThis.roomdMedia(JSON.stringify(report));
  };

  // The gate. A page that is asked to be silent may take a moment, or think otherwise; the room's word counts at once.
  // The page goes on seeing the state that it gave a track itself.

  const gate = { audio: false, video: false };
  const held = new Map();
  const enabled = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, "enabled");
  const passes = (track) => enabled.get.call(track);
  const wish = (track) => (held.has(track) ? held.get(track) : passes(track));
  const obeyGate = (track) => enabled.set.call(track, held.get(track) && gate[track.kind]);

  const hold = (track, as = passes(track)) => {
    held.set(track, as);
    obeyGate(track);
    return track;
  };

  const setGate = (kind, open) => {
    gate[kind] = open;
    for (const track of [...held.keys()]) {
      if (track.readyState === "ended") held.delete(track);
      else if (track.kind === kind) obeyGate(track);
    }
    if (connections.size > 0) look();
  };

  Object.defineProperty(MediaStreamTrack.prototype, "enabled", {
    ...enabled,
    get() {
      return wish(this);
    },
    set(value) {
      if (!held.has(this)) return enabled.set.call(this, value);
      hold(this, Boolean(value));
    },
  });

  const watchOver = (owner, name, apply) => {
    if (owner?.[name]) owner[name] = new Proxy(owner[name], { apply });
  };

  // The room's camera. Its id is another one in each fresh profile and stored by nobody, so it is known by its label; of
  // several with the same one, by its place among them. What a page got is read back and said.

  const camera = room.camera ?? null;
  const list = globalThis.MediaDevices?.prototype.enumerateDevices;
  const called = (label) => label === camera.label || label.startsWith(`${camera.label} (`);
  let lens = null;

  /** The room's camera among the devices, and whether the page may see labels at all. */
  const find = async (devices) => {
    const all = (await Reflect.apply(list, devices, [])).filter(({ kind }) => kind === "videoinput");
    const twins = all.filter(({ label }) => called(label));
    return { id: twins[Math.min(camera.twin, twins.length - 1)]?.deviceId, labelled: all.some(({ label }) => label) };
  };

  const insist = (what, id) => {
    const { deviceId, groupId, facingMode, ...rest } = Object(what.video);
    return { ...what, video: { ...rest, deviceId: { exact: id } } };
  };

  const sayLens = (stream, id) => {
    for (const track of stream.getVideoTracks()) {
      const ours = called(track.label) && (id === undefined || track.getSettings().deviceId === id);
      lens = { lens: { label: track.label, ours } };
      tell(lens);
    }
  };

  const capture = async (target, devices, given) => {
    const [what] = given;
    if (!camera || !what?.video) return Reflect.apply(target, devices, given);
    let { id, labelled } = await find(devices);
    let stream = await Reflect.apply(target, devices, id === undefined ? given : [insist(what, id)]);
    if (id === undefined && !labelled) {
      // Labels are shown to a page only after it has captured something.
      ({ id } = await find(devices));
      if (id !== undefined && stream.getVideoTracks()[0]?.getSettings().deviceId !== id) {
        stream.getTracks().forEach((track) => track.stop());
        stream = await Reflect.apply(target, devices, [insist(what, id)]);
      }
    }
    sayLens(stream, id);
    return stream;
  };

  watchOver(globalThis.MediaDevices?.prototype, "getUserMedia", async (target, devices, given) => {
    const stream = await capture(target, devices, given);
    stream.getTracks().forEach((track) => hold(track));
    return stream;
  });
  for (const name of ["getUserMedia", "webkitGetUserMedia"]) {
    watchOver(globalThis.Navigator?.prototype, name, (target, navigator, [what, done, failed, ...rest]) => {
      const asked = (what) =>
        new Promise((done, failed) => Reflect.apply(target, navigator, [what, done, failed, ...rest]));
      const stream = capture((what) => asked(what), navigator.mediaDevices, [what]);
      stream.then((stream) => (stream.getTracks().forEach((track) => hold(track)), done(stream)), failed);
    });
  }
  watchOver(MediaStreamTrack.prototype, "clone", (target, track, given) => {
    const copy = Reflect.apply(target, track, given);
    return held.has(track) ? hold(copy, wish(track)) : copy;
  });
  watchOver(MediaStream.prototype, "clone", (target, stream, given) => {
    const copy = Reflect.apply(target, stream, given);
    for (const kind of ["audio", "video"]) {
      const [from, to] = [stream, copy].map((of) => of.getTracks().filter((track) => track.kind === kind));
      from.forEach((track, index) => held.has(track) && to[index] && hold(to[index], wish(track)));
    }
    return copy;
  });

  // Flow.

  const closed = (connection) => connection.signalingState === "closed";
  const sends = ({ track }) => Boolean(track && passes(track) && !track.muted && track.readyState === "live");

  /** What one connection has counted so far. */
  const count = async (connection) => {
    const sum = { audioIn: 0, videoIn: 0, audioOut: 0, videoOut: 0, pulse: 0 };
    for (const item of (await connection.getStats()).values()) {
      if (item.type === "inbound-rtp") sum[`${item.kind}In`] += item.packetsReceived ?? 0;
      if (item.type === "outbound-rtp") sum[`${item.kind}Out`] += item.packetsSent ?? 0;
      if (item.type === "candidate-pair") sum.pulse += (item.bytesReceived ?? 0) + (item.responsesReceived ?? 0);
    }
    return sum;
  };

  const sample = async () => {
    const flow = { audioIn: false, videoIn: false, audioOut: false, videoOut: false };
    const all = { ...flow, links: 0, up: 0, pulse: false };
    for (const connection of connections) {
      if (closed(connection)) {
        connections.delete(connection);
        continue;
      }
      if (!connection.remoteDescription) continue;
      const now = await count(connection).catch(() => null);
      if (!now) continue;
      const before = counts.get(connection) ?? { audioIn: 0, videoIn: 0, audioOut: 0, videoOut: 0, pulse: 0 };
      counts.set(connection, now);
      const senders = connection.getSenders().filter(sends).map(({ track }) => track.kind);
      all.links += 1;
      all.up += connection.connectionState === "connected" ? 1 : 0;
      all.pulse ||= now.pulse > before.pulse;
      all.audioIn ||= now.audioIn > before.audioIn;
      all.videoIn ||= now.videoIn > before.videoIn;
      all.audioOut ||= now.audioOut > before.audioOut && senders.includes("audio");
      all.videoOut ||= now.videoOut > before.videoOut && senders.includes("video");
    }
    return all;
  };

  const look = async () => {
    const all = await sample();
    if (connections.size === 0) {
      clearInterval(timer);
      timer = 0;
    }
    tell({ flow: all });
  };

  const keep = (connection) => {
    connections.add(connection);
    connection.addEventListener("connectionstatechange", look);
    timer ||= setInterval(look, LOOK_MS);
    return connection;
  };

  if (Native) {
    const construct = (target, given, made) => keep(Reflect.construct(target, given, made));
    const Watched = new Proxy(Native, { construct });
    for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) {
      if (globalThis[name]) Object.defineProperty(globalThis, name, { value: Watched, writable: true, configurable: true });
    }
    Object.defineProperty(Native.prototype, "constructor", { value: Watched, writable: true, configurable: true });
  }

  // Loudness: one value for every media element, also those outside the document and those to come.

  const obey = (element) => {
    elements.add(element);
    if (volume !== null && element.volume !== volume) element.volume = volume;
  };

  const gather = () => {
    for (const element of document.querySelectorAll("audio, video")) elements.add(element);
    for (const element of elements) if (!element.isConnected && element.paused) elements.delete(element);
    return [...elements];
  };

  const loudness = () => {
    const levels = gather().map((element) => Math.round(element.volume * 100));
    const level = levels.length > 0 ? Math.max(...levels) : volume === null ? null : Math.round(volume * 100);
    const seen = JSON.stringify({ volume: level });
    if (level !== null && seen !== said) tell({ volume: level });
    said = seen;
  };

  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = new Proxy(play, {
    apply(target, element, given) {
      if (element instanceof HTMLMediaElement) obey(element);
      return Reflect.apply(target, element, given);
    },
  });
  for (const name of ["loadstart", "play", "volumechange"]) {
    document.addEventListener(
      name,
      ({ target }) => {
        if (!(target instanceof HTMLMediaElement)) return;
        obey(target);
        loudness();
      },
      true,
    );
  }

  const setVolume = (percent) => {
    volume = percent / 100;
    gather().forEach(obey);
    said = "";
    loudness();
  };

  // Shadow roots that come to life inside the document are announced to the watcher. Into closed ones it cannot look, so
  // it is told what they say; nothing of them is changed, and nothing in them can be pressed.

  const sealed = new Set();
  let telling = 0;
  const retell = () => {
    telling ||= setTimeout(() => {
      telling = 0;
      for (const root of sealed) if (!root.host.isConnected) sealed.delete(root);
      const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      const texts = [...sealed].flatMap((root) => [...root.children].filter(seen).map((child) => child.innerText ?? ""));
      document.dispatchEvent(new CustomEvent("roomd:sealed", { detail: texts.join(" ").slice(0, SEALED_TEXT_MAX) }));
    }, SEALED_PAUSE_MS);
  };
  const listen = new MutationObserver(retell);

  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = new Proxy(attach, {
    apply(target, host, given) {
      const root = Reflect.apply(target, host, given);
      queueMicrotask(() => document.dispatchEvent(new Event("roomd:shadow")));
      if (root.mode === "closed" && sealed.size < SEALED_ROOTS_MAX) {
        sealed.add(root);
        listen.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
        retell();
      }
      return root;
    },
  });

  const again = () => {
    if (lens) tell(lens);
    said = "";
    loudness();
    if (connections.size > 0) look();
    if (sealed.size > 0) retell();
  };

  Object.defineProperty(globalThis, KEY, { value: { sample: look, setVolume, setGate, again }, enumerable: false });
}
