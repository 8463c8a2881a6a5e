//! Slack's limits, each with the page that states it. Lengths count UTF-16 units, the strictest way to count characters.

use std::time::Duration;

/// Blocks in a message: <https://docs.slack.dev/reference/block-kit/blocks/>.
pub const MESSAGE_BLOCKS: usize = 50;
/// Blocks in a modal or home tab: <https://docs.slack.dev/reference/block-kit/blocks/>.
pub const VIEW_BLOCKS: usize = 100;
/// Words in one block: the limit of a section's text, kept for rich text too, which states none:
/// <https://docs.slack.dev/reference/block-kit/blocks/section-block/>.
pub const BLOCK_TEXT: usize = 3000;
/// Words in all blocks of one message. Slack answers `msg_blocks_too_long` and states no number:
/// <https://docs.slack.dev/reference/methods/chat.postMessage/#errors>. This has room to spare.
pub const MESSAGE_TEXT: usize = 10_000;
/// Words in all blocks of one view; Slack answers `view_too_large` beyond 250 KB:
/// <https://docs.slack.dev/reference/methods/views.open/#errors>.
pub const VIEW_TEXT: usize = 30_000;
/// Top-level text, which notifications show: <https://docs.slack.dev/reference/methods/chat.postMessage/#truncating>.
pub const FALLBACK_TEXT: usize = 4000;
/// A header's text: <https://docs.slack.dev/reference/block-kit/blocks/header-block/>.
pub const HEADER_TEXT: usize = 150;
/// A button's label: <https://docs.slack.dev/reference/block-kit/block-elements/button-element/>.
pub const BUTTON_TEXT: usize = 75;
/// Elements in an actions block: <https://docs.slack.dev/reference/block-kit/blocks/actions-block/>.
pub const ACTIONS: usize = 25;
/// A view's title, and the words on its submit button: <https://docs.slack.dev/reference/views/modal-views/>.
pub const VIEW_TITLE: usize = 24;
/// What is carried in a view: <https://docs.slack.dev/reference/views/modal-views/>.
pub const PRIVATE_METADATA: usize = 3000;
/// An input's label: <https://docs.slack.dev/reference/block-kit/blocks/input-block/>.
pub const INPUT_LABEL: usize = 2000;
/// An input's example: <https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element/>.
pub const PLACEHOLDER: usize = 150;
/// A block's id: <https://docs.slack.dev/reference/block-kit/blocks/>.
pub const BLOCK_ID: usize = 255;
/// An element's id: <https://docs.slack.dev/reference/block-kit/block-elements/>.
pub const ACTION_ID: usize = 255;

/// How far a signed request's time may be from ours: <https://docs.slack.dev/authentication/verifying-requests-from-slack/>.
pub const SIGNED_WITHIN: Duration = Duration::from_secs(300);
/// How long a response URL works, and how often:
/// <https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses>.
pub const RESPONSE_URL_FOR: Duration = Duration::from_secs(30 * 60);
/// See [`RESPONSE_URL_FOR`].
pub const RESPONSE_URL_USES: u8 = 5;

/// How long a text is, as Slack may count it.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
