//! Discord's limits, each with its source. Characters are counted as UTF-16 counts them: that is never less than any
//! other way of counting, and Discord doesn't say which is its own.

use std::time::Duration;

/// Characters of an embed's title. <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const TITLE: usize = 256;
/// Characters of an embed's description, same source.
pub const DESCRIPTION: usize = 4096;
/// Fields of an embed, same source.
pub const FIELDS: usize = 25;
/// Characters of a field's name, same source.
pub const FIELD_NAME: usize = 256;
/// Characters of a field's value, same source.
pub const FIELD_VALUE: usize = 1024;
/// Characters of all embeds of a message together, same source.
pub const EMBEDS_IN_ALL: usize = 6000;
/// Embeds of a message. <https://docs.discord.com/developers/resources/message#create-message-jsonform-params>
pub const EMBEDS: usize = 10;
/// Rows of buttons. <https://docs.discord.com/developers/components/reference#action-row>
pub const ROWS: usize = 5;
/// Buttons of a row, same source.
pub const BUTTONS_IN_A_ROW: usize = 5;
/// Characters on a button. <https://docs.discord.com/developers/components/reference#button>
pub const BUTTON_LABEL: usize = 80;
/// Characters of a custom id. <https://docs.discord.com/developers/components/reference#anatomy-of-a-component>
pub const CUSTOM_ID: usize = 100;
/// Characters of a modal's title. <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
pub const MODAL_TITLE: usize = 45;
/// Characters of an input's label. <https://docs.discord.com/developers/components/reference#text-input>
pub const INPUT_LABEL: usize = 45;
/// Characters of an input's placeholder, same source.
pub const INPUT_PLACEHOLDER: usize = 100;
/// The longest answer to a field that we ask for; Discord would take 4000.
pub const INPUT_LENGTH: usize = 400;

/// How long after its creation an interaction's token works.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages>
pub const TOKEN_LIVES: Duration = Duration::from_secs(15 * 60);
/// How long before that we stop to rely on it.
pub const TOKEN_MARGIN: Duration = Duration::from_secs(15);
/// How long there is for the first answer to an interaction, same source.
pub const FIRST_ANSWER: Duration = Duration::from_secs(3);

/// Characters of a text as UTF-16 counts them.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
