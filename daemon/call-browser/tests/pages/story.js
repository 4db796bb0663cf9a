// Plays a story: its scenes are the templates of the document, shown one after the other as STORY says. Real pages are
// hard in the ways that are marked here: late, slow and re-drawn buttons, fields that forget what was not typed, frames of
// another host, shadow roots, switches that are another element in each state.
//
//   data-scene, data-then=MS   a scene; it goes on by itself after so long
//   data-go, data-close        a press goes on with the story, or takes away what lies above
//   data-needs=CSS             the press does nothing while these fields do not hold what the room has to say
//   data-late=MS, data-until=CSS   the button sleeps so long, or until these fields hold something
//   data-redraw                the element is another one every 120 ms
//   data-switch, data-slow=MS  its children are the two states; a press changes them, after a while
//   data-presses=N             the scene goes on after so many presses of switches
//   data-shadow=MODE           its content lies in a shadow root
//   data-away=HOST             the page itself goes to another host, where the rest is played
//   data-frame                 an iframe that plays the rest, from the host in data-host
//   lang, data-de-ATTRIBUTE    what is there in one language only
(() => {
  addEventListener("error", ({ message, lineno }) => fetch(`/stumbled?over=${encodeURIComponent(`${message} ${lineno}`)}`));
  const PORT = location.port ? `:${location.port}` : "";
  const SAID = { name: "Raum 2.07", code: "4711", mail: "raum207@stadt.example" };
  const typed = new Map();
  const ready = new Map();
  const switches = new Map();
  let at = STORY.at - 1;
  let presses = 0;
  let timers = [];

  const template = (name) => document.querySelector(`template[data-scene="${name}"]`);
  const later = (ms, what) => timers.push(setTimeout(what, ms));
  const measured = (ms) => fetch(`/measured?ms=${ms.toFixed(1)}`, { keepalive: true });

  /** An element of an overlay, a shadow root or the document. */
  const everywhere = (css, root = document) => [
    ...root.querySelectorAll(css),
    ...[...root.querySelectorAll("[data-shadowed]")].flatMap((host) => everywhere(css, shadows.get(host))),
  ];
  const shadows = new WeakMap();

  const sleep = (button) => {
    button.setAttribute("disabled", "");
    button.setAttribute("aria-disabled", "true");
  };

  const wake = (button) => {
    button.removeAttribute("disabled");
    button.removeAttribute("aria-disabled");
    const key = `${at} ${button.dataset.go ?? button.dataset.close}`;
    if (!ready.has(key)) ready.set(key, performance.now());
  };

  const localise = (root) => {
    for (const e of root.querySelectorAll("[lang]")) if (e.lang !== STORY.lang) e.remove();
    for (const e of root.querySelectorAll("*")) {
      for (const { name, value } of [...e.attributes]) {
        if (STORY.lang === "de" && name.startsWith("data-de-")) e.setAttribute(name.slice("data-de-".length), value);
      }
    }
  };

  /** Leaves of a switch only the element of its state. */
  const set = (place, name) => {
    const states = place.states;
    place.replaceChildren(states.find((e) => e.dataset.when === switches.get(name)).cloneNode(true));
  };

  const arm = (root) => {
    for (const place of root.querySelectorAll("[data-switch]")) {
      place.states = [...place.children];
      const name = place.dataset.switch;
      if (!switches.has(name)) switches.set(name, place.dataset.starts ?? "open");
      set(place, name);
    }
    for (const button of root.querySelectorAll("[data-go], [data-close]")) {
      const { late, until } = button.dataset;
      if (late === undefined && until === undefined) wake(button);
      else sleep(button);
      if (late !== undefined) later(Number(late), () => wake(button));
    }
    for (const button of root.querySelectorAll("[data-redraw]")) {
      const redraw = (old) => {
        if (!old.isConnected) return;
        const fresh = old.cloneNode(true);
        old.replaceWith(fresh);
        later(120, () => redraw(fresh));
      };
      later(120, () => redraw(button));
    }
    for (const frame of root.querySelectorAll("iframe[data-frame]")) {
      frame.src = `https://${frame.dataset.host ?? location.hostname}${PORT}/frame?at=${at + 1}`;
    }
    // The innermost last, so that what moves into a shadow is armed already.
    for (const host of [...root.querySelectorAll("[data-shadow]")].reverse()) {
      const inside = [...host.childNodes];
      const shadow = host.attachShadow({ mode: host.dataset.shadow });
      shadow.append(...inside);
      shadows.set(host, shadow);
      host.dataset.shadowed = "";
      listen(shadow);
    }
  };

  const show = (names) => {
    timers.forEach(clearTimeout);
    timers = [];
    const [first, ...above] = names.split("+");
    const { away } = template(first).dataset;
    if (away) return void location.assign(`https://${away}${PORT}/frame?at=${at + 1}`);
    for (const old of document.querySelectorAll("[data-shown]")) old.remove();
    for (const name of [first, ...above]) {
      const scene = template(name);
      const place = document.createElement("div");
      place.append(scene.content.cloneNode(true));
      place.dataset.shown = name;
      localise(place);
      document.body.append(place);
      arm(place);
      if (scene.dataset.then) later(Number(scene.dataset.then), next);
    }
  };

  const next = () => {
    at += 1;
    presses = 0;
    if (STORY.scenes[at]) show(STORY.scenes[at]);
  };

  const holds = (css) =>
    everywhere(css).every((field) => typed.get(field) === SAID[field.dataset.says] || field.value === SAID[field.dataset.says]);

  const press = (event) => {
    const hit = event.composedPath().find((e) => e instanceof Element && e.matches("[data-go], [data-close], [data-when]"));
    if (!hit || hit.hasAttribute("disabled")) return;
    event.preventDefault();
    event.stopPropagation();
    if (hit.dataset.when) return turn(hit.parentElement);
    if (hit.dataset.needs && !holds(hit.dataset.needs)) return;
    // How soon the room leaves is not up to the page.
    if (hit.dataset.go !== "leave") measured(performance.now() - ready.get(`${at} ${hit.dataset.go ?? hit.dataset.close}`));
    if (hit.dataset.close !== undefined) return hit.closest("[data-shown]").remove();
    next();
  };

  const turn = (place) => {
    const name = place.dataset.switch;
    const to = switches.get(name) === "open" ? "closed" : "open";
    presses += 1;
    const { presses: needed } = template(STORY.scenes[at].split("+")[0]).dataset;
    setTimeout(() => {
      switches.set(name, to);
      set(place, name);
      // Nobody may go on before a switch shows what it is now.
      for (const button of ready.keys()) if (button.startsWith(`${at} `)) ready.set(button, performance.now());
      if (presses === Number(needed)) later(150, next);
    }, Number(place.dataset.slow ?? 0));
  };

  const type = (event) => {
    const field = event.composedPath()[0];
    if (!event.isTrusted) return void (field.value = typed.get(field) ?? "");
    typed.set(field, field.value);
    for (const button of everywhere("[data-until]")) if (everywhere(button.dataset.until).every((f) => f.value)) wake(button);
  };

  const listen = (root) => {
    root.addEventListener("click", press, true);
    root.addEventListener("input", type, true);
  };
  listen(document);
  next();
})();
