// The peer of the press-to-joined measurement: a bare Playwright script that makes the same clicks on a warm browser.
// Owns no measure: it says `ready`; at `go` on stdin it joins and says `inside`,
// at `out` it leaves and says `outside`; who calls it keeps the time.
import { chromium } from "playwright-core";
import { createInterface } from "node:readline";

const [url, name, way, executablePath] = process.argv.slice(2);
const marker = (test) => `[data-test="${test}"]`;

const browser = await chromium.launch({
  executablePath,
  chromiumSandbox: true,
  headless: true,
  args: ["--use-fake-device-for-media-stream", "--disable-background-networking", "--disable-component-update"],
});
const context = await browser.newContext({ ignoreHTTPSErrors: true });
const page = await context.newPage();
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function withEvents() {
  await page.goto(url);
  await page.fill(marker("input-name"), name);
  await page.click(marker("submit-join"));
  await page.waitForSelector(marker("screen-call"));
}

// What many meeting robots do: look once a second, act on what is there.
async function withRetries() {
  await page.goto(url);
  for (;;) {
    if (await page.$(marker("screen-call"))) return;
    if (await page.$(marker("input-name"))) {
      await page.fill(marker("input-name"), name);
      await page.click(marker("submit-join"));
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
}

async function out() {
  await page.click(marker("leave"));
  await page.goto("about:blank");
}

console.log("ready");
for (;;) {
  const { value, done } = await lines.next();
  if (done) break;
  if (value === "go") {
    await (way === "retries" ? withRetries() : withEvents());
    console.log("inside");
  } else if (value === "out") {
    await out();
    console.log("outside");
  }
}
await browser.close();
