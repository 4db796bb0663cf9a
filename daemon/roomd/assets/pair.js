// The page on which a phone or tablet becomes a panel of the room.

import { language, otherLanguage, remember, speak, t } from "./common.js";

const $ = (id) => document.getElementById(id);

async function pair(event) {
  event.preventDefault();
  const button = $("pair").querySelector("[type=submit]");
  button.disabled = true;
  try {
    const answer = await fetch("/api/v1/pair", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language() },
      body: JSON.stringify({ code: $("code").value, stays: $("stays").checked }),
    });
    if (answer.ok) {
      $("said").textContent = t("pair-done");
      location.assign("/panel");
      return;
    }
    $("said").textContent = (await answer.json()).sentence;
    $("code").setAttribute("aria-invalid", "true");
    $("code").select();
  } catch {
    $("said").textContent = t("error-offline");
  }
  button.disabled = false;
}

await speak(language());
$("pair").addEventListener("submit", pair);
$("lang").addEventListener("click", async () => {
  const code = otherLanguage();
  await speak(code);
  remember("lang", code);
});
document.documentElement.dataset.ready = "";
