// Words, times and small helpers for every page. Holds no text of its own and no state of the room.

let words = {};
let lang = document.documentElement.lang;
let zone = "UTC";

/** Loads the texts of a language and writes every marked text of the page anew. */
export async function speak(code) {
  const answer = await fetch(`/assets/i18n/${code}.json`);
  if (!answer.ok) throw new Error(`texts ${code}: ${answer.status}`);
  words = await answer.json();
  lang = code;
  document.documentElement.lang = code;
  for (const el of document.querySelectorAll("[data-t]")) el.textContent = t(el.dataset.t);
  for (const el of document.querySelectorAll("[data-label]")) el.setAttribute("aria-label", t(el.dataset.label));
  for (const el of document.querySelectorAll("[data-region]")) el.setAttribute("aria-label", t(el.dataset.region));
  document.title = t(document.body.dataset.title, { room: document.body.dataset.room });
}

/** The page's language. */
export const language = () => lang;

/** The other language the page can speak. */
export const otherLanguage = () => (lang === "de" ? "en" : "de");

/** The text of a key with its placeholders filled. */
export function t(key, values = {}) {
  const text = words[key];
  if (text === undefined) {
    console.error(`no text: ${key}`);
    return `⟦${key}⟧`;
  }
  return text.replace(/\{\$(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

/** Whether a text exists. */
export const has = (key) => key in words;

/** The text for a count: `key-none`, `key-one` or `key-other`. */
export function counted(key, count) {
  const none = `${key}-none`;
  if (count === 0 && has(none)) return t(none);
  return t(`${key}-${new Intl.PluralRules(lang).select(count)}`, { count });
}

/** Times are shown in the room's zone, wherever the device is. */
export function setZone(name) {
  zone = name;
}

const shapes = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  date: { weekday: "long", day: "numeric", month: "long" },
  day: { year: "numeric", month: "2-digit", day: "2-digit" },
  month: { year: "numeric", month: "long" },
};
const formats = new Map();

function format(shape, ms) {
  const key = `${lang} ${zone} ${shape}`;
  if (!formats.has(key)) {
    const locale = lang === "de" ? "de-DE" : "en-GB";
    formats.set(key, new Intl.DateTimeFormat(locale, { ...shapes[shape], timeZone: zone }));
  }
  return formats.get(key).format(ms);
}

export const time = (ms) => format("time", ms);
export const date = (ms) => format("date", ms);
export const month = (ms) => format("month", ms);
export const sameDay = (a, b) => format("day", a) === format("day", b);

/** "Today", "Tomorrow" or the date. */
export function dayName(ms, now) {
  if (sameDay(ms, now)) return t("time-today");
  if (sameDay(ms, now + 24 * 3600e3)) return t("time-tomorrow");
  return date(ms);
}

/** "10:00 to 11:00", or that it takes the whole day. */
export function range(meeting) {
  if (meeting.all_day) return t("time-all-day");
  return t("time-range", { start: time(meeting.start_ms), end: time(meeting.end_ms) });
}

/** How long, in words. */
export function duration(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60e3));
  if (minutes < 60) return counted("time-minutes", minutes);
  return t("time-hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** "now" or "in 5 minutes". */
export function until(ms) {
  const minutes = Math.ceil(ms / 60e3);
  return minutes < 1 ? t("time-now") : counted("time-in", minutes);
}

/** A meeting's title, or that it is private. */
export const titleOf = (meeting) => meeting.title ?? t("agenda-private");

/** A conference service's name. */
export const serviceName = (slug) => (has(`service-${slug}`) ? t(`service-${slug}`) : slug);

/** An element with attributes and children; `false` and `null` children are left out. */
export function h(tag, attributes = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children.flat(Infinity).filter((child) => child !== false && child !== null && child !== undefined));
  return el;
}

/** A code as a link to what it means and what to check. */
export const codeLink = (code, text) => h("a", { class: "code-link", href: `/codes/${code}?lang=${lang}` }, text);

/** An icon of the page's sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Sets text only when it differs, so that nothing is read out twice. */
export function say(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

const drawn = new WeakMap();

/** Draws a part of the page anew when what it depends on has changed; the focus stays on the same control. */
export function redraw(el, basis, draw) {
  const key = JSON.stringify([lang, basis]);
  if (drawn.get(el) === key) return false;
  drawn.set(el, key);
  const focused = el.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  el.replaceChildren(...draw().flat(Infinity).filter(Boolean));
  if (focused !== undefined) {
    const again = el.querySelector(`[data-key="${CSS.escape(focused)}"]:not(:disabled)`);
    (again ?? el.querySelector("[data-rest]"))?.focus({ preventScroll: true });
  }
  return true;
}

/** Remembers a choice of the person for a year, where the server can read it too. */
export function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Strict${secure}`;
}
