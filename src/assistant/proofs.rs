//! Proof of the requester: having the owner's manager asked, or a code sent to an address that the directory knows, and
//! what they answer. Who may answer what is decided in `access`; here it is asked, said and recorded.

use super::asker::{self, Asker, Manner};
use super::clicks::{Press, Subject};
use super::courier::Standing;
use super::voice::Voice;
use super::{AssistantError, letters, notices, wording};
use crate::access::proof::{CODE_WITHIN, Lack, MANAGER_WITHIN, Manager, NoWay, Petition, Typed, Unproved, Word};
use crate::access::{Denial, Proof, ProvedBy, Signs};
use crate::actions::tickets::{self, CONFIRM_WITHIN, OPEN_FOR, ProofAsk, ProofStep, Purpose, Terms};
use crate::actions::{self, Known};
use crate::chat::{Block, Conversation, Field, Identity, Look, Reply};
use crate::settings::RequesterProof;
use crate::store::Claim;
use crate::store::audit::{Entry, Event};
use crate::store::proofs::Matter;

/// The field of the code, in a click's inputs.
pub const CODE_FIELD: &str = "code";

/// The words of a refusal. Where a proof is all that lacks, with the way to ask for it.
pub async fn refusal(press: &Press<'_>, subject: &Subject<'_>, denial: &Denial) -> Result<Reply, AssistantError> {
    let mut reply = wording::refusal(&press.voice, denial);
    let Denial::NotProved(unproved) = denial else {
        return Ok(reply);
    };
    let key = match (unproved.lack(), press.parts.access.wants()) {
        (Lack::NotAsked, RequesterProof::Manager) => "proof-ask-manager",
        (Lack::NotAsked, RequesterProof::Code) => "proof-send-code",
        _ => return Ok(reply),
    };
    let terms = Terms {
        conversation: &press.click.conversation,
        holder: Some(&press.click.person.identity),
        expires: press.parts.clock.now() + CONFIRM_WITHIN,
    };
    let ask = ProofAsk {
        action: subject.action,
        target: subject.target.clone(),
        request: subject.request.clone(),
        administrator: press.click.person.clone(),
    };
    let ticket = tickets::issue(&press.parts.store, &terms, &Purpose::Proof(ProofStep::Ask(ask))).await?;
    reply.blocks.push(press.voice.paragraph(&format!("{key}-what"), &[]));
    reply
        .buttons
        .push(press.voice.private_button(key, Look::Primary, ticket));
    Ok(reply)
}

/// What a preview says of the proof that it rests on.
pub fn shown(voice: &Voice<'_>, proof: Option<&Proof>) -> Option<Block> {
    proof.map(|proof| shown_by(voice, proof.by()))
}

/// The same, for what is known of it later.
pub fn shown_by(voice: &Voice<'_>, by: &ProvedBy) -> Block {
    match by {
        ProvedBy::Manager { name, .. } => voice.paragraph("proof-shown-manager", &[("name", name)]),
        ProvedBy::Code { to } => voice.paragraph("proof-shown-code", &[("to", to)]),
    }
}

/// Takes one step towards a proof.
pub async fn follow(press: &Press<'_>, step: &ProofStep) -> Result<(), AssistantError> {
    let (ProofStep::Ask(ask) | ProofStep::Confirm(ask) | ProofStep::Deny(ask) | ProofStep::Code(ask)) = step;
    let (parts, now) = (press.parts, press.parts.clock.now());
    let requester = match &ask.request.requester {
        Some(requester) => Some(
            parts
                .access
                .recognise(&parts.store, requester.person.clone(), now)
                .await?,
        ),
        None => None,
    };
    let administrator = parts
        .access
        .recognise(&parts.store, ask.administrator.clone(), now)
        .await?;
    let asking = Asking {
        press,
        ask,
        subject: subject(ask),
        petition: Petition {
            matter: matter(ask),
            administrator: &administrator,
            requester: requester.as_ref(),
        },
    };
    match step {
        ProofStep::Ask(_) => asking.begin().await,
        ProofStep::Confirm(_) => asking.answered(Word::Yes).await,
        ProofStep::Deny(_) => {
            let closes = &ask.request.card;
            asking.answered(Word::No { closes }).await
        }
        ProofStep::Code(_) => asking.typed().await,
    }
}

fn subject(ask: &ProofAsk) -> Subject<'_> {
    Subject {
        action: ask.action,
        target: &ask.target,
        request: &ask.request,
        signs: Signs::Heeded,
        justification: None,
    }
}

fn matter(ask: &ProofAsk) -> Matter<'_> {
    Matter {
        request: &ask.request.id,
        target: ask.target.as_str(),
    }
}

/// Somebody's press on the way to a proof.
struct Asking<'a> {
    press: &'a Press<'a>,
    ask: &'a ProofAsk,
    subject: Subject<'a>,
    petition: Petition<'a>,
}

impl Asking<'_> {
    /// An administrator has the proof asked for. That they may do the rest is asked again.
    async fn begin(&self) -> Result<(), AssistantError> {
        let press = self.press;
        let world = press.parts.world();
        let asked = self.subject.ask(&press.click.person);
        let unproved = match press.parts.access.authorise(&world, &asked).await {
            Ok(_) => return self.show_way_on(&press.click.conversation).await,
            Err(Denial::NotProved(unproved)) if unproved.lack() == Lack::NotAsked => unproved,
            Err(denial) => return press.refused(&self.subject, &denial).await,
        };
        if press.is_settled(&self.ask.request).await? {
            return press.whisper(press.voice.sentence("ticket-used", &[])).await;
        }
        // Nobody is troubled for what can't be done anyway.
        if let Err(unfit) = actions::fits(self.ask.action, unproved.target(), Known::Unknown) {
            return press.unfit(&self.subject, &unfit).await;
        }
        match press.parts.access.wants() {
            RequesterProof::Manager => self.ask_manager(&unproved).await,
            RequesterProof::Code => self.send_code(&unproved).await,
            RequesterProof::Approval => press.whisper(press.voice.sentence("ticket-unknown", &[])).await,
        }
    }

    async fn ask_manager(&self, unproved: &Unproved) -> Result<(), AssistantError> {
        let (parts, world) = (self.press.parts, self.press.parts.world());
        let manager = match parts.access.manager(&world, unproved, &self.petition).await? {
            Ok(manager) => manager,
            Err(no_way) => return self.no_way(&no_way).await,
        };
        let asked_on = match &self.ask.request.requester {
            Some(requester) => requester.conversation.platform,
            None => self.press.click.conversation.platform,
        };
        let entra = &manager.account().id;
        let found = parts
            .courier
            .own_chat(asked_on, (entra.as_str(), &manager.members))
            .await;
        let Some((member, chat)) = found else {
            return self.no_way(&NoWay::NotReachable).await;
        };
        let entry = self.entry(Event::ProofAsked, &format!("manager {entra}"));
        if let Err(no_way) = parts
            .access
            .await_word(&world, (&self.petition, &manager), &entry)
            .await?
        {
            return self.no_way(&no_way).await;
        }
        let card = self.card(&manager, unproved, (&member, &chat)).await?;
        if let Err(error) = parts.courier.post(&self.press.voice, &chat, card).await {
            tracing::warn!(error = %error, "a manager could not be asked");
            parts.store.void_proof(self.petition.matter).await?;
            return self.no_way(&NoWay::NotReachable).await;
        }
        let name = manager.account().name.as_str();
        self.settle(self.press.voice.sentence("proof-manager-asked", &[("name", name)]))
            .await
    }

    /// What the manager sees, in their own chat: who asks for what, and two buttons that are theirs alone.
    async fn card(
        &self,
        manager: &Manager,
        unproved: &Unproved,
        (member, chat): (&Identity, &Conversation),
    ) -> Result<Reply, AssistantError> {
        let (parts, voice) = (self.press.parts, &self.press.voice);
        let terms = Terms {
            conversation: chat,
            holder: Some(member),
            expires: parts.clock.now() + MANAGER_WITHIN,
        };
        let yes = Purpose::Proof(ProofStep::Confirm(self.ask.clone()));
        let no = Purpose::Proof(ProofStep::Deny(self.ask.clone()));
        let yes = tickets::issue(&parts.store, &terms, &yes).await?;
        let no = tickets::issue(&parts.store, &terms, &no).await?;
        let account = &unproved.target().account;
        let action = voice.say(&format!("action-{}", self.ask.action), &[]);
        let mut arguments = vec![
            ("manager", manager.account().name.as_str()),
            ("name", account.name.as_str()),
            ("account", account.upn.as_str()),
            ("administrator", self.ask.administrator.name.as_str()),
            ("action", action.as_str()),
        ];
        let by = self.ask.request.requester.as_ref();
        let (requester, platform) = by.map_or((String::new(), ""), |by| {
            let platform = by.conversation.platform.title();
            (wording::asked_by(voice, &by.person), platform)
        });
        arguments.extend([("requester", requester.as_str()), ("platform", platform)]);
        let what = if by.is_some() {
            "proof-manager-requested"
        } else {
            "proof-manager-commanded"
        };
        let mut reply = voice.reply(vec![
            voice.heading("proof-manager-title", &[("name", &account.name)]),
            voice.paragraph(what, &arguments),
            voice.paragraph("proof-manager-think", &[]),
        ]);
        reply.buttons = vec![
            voice.button("proof-manager-yes", Look::Primary, yes),
            voice.button("proof-manager-no", Look::Danger, no),
        ];
        Ok(reply)
    }

    async fn send_code(&self, unproved: &Unproved) -> Result<(), AssistantError> {
        let (parts, world) = (self.press.parts, self.press.parts.world());
        let Some(mailbox) = &parts.mailbox else {
            return self.no_way(&NoWay::NoMailbox).await;
        };
        let code = match parts.access.code(&world, unproved, &self.petition).await {
            Ok(code) => code,
            Err(no_way) => return self.no_way(&no_way).await,
        };
        let masked = notices::masked(&code.to);
        let entry = self.entry(Event::ProofAsked, &format!("code sent to {masked}"));
        let begun = parts
            .access
            .await_code(&world, (&self.petition, &code), &masked, &entry);
        if let Err(no_way) = begun.await? {
            return self.no_way(&no_way).await;
        }
        let account = &unproved.target().account;
        let letter = letters::code(parts, self.press.voice.catalogue, (account, self.ask), &code).await;
        if let Err(error) = parts.tenant.send_mail(mailbox, &letter).await {
            // One that may have been sent is one that somebody may hold.
            if !error.outcome_is_unknown() {
                parts.store.void_proof(self.petition.matter).await?;
                return self.no_way(&NoWay::CannotTell(error)).await;
            }
        }
        self.prompt(&masked).await
    }

    /// The way to enter the code: for whoever asked, else for the administrator who speaks with the owner.
    async fn prompt(&self, masked: &str) -> Result<(), AssistantError> {
        let (press, voice) = (self.press, &self.press.voice);
        let by = self.ask.request.requester.as_ref();
        let asker = match by {
            Some(by) => Asker {
                person: &by.person,
                conversation: &by.conversation,
                manner: Manner::Later,
            },
            None => Asker {
                person: &press.click.person,
                conversation: &press.click.conversation,
                manner: Manner::Openly(&press.click.event),
            },
        };
        let terms = Terms {
            conversation: asker.conversation,
            holder: Some(&asker.person.identity),
            expires: press.parts.clock.now() + CODE_WITHIN,
        };
        let purpose = Purpose::Proof(ProofStep::Code(self.ask.clone()));
        let ticket = tickets::issue(&press.parts.store, &terms, &purpose).await?;
        let what = if by.is_some() {
            "proof-enter-code"
        } else {
            "proof-enter-code-for-owner"
        };
        let mut reply = voice.sentence(what, &[("to", masked)]);
        reply.field = Some(Field {
            name: CODE_FIELD.into(),
            label: voice.say("proof-code-field", &[]),
            hint: "12345678".into(),
        });
        let button = voice.button("proof-code-send", Look::Primary, ticket);
        reply.buttons.push(crate::chat::Button {
            shows: asker.told(),
            ..button
        });
        if by.is_none() {
            return press.whisper(reply).await;
        }
        asker::tell(press.parts, voice, &asker, reply).await?;
        self.settle(voice.sentence("proof-code-sent", &[("to", masked)])).await
    }

    /// The manager has answered.
    async fn answered(&self, word: Word<'_>) -> Result<(), AssistantError> {
        let (press, voice) = (self.press, &self.press.voice);
        let (event, key) = match word {
            Word::Yes => (Event::Proved, "proof-manager-thanks"),
            Word::No { .. } => (Event::Disproved, "proof-manager-stopped"),
        };
        let entry = self.entry(event, "by the manager");
        let world = press.parts.world();
        let answer = press
            .parts
            .access
            .answer(&world, (&press.click.person, &self.petition), word, &entry);
        match answer.await? {
            Err(no_way) => {
                let note = format!("the manager's word: {}", no_way.code());
                press.parts.store.record(&self.entry(Event::Refused, &note)).await?;
                return press.whisper(voice.sentence("proof-manager-may-not", &[])).await;
            }
            Ok(Claim::Lost) => return press.whisper(voice.sentence("ticket-used", &[])).await,
            Ok(Claim::Won) => {}
        }
        self.settle(voice.sentence(key, &[])).await?;
        match word {
            Word::Yes => self.tell_administrators("proof-given-manager", Way::On).await,
            Word::No { .. } => self.stopped().await,
        }
    }

    /// The request is over: said where its card stands, to all administrators, and to whoever asked.
    async fn stopped(&self) -> Result<(), AssistantError> {
        let (press, voice, request) = (self.press, &self.press.voice, &self.ask.request);
        let name = press.click.person.name.as_str();
        let arguments = [("name", name), ("account", request.account.as_str())];
        let card = voice.reply(vec![
            voice.heading("proof-denied-title", &[]),
            voice.paragraph("proof-denied", &arguments),
        ]);
        if let Some(message) = press.parts.store.standing(&request.card).await? {
            let standing = Standing {
                message: &message,
                answering: None,
            };
            if let Err(error) = press.parts.courier.replace(voice, &standing, card).await {
                tracing::warn!(error = %error, "the card of a stopped request could not be updated");
            }
        }
        self.tell_administrators("proof-denied", Way::Over).await?;
        let Some(requester) = &request.requester else {
            return Ok(());
        };
        let asker = Asker {
            person: &requester.person,
            conversation: &requester.conversation,
            manner: Manner::Later,
        };
        let told = voice.sentence("told-closed", &[("account", &request.account)]);
        asker::tell(press.parts, voice, &asker, told).await
    }

    /// Somebody has typed a code.
    async fn typed(&self) -> Result<(), AssistantError> {
        let (press, voice) = (self.press, &self.press.voice);
        let typed = press.click.inputs.get(CODE_FIELD).map_or("", String::as_str);
        let entry = self.entry(Event::Proved, "by the code");
        let world = press.parts.world();
        let tried = press.parts.access.typed(&world, (self.petition.matter, typed), &entry);
        match tried.await? {
            Typed::Right => {
                self.settle(voice.sentence("proof-code-right", &[])).await?;
                self.tell_administrators("proof-given-code", Way::On).await
            }
            Typed::Wrong { left } => {
                let note = format!("a wrong code, {left} tries left");
                press.parts.store.record(&self.entry(Event::Disproved, &note)).await?;
                if left == 0 {
                    press.whisper(voice.sentence("proof-code-nothing", &[])).await?;
                    return self.tell_administrators("proof-code-failed", Way::Over).await;
                }
                let left = left.to_string();
                press
                    .whisper(voice.sentence("proof-code-wrong", &[("left", &left)]))
                    .await
            }
            Typed::Nothing => press.whisper(voice.sentence("proof-code-nothing", &[])).await,
        }
    }

    /// Says to all administrators what became of it.
    async fn tell_administrators(&self, key: &str, way: Way) -> Result<(), AssistantError> {
        let (press, voice) = (self.press, &self.press.voice);
        let platform = self.ask.administrator.identity.platform;
        let Some(desk) = press.parts.courier.admin_conversation(platform) else {
            return Ok(());
        };
        let arguments = [
            ("name", press.click.person.name.as_str()),
            ("account", self.ask.request.account.as_str()),
        ];
        let mut reply = voice.sentence(key, &arguments);
        if way == Way::On {
            reply.buttons.push(self.way_on(&desk).await?);
        }
        press.parts.courier.post(voice, &desk, reply).await?;
        Ok(())
    }

    /// It is proved already.
    async fn show_way_on(&self, here: &Conversation) -> Result<(), AssistantError> {
        let mut reply = self.press.voice.sentence("proof-there", &[]);
        reply.buttons.push(self.way_on(here).await?);
        self.press.whisper(reply).await
    }

    /// The button with which an administrator goes on: it shows the preview, which asks everything again.
    async fn way_on(&self, shown_in: &Conversation) -> Result<crate::chat::Button, AssistantError> {
        let parts = self.press.parts;
        let terms = Terms {
            conversation: shown_in,
            holder: None,
            expires: parts.clock.now() + OPEN_FOR,
        };
        let preview = Purpose::Preview {
            action: self.ask.action,
            target: self.ask.target.clone(),
            request: self.ask.request.clone(),
        };
        let ticket = tickets::issue(&parts.store, &terms, &preview).await?;
        let key = format!("action-{}", self.ask.action);
        Ok(self.press.voice.private_button(&key, Look::Primary, ticket))
    }

    /// Says why there is no proof to be had, and what to do in its place.
    async fn no_way(&self, no_way: &NoWay) -> Result<(), AssistantError> {
        let (press, voice) = (self.press, &self.press.voice);
        let note = format!("no proof: {}", no_way.code());
        press.parts.store.record(&self.entry(Event::Refused, &note)).await?;
        let why = match no_way {
            NoWay::CannotTell(error) => wording::fault(voice, error),
            _ => String::new(),
        };
        let key = format!("no-way-{}", no_way.code());
        let blocks = vec![
            voice.paragraph(&key, &[("why", &why)]),
            voice.paragraph("no-way-instead", &[]),
        ];
        press.whisper(voice.reply(blocks)).await
    }

    /// The pressed button's message says what came of it, and has no buttons any more.
    async fn settle(&self, reply: Reply) -> Result<(), AssistantError> {
        let press = self.press;
        let pressed = Standing::pressed(press.click);
        press.parts.courier.replace(&press.voice, &pressed, reply).await?;
        Ok(())
    }

    fn entry(&self, event: Event, note: &str) -> Entry {
        let press = self.press;
        Entry {
            detail: self.subject.detail(),
            ..press.entry(event, &self.subject, &self.ask.request.id, note)
        }
    }
}

/// Whether administrators can go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    On,
    Over,
}
