//! What the gateway tells of servers: which channel a thread hangs under, and which roles are the bot's own.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serenity::model::channel::GuildChannel;
use serenity::model::guild::Guild;

/// How many channels and threads are remembered; Discord keeps at most five hundred channels and a thousand active
/// threads in a server. What is forgotten is asked for again.
const KEPT: usize = 100_000;

/// What is known.
#[derive(Debug, Default)]
pub struct Places {
    bot: AtomicU64,
    /// Each channel, and for a thread the channel that it hangs under.
    channels: Mutex<HashMap<u64, Option<u64>>>,
    roles: Mutex<BTreeSet<u64>>,
}

impl Places {
    /// The bot's own user, once it is connected.
    pub fn bot(&self) -> Option<u64> {
        Some(self.bot.load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    /// The bot is this user.
    pub fn learn_bot(&self, user: u64) {
        self.bot.store(user, Ordering::Relaxed);
    }

    /// Takes in a server.
    pub fn learn_guild(&self, guild: &Guild) {
        for channel in guild.channels.values() {
            self.learn_channel(channel.id.get(), None);
        }
        for thread in &guild.threads {
            self.learn_thread(thread);
        }
        let own = |bot: &serenity::model::id::UserId| Some(bot.get()) == self.bot();
        let roles = guild
            .roles
            .values()
            .filter(|role| role.tags.bot_id.as_ref().is_some_and(own));
        lock(&self.roles).extend(roles.map(|role| role.id.get()));
    }

    /// Takes in a thread.
    pub fn learn_thread(&self, thread: &GuildChannel) {
        self.learn_channel(thread.id.get(), thread.parent_id.map(|parent| parent.get()));
    }

    /// Takes in a channel, or a thread with the channel that it hangs under.
    pub fn learn_channel(&self, channel: u64, parent: Option<u64>) {
        let mut channels = lock(&self.channels);
        if channels.len() >= KEPT {
            channels.clear();
        }
        channels.insert(channel, parent);
    }

    /// A channel or thread is gone.
    pub fn forget(&self, channel: u64) {
        lock(&self.channels).remove(&channel);
    }

    /// The channel that a thread hangs under.
    pub fn parent(&self, thread: u64) -> Parent {
        match lock(&self.channels).get(&thread) {
            Some(Some(parent)) => Parent::Is(*parent),
            Some(None) => Parent::None,
            None => Parent::Unknown,
        }
    }

    /// Whether a role is the bot's own: people who pick the bot from the list often pick that.
    pub fn is_own_role(&self, role: u64) -> bool {
        lock(&self.roles).contains(&role)
    }
}

/// What a channel hangs under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// It is a thread of this channel.
    Is(u64),
    /// It is no thread.
    None,
    /// It was never heard of.
    Unknown,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
