// The contract server: a description of an API, served by a program that refuses what does not fit it; and the Rust tests
// that send something there.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The folder that LATCHKEY_CONTRACTS names. npm runs scripts from their own folder and says where it was called. */
export function contracts() {
  const folder = process.env.LATCHKEY_CONTRACTS;
  return folder && resolve(process.env.INIT_CWD ?? ".", folder);
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

function tests(args, env) {
  return new Promise((done, failed) => {
    const options = { cwd: root, env: { ...process.env, ...env }, stdio: "inherit" };
    const cargo = spawn("cargo", ["test", "--locked", "--test", ...args, "--", "--ignored"], options);
    cargo.on("exit", (code) => done(code ?? 1));
    cargo.on("error", failed);
  });
}

/** Serves a description, runs the tests that send what it judges, with its address in `variable`, and gives their exit code. */
export async function judge(description, { test, variable }) {
  const server = spawn(process.execPath, [prism(), "mock", "-h", "127.0.0.1", "-p", "0", description], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    return await tests(test, { [variable]: await listening(server) });
  } catch (error) {
    console.error(error.message);
    return 2;
  } finally {
    server.kill();
  }
}
