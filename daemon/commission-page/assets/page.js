// Keeps the page in step with the room: draws each screen as it comes, sends answers without losing what was typed, and says
// when the room cannot be reached. The page works without it, too, by reloading.

const LOOK_AGAIN_MS = 2000;
const lost = document.getElementById("lost");
const main = () => document.getElementById("main");

/** Takes over the page that the room answered with. */
function take(text) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const [old, fresh] = [main(), next.getElementById("main")];
  if (!fresh) return;
  document.documentElement.lang = next.documentElement.lang;
  document.title = next.title;
  const same = old.dataset.screen === fresh.dataset.screen && old.dataset.step === fresh.dataset.step;
  const quiet = old.dataset.screen === "call" && fresh.dataset.screen === "call";
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
  old.replaceWith(fresh);
  if (!same || fresh.querySelector(".trouble:not(:empty)")) {
    const first = fresh.querySelector("[aria-invalid], [autofocus], h2[tabindex]");
    first?.focus();
    scrollTo(0, 0);
  }
  live();
}

/** Takes over what the room answers; false when that leads to another page. */
async function ask(address, options) {
  const answer = await fetch(address, { ...options, signal: AbortSignal.timeout(15000) });
  if (answer.redirected && new URL(answer.url).pathname === "/pair" && main().dataset.screen !== "pair") {
    location.assign("/pair");
    return false;
  }
  take(await answer.text());
  lost.hidden = true;
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
  try {
    await ask(form.action, { method: "POST", body });
    if (form.getAttribute("action") === "/pair" && main().dataset.screen !== "pair") {
      history.replaceState(null, "", "/");
      listen();
    }
  } catch {
    lost.hidden = false;
  }
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
