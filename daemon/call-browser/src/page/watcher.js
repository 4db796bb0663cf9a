// The watcher: runs in each frame in a world of its own, reports which rules of the service pack match whenever that
// changes, and carries out single steps. Knows the pack's program and no service; polls nothing.
// The daemon wraps this as (function)(PROGRAM); it is idempotent: a newer one takes the place of an older one.
(program) => {
  const REPLACED = "roomd:replaced";
  const SEALED = "roomd:sealed";
  const EVENTS = ["load", "input", "change", "transitionend", "animationend", "toggle", "fullscreenchange", "roomd:shadow"];
  /** At most one look in this time; the first is at once. */
  const PAUSE_MS = 40;
  const WATCHED = { subtree: true, childList: true, attributes: true, characterData: true };

  globalThis.roomd?.stop();
  document.dispatchEvent(new Event(REPLACED));

  const roots = new Set();
  const waiters = new Set();
  const broken = new Set();
  let sealed = "";
  let said = "";
  let last = -Infinity;
  let timer = 0;
  let rescan = true;
  let stopped = false;

  // Where to look: the document and every open shadow root.

  const watch = (root) => {
    if (roots.has(root)) return;
    roots.add(root);
    observer.observe(root, WATCHED);
    for (const name of EVENTS) root.addEventListener(name, soon, true);
    enter(root);
  };

  const enter = (node) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT);
    for (let at = walker.currentNode; at; at = walker.nextNode()) if (at.shadowRoot) watch(at.shadowRoot);
  };

  const forget = () => {
    for (const root of roots) if (root !== document && !root.host.isConnected) roots.delete(root);
  };

  const observer = new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) if (node.nodeType === 1) enter(node);
    soon();
  });

  // What is there.

  const everywhere = (css) => {
    const found = [];
    for (const root of roots) {
      try {
        found.push(...root.querySelectorAll(css));
      } catch {
        broken.add(css);
      }
    }
    return found;
  };

  /** A switch is often drawn around a check box that nobody sees and everybody presses. */
  const SWITCH = 'input[type="checkbox"], input[type="radio"], [role="switch"]';

  const visible = (element) =>
    element.checkVisibility({
      opacityProperty: !element.matches(SWITCH),
      visibilityProperty: true,
      contentVisibilityAuto: true,
    }) &&
    element.getClientRects().length > 0;

  /** Elements of a page's own kind are off by what they say, not by what the browser knows. */
  const off = (element) =>
    element.matches(":disabled") || (element.localName.includes("-") && element.hasAttribute("disabled"));

  const enabled = (element) =>
    !off(element) && !element.closest('[inert], [aria-disabled="true"]') && !element.closest("fieldset:disabled");

  const plain = (text) => (text ?? "").replace(/[’‘]/g, "'").replace(/\s+/g, " ").trim().toLowerCase();

  const has = (sign) =>
    everywhere(sign.css).some((e) => (!sign.visible || visible(e)) && (!sign.enabled || enabled(e)));

  const says = ({ within, words }) =>
    everywhere(within).some((e) => {
      // Not textContent: many pages keep the texts of other screens hidden in the document.
      const text = visible(e) ? plain(e.innerText ?? e.textContent) : "";
      return text !== "" && words.some((word) => text.includes(word));
    });

  const hosts = (name) =>
    name.startsWith("*.") ? `.${location.hostname}`.endsWith(name.slice(1)) : location.hostname === name;

  const holds = (signs) =>
    signs.all.every(has) &&
    (signs.any.length === 0 || signs.any.some(has)) &&
    !signs.none.some(has) &&
    (signs.text.length === 0 || signs.text.some(says)) &&
    (signs.sealed.length === 0 || signs.sealed.some((word) => sealed.includes(word))) &&
    (signs.host.length === 0 || signs.host.some(hosts)) &&
    (signs.path.length === 0 || signs.path.some((path) => location.pathname.startsWith(path)));

  const people = ({ each, number }) => {
    if (each) return everywhere(each).length;
    const said = everywhere(number).map((e) => Number.parseInt(e.textContent.replace(/\D/g, ""), 10));
    return said.find((n) => n >= 0 && n < 65536) ?? null;
  };

  const device = (control) => {
    if (!control) return null;
    if (holds(control.open)) return "open";
    return holds(control.closed) ? "closed" : null;
  };

  const places = (list, test) => list.flatMap((signs, index) => (signs && test(signs) ? [index] : []));

  const look = () => ({
    rules: places(program.rules, holds),
    dark: places(program.dark, holds),
    mic: device(program.controls.mic),
    camera: device(program.controls.camera),
    people: program.people ? people(program.people) : null,
    top: window === window.top,
    ready: document.readyState !== "loading",
    empty: (document.body?.childElementCount ?? 0) === 0,
    status: performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0,
    broken: [...broken],
  });

  // When to look: whenever something changed, and once more after a burst of changes.

  const report = () => {
    timer = 0;
    if (stopped) return;
    last = performance.now();
    if (rescan) for (const root of [...roots]) enter(root);
    rescan = false;
    forget();
    const seen = JSON.stringify(look());
    if (seen !== said && typeof roomdSaw === "function") {
      said = seen;
      roomdSaw(seen);
    }
    for (const waiter of [...waiters]) waiter();
  };

  const soon = (event) => {
    if (event?.type === "roomd:shadow") rescan = true;
    if (timer || stopped) return;
    const wait = last + PAUSE_MS - performance.now();
    if (wait <= 0) return queueReport();
    timer = setTimeout(report, wait);
  };

  const queueReport = () => {
    timer = -1;
    queueMicrotask(report);
  };

  // What can be done.

  /** Resolves with what `find` gives, as soon as it gives something; with null when that takes too long. */
  const until = (find, within) =>
    new Promise((resolve) => {
      const end = (result) => {
        clearTimeout(alarm);
        waiters.delete(check);
        resolve(result);
      };
      const check = () => {
        const found = find();
        if (found) end(found);
      };
      const alarm = setTimeout(() => end(null), within);
      waiters.add(check);
      check();
    });

  /** Whether one of these is all that an element says, or its accessible name. */
  const named = (element, says) =>
    [element.textContent, element.getAttribute("aria-label"), element.value].some((text) => says.includes(plain(text)));

  const usable = (css, says) => () =>
    everywhere(css).find((element) => visible(element) && enabled(element) && (!says || named(element, says)));

  const shown = (css) => Boolean(css) && everywhere(css).some(visible);

  /** The element's centre in the page's top frame, or null when that is another site's. */
  const centre = (element) => {
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = element.getBoundingClientRect();
    let [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    for (let view = window; view !== view.top; view = view.parent) {
      const frame = view.frameElement?.getBoundingClientRect();
      if (!frame) return null;
      [x, y] = [x + frame.x, y + frame.y];
    }
    return { x, y };
  };

  const selectAll = (element) => {
    element.focus();
    if (typeof element.select === "function") return element.select();
    return getSelection().selectAllChildren(element);
  };

  const content = (element) => element.value ?? element.textContent ?? "";
  /** A field may group what was typed, as masks for codes do. */
  const bare = (text) => text.replace(/[\s-]+/g, "");
  const same = (a, b) => bare(a) === bare(b);

  const ACTS = {
    click: (element) => {
      element.click();
      return { done: true };
    },
    aim: (element) => ({ done: true, point: centre(element) }),
    focus: (element, { text }) => {
      if (text !== undefined && content(element) === text) return { done: true, already: true };
      selectAll(element);
      const filled = text === undefined && content(element) !== "";
      return { done: element.getRootNode().activeElement === element, filled };
    },
    verify: (element, { text }) => ({ done: same(content(element), text) }),
    check: (element, { checked }) => {
      if (element.checked !== checked) element.click();
      return { done: element.checked === checked };
    },
  };

  const ALREADY = Symbol("nothing to do");

  /** Waits for a step's element and acts on it. Says what became of it. */
  const act = async (step) => {
    const find = usable(step.at, step.says);
    const element = await until(() => (shown(step.unless) ? ALREADY : find()), step.within);
    if (element === ALREADY) return { done: true, already: true };
    if (!element) return { done: false, absent: true };
    const result = ACTS[step.act](element, step);
    soon();
    return result;
  };

  /** Presses what is next on the way to a state, one thing after the other, until the device is there or time is up. */
  const walk = async (control, wanted, within, still) => {
    const way = wanted === "open" ? control.toOpen : control.toClose;
    const end = performance.now() + within;
    const pressed = new Set();
    const there = () => !still() || device(control) === wanted;
    // Only the furthest that is shown: what lies before it on the way is behind us, even if it can still be pressed.
    const next = () => {
      const at = way.findLastIndex((css) => everywhere(css).some(visible));
      return at < 0 || pressed.has(at) ? null : { at, element: usable(way[at])() };
    };
    const find = () => {
      if (there()) return {};
      const step = next();
      return step?.element ? step : null;
    };
    for (;;) {
      const found = await until(find, end - performance.now());
      if (!found || there()) return { any: pressed.size > 0, there: still() && device(control) === wanted };
      pressed.add(found.at);
      found.element.click();
      soon();
    }
  };

  const turning = {};

  /** Brings a device into a state; does nothing when it is there already, and goes on when it is on the way. */
  const turn = (name, wanted, within) => {
    const control = program.controls[name];
    if (!control) return { done: false, absent: true };
    if (turning[name]?.wanted === wanted) return turning[name].result;
    const mine = { wanted };
    turning[name] = mine;
    const still = () => turning[name] === mine;
    const go = async () => {
      const already = device(control) === wanted;
      const { any, there } = already ? { any: false, there: true } : await walk(control, wanted, within, still);
      if (still() && (already || !there)) usable(control.giveUp ?? ":not(*)")()?.click();
      if (still()) delete turning[name];
      return { done: there || any, absent: !there && !any, already };
    };
    return (mine.result = go());
  };

  // What is said inside closed shadow roots comes from the page's own world, as text.

  const unseal = ({ detail }) => {
    sealed = plain(String(detail));
    soon();
  };

  /** Whether a press here, or a key where the focus is, would reach a control that is the room's own to press. */
  const ours = (point) => {
    const own = [program.controls.mic, program.controls.camera].filter(Boolean).flatMap((c) => [...c.toOpen, ...c.toClose]);
    const found = own.flatMap(everywhere).filter(visible);
    if (!point) return found.some((e) => e.matches(":focus, :focus-within"));
    let [left, top] = [0, 0];
    for (let view = window; view !== view.top; view = view.parent) {
      const frame = view.frameElement?.getBoundingClientRect();
      if (!frame) return false;
      [left, top] = [left + frame.x, top + frame.y];
    }
    const [x, y] = [point.x - left, point.y - top];
    return found.map((e) => e.getBoundingClientRect()).some((r) => x >= r.left && x <= r.right && y >= r.top && y <= r.bottom);
  };

  /** Whether anything in this document has the focus; what a frame has in it is for the watcher there. */
  const focused = () => {
    const e = document.activeElement;
    return Boolean(e) && e !== document.documentElement && !e.matches("body, iframe, frame");
  };

  // Links to other programs end here, without costing the page: the policy would put an error page in its place.

  const guard = (event) => {
    const outside = !/^(https?|about|blob|data|javascript|filesystem):/.test(event.destination.url);
    if (outside && event.cancelable) event.preventDefault();
  };

  const stop = () => {
    stopped = true;
    globalThis.navigation?.removeEventListener("navigate", guard);
    observer.disconnect();
    clearTimeout(timer);
    document.removeEventListener(REPLACED, stop);
    document.removeEventListener(SEALED, unseal);
    for (const root of roots) for (const name of EVENTS) root.removeEventListener(name, soon, true);
    globalThis.roomdNotice?.(null);
  };

  document.addEventListener(REPLACED, stop);
  document.addEventListener(SEALED, unseal);
  globalThis.navigation?.addEventListener("navigate", guard);
  document.addEventListener("readystatechange", soon);
  addEventListener("popstate", soon);
  addEventListener("hashchange", soon);
  globalThis.roomd = { act, turn, ours, focused, stop, again: () => ((said = ""), report()) };
  watch(document);
  report();
}
