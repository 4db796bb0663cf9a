// The notice bar: one line over the call's page, told by the room. Nothing of the page can style or catch it, and it
// catches nothing of the page. Runs in the watcher's world.
() => {
  const STYLE = {
    position: "fixed",
    inset: "0 0 auto 0",
    margin: "0",
    border: "0",
    padding: "0.6em 1em",
    width: "auto",
    "max-width": "none",
    "box-sizing": "border-box",
    "z-index": "2147483647",
    "pointer-events": "none",
    "text-align": "center",
    font: "600 clamp(20px, 2.2vw, 44px)/1.3 system-ui, sans-serif",
    color: "#ffffff",
    background: "#10131a",
    "border-bottom": "4px solid #ffd23f",
    display: "block",
  };
  let host = null;

  globalThis.roomdNotice?.(null);
  globalThis.roomdNotice = (text) => {
    host?.remove();
    host = null;
    if (!text || !document.documentElement) return;
    host = document.createElement("div");
    const bar = document.createElement("div");
    bar.setAttribute("role", "status");
    bar.textContent = text;
    for (const [name, value] of Object.entries(STYLE)) bar.style.setProperty(name, value, "important");
    host.style.setProperty("display", "contents", "important");
    host.attachShadow({ mode: "closed" }).append(bar);
    document.documentElement.append(host);
    bar.popover = "manual";
    bar.showPopover?.();
  };
}
