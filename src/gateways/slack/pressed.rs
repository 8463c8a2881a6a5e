//! What somebody presses and sends off on Slack, read into the shared vocabulary.
//! <https://docs.slack.dev/reference/interaction-payloads/>

use std::collections::BTreeMap;

use serde_json::Value;

use super::place;
use super::receive::{Ears, Handles, Happening, Heard, Submits, digest, event_id, identity, text};
use super::render::{Metadata, shows};
use super::spot::Spot;
use crate::chat::{Conversation, Shows, TicketId};

/// Reads a `block_actions` or `view_submission`.
pub fn interaction(payload: &Value, ears: &Ears<'_>) -> Option<Heard> {
    match text(&payload["type"])? {
        "block_actions" => press(payload, ears),
        "view_submission" => submission(payload, ears),
        _ => None,
    }
}

fn press(payload: &Value, ears: &Ears<'_>) -> Option<Heard> {
    let actions = payload["actions"].as_array()?;
    let action = actions.iter().find(|action| text(&action["value"]).is_some())?;
    let (ticket, action_id) = (text(&action["value"])?, text(&action["action_id"]).unwrap_or_default());
    let spot = spot(payload)?;
    let carried = text(&action["block_id"])
        .and_then(place::read)
        .or_else(|| metadata(payload).and_then(|metadata| place::read(&metadata.at)));
    let spot = match spot {
        Spot::Message { channel, ts, .. } => {
            let before = text(&action["block_id"]).map(place::before).unwrap_or_default();
            Spot::Message { channel, ts, before }
        }
        other => other,
    };
    let conversation = really(carried?, &spot);
    let view = Some(&spot)
        .filter(|spot| matches!(spot, Spot::View(_) | Spot::Home(_)))
        .cloned();
    Some(Heard::Click {
        event: happening(payload, ears, (conversation, action))?,
        ticket: TicketId(ticket.to_owned()),
        handle: Handles {
            trigger: text(&payload["trigger_id"]).map(ToOwned::to_owned),
            response_url: text(&payload["response_url"]).map(ToOwned::to_owned),
            view,
            shows: shows(action_id),
            submits: Submits::Nothing,
        },
        spot,
        inputs: inputs(payload),
    })
}

fn submission(payload: &Value, ears: &Ears<'_>) -> Option<Heard> {
    let metadata = metadata(payload)?;
    let conversation = place::read(&metadata.at)?;
    let spot = Spot::View(text(&payload["view"]["id"])?.to_owned());
    Some(Heard::Click {
        event: happening(payload, ears, (conversation, &payload["view"]["hash"]))?,
        ticket: metadata.ticket?,
        handle: Handles {
            trigger: text(&payload["trigger_id"]).map(ToOwned::to_owned),
            response_url: None,
            view: Some(spot.clone()),
            shows: Shows::Privately,
            submits: Submits::AView,
        },
        spot,
        inputs: inputs(payload),
    })
}

fn happening(payload: &Value, ears: &Ears<'_>, (conversation, what): (Conversation, &Value)) -> Option<Happening> {
    // What stands in a conversation of another workspace was not said for one that is served.
    if !ears.teams.contains(&conversation.scope)
        && !enterprise(payload).is_some_and(|id| ears.teams.iter().any(|team| team == id))
    {
        return None;
    }
    let user = &payload["user"];
    let id = text(&user["id"])?;
    let team = text(&user["team_id"])
        .or(text(&payload["team"]["id"]))
        .unwrap_or(&conversation.scope);
    // A repeated delivery is the same in all of this; two presses differ in the trigger, and in the time.
    let event = digest(&[
        text(&payload["trigger_id"]).unwrap_or_default(),
        id,
        text(&payload["view"]["id"]).unwrap_or_default(),
        &payload["container"].to_string(),
        &what["block_id"].to_string(),
        &what["action_id"].to_string(),
        &what["action_ts"].to_string(),
        text(what).unwrap_or_default(),
    ]);
    Some(Happening {
        id: event_id(event),
        who: identity(team, id),
        name: text(&user["name"]).or(text(&user["username"])).map(ToOwned::to_owned),
        conversation,
    })
}

fn enterprise(payload: &Value) -> Option<&str> {
    text(&payload["enterprise"]["id"]).filter(|_| payload["is_enterprise_install"] == true)
}

/// Where the pressed button stands.
fn spot(payload: &Value) -> Option<Spot> {
    let container = &payload["container"];
    if let Some(view) = text(&payload["view"]["id"]).or(text(&container["view_id"])) {
        return Some(match text(&payload["view"]["type"]) {
            Some("home") => Spot::Home(text(&payload["user"]["id"])?.to_owned()),
            _ => Spot::View(view.to_owned()),
        });
    }
    let channel = text(&container["channel_id"])
        .or(text(&payload["channel"]["id"]))?
        .to_owned();
    let ts = text(&container["message_ts"])
        .or(text(&payload["message"]["ts"]))?
        .to_owned();
    Some(match container["is_ephemeral"] == true {
        true => Spot::Ephemeral { channel, ts },
        false => Spot::Message {
            channel,
            ts,
            before: Vec::new(),
        },
    })
}

/// The conversation that a button carries, unless it stands in another channel. A private answer may have gone to
/// somebody's direct messages for want of another way; there it still belongs to where it was asked for.
fn really(carried: Conversation, spot: &Spot) -> Conversation {
    match spot {
        Spot::Message { channel, .. } | Spot::Ephemeral { channel, .. }
            if *channel != carried.id && !channel.starts_with('D') =>
        {
            Conversation {
                id: channel.clone(),
                ..carried
            }
        }
        _ => carried,
    }
}

fn metadata(payload: &Value) -> Option<Metadata> {
    serde_json::from_str(text(&payload["view"]["private_metadata"])?).ok()
}

/// What was filled in, by the name of the field.
fn inputs(payload: &Value) -> BTreeMap<String, String> {
    let state = match &payload["view"]["state"]["values"] {
        Value::Object(values) => values,
        _ => match &payload["state"]["values"] {
            Value::Object(values) => values,
            _ => return BTreeMap::new(),
        },
    };
    state
        .values()
        .filter_map(Value::as_object)
        .flatten()
        .filter_map(|(name, input)| Some((name.clone(), text(&input["value"])?.to_owned())))
        .collect()
}
