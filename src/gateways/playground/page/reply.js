// Draws what the bot says: the same blocks, buttons and fields that the other platforms draw as cards.

import { h, icon } from "./dom.js";
import { t } from "./words.js";

function drawSpan(span) {
  if ("strong" in span) return h("strong", { text: span.strong });
  if ("code" in span) return h("code", {}, breakable(span.code));
  if ("link" in span) return drawLink(span.link);
  return h("span", {}, breakable(span.plain ?? ""));
}

// A long address breaks after its @ and nowhere else, if it can.
const breakable = (text) => text.split(/(?<=@)/u).flatMap((part, index) => (index === 0 ? [part] : [h("wbr"), part]));

function drawLink({ text, url }) {
  // Only https leaves the page; anything else is shown as the words it is.
  if (!URL.canParse(url) || new URL(url).protocol !== "https:") return document.createTextNode(text);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", text });
}

const spans = (text) => (text ?? []).map(drawSpan);

function drawBlock(block) {
  if (block.heading) return h("h3", {}, spans(block.heading));
  if (block.paragraph) return h("p", {}, spans(block.paragraph));
  if (block.steps) return h("ol", {}, block.steps.map((step) => h("li", {}, h("span", {}, spans(step)))));
  if (block.bullets) return h("ul", {}, block.bullets.map((item) => h("li", {}, spans(item))));
  if (block.facts) {
    return h("dl", {}, block.facts.map(([label, value]) => h("div", {}, h("dt", { text: label }), h("dd", {}, spans(value)))));
  }
  if (block.note) return h("p", { class: "note" }, spans(block.note));
  return null;
}

/** Draws a reply. `press(button, element)` is called with what was pressed; `drafts` keeps what is typed while it is redrawn. */
export function drawReply(reply, { press, drafts, key }) {
  const card = h("div", { class: "reply", lang: reply.language || null }, reply.blocks.map(drawBlock));
  if (reply.field) card.append(drawField(reply, card, drafts, key));
  if (reply.buttons.length > 0) card.append(drawButtons(reply.buttons, press));
  return card;
}

function drawField(reply, card, drafts, key) {
  const { name, label, hint } = reply.field;
  const draft = `${key}/${name}`;
  const id = `field-${key}-${name}`.replace(/[^\w-]/gu, "-");
  const input = h("input", {
    id, name, type: "text", placeholder: hint, autocomplete: "off", autocapitalize: "none", spellcheck: "false", "data-testid": "field",
    on: {
      input: () => drafts.set(draft, input.value),
      keydown: (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        (card.querySelector("button[data-look=primary]") ?? card.querySelector("button[data-look]"))?.click();
      },
    },
  });
  input.value = drafts.get(draft) ?? "";
  return h("div", { class: "field" }, h("label", { for: id, text: label }), input);
}

function drawButtons(buttons, press) {
  return h("div", { class: "buttons" }, buttons.map((button) => {
    const element = h("button", {
      type: "button", class: `button ${button.look}`, "data-look": button.look, "data-testid": "reply-button", text: button.label,
      on: { click: () => press(button, element) },
    });
    return element;
  }));
}

/** What is typed into the fields of a reply, by name. */
export function inputsOf(element) {
  return Object.fromEntries([...element.querySelectorAll(".field input")].map((input) => [input.name, input.value.trim()]));
}

/**
 * Marks the buttons of a message while a click is under way. They stay focusable, so that somebody at a keyboard does not lose
 * their place; `aria-disabled` says that they do nothing.
 */
export function setBusy(element, pressed) {
  for (const button of element.querySelectorAll("button[data-look]")) {
    button.setAttribute("aria-disabled", "true");
    if (button === pressed) button.setAttribute("aria-busy", "true");
  }
}

/** Lets the buttons be pressed again. */
export function setIdle(element) {
  for (const button of element.querySelectorAll("button[data-look]")) {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("aria-busy");
  }
}

/** Draws a value that is shown once: copy it, then hide it for good. */
export function drawSecret(secret, forget) {
  const value = h("code", { class: "value", "data-testid": "secret-value", text: secret.value });
  const copy = h("button", { type: "button", class: "button ordinary", on: { click: () => copyText(secret.value, value, copy) } });
  copy.append(icon("copy"), h("span", { text: t("copy") }));
  const box = h("div", { class: "secret", "data-testid": "secret" },
    h("p", { class: "label", text: secret.label }), value,
    h("div", { class: "buttons" }, copy, h("button", {
      type: "button", class: "button ordinary", "data-testid": "secret-hide", text: t("hide"),
      on: {
        click: () => {
          const gone = h("p", { class: "note", tabindex: "-1", text: t("hidden") });
          box.replaceChildren(gone);
          gone.focus();
          forget();
        },
      },
    })),
    h("p", { class: "note", text: t("secretOnce") }));
  return box;
}

async function copyText(text, shown, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.lastChild.textContent = t("copied");
  } catch {
    // Without the clipboard's permission, select it so that one key copies it.
    getSelection().selectAllChildren(shown);
  }
}
