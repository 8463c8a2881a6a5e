// What is true in the tenant, as the simulator tells it, and the audit trail. Read-only: nothing here can change anything.

import { arrange, avatar, h, icon } from "./dom.js";
import { ago, clock, named, t } from "./words.js";

/** The panel over the accounts and the audit trail. */
export class TenantPanel {
  constructor(root) {
    this.focus = root.querySelector("[data-focus]");
    this.list = root.querySelector("[data-accounts]");
    this.status = root.querySelector("[data-changes]");
    this.trail = root.querySelector("[data-trail]");
    this.verdict = root.querySelector("[data-verdict]");
    this.accounts = [];
    this.records = [];
    this.rows = new Map();
  }

  /** Who the page's reader is at the moment: their account stands first. */
  look(person) {
    this.person = person;
    this.drawFocus();
  }

  setState(accounts) {
    // Each open feed tells it: the second telling must not put out the highlight of the first.
    if (JSON.stringify(accounts) === JSON.stringify(this.accounts)) return;
    const before = new Map(this.accounts.map((account) => [account.id ?? account.upn, account]));
    this.accounts = accounts;
    const changed = new Set();
    for (const account of accounts) {
      const old = before.get(account.id ?? account.upn);
      if (!old || JSON.stringify(old) === JSON.stringify(account)) continue;
      changed.add(account.upn);
      this.announce(old, account);
    }
    this.drawAccounts(changed);
    if (this.state) this.drawAudit(new Set()); // Its records name accounts, which may have come after them.
  }

  setAudit(records, verdict) {
    if (this.state && JSON.stringify([records, verdict]) === JSON.stringify([this.records, this.state])) return;
    const known = new Set(this.records.map((record) => record.hash));
    const fresh = this.records.length > 0 ? records.filter((record) => !known.has(record.hash)) : [];
    this.records = records;
    this.state = verdict;
    this.drawAudit(new Set(fresh.map((record) => record.hash)));
  }

  /** Draws everything anew, as after a change of language or when time has passed. */
  redraw() {
    this.drawAccounts(new Set());
    if (this.state) this.drawAudit(new Set());
  }

  setPeople(people) {
    this.people = new Map(people.map((person) => [person.id, person]));
  }

  announce(old, account) {
    const said = [];
    if (old.restricted !== account.restricted) said.push(t(account.restricted ? "nowRestricted" : "nowSends", account.name));
    if (old.signInAllowed !== account.signInAllowed) said.push(t(account.signInAllowed ? "nowSignsIn" : "nowBlocked", account.name));
    if (said.length > 0) this.status.textContent = said.join(". ");
  }

  accountOf(person) {
    return this.accounts.find((account) => account.upn === person?.account);
  }

  drawAccounts(changed) {
    this.drawFocus(changed);
    const rows = this.accounts.map((account) => {
      const content = JSON.stringify(account) + document.documentElement.lang;
      const before = this.rows.get(account.upn);
      if (before?.content === content) return before.node;
      const node = drawRow(account, changed.has(account.upn));
      this.rows.set(account.upn, { content, node });
      return node;
    });
    arrange(this.list, rows);
  }

  drawFocus(changed = new Set()) {
    if (!this.person) return;
    const account = this.accountOf(this.person);
    if (account) this.focus.replaceChildren(drawCard(account, { person: this.person, changed: changed.has(account.upn) }));
    else if (this.accounts.length > 0) this.focus.replaceChildren(h("p", { class: "quiet", text: t("noAccount") }));
  }

  drawAudit(fresh) {
    const { whole, broken } = this.state;
    this.verdict.className = `verdict ${whole ? "good" : "bad"}`;
    this.verdict.dataset.verdict = whole ? "whole" : "broken";
    this.verdict.dataset.records = String(this.records.length);
    const words = whole ? t("whole", whole.records) : t("broken", broken.sequence, broken.why);
    this.verdict.replaceChildren(icon(whole ? "check" : "alert"), h("span", { text: words }));
    if (whole && whole.records > 0) {
      this.verdict.append(h("code", { class: "hash", title: `${t("head")}: ${whole.head}`, text: whole.head.slice(0, 10) }));
    }
    if (this.records.length === 0) {
      this.trail.replaceChildren(h("li", { class: "quiet", text: t("auditEmpty") }));
      return;
    }
    const newestFirst = [...this.records].sort((a, b) => b.sequence - a.sequence);
    this.trail.replaceChildren(...newestFirst.map((record) => this.drawRecord(record, fresh.has(record.hash))));
  }

  drawRecord(record, fresh) {
    const who = this.people?.get(record.who.user);
    const target = this.accounts.find((account) => account.id === record.target);
    const first = h("p", { class: "what" },
      h("span", { class: `event ${record.event}`, text: named("event", record.event) }),
      record.action ? h("strong", { text: named("action", record.action) }) : null,
      h("time", { datetime: record.at, text: clock(record.at) }));
    const self = target && target.upn === who?.account;
    const second = h("p", { class: "who", text: `${who?.name ?? record.who.user}${record.target && !self ? ` → ${target?.name ?? record.target}` : ""}` });
    return h("li", {
      class: fresh ? "fresh" : null, "data-testid": "audit-record", "data-event": record.event, "data-sequence": record.sequence,
      "data-action": record.action,
    }, h("span", { class: "link", "aria-hidden": "true", text: String(record.sequence) }),
      h("div", {}, first, second,
        record.note ? h("p", { class: "remark", text: record.note }) : null,
        h("code", { class: "hash", title: record.hash, text: record.hash.slice(0, 16) })));
  }
}

function facts(account) {
  return {
    "data-testid": `account-${account.upn}`, "data-restricted": String(account.restricted), "data-sign-in": account.signInAllowed ? "allowed" : "blocked",
  };
}

function chip(look, words) {
  return h("span", { class: `chip ${look}`, text: words });
}

function sending(account) {
  if (!account.restricted) return chip("good", t("sendingOk"));
  return chip("warn", t("sendingRestricted"));
}

function marks(account) {
  return [account.synced ? chip("plain", t("synced")) : null, account.federated ? chip("plain", t("federated")) : null,
    ...account.roles.map((role) => chip("plain", role))].filter(Boolean);
}

function drawCard(account, { person, changed }) {
  const rows = [
    [t("sending"), [sending(account), account.restricted ? h("small", { text: named("reason", account.restrictedReason ?? "other") }) : null]],
    [t("signIn"), [account.signInAllowed ? chip("good", t("signInOk")) : chip("bad", t("signInBlocked"))]],
    [t("password"), [when(account.passwordChanged)]],
    [t("sessions"), [when(account.sessionsValidFrom)]],
  ];
  const badges = marks(account);
  return h("article", { class: `account${changed ? " changed" : ""}`, ...facts(account), "data-testid": "state-focus" },
    h("header", {}, avatar(person.id, person.name), h("div", {}, h("h3", { text: account.name }), h("p", { class: "upn", text: account.upn }))),
    h("dl", {}, rows.map(([label, values]) => h("div", {}, h("dt", { text: label }), h("dd", {}, values)))),
    badges.length > 0 ? h("p", { class: "chips" }, badges) : null);
}

function when(iso) {
  return iso ? h("time", { datetime: iso, title: iso, text: ago(iso) }) : h("span", { class: "quiet", text: t("never") });
}

function drawRow(account, changed) {
  const chips = [
    account.restricted ? sending(account) : null,
    account.signInAllowed ? null : chip("bad", `${t("signIn")}: ${t("signInBlocked").toLocaleLowerCase()}`),
    ...marks(account),
  ].filter(Boolean);
  if (!account.restricted && account.signInAllowed) chips.unshift(chip("good", t("allWell")));
  return h("li", { class: changed ? "changed" : null, ...facts(account) },
    h("span", { class: "name", text: account.name }), h("span", { class: "upn", text: account.upn }), h("span", { class: "chips" }, chips));
}
