// How long a page of IT's server takes in a real Chromium, each time in a browser context that has cached nothing: until it is drawn
// and obeys, in milliseconds from the click. Owns no judgement; prints a JSON array.
import { chromium } from "playwright-core";

const [address, value, executablePath, times] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, chromiumSandbox: true, headless: true });
const all = [];
for (let turn = 0; turn < Number(times); turn += 1) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  await context.addCookies([{ name: "__Host-fleetd", value, url: address, secure: true, httpOnly: true, sameSite: "Strict" }]);
  const page = await context.newPage();
  await page.goto(address);
  // Set by the page's script as its last act.
  await page.waitForFunction(() => document.documentElement.dataset.ready === "");
  if (!(await page.$(".map"))) throw new Error(`no overview: ${await page.title()}`);
  all.push(await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd));
  await context.close();
}
await browser.close();
console.log(JSON.stringify(all));
