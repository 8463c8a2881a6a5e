// The playground page: who is looking, at what, and how the parts hear of each other. Starts everything.

import { avatar, h, icon } from "./dom.js";
import { Pane } from "./pane.js";
import { TenantPanel } from "./tenant.js";
import { fillWords, language, speak, t } from "./words.js";
import { Feeds, world as loadWorld } from "./wire.js";

const $ = (selector) => document.querySelector(selector);

const secrets = new Map();
const chat = new Pane($("#chat"), { secrets });
const admins = new Pane($("#admins"), { secrets });
const tenant = new TenantPanel($("#tenant"));
const feeds = new Feeds({ changed, replayed, health, secret, state: takeState, audit: (records, verdict) => tenant.setAudit(records, verdict) });

let world = null;
const now = { person: null, room: "direct", admin: null };
const unread = { chat: 0, admins: 0 };

const isAdmin = (person) => person.role === "administrator";
const conversationOf = () => (now.room === "direct" ? `dm-${now.person.id}` : world.support);

// ---- drawing

function drawAll() {
  document.documentElement.lang = language();
  document.title = t("title");
  fillWords(document);
  for (const button of document.querySelectorAll("[data-speak]")) button.setAttribute("aria-pressed", String(button.dataset.speak === language()));
  if (!world) return;
  drawPeople();
  drawViewers();
  chat.forget();
  admins.forget();
  showChat();
  showAdmins();
  tenant.redraw();
}

function drawPeople() {
  const rail = $("#people");
  const group = (label, people) => people.length === 0 ? [] : [
    h("h3", { class: "group", text: t(label) }), ...people.map(drawPerson)];
  rail.replaceChildren(...group("people", world.people.filter((person) => !isAdmin(person))), ...group("administrators", world.people.filter(isAdmin)));
  markPeople();
}

function drawPerson(person) {
  return h("button", {
    type: "button", class: "person", "data-testid": `persona-${person.id}`, "data-person": person.id,
    on: { click: () => become(person) },
  }, avatar(person.id, person.name), h("span", { class: "who" },
    h("span", { class: "name", text: person.name }), h("span", { class: "about", text: person.about[language()] ?? person.about.en })));
}

function markPeople() {
  for (const person of world.people) {
    const button = $(`[data-person="${CSS.escape(person.id)}"]`);
    const account = tenant.accountOf(person);
    button.setAttribute("aria-pressed", String(person === now.person));
    button.dataset.trouble = String(Boolean(account && (account.restricted || !account.signInAllowed)));
  }
}

function drawViewers() {
  const option = (person) => h("option", { value: person.id, text: person.name });
  const select = $("#viewer");
  select.replaceChildren(
    h("optgroup", { label: t("administrators") }, world.people.filter(isAdmin).map(option)),
    h("optgroup", { label: t("viewStranger") }, world.people.filter((person) => !isAdmin(person)).map(option)));
  select.value = now.admin.id;
}

function showChat() {
  const { person, room } = now;
  const direct = room === "direct";
  chat.show({
    viewer: person, conversation: conversationOf(),
    label: direct ? t("logChat", person.name) : t("logSupport"),
    placeholder: direct ? t("placeholderDirect") : t("placeholderSupport"),
    empty: () => {
      const words = direct ? [t("chatEmpty", person.name), t("chatEmptyHint")] : [t("supportEmpty"), t("supportEmptyHint")];
      return emptyState(words, "ask", h("div", { class: "tries" }, person.tries.map(drawTry)));
    },
  });
  for (const tab of document.querySelectorAll("[data-room]")) tab.setAttribute("aria-pressed", String(tab.dataset.room === room));
  $("#room-hint").hidden = direct;
  $("#mention-line").hidden = direct;
  drawTries();
  syncChat();
}

function emptyState([title, hint], picture, more = null) {
  return h("div", { class: "empty" },
    h("span", { class: "picture", "aria-hidden": "true" }, icon(picture)), h("h3", { text: title }), h("p", { text: hint }), more);
}

// What one could say: large while nothing has been said, a strip above the box afterwards.
function drawTries() {
  $("#tries").replaceChildren(...now.person.tries.map(drawTry));
  $("#tries-line").hidden = now.person.tries.length === 0;
}

function drawTry(words) {
  return h("button", { type: "button", class: "try", "data-testid": "try", text: words, on: { click: () => chat.send(words) } });
}

function showAdmins() {
  const stranger = !isAdmin(now.admin);
  admins.show({
    viewer: now.admin, conversation: world.admins, label: t("logAdmins"), placeholder: t("placeholderAdmins"),
    empty: () => emptyState([t("adminsEmpty"), t("adminsEmptyHint")], "lock"),
  });
  const hint = $("#stranger");
  hint.hidden = !stranger;
  hint.textContent = stranger ? t("strangerHint", now.admin.name) : "";
  syncAdmins();
}

// ---- keeping up

function syncChat() {
  note("chat", chat.sync(feeds.messages(now.person.id, conversationOf()), { ready: feeds.ready(now.person.id) }));
}

// A stranger may be shown the administrators' buttons here, so that their press can be seen to be refused: what was said to everybody
// there, joined by what was said to the stranger alone.
function syncAdmins() {
  const lens = keeper();
  const messages = feeds.messages(lens.id, world.admins);
  if (lens === now.admin) {
    note("admins", admins.sync(messages, { ready: feeds.ready(lens.id) }));
    return;
  }
  const shared = messages.filter((message) => !message.private);
  const known = new Set(shared.map((message) => message.id));
  const own = feeds.messages(now.admin.id, world.admins).filter((message) => !known.has(message.id));
  const all = [...shared, ...own].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  note("admins", admins.sync(all, { ready: feeds.ready(lens.id) && feeds.ready(now.admin.id) }));
}

const keeper = () => (isAdmin(now.admin) ? now.admin : world.people.find(isAdmin));

function watch() {
  feeds.watch([now.person.id, now.admin.id, keeper().id]);
}

function changed(person, conversation, message) {
  const bot = message.from.kind === "bot";
  if (person === now.person.id && conversation === conversationOf()) {
    if (bot) chat.settled();
    syncChat();
  }
  if (conversation === world.admins && (person === now.admin.id || person === keeper().id)) {
    if (bot) admins.settled();
    syncAdmins();
  }
}

// A secret comes once, with its message, and is never replayed: this page's memory is the only place that still has it. It is kept
// under the message's time too, since a demo that is started anew counts its messages from the beginning.
function secret(person, { id, at }, value) {
  secrets.set(`${person}/${id}/${at}`, value);
}

function replayed(person) {
  quiet = true;
  if (person === now.person.id) syncChat();
  if (person === now.admin.id || person === keeper().id) syncAdmins();
  quiet = false;
}

function takeState(accounts) {
  tenant.setState(accounts);
  markPeople();
}

function health() {
  $("#connection").hidden = feeds.healthy;
  document.body.dataset.lost = String(!feeds.healthy);
  if (!feeds.healthy) $("#connection-words").textContent = t("lost");
}

// ---- the parts on a small screen

const shown = (part) => getComputedStyle($(`#${part}`)).display !== "none";

let quiet = false;
function note(part, count) {
  if (shown(part)) unread[part] = 0;
  else if (!quiet) unread[part] += count;
  drawUnread();
}

function drawUnread() {
  for (const [part, count] of Object.entries(unread)) {
    const badge = $(`[data-badge="${part}"]`);
    badge.hidden = count === 0;
    badge.textContent = String(count);
    badge.setAttribute("aria-label", t("unread", count));
  }
}

function markParts() {
  for (const button of document.querySelectorAll("[data-part]")) button.setAttribute("aria-pressed", String(shown(button.dataset.part)));
}

function view(part) {
  document.body.dataset.view = part;
  markParts();
  if (part in unread) unread[part] = 0;
  drawUnread();
  if (part === "chat") chat.toEnd("instant");
  if (part === "admins") admins.toEnd("instant");
}

// ---- what people do

function become(person) {
  now.person = person;
  markPeople();
  watch();
  showChat();
  tenant.look(person);
  view("chat");
}

function enter(room) {
  now.room = room;
  showChat();
}

function listen() {
  for (const button of document.querySelectorAll("[data-speak]")) {
    button.addEventListener("click", () => { speak(button.dataset.speak); drawAll(); drawUnread(); });
  }
  for (const tab of document.querySelectorAll("[data-room]")) tab.addEventListener("click", () => enter(tab.dataset.room));
  for (const button of document.querySelectorAll("[data-part]")) button.addEventListener("click", () => view(button.dataset.part));
  $("#viewer").addEventListener("change", (event) => {
    now.admin = world.people.find((person) => person.id === event.target.value);
    watch();
    showAdmins();
  });
  $("#retry").addEventListener("click", () => feeds.retryNow());
  chat.mention = () => now.room === "support" && $("#mention").checked;
  chat.expectsAnswer = (mention) => now.room === "direct" || mention;
  // In their own conversation administrators talk to the bot: what they write is always addressed to it.
  admins.mention = () => true;
  addEventListener("resize", markParts);
  setInterval(() => tenant.redraw(), 60000);
}

async function start(wait = 400) {
  try {
    world = await loadWorld();
  } catch {
    $("#connection").hidden = false;
    $("#connection-words").textContent = t("loadFailed");
    setTimeout(() => start(Math.min(wait * 2, 8000)), wait);
    return;
  }
  $("#connection").hidden = true;
  $("#practice").hidden = !world.simulated;
  now.person = world.people.find((person) => !isAdmin(person)) ?? world.people[0];
  now.admin = world.people.find(isAdmin) ?? world.people[0];
  tenant.setPeople(world.people);
  tenant.look(now.person);
  watch();
  drawAll();
  document.body.dataset.ready = "true";
}

listen();
markParts();
drawAll();
start();
