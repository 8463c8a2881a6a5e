// Holds the simulated Graph against the contract: every request goes through a proxy that judges the request and the
// answer by the OpenAPI description of Microsoft Graph, and refuses what does not conform.
//
//   LATCHKEY_CONTRACTS=DIR [LATCHKEY_BIN=FILE] node tests/contract/simulator.mjs
//
// DIR holds graph.openapi.json; without it there is nothing to hold against, and the script says so and succeeds.
// Exit code: 0 conforms or skipped, 1 something does not conform, 2 could not run.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const PRISM = "@stoplight/prism-cli@5.14.2";
/** Asks the relay to spoil the answer. */
const SPOILT = { "x-spoil": "yes" };
const root = resolve(fileURLToPath(import.meta.url), "../../..");
const binary = process.env.LATCHKEY_BIN ?? join(root, "target/debug/latchkey");
const contract = process.env.LATCHKEY_CONTRACTS && join(process.env.LATCHKEY_CONTRACTS, "graph.openapi.json");

if (!contract || !existsSync(contract)) {
  console.log("skipped: LATCHKEY_CONTRACTS names no folder with graph.openapi.json");
  process.exit(0);
}

const started = [];
process.on("exit", () => {
  for (const child of started) {
    try {
      process.kill(-child.pid);
    } catch {
      // It has ended by itself.
    }
  }
});

try {
  process.exit(await main());
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

async function main() {
  const simulated = await start(binary, ["simulator", "--listen", "127.0.0.1:0"], /exchange_url = "[^"]+"/);
  const setting = (name) => simulated.match(new RegExp(`^${name} = "([^"]+)"`, "m"))[1];
  const graph = setting("graph_url");
  const token = await signIn(setting, graph);
  const port = await freePort();
  const upstream = `http://127.0.0.1:${await relay(graph)}/v1.0`;
  await start("npx", ["--yes", PRISM, "proxy", "--errors", "-h", "127.0.0.1", "-p", `${port}`, contract, upstream], /listening/);
  const call = caller(`http://127.0.0.1:${port}`, token);
  const faults = [await controls(call), await reads(call), await writes(call)].flat();
  for (const fault of faults) console.error(`does not conform: ${fault}`);
  console.log(`${call.count} requests, ${faults.length} that do not conform`);
  return faults.length === 0 ? 0 : 1;
}

/** What must be refused, so that silence means something. */
async function controls(call) {
  const expectations = [
    ["GET", "/users?$top=many", undefined],
    ["GET", "/users/x?$select=shoeSize", undefined],
    ["PATCH", "/users/x", { shoeSize: 45 }],
    ["GET", "/nonsense", undefined],
  ];
  const faults = [];
  for (const [method, path, body] of expectations) {
    const answer = await call(method, path, { body });
    if (!answer.judged) faults.push(`the proxy let ${method} ${path} pass`);
  }
  const spoilt = await call("GET", "/users/alex.healthy@contoso.com?$select=displayName", { headers: SPOILT });
  if (!spoilt.judged) faults.push("the proxy let an answer with a property of the wrong type pass");
  return faults;
}

async function reads(call) {
  const people = await conforming(call, "GET", "/users?$select=id,userPrincipalName&$top=999");
  const faults = [...people.faults];
  const user = "id,displayName,userPrincipalName,mail,proxyAddresses,accountEnabled,lastPasswordChangeDateTime,passwordPolicies,"
    + "assignedLicenses,onPremisesSyncEnabled,userType,signInSessionsValidFromDateTime";
  const paths = [
    "/domains/contoso.com",
    "/domains/example.gr",
    "/users?$top=3",
    `/auditLogs/signIns?$top=20&$orderby=${encodeURIComponent("createdDateTime desc")}`,
    "/roleManagement/directory/roleEligibilityScheduleInstances",
    "/roleManagement/directory/roleAssignments",
    "/admin/exchange/tracing/messageTraces",
    `/admin/exchange/tracing/messageTraces?$filter=${encodeURIComponent("senderAddress eq 'sofia.alexiou@contoso.com'")}`,
    `/admin/serviceAnnouncement/issues?$filter=${encodeURIComponent("isResolved eq false")}`,
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass",
  ];
  for (const { id, userPrincipalName } of people.body?.value ?? []) {
    paths.push(
      `/users/${encodeURIComponent(userPrincipalName)}`,
      `/users/${id}?$select=${user}`,
      `/users?$filter=${encodeURIComponent(`mail eq '${userPrincipalName}'`)}&$select=id`,
      `/users/${id}/licenseDetails`,
      `/users/${id}/authentication/methods`,
      `/users/${id}/authentication/emailMethods`,
      `/users/${id}?$select=preferredLanguage,otherMails`,
      `/users/${id}/authentication/temporaryAccessPassMethods`,
      `/users/${id}/oauth2PermissionGrants`,
      `/roleManagement/directory/roleAssignments?$filter=${encodeURIComponent(`principalId eq '${id}'`)}`,
      `/users/${id}/transitiveMemberOf`,
      `/users/${id}/transitiveMemberOf?$select=id,displayName,isAssignableToRole`,
      `/reports/authenticationMethods/userRegistrationDetails/${id}`,
      `/auditLogs/signIns?$filter=${encodeURIComponent(`userId eq '${id}' and createdDateTime ge 2020-01-01T00:00:00Z`)}`,
      `/roleManagement/directory/roleEligibilityScheduleInstances?$filter=${encodeURIComponent(`principalId eq '${id}'`)}`,
    );
  }
  const idOf = (name) => people.body?.value.find((person) => person.userPrincipalName.startsWith(name))?.id;
  paths.push(`/users/${idOf("kostas.")}/manager?$select=id`);
  paths.push(`/identityProtection/riskyUsers/${idOf("sofia.")}`, `/users/${idOf("sofia.")}/mailFolders/inbox/messageRules`);
  for (const path of paths) faults.push(...(await conforming(call, "GET", path)).faults);
  const alias = "mail eq 'info@contoso.com' or proxyAddresses/any(p:p eq 'smtp:info@contoso.com')";
  const advanced = { headers: { ConsistencyLevel: "eventual" } };
  const found = await conforming(call, "GET", `/users?$count=true&$filter=${encodeURIComponent(alias)}`, advanced);
  return faults.concat(found.faults, found.body?.["@odata.count"] === 2 ? [] : ["the alias was not found twice"]);
}

async function writes(call) {
  const kostas = "/users/kostas.dimitriou@contoso.com";
  const password = { forceChangePasswordNextSignIn: true, password: "Ruby-Tundra-4417" };
  const answers = [
    await conforming(call, "PATCH", kostas, { body: { accountEnabled: false } }),
    await conforming(call, "PATCH", kostas, { body: { accountEnabled: true } }),
    await conforming(call, "PATCH", kostas, { body: { passwordProfile: password } }),
    await conforming(call, "POST", `${kostas}/revokeSignInSessions`),
    await conforming(call, "DELETE", `${kostas}/authentication/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7`),
    ...(await remedies(call, kostas)),
  ];
  return answers.flatMap((answer) => answer.faults);
}

/** What puts accounts right. */
async function remedies(call, kostas) {
  const passes = `${kostas}/authentication/temporaryAccessPassMethods`;
  const pass = await conforming(call, "POST", passes, { body: { lifetimeInMinutes: 60, isUsableOnce: true } });
  const gone = await conforming(call, "DELETE", `${passes}/${pass.body?.id}`);
  const sofia = "/users/sofia.alexiou@contoso.com";
  const person = await conforming(call, "GET", `${sofia}?$select=id`);
  const risk = { body: { userIds: [person.body?.id] } };
  const rules = await conforming(call, "GET", `${sofia}/mailFolders/inbox/messageRules`);
  const rule = `${sofia}/mailFolders/inbox/messageRules/${encodeURIComponent(rules.body?.value[0].id)}`;
  const consents = await conforming(call, "GET", `${sofia}/oauth2PermissionGrants`);
  const parts = { body: { requests: [{ id: "1", method: "GET", url: "/users?$top=1" }] } };
  return [
    pass,
    gone,
    await conforming(call, "POST", "/identityProtection/riskyUsers/dismiss", risk),
    await conforming(call, "PATCH", rule, { body: { isEnabled: false } }),
    await conforming(call, "DELETE", `/oauth2PermissionGrants/${consents.body?.value[0].id}`),
    await conforming(call, "POST", "/$batch", parts),
  ];
}

/** An answer that must be a success which the contract allows. */
async function conforming(call, method, path, options) {
  const answer = await call(method, path, options);
  const wrong = answer.judged || answer.status >= 300;
  return { ...answer, faults: wrong ? [`${method} ${path}: ${answer.status} ${answer.text.slice(0, 600)}`] : [] };
}

function caller(base, token) {
  const call = async (method, path, { body, headers = {} } = {}) => {
    call.count += 1;
    const response = await fetch(base + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }), ...headers },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    const judged = text.includes("stoplight.io/prism/errors") || response.headers.has("sl-violations");
    return { status: response.status, text, judged, body: parsed(text) };
  };
  call.count = 0;
  return call;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function signIn(setting, graph) {
  const response = await fetch(new URL(`${setting("id")}/oauth2/v2.0/token`, setting("login_url")), {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: setting("client_id"),
      client_secret: setting("client_secret"),
      scope: `${graph}.default`,
    }),
  });
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  return (await response.json()).access_token;
}

/** Starts a process and resolves with what it has printed once that matches. */
function start(command, args, ready) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    started.push(child);
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        printed += data;
        if (ready.test(printed)) resolve(printed);
      });
    }
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${command} ${args[0]} ended with ${code}:\n${printed}`)));
  });
}

/** Stands between the proxy and the simulator: passes everything on, and spoils an answer when it is asked to. */
async function relay(graph) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const kept = ["authorization", "content-type", "consistencylevel"].filter((name) => request.headers[name]);
    const answer = await fetch(new URL(request.url, graph), {
      method: request.method,
      headers: Object.fromEntries(kept.map((name) => [name, request.headers[name]])),
      body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    });
    const text = await answer.text();
    const type = answer.headers.get("content-type");
    response.writeHead(answer.status, type ? { "content-type": type } : {});
    response.end(request.headers["x-spoil"] ? text.replace(/"displayName":"[^"]*"/, '"displayName":5') : text);
  });
  const port = await listening(server);
  server.unref();
  return port;
}

async function freePort() {
  const server = createServer();
  const port = await listening(server);
  await new Promise((closed) => server.close(closed));
  return port;
}

function listening(server) {
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}
