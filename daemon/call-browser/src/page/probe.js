// The media probe: runs in each frame in the page's own world before the page's scripts. Keeps hold of peer
// connections and media elements, reports what flows each second while a connection is up, holds the volume, and
// keeps the gate: what is captured stays silent and black until the room opens it. Gives pages the room's own devices
// and says what they got. Knows no service. Idempotent.
(room = {}) => {
  const KEY = Symbol.for("roomd.probe");
  const LOOK_MS = 1000;
  // Where nothing came it looks again sooner: a return that is seen a second late is taken for a longer absence.
  const LOOK_AGAIN_MS = 250;
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

  // The room's own devices. Their ids are other ones in each fresh profile and stored by nobody, so they are known by their
  // labels; of several cameras with the same one, by the place among them. What a page got is read back and said.

  const named = (kind, label) => label && { kind, label, twin: 0 };
  const own = {
    video: room.camera && { kind: "videoinput", ...room.camera },
    audio: named("audioinput", room.microphone),
    sink: named("audiooutput", room.loudspeaker),
  };
  const list = globalThis.MediaDevices?.prototype.enumerateDevices;
  const called = (one, label) => label === one.label || label.startsWith(`${one.label} (`);
  const given = new Map();
  const sayGiven = (what, report) => {
    if (JSON.stringify(given.get(what)) === JSON.stringify(report)) return;
    given.set(what, report);
    tell(report);
  };

  /** Ids of the room's devices of these kinds, and whether the page may see labels of them at all. */
  const find = async (devices, whats) => {
    const all = await Reflect.apply(list, devices, []);
    const found = { ids: {}, labelled: true };
    for (const what of whats) {
      const same = all.filter(({ kind }) => kind === own[what].kind);
      const twins = same.filter(({ label }) => called(own[what], label));
      found.ids[what] = twins[Math.min(own[what].twin, twins.length - 1)]?.deviceId;
      found.labelled &&= same.some(({ label }) => label);
    }
    return found;
  };

  // Echo and noise are taken out once, by whoever the room says, whatever the page asks for.

  const CLEANERS = ["echoCancellation", "noiseSuppression", "autoGainControl"];
  const whose = (name) => ({ page: true, elsewhere: false })[name];
  let cleans = whose(room.cleaning);

  const without = (asked) => Object.fromEntries(Object.entries(Object(asked)).filter(([key]) => !CLEANERS.includes(key)));
  const cleaned = (asked) => {
    if (cleans === undefined) return asked;
    const advanced = asked?.advanced?.map(without);
    return { ...without(asked), ...(advanced && { advanced }), ...Object.fromEntries(CLEANERS.map((key) => [key, cleans])) };
  };

  const setCleaning = (name) => {
    if (cleans === whose(name)) return;
    cleans = whose(name);
    for (const track of held.keys()) {
      if (track.kind !== "audio" || track.readyState === "ended") continue;
      // What a running capture cannot change counts from the next one.
      track.applyConstraints(track.getConstraints()).catch(() => null);
    }
  };

  const insist = (what, ids) => {
    const asked = { ...what };
    for (const [kind, id] of Object.entries(ids)) {
      if (id === undefined) continue;
      const { deviceId, groupId, facingMode, ...rest } = Object(what[kind]);
      asked[kind] = { ...rest, deviceId: { exact: id } };
    }
    if (asked.audio) asked.audio = cleaned(asked.audio);
    return asked;
  };

  const sayCaptured = (stream, ids) => {
    for (const track of stream.getTracks()) {
      const [one, id] = [own[track.kind], ids[track.kind]];
      if (!one) continue;
      const ours = called(one, track.label) && (id === undefined || track.getSettings().deviceId === id);
      const report = { label: track.label, ours };
      sayGiven(track.kind, track.kind === "video" ? { lens: report } : { sound: { end: "microphone", ...report } });
    }
  };

  const capture = async (target, devices, args) => {
    const [what] = args;
    const kinds = ["audio", "video"].filter((kind) => own[kind] && what?.[kind]);
    if (kinds.length === 0) return Reflect.apply(target, devices, args);
    let { ids, labelled } = await find(devices, kinds);
    let stream = await Reflect.apply(target, devices, [insist(what, ids)]);
    if (!labelled) {
      // Labels are shown to a page only after it has captured something.
      ({ ids } = await find(devices, kinds));
      const got = (kind) => stream.getTracks().find((track) => track.kind === kind)?.getSettings().deviceId;
      if (kinds.some((kind) => ids[kind] !== undefined && got(kind) !== ids[kind])) {
        stream.getTracks().forEach((track) => track.stop());
        stream = await Reflect.apply(target, devices, [insist(what, ids)]);
      }
    }
    sayCaptured(stream, ids);
    findSink();
    return stream;
  };

  // The room's loudspeaker, for everything that plays: elements and the page's own mixing desks.

  const desks = new Set();
  let sink = null;

  // A stream without sound cannot be led (Chromium refuses it), and is no other loudspeaker either; it may get sound later.
  const silent = (player) => player.srcObject?.getAudioTracks?.().length === 0;

  const lead = async (player) => {
    if (!sink || !player.setSinkId || silent(player)) return;
    if (player.sinkId !== sink.id) await player.setSinkId(sink.id).catch(() => null);
    sayGiven("sink", { sound: { end: "loudspeaker", label: sink.label, ours: player.sinkId === sink.id } });
  };

  const findSink = async () => {
    const devices = globalThis.navigator.mediaDevices;
    if (!own.sink || !devices) return;
    const { ids, labelled } = await find(devices, ["sink"]);
    if (!labelled) return;
    sink = ids.sink === undefined ? null : { id: ids.sink, label: own.sink.label };
    if (!sink) return sayGiven("sink", { sound: { end: "loudspeaker", label: "", ours: false } });
    for (const desk of desks) if (desk.state === "closed") desks.delete(desk);
    [...gather(), ...desks].forEach(lead);
  };
  globalThis.navigator?.mediaDevices?.addEventListener("devicechange", findSink);

  // A page that chooses a loudspeaker itself would choose by ids that it kept.
  for (const owner of [HTMLMediaElement.prototype, globalThis.AudioContext?.prototype]) {
    watchOver(owner, "setSinkId", (target, player, args) => Reflect.apply(target, player, sink ? [sink.id] : args));
  }
  if (globalThis.AudioContext) {
    globalThis.AudioContext = new Proxy(globalThis.AudioContext, {
      construct(target, args, made) {
        const desk = Reflect.construct(target, args, made);
        desks.add(desk);
        lead(desk);
        return desk;
      },
    });
  }

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
  watchOver(MediaStreamTrack.prototype, "applyConstraints", (target, track, [asked, ...rest]) =>
    Reflect.apply(target, track, [held.has(track) && track.kind === "audio" ? cleaned(asked) : asked, ...rest]));
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
    let pause = LOOK_MS;
    try {
      gather().forEach(lead);
      const all = await sample();
      if (all.links > 0 && !all.pulse) pause = LOOK_AGAIN_MS;
      tell({ flow: all });
    } finally {
      clearTimeout(timer);
      timer = connections.size > 0 ? setTimeout(look, pause) : 0;
    }
  };

  const keep = (connection) => {
    connections.add(connection);
    connection.addEventListener("connectionstatechange", look);
    timer ||= setTimeout(look, LOOK_MS);
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
    lead(element);
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
    given.forEach(tell);
    said = "";
    loudness();
    if (connections.size > 0) look();
    if (sealed.size > 0) retell();
  };

  Object.defineProperty(globalThis, KEY, { value: { sample: look, setVolume, setGate, setCleaning, again }, enumerable: false });
}
