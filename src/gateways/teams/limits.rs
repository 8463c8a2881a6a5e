//! What Teams and the Bot Framework take at most, each with its source, and how patient the gateway is.

use std::time::Duration;

/// The largest activity that is read. Bot Framework messages are far smaller; more is not worth holding.
/// <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-send-and-receive-messages>
pub const LARGEST_ACTIVITY: usize = 256 * 1024;

/// The largest message that Teams takes, in bytes of JSON.
/// <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/design-effective-cards>
pub const LARGEST_MESSAGE: usize = 28 * 1024;

/// What of [`LARGEST_MESSAGE`] is kept for everything around a card's body: the envelope, buttons, the fallback text.
pub const KEPT_FOR_THE_REST: usize = 12 * 1024;

/// The largest run of words that one element of a card holds, in bytes: small enough that a card of one element is taken
/// even where Teams takes a quarter of what it says.
pub const LARGEST_TEXT: usize = (LARGEST_MESSAGE - KEPT_FOR_THE_REST) / 4;

/// Actions that Teams shows at once; what is beyond them goes into the overflow menu.
/// <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference>
pub const PRIMARY_ACTIONS: usize = 6;

/// The longest title of a button, in characters. Teams takes more and shows less.
pub const LONGEST_TITLE: usize = 60;

/// The longest text shown in the place of a card, and read out for one, in characters.
pub const LONGEST_FALLBACK: usize = 200;

/// The longest text that is shown as a passing message instead of a card, in characters.
pub const LONGEST_TOAST: usize = 300;

/// The longest answer that a field takes, in characters.
pub const LONGEST_INPUT: usize = 500;

/// People who can have a view of a card of their own.
/// <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/user-specific-views>
pub const OWN_VIEWS: usize = 60;

/// Members that one page of a roster holds at most.
/// <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context>
pub const ROSTER_PAGE: usize = 500;

/// Pages of a roster that are read before people are looked up one by one.
pub const ROSTER_PAGES: usize = 4;

/// How long an invoke is kept open for its answer. Teams gives up after about fifteen seconds, and people before.
/// <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards>
pub const INVOKE_PATIENCE: Duration = Duration::from_secs(6);

/// How long looking somebody up may take while a message waits to be acknowledged.
pub const ROSTER_PATIENCE: Duration = Duration::from_secs(3);

/// How long a call to the connector may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// How long one call may wait in all before it is given up.
pub const RETRY_PATIENCE: Duration = Duration::from_secs(30);

/// How often a call is repeated.
pub const RETRIES: u32 = 3;

/// How long no further token is fetched after a new one was refused, too.
pub const FUTILE_FOR: Duration = Duration::from_secs(60);

/// How long a new password waits to be looked at.
pub const SECRET_WAITS: Duration = Duration::from_secs(10 * 60);
