//! Where something that the bot said stands, as the id of a `MessageRef`.

use std::fmt;
use std::str::FromStr;

/// A place that can be written over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spot {
    /// A message that everybody in the channel reads.
    Message {
        /// The channel, which is not always that of the conversation.
        channel: String,
        /// Slack's id of the message in it; of the last one, which holds the buttons, where there are several.
        ts: String,
        /// The messages before it that hold the beginning of what is said, in order.
        before: Vec<String>,
    },
    /// A message that one person sees, for as long as Slack keeps it.
    Ephemeral {
        /// The channel.
        channel: String,
        /// Slack's id of the message in it.
        ts: String,
    },
    /// A modal.
    View(String),
    /// Somebody's home tab.
    Home(String),
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { channel, ts, before } => {
                write!(f, "message:{channel}:{ts}")?;
                before.iter().try_for_each(|ts| write!(f, "+{ts}"))
            }
            Self::Ephemeral { channel, ts } => write!(f, "ephemeral:{channel}:{ts}"),
            Self::View(view) => write!(f, "view:{view}"),
            Self::Home(user) => write!(f, "home:{user}"),
        }
    }
}

impl FromStr for Spot {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, rest) = text.split_once(':').ok_or(())?;
        let message = || {
            rest.split_once(':')
                .map(|(channel, ts)| (channel.to_owned(), ts.to_owned()))
                .ok_or(())
        };
        Ok(match kind {
            "message" => {
                let (channel, all) = message()?;
                let mut all = all.split('+').map(ToOwned::to_owned);
                let ts = all.next().ok_or(())?;
                let before = all.collect();
                Self::Message { channel, ts, before }
            }
            "ephemeral" => {
                let (channel, ts) = message()?;
                Self::Ephemeral { channel, ts }
            }
            "view" => Self::View(rest.to_owned()),
            "home" => Self::Home(rest.to_owned()),
            _ => return Err(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_is_read_as_it_was_written() {
        let (channel, ts) = ("C1".to_owned(), "1700000000.000100".to_owned());
        for spot in [
            Spot::Message {
                channel: channel.clone(),
                ts: ts.clone(),
                before: Vec::new(),
            },
            Spot::Message {
                channel: channel.clone(),
                ts: ts.clone(),
                before: vec!["1700000000.000098".into(), "1700000000.000099".into()],
            },
            Spot::Ephemeral { channel, ts },
            Spot::View("V1".into()),
            Spot::Home("U1".into()),
        ] {
            assert_eq!(spot.to_string().parse(), Ok(spot));
        }
        assert_eq!("1700000000.000100".parse::<Spot>(), Err(()));
    }
}
