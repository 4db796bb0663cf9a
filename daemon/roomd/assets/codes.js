// The page of a code. On a panel at the wall nobody closes it: it goes back by itself when nobody reads on.

const BACK_MS = 5 * 60 * 1000;
let waits = 0;

function stay() {
  clearTimeout(waits);
  waits = setTimeout(() => location.assign("/panel"), BACK_MS);
}

for (const event of ["pointerdown", "keydown", "scroll"]) document.addEventListener(event, stay, { passive: true });
stay();
document.documentElement.dataset.ready = "";
