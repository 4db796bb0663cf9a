// The page of a machine that has no room yet. Looks now and then what became of it: an invitation to a phone, or the room.

const EVERY_MS = 2000;
/** A daemon that began anew gives its pages another one. */
const tokenOf = (page) => page.querySelector("meta[name=roomd-token]").content;
let token = tokenOf(document);

async function look() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  token = tokenOf(page);
  const next = page.getElementById("setup");
  const now = document.getElementById("setup");
  if (!next) location.reload();
  else if (next.innerHTML !== now.innerHTML) {
    now.replaceWith(next);
    next.querySelector("[autofocus]")?.focus();
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-begin]");
  if (!button) return;
  button.disabled = true;
  const headers = { "Content-Type": "application/json", "X-Roomd-Token": token };
  await fetch("/api/v1/setup/begin", { method: "POST", headers, body: "{}" }).catch(() => null);
  await look();
  button.disabled = false;
});

setInterval(look, EVERY_MS);
document.documentElement.dataset.ready = "";
