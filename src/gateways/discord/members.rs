//! Who somebody is in the configured servers, asked of Discord: a direct message names no server.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Discord;
use super::receive::Caller;
use super::rest::{Ask, Fault};

/// "Unknown member", "unknown user", "unknown server", "missing access": not a member, as far as the bot can tell.
const NO_MEMBER: [u64; 4] = [10_007, 10_013, 10_004, 50_001];
/// A click in a direct message is answered within three seconds, so this must take less.
const PATIENCE: Duration = Duration::from_millis(1500);

impl Discord {
    /// The first configured server that somebody is a member of now, and who they are there. Where `only` is given,
    /// that server alone counts.
    pub(super) async fn membership(&self, caller: &Caller, only: Option<u64>) -> Result<Option<(u64, Caller)>, Fault> {
        for guild in self
            .ears
            .guilds
            .iter()
            .copied()
            .filter(|guild| only.is_none_or(|only| only == *guild))
        {
            let ask = Ask {
                patience: PATIENCE,
                ..Ask::get(format!("/guilds/{guild}/members/{}", caller.user))
            };
            match self.rest.send(ask).await {
                Ok(member) => {
                    let roles = member["roles"].as_array().into_iter().flatten();
                    let roles: BTreeSet<String> =
                        roles.filter_map(|role| role.as_str().map(ToOwned::to_owned)).collect();
                    let name = member["nick"].as_str().unwrap_or(&caller.name).to_owned();
                    let user = caller.user;
                    return Ok(Some((guild, Caller { user, name, roles })));
                }
                Err(fault) if NO_MEMBER.contains(&fault.code()) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(None)
    }
}
