//! What people do, as Discord tells the bot of it.

use serde_json::{Value, json};

use super::world::{APPLICATION, BOT, EPHEMERAL, Interaction, Message, World, member_json};

impl World {
    /// Somebody writes; tells the id of the message.
    pub fn write(&mut self, user: u64, channel: u64, body: Value) -> u64 {
        let id = self.id();
        self.messages.push(Message {
            id,
            channel,
            author: user,
            body,
            only: None,
            loading: false,
            deleted: false,
        });
        let event = self.message_json(id);
        self.dispatch("MESSAGE_CREATE", event);
        id
    }

    /// Somebody writes plain words.
    pub fn says(&mut self, user: u64, channel: u64, text: &str) -> u64 {
        self.write(user, channel, json!({"content": text}))
    }

    /// Somebody mentions the bot.
    pub fn mentions(&mut self, user: u64, channel: u64, text: &str) -> u64 {
        let body = json!({"content": format!("<@{BOT}> {text}"), "mentions": [self.user_json(BOT)]});
        self.write(user, channel, body)
    }

    /// The newest message with this button that somebody can see, and the button.
    pub fn button(&self, user: u64, label: &str) -> Option<(u64, Value)> {
        let visible = self
            .messages
            .iter()
            .rev()
            .filter(|message| !message.deleted && self.sees(user, message));
        for message in visible {
            let rows = message.body["components"].as_array().into_iter().flatten();
            let mut buttons = rows.flat_map(|row| row["components"].as_array().unwrap());
            if let Some(button) = buttons.find(|button| button["label"] == label) {
                return Some((message.id, button.clone()));
            }
        }
        None
    }

    /// Somebody presses a button; tells the interaction's token.
    pub fn presses(&mut self, user: u64, label: &str) -> String {
        let Some((message, button)) = self.button(user, label) else {
            panic!("{user} sees no button `{label}` in {:#?}", self.messages);
        };
        self.presses_on(user, message, button["custom_id"].as_str().unwrap())
    }

    /// Somebody presses a button of a message.
    pub fn presses_on(&mut self, user: u64, message: u64, custom_id: &str) -> String {
        let data = json!({"custom_id": custom_id, "component_type": 2, "id": 2});
        self.interaction(3, user, (Some(message), self.channel_of(message)), data)
    }

    fn channel_of(&self, message: u64) -> u64 {
        self.messages.iter().find(|held| held.id == message).unwrap().channel
    }

    /// Somebody fills in the dialog that was opened for them last, and sends it.
    pub fn sends_dialog(&mut self, user: u64, text: &str) -> String {
        let opened = self
            .interactions
            .iter_mut()
            .rev()
            .find(|one| one.user == user && one.modal.is_some())
            .unwrap();
        let (modal, source, channel) = (opened.modal.take().unwrap(), opened.source, opened.channel);
        let input = &modal["components"][0]["components"][0];
        let filled = json!({"type": 4, "id": 2, "custom_id": input["custom_id"], "value": text});
        let data = json!({
            "custom_id": modal["custom_id"],
            "components": [{"type": 1, "id": 1, "components": [filled]}],
        });
        self.interaction(5, user, (source, channel), data)
    }

    /// Somebody gives a command: a subcommand, and the value of its option.
    pub fn commands(&mut self, user: u64, channel: u64, (name, value): (&str, &str)) -> String {
        let guild = self.channels[&channel].guild.unwrap();
        let registered = &self.commands[&guild][0];
        let subcommands = registered["options"].as_array().unwrap();
        let subcommand = subcommands.iter().find(|one| one["name"] == name).unwrap().clone();
        let mut options = Vec::new();
        if !value.is_empty() {
            let option = &subcommand["options"][0];
            options.push(json!({"name": option["name"], "type": 3, "value": value}));
        }
        let data = json!({
            "id": registered["id"],
            "name": registered["name"],
            "type": 1,
            "guild_id": guild.to_string(),
            "options": [{"name": name, "type": 1, "options": options}],
        });
        self.interaction(2, user, (None, channel), data)
    }

    fn interaction(&mut self, kind: u8, user: u64, (source, channel): (Option<u64>, u64), data: Value) -> String {
        let id = self.id();
        let token = format!("canary-interaction-{id}");
        self.interactions.push(Interaction {
            id,
            token: token.clone(),
            kind,
            user,
            channel,
            created: self.clock,
            answered: None,
            original: None,
            source,
            modal: None,
        });
        let guild = self.channels[&channel].guild;
        let mut event = json!({
            "id": id.to_string(),
            "application_id": APPLICATION.to_string(),
            "type": kind,
            "data": data,
            "channel_id": channel.to_string(),
            "channel": {"id": channel.to_string(), "type": self.channels[&channel].kind, "name": "a channel", "permissions": "0"},
            "token": token,
            "version": 1,
            "app_permissions": "274877991936",
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": guild.unwrap_or(0).to_string()},
            "context": if guild.is_some() { 0 } else { 1 },
            "attachment_size_limit": 10_485_760,
        });
        match guild {
            Some(guild) => {
                let mut member = member_json(&self.members[&guild][&user]);
                member["user"] = self.user_json(user);
                member["permissions"] = "0".into();
                event["member"] = member;
                event["guild_id"] = guild.to_string().into();
                event["guild_locale"] = "en-US".into();
            }
            None => event["user"] = self.user_json(user),
        }
        if let Some(source) = source {
            let mut message = self.message_json(source);
            let only = self
                .messages
                .iter()
                .any(|held| held.id == source && held.only.is_some());
            if only {
                message["flags"] = EPHEMERAL.into();
            }
            event["message"] = message;
        }
        self.dispatch("INTERACTION_CREATE", event);
        token
    }
}
