// Holds what is rendered for Slack (tests/slack/golden) against Slack's own description of messages and views.
//
// LATCHKEY_CONTRACTS names the folder that holds slack-message.schema.json and slack-view.schema.json. Without it
// nothing is judged, and that is said.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const golden = resolve(here, "../slack/golden");
const folder = process.env.LATCHKEY_CONTRACTS;
const contracts = folder && resolve(process.env.INIT_CWD ?? ".", folder);
if (!contracts || !existsSync(join(contracts, "slack-message.schema.json"))) {
  console.log("skipped: LATCHKEY_CONTRACTS does not name the folder that holds Slack's schemas");
  process.exit(0);
}

const Ajv = createRequire(import.meta.url)("ajv").default;

function judge(name) {
  const schema = JSON.parse(readFileSync(join(contracts, `${name}.schema.json`)));
  delete schema.$schema;
  return new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false }).compile(schema);
}

const message = judge("slack-message");
const view = judge("slack-view");
let judged = 0;
let faults = 0;

function hold(check, value, what) {
  judged += 1;
  if (check(value)) return;
  const branches = ["if", "anyOf", "allOf", "oneOf"];
  for (const error of check.errors.filter((error) => !branches.includes(error.keyword)).slice(0, 5)) {
    faults += 1;
    console.error(`${what}: ${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`.slice(0, 240));
  }
}

for (const file of readdirSync(golden).filter((name) => name.endsWith(".json"))) {
  const rendered = JSON.parse(readFileSync(join(golden, file)));
  rendered.messages.forEach((value, index) => hold(message, value, `${file} message ${index + 1}`));
  if (rendered.modal) hold(view, rendered.modal, `${file} modal`);
  if (rendered.home) hold(view, rendered.home, `${file} home`);
}

console.log(`Slack: ${judged} messages and views, ${faults} faults`);
process.exit(faults || !judged ? 1 : 0);
