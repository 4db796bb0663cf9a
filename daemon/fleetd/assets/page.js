// What pages do beyond their forms: times in the reader's zone, a question before what people in a room notice, and the page
// following its rooms. Everything works without this.

const language = document.documentElement.lang;
const exact = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

function times(root) {
  for (const time of root.querySelectorAll('time[data-exact]')) {
    time.textContent = exact.format(Number(time.dataset.exact));
  }
  for (const time of root.querySelectorAll('time[data-ms]')) {
    time.title = exact.format(Number(time.dataset.ms));
  }
}

document.addEventListener('submit', (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Somebody who types or has typed is not interrupted.
function busy(main) {
  const fields = [...main.querySelectorAll('input:not([type=hidden]), select, textarea')];
  return fields.some((field) => field === document.activeElement || changed(field));
}

function changed(field) {
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
  // Without an option that is marked, the first one is chosen.
  if (field instanceof HTMLSelectElement) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((o) => o.defaultSelected));
  return field.value !== field.defaultValue;
}

// What has the focus, so that it has it again on the page's next state.
function name(element) {
  return element?.closest('form')?.querySelector('[name=verb]')?.value ?? element?.getAttribute?.('href') ?? element?.id;
}

function find(main, wanted) {
  return [...main.querySelectorAll('a[href], button, summary')].find((element) => name(element) === wanted);
}

// A press whose release meets another element than its beginning is no click: nothing is exchanged between the two.
let pressed = false;
let goOn = () => {};

function press(event) {
  pressed ||= event.type === 'keydown' ? event.key === ' ' || event.key === 'Enter' : event.isPrimary && event.button === 0;
}

// The click comes after the release, in the same turn.
function release() {
  if (pressed) setTimeout(() => { pressed = false; goOn(); });
}

const released = () => new Promise((done) => { if (pressed) goOn = done; else done(); });

for (const begin of ['pointerdown', 'keydown']) addEventListener(begin, press, true);
for (const end of ['pointerup', 'pointercancel', 'keyup', 'blur']) addEventListener(end, release, true);
// A release outside of the window may never be told.
addEventListener('pointermove', (event) => { if (event.buttons === 0) release(); }, true);

async function refresh(main) {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (answer.redirected || !answer.ok) {
    location.reload();
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById('main');
  await released();
  if (!fresh || busy(main)) return;
  const focused = main.contains(document.activeElement) && document.activeElement !== main ? name(document.activeElement) : null;
  const open = new Set([...main.querySelectorAll('details[open] > summary')].map((summary) => summary.textContent));
  main.replaceChildren(...fresh.childNodes);
  times(main);
  for (const summary of main.querySelectorAll('details > summary')) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  if (focused) find(main, focused)?.focus({ preventScroll: true });
  main.dispatchEvent(new CustomEvent('fresh', { bubbles: true }));
}

function follow(main) {
  const lost = document.getElementById('lost');
  const events = new EventSource(`/events?${main.dataset.live}`);
  let running = false;
  let again = false;
  // Of ten thousand rooms one changes all the time.
  const pause = () => new Promise((done) => { setTimeout(done, 1500); });
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      try {
        await refresh(main);
      } catch {
        // The connection is said to be lost below.
      }
      await pause();
    } while (again);
    running = false;
  };
  let was = false;
  events.onopen = () => {
    if (was) run();
    was = true;
    lost.hidden = true;
    document.documentElement.dataset.live = '';
  };
  events.onerror = () => { lost.hidden = false; };
  events.onmessage = run;
  // An open stream keeps a page out of the browser's cache of pages, and one of the connections to this host.
  addEventListener('pagehide', () => events.close());
}

times(document);
const main = document.getElementById('main');
if (main?.dataset.live !== undefined) follow(main);
document.documentElement.dataset.ready = '';
