// The page of a machine that has no room yet. Looks now and then whether somebody has set it up, and shows the room then.

const EVERY_MS = 3000;

async function look() {
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.ok && !(await answer.text()).includes('id="setup"')) location.reload();
}

setInterval(look, EVERY_MS);
document.documentElement.dataset.ready = "";
