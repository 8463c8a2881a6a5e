//! What the assistant says in words, each thing in one place: refusals, faults, findings, sources.

use super::readable;
use super::voice::Voice;
use crate::access::Denial;
use crate::actions::gate::{Gate, Sign};
use crate::actions::{self, Detail, Unfit};
use crate::chat::{ActionId, Block, Person, Reply, Span, Text};
use crate::diagnosis::Finding;
use crate::intents::codes::CodeHit;
use crate::intents::{IntentId, Scenario, Words};
use crate::language::Language;
use crate::tenant::account::{BlockReason, Consent, ServiceIssue};
use crate::tenant::{FindError, TenantError};

/// The most codes explained in one answer.
const MOST_CODES: usize = 3;
/// The most sources named under an answer.
const MOST_SOURCES: usize = 2;

/// What is said about a scenario in this language, or in English.
pub fn words<'a>(scenario: &'a Scenario, language: &Language) -> &'a Words {
    scenario
        .words
        .get(language)
        .or_else(|| scenario.words.get(&Language::english()))
        .expect("the catalogue refuses a scenario without English")
}

/// The pages that an answer rests on, with the day they were last held against it.
pub fn sources(voice: &Voice<'_>, scenario: &Scenario) -> Option<Block> {
    let mut spans = vec![Span::Plain(format!("{} ", voice.say("sources", &[])))];
    for (index, source) in scenario.sources.iter().take(MOST_SOURCES).enumerate() {
        if index > 0 {
            spans.push(Span::Plain(" · ".into()));
        }
        let title = source
            .titles
            .get(voice.language)
            .or_else(|| source.titles.get(&Language::english()));
        spans.push(Span::Link {
            text: title.unwrap_or(&source.url).clone(),
            url: source.url.clone(),
        });
    }
    let reviewed = scenario.sources.iter().map(|source| source.reviewed.as_str()).min()?;
    spans.push(Span::Plain(format!(
        " · {}",
        voice.say("reviewed", &[("date", reviewed)])
    )));
    Some(Block::Note(Text(spans)))
}

/// The words of a refusal.
pub fn refusal(voice: &Voice<'_>, denial: &Denial) -> Reply {
    let detail = match denial {
        Denial::Protected(protection) => {
            let key = format!("protected-{}", protection.code());
            return voice.sentence(&key, &[("name", protection.name())]);
        }
        Denial::Over(over) => {
            let key = format!("limit-{}", over.limit.code());
            return voice.sentence(&key, &[("until", &readable(over.until))]);
        }
        Denial::NotProved(unproved) => {
            return voice.sentence(&format!("not-proved-{}", unproved.lack().code()), &[]);
        }
        Denial::Frozen(freeze) => readable(freeze.since),
        Denial::CannotTell(error) => fault(voice, error),
        Denial::NotAnAdministrator
        | Denial::NotThisAction
        | Denial::NotLinked
        | Denial::NotThisTarget
        | Denial::CannotTellMember
        | Denial::OwnAccount
        | Denial::SamePerson
        | Denial::OwnRequest
        | Denial::CannotTellApart
        | Denial::TargetGone
        | Denial::StoreFailed(_) => String::new(),
    };
    let arguments = [("why", detail.as_str()), ("since", &detail)];
    voice.sentence(&format!("denied-{}", denial.code()), &arguments)
}

/// What the request is about, in words.
pub fn about(voice: &Voice<'_>, intent: Option<&IntentId>) -> Option<String> {
    let scenario = voice.catalogue.scenario(intent?)?;
    Some(words(scenario, voice.language).choice.clone())
}

/// Why an address leads to no account, for administrators.
pub fn not_found(voice: &Voice<'_>, error: &FindError, address: &str) -> String {
    match error {
        FindError::NotFound => voice.say("account-not-found", &[("account", address)]),
        FindError::Ambiguous(count) => voice.say(
            "account-ambiguous",
            &[("account", address), ("count", &count.to_string())],
        ),
        FindError::Tenant(error) => voice.say(
            "account-unavailable",
            &[("account", address), ("why", &fault(voice, error))],
        ),
    }
}

/// The name of whoever asked, with what is known of who they are.
pub fn asked_by(voice: &Voice<'_>, person: &Person) -> String {
    match &person.account {
        Some(account) => voice.say("asked-by-known", &[("name", &person.name), ("account", account)]),
        None => voice.say("asked-by-unknown", &[("name", &person.name)]),
    }
}

/// Why an action does not fit, and where to go instead.
pub fn unfit(voice: &Voice<'_>, unfit: &Unfit) -> Vec<Block> {
    let (domain, why) = match unfit {
        Unfit::Gated(gate) => return gated(voice, gate),
        Unfit::Federated { domain } => (domain.clone(), String::new()),
        Unfit::CannotTell(error) => (String::new(), fault(voice, error)),
        Unfit::Synced | Unfit::Guest | Unfit::AlreadySo | Unfit::NotEnabled => Default::default(),
    };
    vec![voice.paragraph(
        &format!("unfit-{}", unfit.code()),
        &[("domain", &domain), ("why", &why)],
    )]
}

/// The signs of an intruder, one by one.
pub fn signs(voice: &Voice<'_>, gate: &Gate) -> Vec<Text> {
    let told = |sign: &Sign| match sign {
        Sign::Unchecked(look, error) => {
            let probe = voice.say(&format!("probe-{}", look.code()), &[]);
            voice.text("sign-unchecked", &[("probe", &probe), ("why", &fault(voice, error))])
        }
        other => voice.text(&format!("sign-{}", other.code()), &[]),
    };
    gate.signs.iter().map(told).collect()
}

/// What must be secured first, and how.
fn gated(voice: &Voice<'_>, gate: &Gate) -> Vec<Block> {
    let mut blocks = vec![voice.paragraph("unfit-gated", &[]), Block::Bullets(signs(voice, gate))];
    let remedies: Vec<String> = gate
        .secured_by()
        .into_iter()
        .map(|action| voice.say(&format!("action-{action}"), &[]))
        .collect();
    if !remedies.is_empty() {
        blocks.push(voice.paragraph("gated-remedies", &[("actions", &remedies.join(", "))]));
    }
    blocks.push(voice.paragraph("gated-otherwise", &[]));
    blocks
}

/// What an action would do exactly.
pub fn details(voice: &Voice<'_>, details: &[Detail]) -> Vec<Block> {
    details.iter().map(|detail| self::detail(voice, detail)).collect()
}

fn detail(voice: &Voice<'_>, detail: &Detail) -> Block {
    match detail {
        Detail::Methods(kinds) => {
            let names: Vec<String> = kinds
                .iter()
                .map(|kind| voice.say(&format!("method-{}", kind.code()), &[]))
                .collect();
            voice.paragraph("detail-methods", &[("methods", &names.join(", "))])
        }
        Detail::Rules(names) => voice.paragraph("detail-rules", &[("names", &quoted(names))]),
        Detail::HiddenRulesUnknown(error) => {
            let why = fault(voice, error);
            voice.paragraph("detail-hidden-rules-unknown", &[("why", &why)])
        }
        Detail::Forwarding(to) => voice.paragraph("detail-forwarding", &[("to", &to.join(", "))]),
        Detail::Consents(consents) => {
            let shown =
                |consent: &Consent| Text::plain(format!("{}: {}", consent.application, consent.scopes.join(", ")));
            Block::Bullets(consents.iter().map(shown).collect())
        }
        Detail::PassLifetime { minutes } => {
            voice.paragraph("detail-pass-lifetime", &[("minutes", &minutes.to_string())])
        }
    }
}

/// Rules of intruders are called "." and the like, so names need something around them.
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    names.join(", ")
}

/// Whether the action can be taken back, and how.
pub fn undo(voice: &Voice<'_>, action: ActionId) -> Block {
    match actions::undone_by(action) {
        Some(by) => {
            let by = voice.say(&format!("action-{by}"), &[]);
            Block::Note(voice.text("undo-by", &[("action", &by)]))
        }
        None => Block::Note(voice.text(&format!("undo-{action}"), &[])),
    }
}

/// Microsoft's own page for restricted entities.
const RESTRICTED_ENTITIES: &str = "https://security.microsoft.com/restrictedentities";

/// The steps that do in the portal what can't be done from here.
pub fn portal_unblock(voice: &Voice<'_>) -> Vec<Block> {
    let open = Text(vec![
        Span::Plain(format!("{} ", voice.say("portal-unblock-open", &[]))),
        Span::Link {
            text: voice.say("portal-unblock-page", &[]),
            url: RESTRICTED_ENTITIES.into(),
        },
    ]);
    let steps = [
        "portal-unblock-choose",
        "portal-unblock-secure",
        "portal-unblock-submit",
    ];
    let steps = steps.map(|key| voice.text(key, &[]));
    vec![
        voice.paragraph("portal-unblock", &[]),
        Block::Steps(std::iter::once(open).chain(steps).collect()),
    ]
}

/// What went wrong with the tenant, for an administrator: the kind of fault and the service's code, never its message,
/// which can hold addresses.
pub fn fault(voice: &Voice<'_>, error: &TenantError) -> String {
    if let Some(wait) = error.wait() {
        let minutes = wait.as_secs().div_ceil(60).max(1);
        return voice.say("fault-throttled-for", &[("minutes", &minutes.to_string())]);
    }
    let code = match error {
        TenantError::Denied { code, .. } | TenantError::Rejected { code, .. } => code.as_str(),
        _ => "",
    };
    voice.say(&format!("fault-{}", error.code()), &[("code", code)])
}

/// A finding in words.
pub fn finding(voice: &Voice<'_>, finding: &Finding) -> String {
    match finding {
        Finding::Compromised => voice.say("finding-compromised", &[]),
        Finding::AtRisk => voice.say("finding-at-risk", &[]),
        Finding::Forwarding { to } => voice.say("finding-forwarding", &[("to", &to.join(", "))]),
        Finding::Rules { names } => voice.say("finding-rules", &[("names", &names.join(", "))]),
        Finding::HiddenRules { names } => voice.say("finding-hidden-rules", &[("names", &quoted(names))]),
        Finding::Consents { scopes } => voice.say("finding-consents", &[("scopes", &scopes.join(", "))]),
        Finding::ServiceIssue(issue) => {
            let ServiceIssue { id, service, title } = issue;
            voice.say(
                "finding-service-issue",
                &[("id", id), ("service", service), ("title", title)],
            )
        }
        Finding::Restricted { reason, since } => {
            let key = match reason {
                BlockReason::Volume => "finding-restricted-volume",
                BlockReason::Spam => "finding-restricted-spam",
                BlockReason::Other => "finding-restricted-other",
            };
            let since = since.map_or_else(|| voice.say("unknown-time", &[]), readable);
            voice.say(key, &[("since", &since)])
        }
        Finding::SignInBlocked => voice.say("finding-sign-in-blocked", &[]),
        Finding::LockedOut { at } => voice.say("finding-locked-out", &[("at", &readable(*at))]),
        Finding::PasswordExpired { at } => voice.say("finding-password-expired", &[("at", &readable(*at))]),
        Finding::NoMailbox => voice.say("finding-no-mailbox", &[]),
        Finding::Synced => voice.say("finding-synced", &[]),
        Finding::Federated { domain } => voice.say("finding-federated", &[("domain", domain)]),
        Finding::Guest => voice.say("finding-guest", &[]),
        Finding::Privileged { name } => voice.say("finding-privileged", &[("name", name)]),
    }
}

/// What each code in a message means, with Microsoft's own page of it where there is one; `None` without any code.
pub fn codes(voice: &Voice<'_>, codes: &[CodeHit]) -> Option<Block> {
    let told = |hit: &CodeHit| {
        let mut spans = vec![
            Span::Code(hit.code.clone()),
            Span::Plain(format!(" {}", hit.meaning(voice.language))),
        ];
        if hit.code.bytes().all(|digit| digit.is_ascii_digit()) {
            let url = format!("https://login.microsoftonline.com/error?code={}", hit.code);
            spans.push(Span::Plain(" ".into()));
            spans.push(Span::Link {
                text: voice.say("code-page", &[]),
                url,
            });
        }
        Text(spans)
    };
    let items: Vec<Text> = codes.iter().take(MOST_CODES).map(told).collect();
    (!items.is_empty()).then_some(Block::Bullets(items))
}
