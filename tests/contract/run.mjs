// Holds every Graph request of the service layer against Microsoft's description of Graph.
//
// LATCHKEY_CONTRACTS names the folder that holds graph.openapi.json. Without it nothing is judged, and that is said.
// Starts the contract server on a free port, runs `cargo test --test contract -- --ignored` against it, and stops it.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");

function contract() {
  const folder = process.env.LATCHKEY_CONTRACTS;
  if (!folder) {
    console.log("skipped: LATCHKEY_CONTRACTS does not name the folder that holds graph.openapi.json");
    process.exit(0);
  }
  // npm runs this from its own folder and says where it was called.
  const file = join(resolve(process.env.INIT_CWD ?? ".", folder), "graph.openapi.json");
  if (!existsSync(file)) {
    console.log(`skipped: there is no ${file}`);
    process.exit(0);
  }
  return file;
}

function prism() {
  try {
    return createRequire(import.meta.url).resolve("@stoplight/prism-cli/dist/index.js");
  } catch {
    console.error("The contract server is not installed: run `npm ci` in tests/contract first.");
    process.exit(2);
  }
}

// Resolves to its address once it listens; port 0 is any free one.
function listening(server) {
  return new Promise((done, failed) => {
    let said = "";
    const read = (chunk) => {
      said += chunk;
      const address = said.match(/Prism is listening on (http:\/\/\S+)/)?.[1];
      if (address) done(address);
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.on("exit", (code) => failed(new Error(`the contract server stopped (${code}):\n${said.slice(-2000)}`)));
    server.on("error", failed);
  });
}

function judge(address) {
  const args = ["test", "--locked", "--test", "contract", "--", "--ignored"];
  const env = { ...process.env, LATCHKEY_CONTRACT_URL: address };
  return new Promise((done, failed) => {
    const cargo = spawn("cargo", args, { cwd: root, env, stdio: "inherit" });
    cargo.on("exit", (code) => done(code ?? 1));
    cargo.on("error", failed);
  });
}

const server = spawn(process.execPath, [prism(), "mock", "-h", "127.0.0.1", "-p", "0", contract()], {
  stdio: ["ignore", "pipe", "pipe"],
});
try {
  process.exitCode = await judge(await listening(server));
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  server.kill();
}
