// What the last check of the room found, in words; asked for once for each check. Knows no page.

let asked = { at: null, found: [] };

/** The findings of the check at this time; `arrived` is called when they come. */
export function findings(at, arrived) {
  if (at !== null && asked.at !== at) {
    const mine = { at, found: [] };
    asked = mine;
    read().then((found) => {
      mine.found = found;
      if (asked === mine) arrived();
    }).catch((error) => console.warn(`findings: ${error}`)); // The codes for IT stay.
  }
  return at === null ? [] : asked.found;
}

async function read() {
  const answer = await fetch("/api/v1/preflight", { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(answer.status);
  return (await answer.json()).findings;
}
