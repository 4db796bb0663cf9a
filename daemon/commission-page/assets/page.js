// Keeps the page in step with the room: draws each screen as it comes, sends answers without losing what was typed, and says
// when the room cannot be reached. The page works without it, too, by reloading.

const LOOK_AGAIN_MS = 2000;
const lost = document.getElementById("lost");
const main = () => document.getElementById("main");

/** The screen as the room drew it last, before anybody typed. */
let drawn = main().outerHTML;

/** What a question is asked on: the same one may come again in other words, or with news beside it. */
const asked = (screen) => `${screen.dataset.screen} ${screen.querySelector("[data-topic]")?.dataset.topic ?? ""}`;

const ticks = (field) => field.type === "radio" || field.type === "checkbox";

/** Whether somebody has changed it since it was drawn. */
function changed(field) {
  if (ticks(field)) return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

/** Carries over what somebody types, and where, to the same question that is drawn anew. */
function carry(old, fresh) {
  const named = "input:not([type=hidden]), select, textarea";
  const others = [...fresh.querySelectorAll(named)];
  let focus = null;
  for (const field of old.querySelectorAll(named)) {
    const other = others.find((one) => one.name === field.name && (!ticks(field) || one.value === field.value));
    if (!other) continue;
    if (changed(field)) {
      if (ticks(field)) other.checked = field.checked;
      else other.value = field.value;
    }
    if (field !== document.activeElement) continue;
    const [from, to] = [field.selectionStart, field.selectionEnd];
    focus = () => {
      other.focus({ preventScroll: true });
      if (typeof from === "number") other.setSelectionRange(from, to);
    };
  }
  if (old.querySelector("details.network[open]")) fresh.querySelector("details.network")?.setAttribute("open", "");
  return focus;
}

/** The step whose question an answer is on its way to. */
let sent = null;

/** Takes over the page that the room answered with; `answered`, when that came back for what was typed. */
function take(text, answered) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const [old, fresh] = [main(), next.getElementById("main")];
  if (!fresh) return;
  const [before, now] = [drawn, fresh.outerHTML];
  drawn = now;
  // The room's word of the next step may be here before its answer is.
  const mine = answered || old.dataset.step === sent;
  // Whoever types is not disturbed by a look that brings nothing new.
  if (before === now && !mine) return;
  const turned = document.documentElement.lang !== next.documentElement.lang;
  document.documentElement.lang = next.documentElement.lang;
  document.title = next.title;
  const same = old.dataset.screen === fresh.dataset.screen && old.dataset.step === fresh.dataset.step;
  const quiet = !turned && old.dataset.screen === "call" && fresh.dataset.screen === "call";
  if (quiet) {
    // Whoever reads the steps is not interrupted; the list of what was seen is announced by itself.
    for (const part of [".ways", ".progress", ".tried"]) {
      const [was, is] = [old.querySelector(part), fresh.querySelector(part)];
      if (was && is && was.innerHTML !== is.innerHTML) was.innerHTML = is.innerHTML;
    }
    old.dataset.step = fresh.dataset.step;
    for (const field of document.querySelectorAll("input[name=step]")) field.value = fresh.dataset.step;
    return;
  }
  document.querySelector(".bar").replaceWith(next.querySelector(".bar"));
  lost.textContent = next.getElementById("lost").textContent;
  // Whoever reads or types stays where they are while their question is drawn anew.
  const again = !mine && asked(old) === asked(fresh);
  const focus = again ? carry(old, fresh) : null;
  old.replaceWith(fresh);
  const trouble = fresh.querySelector(".trouble:not(:empty)");
  if (focus) focus();
  else if (!same || trouble) {
    const first = fresh.querySelector("[aria-invalid]") ?? fresh.querySelector("[autofocus], h2[tabindex]");
    first?.focus({ preventScroll: true });
    if (again) return live();
    if (trouble) trouble.scrollIntoView({ block: "center" });
    else scrollTo(0, 0);
  }
  live();
}

/** Takes over what the room answers; false when that leads to another page. */
async function ask(address, options) {
  const step = main().dataset.step;
  const answer = await fetch(address, { ...options, signal: AbortSignal.timeout(15000) });
  if (answer.redirected && new URL(answer.url).pathname === "/pair" && main().dataset.screen !== "pair") {
    location.assign("/pair");
    return false;
  }
  const text = await answer.text();
  lost.hidden = true;
  // The room told of the next screen meanwhile: whoever is there already is not led back.
  if (options?.body && main().dataset.step !== step) return true;
  take(text, Boolean(options?.body) && !address.endsWith("/language"));
  return true;
}

let asking = null;
/** The step that the room told of last, as long as it can be heard. */
let told = null;
const behind = () => told !== null && Number(told) > Number(main().dataset.step);

/** Draws the page anew, once at a time, until it is where the room is: answers may come late, and later than newer ones. */
async function refresh() {
  asking ??= follow().finally(() => (asking = null));
  return asking;
}

async function follow() {
  let taken;
  do {
    taken = await ask("/").catch(() => {
      lost.hidden = false;
      return false;
    });
  } while (taken && behind());
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  const buttons = [...form.querySelectorAll("button")];
  const trial = event.submitter?.getAttribute("formaction");
  if (trial) return listenTo(trial, form, event.submitter);
  const body = new URLSearchParams(new FormData(form, event.submitter));
  for (const button of buttons) button.disabled = true;
  if (form.getAttribute("action") !== "/language") sent = main().dataset.step;
  try {
    await ask(form.action, { method: "POST", body });
    if (form.getAttribute("action") === "/pair" && main().dataset.screen !== "pair") {
      history.replaceState(null, "", "/");
      listen();
    }
  } catch {
    lost.hidden = false;
  }
  sent = null;
  for (const button of buttons) button.disabled = false;
  if (behind()) refresh();
});

/** Has a loudspeaker sound; the answer that was chosen stays. */
async function listenTo(address, form, button) {
  const trouble = form.querySelector("#trouble");
  button.disabled = true;
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(address, { method: "POST", body, signal: AbortSignal.timeout(15000) });
    trouble.textContent = answer.ok ? "" : button.dataset.trouble;
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  button.disabled = false;
  button.focus();
}

/** Levels of microphones, one look after another as fast as they come. */
function levels() {
  for (const bar of document.querySelectorAll("meter[data-level]:not([data-runs])")) {
    bar.dataset.runs = "";
    const look = async () => {
      if (!bar.isConnected) return;
      let pause = 100;
      try {
        const answer = await fetch(`/level/${bar.dataset.level}`, { signal: AbortSignal.timeout(15000) });
        const heard = answer.status === 200;
        bar.value = heard ? Number(await answer.text()) : 0;
        if (!heard) pause = LOOK_AGAIN_MS;
      } catch {
        pause = LOOK_AGAIN_MS;
      }
      setTimeout(look, pause);
    };
    look();
  }
}

/** Pictures of cameras, one after another as fast as they come. */
function live() {
  for (const picture of document.querySelectorAll("img[data-live]:not([data-runs])")) {
    picture.dataset.runs = "";
    const place = picture.getAttribute("src");
    let number = 0;
    const again = () => picture.isConnected && (picture.src = `${place}?${(number += 1)}`);
    picture.addEventListener("load", () => setTimeout(again, 300));
    picture.addEventListener("error", () => setTimeout(again, LOOK_AGAIN_MS));
  }
  levels();
}

let source = null;

function listen() {
  source?.close();
  source = new EventSource("/events");
  source.addEventListener("message", (event) => {
    lost.hidden = true;
    told = event.data;
    if (told !== main().dataset.step) refresh();
  });
  source.addEventListener("error", () => {
    lost.hidden = false;
    told = null;
    // Browsers give up after some answers; a phone that slept must find back.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => refresh().then(listen), LOOK_AGAIN_MS);
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && main().dataset.screen !== "pair") refresh();
});

if (main().dataset.screen !== "pair") listen();
live();
document.documentElement.dataset.ready = "";
