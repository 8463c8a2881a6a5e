// Holds what is rendered for Teams (tests/teams/golden) against the schema of Adaptive Cards and against the library with
// which clients draw them, and every call to the connector against Microsoft's description of it.
//
// LATCHKEY_CONTRACTS names the folder that holds adaptive-card-1.5.schema.json and teams-connector.openapi.json. Without
// it nothing is judged, and that is said.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { contracts, judge } from "./judge.mjs";

const golden = resolve(dirname(fileURLToPath(import.meta.url)), "../teams/golden");
const folder = contracts();
if (!folder || !existsSync(join(folder, "adaptive-card-1.5.schema.json"))) {
  console.log("skipped: LATCHKEY_CONTRACTS does not name the folder that holds the schema of Adaptive Cards");
  process.exit(0);
}

const require = createRequire(import.meta.url);
const Ajv = require("ajv").default;
const { JSDOM } = require("jsdom");

const LARGEST = 28 * 1024;
let faults = 0;
const fault = (what) => {
  faults += 1;
  console.error(what.slice(0, 300));
};

// The schema leaves open which of many elements one is; its `type` tells, so that a fault names the element.
function byType(schema) {
  const typeOf = (name) => schema.definitions[name]?.properties?.type?.enum?.[0];
  const leaves = (node, seen = new Set()) =>
    (node.anyOf ?? node.allOf ?? [node])
      .flatMap((part) => part.allOf ?? [part])
      .flatMap((part) => {
        const name = part.$ref?.split("/").pop();
        if (!name || seen.has(name)) return [];
        seen.add(name);
        return typeOf(name) ? [name] : leaves(schema.definitions[name], seen);
      });
  for (const [name, definition] of Object.entries(schema.definitions)) {
    if (!name.startsWith("ImplementationsOf.")) continue;
    const found = leaves(definition);
    if (found.length === 0) continue;
    const allOf = found.map((one) => ({
      if: { properties: { type: { const: typeOf(one) } } },
      then: { $ref: `#/definitions/${one}` },
    }));
    const type = { enum: found.map(typeOf) };
    schema.definitions[name] = { type: "object", required: ["type"], properties: { type }, allOf };
  }
}

function cardJudge() {
  const schema = JSON.parse(readFileSync(join(folder, "adaptive-card-1.5.schema.json")));
  delete schema.id;
  delete schema.$schema;
  byType(schema);
  schema.allOf = [{ $ref: "#/definitions/AdaptiveCard" }];
  delete schema.anyOf;
  delete schema.oneOf;
  return new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false }).compile(schema);
}

// The library draws into a page; what it does not understand it tells.
const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
for (const name of Object.getOwnPropertyNames(window)) {
  if (/^(HTML\w*Element|Node|Element|MutationObserver)$/.test(name)) globalThis[name] ??= window[name];
}
// A new one for each card: its check of `lang` remembers the card before (a regular expression with the flag g).
function library() {
  const path = require.resolve("adaptivecards/dist/adaptivecards.js");
  delete require.cache[path];
  const loaded = require(path);
  // No text that we send needs Markdown, and none may be changed by it.
  loaded.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = text;
    result.didProcess = true;
  };
  return loaded;
}
// Teams shows six; the library by itself five.
const PRIMARY_ACTIONS = 6;

function draw(name, card) {
  const { AdaptiveCard, HostConfig, SerializationContext, Version } = library();
  const drawn = new AdaptiveCard();
  drawn.hostConfig = new HostConfig({ actions: { maxActions: PRIMARY_ACTIONS } });
  const context = new SerializationContext(new Version(1, 5));
  drawn.parse(card, context);
  for (let index = 0; index < context.eventCount; index += 1) fault(`${name}: ${context.getEventAt(index).message}`);
  for (const event of drawn.validateProperties().validationEvents) fault(`${name}: ${event.message}`);
  if (!drawn.render()) return fault(`${name}: nothing is drawn`);
  if (drawn.getActionCount() !== (card.actions?.length ?? 0)) fault(`${name}: some buttons are not drawn`);
}

function cards() {
  const check = cardJudge();
  const names = readdirSync(golden).filter((name) => name.endsWith(".json"));
  for (const name of names) {
    const card = JSON.parse(readFileSync(join(golden, name)));
    if (Buffer.byteLength(JSON.stringify(card)) > LARGEST) fault(`${name}: larger than Teams takes`);
    const { msteams, ...common } = card;
    if (!check(common)) {
      const branches = ["if", "anyOf", "allOf", "oneOf"];
      for (const error of check.errors.filter((error) => !branches.includes(error.keyword))) {
        fault(`${name}: ${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`);
      }
    }
    draw(name, common);
  }
  console.log(`${names.length} cards held against the schema and drawn, ${faults} fault(s)`);
}

async function calls() {
  const description = join(folder, "teams-connector.openapi.json");
  const code = await judge(description, { test: ["teams", "contract::"], variable: "LATCHKEY_CONNECTOR_URL" });
  if (code !== 0) fault("the connector's description refuses a call");
}

cards();
await calls();
process.exitCode = faults ? 1 : 0;
