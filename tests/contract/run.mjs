// Holds what Latchkey sends against the other side's own description of its API: every Graph request of the service
// layer, and every request of the Discord gateway.
//
// LATCHKEY_CONTRACTS names the folder that holds the descriptions. One that is not there judges nothing, and that is said.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { contracts, judge } from "./judge.mjs";

// Each description, and the test that sends what it judges.
const CONTRACTS = [
  { file: "graph.openapi.json", test: "contract" },
  { file: "discord.openapi.json", test: "discord" },
];

const folder = contracts();
if (!folder) console.log("skipped: LATCHKEY_CONTRACTS does not name the folder that holds the descriptions");
for (const { file, test } of folder ? CONTRACTS : []) {
  const description = join(folder, file);
  if (!existsSync(description)) {
    console.log(`skipped: there is no ${description}`);
    continue;
  }
  const code = await judge(description, { test: [test], variable: "LATCHKEY_CONTRACT_URL" });
  process.exitCode ||= code;
}
