// Holds what Latchkey sends against the other side's own description of its API: every Graph request of the service
// layer, and every request of the Discord gateway.
//
// LATCHKEY_CONTRACTS names the folder that holds the descriptions. One that is not there judges nothing, and that is said.
// For each, starts the contract server on a free port, runs `cargo test --test … -- --ignored` against it, and stops it.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");

// Each description, and the test that sends what it judges.
const CONTRACTS = [
  { file: "graph.openapi.json", test: "contract" },
  { file: "discord.openapi.json", test: "discord" },
];

function contracts() {
  const folder = process.env.LATCHKEY_CONTRACTS;
  if (!folder) {
    console.log("skipped: LATCHKEY_CONTRACTS does not name the folder that holds the descriptions");
    return [];
  }
  // npm runs this from its own folder and says where it was called.
  const named = CONTRACTS.map(({ file, test }) => ({ file: join(resolve(process.env.INIT_CWD ?? ".", folder), file), test }));
  return named.filter(({ file }) => {
    if (!existsSync(file)) console.log(`skipped: there is no ${file}`);
    return existsSync(file);
  });
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

function judge(test, address) {
  const args = ["test", "--locked", "--test", test, "--", "--ignored"];
  const env = { ...process.env, LATCHKEY_CONTRACT_URL: address };
  return new Promise((done, failed) => {
    const cargo = spawn("cargo", args, { cwd: root, env, stdio: "inherit" });
    cargo.on("exit", (code) => done(code ?? 1));
    cargo.on("error", failed);
  });
}

for (const { file, test } of contracts()) {
  const server = spawn(process.execPath, [prism(), "mock", "-h", "127.0.0.1", "-p", "0", file], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const code = await judge(test, await listening(server));
    process.exitCode ||= code;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  } finally {
    server.kill();
  }
}
