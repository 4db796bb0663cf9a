// Judges a Pexip node with the vendor's own client: its checks of every answer, its reading of events, its error codes.
// node pexip.mjs FOLDER-WITH-NODE-MODULES NODE-ADDRESS ALIAS; prints what it saw, one JSON value a line.
import assert from "node:assert/strict";
import { register } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, host, alias] = process.argv.slice(2);
register("./resolve.mjs", import.meta.url);
globalThis.window = globalThis;
globalThis.EventSource = class {
  // As much of the standard's EventSource as the vendor's client uses; Node has none.
  constructor(url) {
    this.listeners = new Map();
    this.ended = new AbortController();
    this.run(url).catch((error) => this.ended.signal.aborted || this.onerror?.(error));
  }
  addEventListener(type, listener) {
    this.listeners.set(type, listener);
  }
  close() {
    this.ended.abort();
  }
  async run(url) {
    const answer = await fetch(url, { signal: this.ended.signal, headers: { accept: "text/event-stream" } });
    assert.equal(answer.headers.get("content-type"), "text/event-stream");
    this.onopen?.();
    let text = "";
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
        const lines = text.slice(0, end).split("\n").map((line) => line.split(/: ?(.*)/s));
        const field = (name) => lines.filter(([key]) => key === name).map(([, value]) => value).join("\n");
        this.listeners.get(field("event"))?.({ data: field("data") });
      }
    }
    this.onerror?.(new Error("the stream ended"));
  }
};

// The client tells its story to the console, where only our report belongs.
for (const level of ["log", "info", "debug", "warn"]) console[level] = () => {};
const load = (file) => import(pathToFileURL(`${folder}/node_modules/@pexip/${file}`).href);
const api = await load("infinity-api/dist/index.js");
const { createEventSource, eventSignals } = await load("infinity/dist/eventSource.js");

const params = { conferenceAlias: alias };
const request = (pin, name = "Judge", at = alias) =>
  api.requestToken({
    fetcher: pin ? api.withPin(fetch, pin) : fetch,
    params: { conferenceAlias: at },
    body: { display_name: name },
    host,
  });
const report = (what, value) => process.stdout.write(`${JSON.stringify({ what, value })}\n`);

const bare = await request();
report("without a PIN", [bare.status, bare.data.result.pin, bare.data.result.guest_pin]);
const wrong = await request("0");
report("with a wrong PIN", [wrong.status, api.getErrorCode(wrong.data.result)]);
const lost = await request(undefined, "Judge", "nowhere");
report("nowhere", [lost.status, api.getErrorCode(lost.data.result)]);

const guest = await request("none");
assert.equal(guest.status, 200, "a guest needs no PIN");
report("as a guest", [guest.data.result.role, guest.data.result.current_service_type]);
let token = guest.data.result.token;
const withToken = () => api.withToken(fetch, token);
const me = guest.data.result.participant_uuid;

const seen = { people: new Map(), started: undefined, reason: undefined };
const until = async (what, condition) => {
  const by = Date.now() + 15000;
  while (!condition()) {
    assert.ok(Date.now() < by, `${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
eventSignals.onParticipantCreate.add((one) => seen.people.set(one.uuid, one));
eventSignals.onParticipantUpdate.add((one) => seen.people.set(one.uuid, one));
eventSignals.onParticipantDelete.add((uuid) => seen.people.delete(uuid));
eventSignals.onConferenceUpdate.add((state) => (seen.started = state.started));
eventSignals.onDisconnect.add(({ reason }) => (seen.reason = reason));
const source = createEventSource({ host, conferenceAlias: alias, token });
await until("the first state", () => seen.started !== undefined);
report("at first", [seen.started, seen.people.get(me).isWaiting, seen.people.get(me).displayName]);

const listed = await api.participants({ fetcher: withToken(), params, host });
assert.equal(listed.status, 200, "the vendor's check of every participant");
const fresh = await api.refreshToken({ fetcher: withToken(), params, host });
assert.equal(fresh.status, 200);
assert.notEqual(fresh.data.result.token, token);
const stale = await api.refreshToken({ fetcher: withToken(), params, host });
report("with an old token", [stale.status, api.getErrorCode(stale.data.result)]);
token = fresh.data.result.token;

report("ready for the host", []);
await until("the host", () => seen.started);
await until("being let in", () => !seen.people.get(me).isWaiting);
report("with the host", [seen.people.get(me).serviceType]);

const chair = await request("4711", "Chair");
await until("the chair in the list", () => seen.people.has(chair.data.result.participant_uuid));
report("as a host", [chair.data.result.role, seen.people.get(chair.data.result.participant_uuid).isHost]);
const released = await api.releaseToken({ fetcher: api.withToken(fetch, chair.data.result.token), params, body: {}, host });
assert.deepEqual([released.status, released.data.result], [200, true]);
await until("the chair's leaving", () => !seen.people.has(chair.data.result.participant_uuid));

report("ready for the end", []);
await until("the end", () => seen.reason);
report("in the end", [api.getErrorCode(seen.reason)]);
source.close();
process.exit(0);
