//! One suite of stories for every platform. A platform's tests implement [`Stage`] over their fake of the platform and
//! write `conformance!(TheirStage)`; every story then runs there as a test of its own.

#![allow(dead_code, reason = "each platform uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

pub mod house;
pub mod replies;
pub mod stories;

use house::House;

/// Somebody in the stories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Can't send mail: her account is restricted.
    Maria,
    /// His password has expired.
    Kostas,
    /// An administrator who may do everything.
    Ana,
    /// An administrator who may look, revoke sessions, and do (or approve) what takes two people.
    Petros,
    /// Somebody without any grant, who sees the administrators' room all the same.
    Stranger,
}

impl Who {
    pub const ALL: [Self; 5] = [Self::Maria, Self::Kostas, Self::Ana, Self::Petros, Self::Stranger];

    /// A short name, fit for the platform's ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Maria => "maria",
            Self::Kostas => "kostas",
            Self::Ana => "ana",
            Self::Petros => "petros",
            Self::Stranger => "stranger",
        }
    }

    /// The address of their account in the simulated tenant.
    pub fn address(self) -> Option<&'static str> {
        match self {
            Self::Maria => Some("maria.papadopoulou@contoso.com"),
            Self::Kostas => Some("kostas.dimitriou@contoso.com"),
            Self::Ana => Some("ana.admin@contoso.com"),
            Self::Petros => Some("petros.markou@contoso.com"),
            Self::Stranger => None,
        }
    }
}

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The person's own conversation with the bot.
    Direct,
    /// A channel of many, in which the bot answers unasked. Everybody is in it.
    Support,
    /// The administrators' room: Ana, Petros and, because a channel's members change, the stranger are in it.
    Admins,
}

/// What the platform tells the bot about the account of whoever speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accounts {
    /// It vouches for it.
    Vouched,
    /// It shows an address that proves nothing.
    Suggested,
    /// Nothing.
    Unknown,
}

/// Something that somebody sees, as they read it: without markup, escapes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Where; for a private view, where it was opened from or the person's own conversation.
    pub place: Place,
    /// Whether nobody else sees it.
    pub private: bool,
    /// Whether it took the place of something that stood there.
    pub replaces: bool,
    /// All its words; parts are separated by line ends.
    pub text: String,
    /// What is written on its buttons.
    pub buttons: Vec<String>,
}

/// A platform with the bot on it. Whatever somebody does returns when the bot has acknowledged it and done with it
/// ([`House::answered_since`] helps).
#[allow(async_fn_in_trait, reason = "used by these tests alone")]
pub trait Stage: Sized {
    /// What the platform tells about accounts.
    const ACCOUNTS: Accounts;

    /// The bot is connected, everybody is there, nothing was said yet.
    async fn begin() -> Self;

    /// The Latchkey behind the platform.
    fn house(&self) -> &House;

    /// Somebody writes; in [`Place::Direct`] to the bot, elsewhere to nobody in particular.
    async fn says(&self, who: Who, place: Place, text: &str);

    /// Somebody writes in a shared place and mentions the bot.
    async fn mentions(&self, who: Who, place: Place, text: &str);

    /// Somebody gives a command (`/latchkey TEXT` where the platform has those, else the same words directly) in the
    /// support channel.
    async fn commands(&self, who: Who, text: &str);

    /// The platform delivers what it delivered last once more, as it does when it did not hear the acknowledgement.
    async fn repeats(&self);

    /// Somebody presses the newest button with this label that they can see.
    async fn presses(&self, who: Who, label: &str);

    /// Somebody answers the newest question with a field: types `text` and presses `label`.
    async fn fills(&self, who: Who, text: &str, label: &str);

    /// Everything that became visible to somebody since this was asked last, in order: posted, replaced, private.
    fn news(&self, who: Who) -> Vec<Seen>;

    /// From now on the platform has no way to show anything to one person alone: dialogs are closed, tokens expired.
    fn close_private_ways(&self);

    /// Everything that stands on the platform where others, or the same person later, can read it: raw.
    fn standing(&self) -> String;
}

/// Runs every story on a stage.
#[macro_export]
macro_rules! conformance {
    ($stage:ty; $($story:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                $crate::conformance::stories::$story::<$stage>().await;
            }
        )*
    };
    ($stage:ty) => {
        $crate::conformance!($stage;
            an_english_question_ends_with_an_unblocked_sender,
            a_greek_question_ends_with_an_unblocked_sender,
            a_greeklish_question_in_the_channel_ends_with_an_unblocked_sender,
            a_question_that_can_mean_several_things_is_answered_by_choosing,
            ordinary_talk_is_left_alone,
            whoever_mentions_the_bot_is_answered,
            what_is_delivered_twice_is_answered_once,
            a_confirmation_delivered_twice_acts_once,
            a_settled_request_offers_no_second_confirmation,
            a_strangers_click_changes_nothing_and_uses_nothing_up,
            an_administrator_without_the_grant_is_refused,
            an_expired_button_says_so,
            a_new_password_is_seen_once_by_whoever_approved_it,
            nobody_approves_what_they_confirmed,
            two_people_override_what_speaks_against_it,
            the_kill_switch_stops_what_waits_for_a_second_person,
            a_password_that_cannot_be_shown_privately_is_shown_to_nobody,
            a_command_is_answered_for_the_person_alone,
            an_administrator_looks_at_an_account_by_command,
            words_of_a_stranger_are_shown_as_words,
            a_button_in_somebodys_own_chat_is_pressed_there,
        );
    };
}
