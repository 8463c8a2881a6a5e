// The demo's story in a real browser: somebody can't send mail, asks, an administrator presses a button, and the account changes.
// Every test has a demo of its own, waits on conditions and never on time, and fails on any console error or outside request.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { barriers, openPage, startBrowser, startDemo, startLine } from "./demo.mjs";

const MARIA = "maria.papadopoulou@contoso.com";

// What is written on the buttons, in either language.
const ASK = /ask an administrator|διαχειριστ/iu;
const UNBLOCK = /unblock|άρση|ξεμπλοκάρ/iu;
const RESET = /reset.*password|(επαναφορά|αλλαγή).*κωδικ/iu;
const APPROVE = /^(approve|έγκριση)/iu;
const CONFIRM = /confirm|επιβεβαίωση|^ναι/iu;
const GREEK = /\p{Script=Greek}/u;

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

/** Runs `story` on a fresh demo and page, then checks that the page behaved. */
function tell(name, options, story) {
  test(name, { timeout: 120_000 }, async () => {
    const demo = await startDemo();
    try {
      const { page, context, faults } = await openPage(browser, demo.address, options);
      await story(new Reader(page));
      assert.deepEqual(faults, []);
      await context.close();
    } finally {
      await demo.stop();
    }
  });
}

/** Somebody in front of the page. */
class Reader {
  constructor(page) {
    this.page = page;
    this.chat = page.getByTestId("chat-pane");
    this.admins = page.getByTestId("admin-pane");
    this.state = page.getByTestId("state-focus");
    this.verdict = page.getByTestId("verdict");
  }

  async says(text) {
    await this.page.getByTestId("composer").fill(text);
    await this.page.getByTestId("send").click();
    await this.chat.locator("[data-from=mine]", { hasText: text }).waitFor();
  }

  button(pane, label) {
    return pane.getByTestId("reply-button").filter({ hasText: label }).and(pane.locator(":not([aria-disabled=true])")).last();
  }

  async presses(pane, label) {
    await this.button(pane, label).click();
  }

  bot(pane) {
    return pane.locator("[data-testid=message][data-from=bot]");
  }

  record(event, action) {
    const which = action ? `[data-action="${action}"]` : "";
    return this.page.locator(`[data-testid=audit-record][data-event=${event}]${which}`);
  }

  async isRestricted(restricted) {
    await this.state.and(this.page.locator(`[data-restricted=${restricted}]`)).waitFor();
  }

  /** Everything up to the request standing before the administrators. Returns the language of the answer. */
  async asks(text) {
    await this.page.getByTestId("persona-maria").click();
    await this.isRestricted(true);
    await this.says(text);
    const answer = this.bot(this.chat).last();
    await answer.locator(".reply ol li").first().waitFor();
    const lang = await answer.locator(".reply").getAttribute("lang");
    await this.presses(this.chat, ASK);
    await this.record("requested").waitFor();
    await this.button(this.admins, UNBLOCK).waitFor();
    return lang;
  }

  async isTold() {
    await this.page.waitForFunction((before) => document.querySelectorAll("#chat [data-from=bot]").length > before, this.told);
    return this.bot(this.chat).last().locator(".reply");
  }

  async remembersWhatWasSaid() {
    this.told = await this.bot(this.chat).count();
  }
}

async function wholeStory(reader, text, language) {
  assert.equal(await reader.asks(text), language);
  const steps = await reader.bot(reader.chat).first().locator(".reply").innerText();
  assert.equal(GREEK.test(steps), language === "el");

  await reader.presses(reader.admins, UNBLOCK);
  await reader.button(reader.admins, CONFIRM).waitFor();
  await reader.isRestricted(true); // A preview changes nothing.
  await reader.remembersWhatWasSaid();
  await reader.presses(reader.admins, CONFIRM);

  await reader.isRestricted(false);
  const told = await reader.isTold();
  assert.equal(await told.getAttribute("lang"), language);
  await reader.record("succeeded", "unblock-sender").waitFor();
  await reader.page.locator("[data-testid=verdict][data-verdict=whole]").waitFor();
  assert.ok(Number(await reader.verdict.getAttribute("data-records")) >= 3);
  assert.equal(await reader.admins.getByTestId("reply-button").filter({ hasText: CONFIRM }).count(), 0);
}

tell("Greek: «δεν μπορώ να στείλω mail»", { locale: "el-GR" }, (reader) => wholeStory(reader, "δεν μπορώ να στείλω mail", "el"));
tell("English: I can't send email", {}, (reader) => wholeStory(reader, "I can't send email", "en"));
tell("Greeklish: den mporw na steilw mail", {}, (reader) => wholeStory(reader, "den mporw na steilw mail", "el"));

tell("a stranger's press is refused, to the stranger alone", {}, async (reader) => {
  await reader.asks("I can't send email");
  await reader.page.getByTestId("admin-viewer").selectOption("maria");
  await reader.page.getByTestId("stranger").waitFor();
  await reader.presses(reader.admins, UNBLOCK);
  await reader.admins.locator("[data-testid=message][data-private=true]").waitFor();
  await reader.record("refused").waitFor();
  await reader.isRestricted(true);
  // The administrator doesn't see what was said to the stranger.
  await reader.page.getByTestId("admin-viewer").selectOption("ana");
  await reader.button(reader.admins, UNBLOCK).waitFor();
  await reader.page.locator("[data-testid=admin-log][aria-busy=false]").waitFor();
  assert.equal(await reader.admins.locator("[data-testid=message][data-private=true]").count(), 0);
});

tell("a new password takes two, is shown once, to the one who approved alone, and can be hidden", {}, async (reader) => {
  await reader.asks("I can't send email");
  await reader.presses(reader.admins, RESET);
  await reader.presses(reader.admins, CONFIRM);
  // Whoever confirmed can't approve.
  await reader.presses(reader.admins, APPROVE);
  await reader.record("refused").waitFor();
  const value = reader.admins.getByTestId("secret-value");
  assert.equal(await value.count(), 0);
  await reader.page.getByTestId("admin-viewer").selectOption("petros");
  await reader.presses(reader.admins, APPROVE);
  await value.waitFor();
  const secret = await value.innerText();
  assert.ok(secret.length >= 12);
  assert.ok(!(await reader.chat.innerText()).includes(secret));
  assert.ok(!(await reader.page.getByTestId("audit").innerText()).includes(secret));
  await reader.page.getByTestId("secret-hide").click();
  await value.waitFor({ state: "detached" });
  await reader.page.reload();
  await reader.button(reader.admins, /./u).or(reader.bot(reader.admins)).first().waitFor();
  await reader.page.locator("[data-testid=admin-log][aria-busy=false]").waitFor();
  assert.ok(!(await reader.page.content()).includes(secret));
});

tell("the keyboard is enough", {}, async (reader) => {
  const { page } = reader;
  const tabTo = async (target) => {
    for (let press = 0; press < 80; press += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail("not reachable with Tab");
  };
  await tabTo(page.getByTestId("persona-maria"));
  await page.keyboard.press("Enter");
  await tabTo(page.getByTestId("composer"));
  await page.keyboard.type("Hello,");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("I can't send email");
  assert.equal(await page.getByTestId("composer").inputValue(), "Hello,\nI can't send email");
  await page.keyboard.press("Enter");
  await reader.button(reader.chat, ASK).waitFor();
  await page.keyboard.down("Shift");
  await tabTo(reader.button(reader.chat, ASK));
  await page.keyboard.up("Shift");
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
  await page.keyboard.press("Enter");
  await reader.button(reader.admins, UNBLOCK).waitFor();
  await tabTo(reader.button(reader.admins, UNBLOCK));
  await page.keyboard.press("Space");
  await reader.button(reader.admins, CONFIRM).waitFor();
  await tabTo(reader.button(reader.admins, CONFIRM));
  await page.keyboard.press("Enter");
  await reader.isRestricted(false);
});

tell("a phone shows all of it, and nothing scrolls sideways", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, async (reader) => {
  const { page } = reader;
  const fits = async () => assert.ok(await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = [...document.querySelectorAll(".log, .tenant, .block")].some((part) => part.scrollWidth > part.clientWidth);
    return scrollWidth <= clientWidth && !wide;
  }));
  await reader.says("den mporw na steilw mail");
  await reader.button(reader.chat, ASK).waitFor();
  await fits();
  await reader.presses(reader.chat, ASK);
  await page.getByTestId("part-admins").locator(".badge:not([hidden])").waitFor();
  await page.getByTestId("part-admins").click();
  await reader.presses(reader.admins, UNBLOCK);
  await reader.button(reader.admins, CONFIRM).waitFor();
  await fits();
  await reader.presses(reader.admins, CONFIRM);
  await page.getByTestId("part-tenant").click();
  await reader.isRestricted(false);
  await page.getByTestId("all-accounts").click();
  await fits();
});

for (const [looks, options] of [["light", {}], ["dark", { colorScheme: "dark" }], ["a phone", { viewport: { width: 390, height: 844 } }]]) {
  // Without motion: a colour that is still fading has no contrast to measure.
  tell(`nothing stands in the way of a screen reader or weak eyes: ${looks}`, { ...options, reducedMotion: "reduce" }, async (reader) => {
    const { page } = reader;
    await reader.says("δεν μπορώ να στείλω mail");
    await reader.presses(reader.chat, ASK);
    await page.locator("[data-testid=admin-log] [data-testid=reply-button]").first().waitFor({ state: "attached" });
    assert.deepEqual(await barriers(page), []);
    for (const part of ["part-admins", "part-tenant"]) {
      if (!(await page.getByTestId(part).isVisible())) continue;
      await page.getByTestId(part).click();
      assert.deepEqual(await barriers(page), []);
    }
  });
}

tell("the page speaks Greek and English, and remembers which", {}, async (reader) => {
  const { page } = reader;
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.getByTestId("language-el").click();
  assert.equal(await page.locator("html").getAttribute("lang"), "el");
  assert.match(await page.getByTestId("banner").innerText(), GREEK);
  await page.reload();
  await page.locator("body[data-ready=true]").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "el");
});

tell("in the shared channel it keeps out of small talk and answers when mentioned", {}, async (reader) => {
  const { page } = reader;
  await page.getByTestId("room-support").click();
  await reader.says("what's for lunch?");
  await page.getByTestId("mention").check();
  await reader.says("help");
  await reader.bot(reader.chat).first().waitFor();
  // Events are answered in order: had the first been answered, it would stand between the two.
  assert.deepEqual(await reader.chat.getByTestId("message").evaluateAll((all) => all.slice(0, 3).map((one) => one.dataset.from)), ["mine", "mine", "bot"]);
});

test("a lost connection is shown, and mends itself without losing or doubling anything", { timeout: 120_000 }, async () => {
  const demo = await startDemo();
  const line = await startLine(demo.address);
  try {
    const { page, context } = await openPage(browser, line.address);
    const reader = new Reader(page);
    await reader.asks("I can't send email");
    const before = await reader.chat.getByTestId("message").allInnerTexts();
    line.cut();
    await page.getByTestId("connection").waitFor();
    await page.getByTestId("composer").fill("hello?");
    await page.getByTestId("send").click();
    await page.getByTestId("problem").waitFor();
    assert.equal(await page.getByTestId("composer").inputValue(), "hello?");
    line.mend();
    await page.locator("#retry").click();
    await page.getByTestId("connection").waitFor({ state: "hidden" });
    assert.deepEqual(await reader.chat.getByTestId("message").allInnerTexts(), before);
    await reader.presses(reader.admins, UNBLOCK);
    await reader.presses(reader.admins, CONFIRM);
    await reader.isRestricted(false);
    await context.close();
  } finally {
    await line.stop();
    await demo.stop();
  }
});
