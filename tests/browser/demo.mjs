// Starts the demo and a browser for one test, watches what the page must never do, and cleans up.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const BINARY = process.env.LATCHKEY_BIN ?? fileURLToPath(new URL("../../target/debug/latchkey", import.meta.url));
const CHROMIUM = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** How long a condition may take before the test gives up; nothing waits this long when all is well. */
const PATIENCE = 20_000;

/** Starts `latchkey demo` on a free port. It runs in an empty folder, so that it can find no settings and leave nothing behind. */
export async function startDemo() {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-demo-"));
  const child = spawn(BINARY, ["demo", "--listen", "127.0.0.1:0"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const errors = [];
  child.stderr.on("data", (chunk) => errors.push(chunk));
  const gone = new Promise((resolve) => child.once("close", resolve));
  const address = await new Promise((resolve, reject) => {
    child.once("error", reject);
    gone.then((code) => reject(new Error(`the demo ended with ${code}: ${Buffer.concat(errors)}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+\//u.exec(line);
      if (found) resolve(found[0]);
    });
  });
  return {
    address,
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await gone;
      clearTimeout(late);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A line to the demo that can be cut and mended. */
export async function startLine(address) {
  const target = Number(new URL(address).port);
  const open = new Set();
  let cut = false;
  const server = createServer((near) => {
    if (cut) return near.destroy();
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => { open.delete(socket); near.destroy(); far.destroy(); });
    }
    near.pipe(far).pipe(near);
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    cut() { cut = true; for (const socket of open) socket.destroy(); },
    mend() { cut = false; },
    async stop() { this.cut(); await new Promise((resolve) => server.close(resolve)); },
  };
}

/** Starts a browser with a profile of its own. */
export const startBrowser = () => chromium.launch({ executablePath: CHROMIUM, args: ARGS, headless: true });

/** Opens the page and keeps a record of what it must not do. */
export async function openPage(browser, address, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== new URL(address).origin) faults.push(`outside request: ${url.origin}`);
  });
  await page.goto(address);
  await page.locator("body[data-ready=true]").waitFor();
  await page.locator("[data-testid=log][aria-busy=false]").waitFor();
  return { page, context, faults };
}

/** What axe finds on the page that keeps people out. */
export async function barriers(page) {
  // Evaluated rather than added as a script: the page's policy lets no foreign script in.
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}
