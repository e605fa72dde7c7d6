// Measures pages with Lighthouse, one after the other in one browser, and prints a line of JSON for each.
//
//   CHROME_PATH=... node measure.mjs ADDRESS...
import * as launcher from "chrome-launcher";
import lighthouse from "lighthouse";

const quiet = "--headless=new --no-sandbox --disable-gpu --disable-sync --disable-quic --no-first-run --disable-background-networking --disable-component-update";
const TRIES = 3;

// On a busy machine a recording sometimes comes out broken; Lighthouse then says so, has no scores, and asks for another
// run. What it says of a page is never asked twice.
async function measure(address, port) {
  for (let left = TRIES; ; ) {
    const { lhr } = await lighthouse(address, { port, output: "json", logLevel: "silent" });
    left -= 1;
    if (!lhr.runtimeError || !left) return lhr;
  }
}

const chrome = await launcher.launch({ chromeFlags: quiet.split(" "), logLevel: "silent" });
try {
  for (const address of process.argv.slice(2)) {
    const lhr = await measure(address, chrome.port);
    const scores = Object.fromEntries(Object.entries(lhr.categories).map(([name, found]) => [name, found.score]));
    const short = Object.entries(lhr.categories).flatMap(([category, found]) =>
      found.auditRefs
        .filter((ref) => ref.weight && category !== "performance")
        .map((ref) => lhr.audits[ref.id])
        .filter((audit) => audit.score !== null && audit.score < 1)
        .map((audit) => ({ category, id: audit.id, title: audit.title, details: audit.details?.items ?? [], why: audit.explanation ?? null })),
    );
    const found = { address: lhr.finalDisplayedUrl, scores, short, error: lhr.runtimeError ?? null, warnings: lhr.runWarnings };
    process.stdout.write(`${JSON.stringify(found)}\n`);
  }
} finally {
  await chrome.kill();
}
