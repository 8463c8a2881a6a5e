// One conversation on the page: its messages, its composer, its suggestions. Knows nothing about who may do what.

import { arrange, avatar, botAvatar, calm, h, icon } from "./dom.js";
import { drawReply, drawSecret, inputsOf, setBusy, setIdle } from "./reply.js";
import { clock, t } from "./words.js";
import { newEvent, Refusal, sendClick, sendMessage } from "./wire.js";

const NEAR = 80;
const PATIENCE = 12000;

/** A pane over the elements under `root`. `viewer` is whose eyes it has and whose hands. */
export class Pane {
  constructor(root, { secrets }) {
    this.log = root.querySelector("[role=log]");
    this.form = root.querySelector(".composer");
    this.box = this.form.querySelector("textarea");
    this.problem = root.querySelector(".problem");
    this.newest = root.querySelector(".newest");
    this.typing = h("p", { class: "typing", "aria-hidden": "true", hidden: true });
    this.secrets = secrets;
    this.drafts = new Map();
    this.unsent = new Map();
    this.drawn = new Map();
    this.listen();
  }

  listen() {
    this.form.querySelector("[data-send]").addEventListener("click", () => this.send());
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    this.box.addEventListener("input", () => this.fit());
    this.newest.addEventListener("click", () => this.toEnd());
    this.log.addEventListener("scroll", () => this.nearEnd() && (this.newest.hidden = true), { passive: true });
  }

  /** Looks at a conversation through somebody's eyes. */
  show({ viewer, conversation, label, placeholder, empty }) {
    const key = `${viewer.id}/${conversation}`;
    this.empty = empty;
    this.log.setAttribute("aria-label", label);
    this.box.placeholder = placeholder;
    if (key !== this.key) {
      if (this.key) this.unsent.set(this.key, this.box.value);
      this.key = key;
      this.box.value = this.unsent.get(key) ?? "";
      this.fit();
      this.say(null);
      this.stopTyping();
      this.forget();
    }
    this.viewer = viewer;
    this.conversation = conversation;
  }

  /** Draws everything anew, as after a change of language. */
  forget() {
    this.drawn.clear();
    this.log.replaceChildren();
  }

  /** Brings what is drawn into line with `messages`. Returns how many of them are new and not the viewer's own. */
  sync(messages, { ready }) {
    this.log.setAttribute("aria-busy", String(!ready));
    const atEnd = this.nearEnd();
    const first = this.drawn.size === 0;
    const seen = new Set();
    let fresh = null;
    let count = 0;
    for (const message of messages) {
      seen.add(message.id);
      const before = this.drawn.get(message.id);
      const content = JSON.stringify(message);
      if (before?.content === content) continue;
      if (!before) {
        fresh = message;
        if (message.from.id !== this.viewer.id) count += 1;
      }
      this.redraw(message, content, before);
    }
    for (const id of [...this.drawn.keys()]) if (!seen.has(id)) this.drawn.delete(id);
    this.place(messages, ready);
    if (first && messages.length > 1) this.toEnd("instant");
    else if (fresh) this.follow(fresh, atEnd);
    return count;
  }

  redraw(message, content, before) {
    const held = before?.node.contains(document.activeElement) ?? false;
    const node = this.draw(message);
    this.drawn.set(message.id, { content, node });
    if (!before) return;
    before.node.replaceWith(node);
    // Somebody at a keyboard stays where they were: on the card that has just changed under them.
    if (held) (node.querySelector("button[data-look]") ?? node).focus({ preventScroll: true });
  }

  place(messages, ready) {
    const nodes = messages.map((message) => this.drawn.get(message.id).node);
    if (nodes.length === 0 && ready) nodes.push(this.empty());
    if (nodes.length === 0) nodes.push(h("p", { class: "loading", text: t("loading") }));
    arrange(this.log, [...nodes, this.typing]);
  }

  draw(message) {
    const mine = message.from.kind === "person" && message.from.id === this.viewer.id;
    const bot = message.from.kind === "bot";
    const name = bot ? "Latchkey" : mine ? t("you") : message.from.name;
    const kind = bot ? "bot" : mine ? "mine" : "other";
    const node = h("article", {
      class: `message ${kind}${message.private ? " private" : ""}`, tabindex: "-1",
      "data-testid": "message", "data-message": message.id, "data-from": kind, "data-private": message.private ? "true" : "false",
    });
    const meta = h("p", { class: "meta" }, h("span", { class: "name", text: name }),
      h("time", { datetime: message.at, text: clock(message.at) }));
    if (message.private) meta.append(h("span", { class: "only" }, icon("lock"), t("private")));
    const body = h("div", { class: "body" }, meta);
    if (message.text) body.append(h("p", { class: "text", dir: "auto", text: message.text }));
    if (message.reply) body.append(this.drawCard(message, node));
    const key = `${this.viewer.id}/${message.id}/${message.at}`;
    if (this.secrets.has(key)) body.append(drawSecret(this.secrets.get(key), () => this.secrets.delete(key)));
    node.append(bot ? botAvatar() : avatar(message.from.id, message.from.name), body);
    return node;
  }

  drawCard(message, node) {
    const key = `${this.key}/${message.id}`;
    return drawReply(message.reply, { drafts: this.drafts, key, press: (button, element) => this.press(message, button, { node, element }) });
  }

  async press(message, button, { node, element }) {
    if (element.getAttribute("aria-disabled") === "true") return;
    const { viewer, conversation } = this;
    setBusy(node, element);
    this.say(null);
    // An answer normally redraws the card or says something; if neither comes, the buttons come back.
    this.expecting = true;
    this.inFlight = { node, timer: setTimeout(() => setIdle(node), PATIENCE) };
    const body = { as: viewer.id, conversation, message: message.id, ticket: button.ticket, inputs: inputsOf(node), event: newEvent() };
    try {
      await sendClick(body);
    } catch (error) {
      this.settled();
      this.say(error instanceof Refusal ? t("refused", error.message) : t("clickFailed"));
    }
  }

  /** The bot did something here: whatever was pressed has been answered. */
  settled() {
    this.stopTyping();
    if (!this.inFlight) return;
    clearTimeout(this.inFlight.timer);
    setIdle(this.inFlight.node);
    this.inFlight = null;
  }

  /** Sends what is in the box, or `words` from a suggestion. */
  async send(words) {
    const text = (words ?? this.box.value).trim();
    if (!text) return this.box.focus();
    const { key, viewer, conversation } = this;
    const fromBox = words === undefined;
    if (fromBox) this.empties();
    this.say(null);
    const mention = this.mention?.() ?? false;
    if (this.expectsAnswer?.(mention) ?? true) this.startTyping();
    // The same words tried again after a fault are the same delivery: they can't be said twice.
    const event = this.failed?.key === key && this.failed.text === text ? this.failed.event : newEvent();
    this.failed = null;
    try {
      await sendMessage({ as: viewer.id, conversation, text, mention, event });
    } catch (error) {
      this.failed = { key, text, event };
      if (this.key !== key) return this.unsent.set(key, text);
      this.stopTyping();
      if (!this.box.value) this.box.value = text;
      this.fit();
      this.say(error instanceof Refusal ? t("refused", error.message) : t("sendFailed"));
    }
    return undefined;
  }

  empties() {
    this.box.value = "";
    this.unsent.delete(this.key);
    this.fit();
    this.box.focus();
  }

  say(problem) {
    this.problem.textContent = problem ?? "";
    this.problem.hidden = !problem;
  }

  startTyping() {
    clearTimeout(this.typingTimer);
    this.typing.replaceChildren(h("span", { class: "dots" }, h("i"), h("i"), h("i")), t("writing"));
    this.typing.hidden = false;
    this.typingTimer = setTimeout(() => this.stopTyping(), PATIENCE);
    this.toEnd();
  }

  stopTyping() {
    clearTimeout(this.typingTimer);
    this.typing.hidden = true;
  }

  // The box grows with its text, up to a few lines. Browsers that can do that by themselves are told so in the style sheet.
  fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 160)}px`;
  }

  nearEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  toEnd(behavior) {
    this.newest.hidden = true;
    this.log.scrollTo({ top: this.log.scrollHeight, behavior: behavior ?? (calm() ? "instant" : "smooth") });
  }

  // Follows the talk, but never past the beginning of something that has not been read, and never away from a reader who scrolled up,
  // unless it is what they have just asked for.
  follow(message, atEnd) {
    const mine = message.from.id === this.viewer.id;
    if (!atEnd && !mine && !this.expecting) {
      this.newest.hidden = false;
      return;
    }
    this.expecting = false;
    const { node } = this.drawn.get(message.id);
    const question = node.previousElementSibling;
    const keeps = question?.classList.contains("mine") && question.offsetHeight < this.log.clientHeight / 4;
    const top = (keeps ? question : node).offsetTop - 12;
    const end = this.log.scrollHeight - this.log.clientHeight;
    this.newest.hidden = top >= end;
    this.log.scrollTo({ top: Math.min(top, end), behavior: calm() ? "instant" : "smooth" });
  }
}
