//! What the gateway tells of servers: which channel a thread hangs under, and which roles are the bot's own.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serenity::model::channel::GuildChannel;
use serenity::model::guild::Guild;

/// How many threads are remembered; Discord keeps at most a thousand active in a server.
const THREADS: usize = 100_000;

/// What is known.
#[derive(Debug, Default)]
pub struct Places {
    bot: AtomicU64,
    threads: Mutex<HashMap<u64, u64>>,
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
        let mut threads = lock(&self.threads);
        if let Some(parent) = thread.parent_id
            && threads.len() < THREADS
        {
            threads.insert(thread.id.get(), parent.get());
        }
    }

    /// A thread is gone.
    pub fn forget_thread(&self, thread: u64) {
        lock(&self.threads).remove(&thread);
    }

    /// The channel that a thread hangs under.
    pub fn parent(&self, thread: u64) -> Option<u64> {
        lock(&self.threads).get(&thread).copied()
    }

    /// Whether a role is the bot's own: people who pick the bot from the list often pick that.
    pub fn is_own_role(&self, role: u64) -> bool {
        lock(&self.roles).contains(&role)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
