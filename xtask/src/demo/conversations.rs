//! The sample users and their conversations.

use super::phrases::Language;

/// The password of all sample users. The page fills it in.
pub(super) const PASSWORD: &str = "roamkit";
/// The user who has the conversations.
pub(super) const MAIN: &str = "alice";

/// All sample users. The page suggests the first five.
pub(super) const USERS: [&str; 12] =
    ["alice", "bob", "carol", "mei", "yusuf", "haruka", "priya", "lena", "olena", "joao", "minjun", "noam"];

/// A conversation of [`MAIN`].
pub(super) struct Conversation {
    pub(super) kind: Kind,
    /// The languages of the messages. In a group with as many languages as members, each member has one.
    pub(super) languages: &'static [Language],
    /// The number of messages.
    pub(super) messages: usize,
    /// The age of the first message, in hours.
    pub(super) first_hours_ago: u64,
    /// The age of the last message, in minutes.
    pub(super) last_minutes_ago: u64,
    /// One of this many messages is not a short text; 0 for none.
    pub(super) special_every: usize,
    pub(super) pinned: bool,
}

/// The other side of a conversation.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Another user.
    Single { peer: &'static str },
    /// A group. Its first member owns it.
    Group { name: &'static str, members: &'static [&'static str] },
}

impl Conversation {
    pub(super) fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Group { .. })
    }

    /// The REST path for its messages.
    pub(super) fn path(&self) -> &'static str {
        if self.is_group() { "/messages/chatgroups" } else { "/messages/users" }
    }
}

/// All sample conversations, roughly the newest first.
pub(super) fn all() -> Vec<Conversation> {
    use Language::{
        Arabic, Chinese, English, German, Hebrew, Hindi, Japanese, Korean, Portuguese, Spanish, Ukrainian,
    };
    const DAY: u64 = 24;
    const DAY_MINUTES: u64 = 24 * 60;
    let single = |peer, languages, messages, first_hours_ago, last_minutes_ago, special_every| Conversation {
        kind: Kind::Single { peer },
        languages,
        messages,
        first_hours_ago,
        last_minutes_ago,
        special_every,
        pinned: false,
    };
    let group =
        |name, members, languages, messages, first_hours_ago, last_minutes_ago, special_every| Conversation {
            kind: Kind::Group { name, members },
            languages,
            messages,
            first_hours_ago,
            last_minutes_ago,
            special_every,
            pinned: false,
        };
    vec![
        single("bob", &[English], 3_000, 45 * DAY, 7, 40),
        Conversation {
            pinned: true,
            ..group(
                "Roaming the world 🌍",
                &["alice", "bob", "carol", "mei", "yusuf", "haruka", "priya", "lena"],
                &[English, English, Spanish, Chinese, Arabic, Japanese, Hindi, German],
                900,
                30 * DAY,
                22,
                18,
            )
        },
        Conversation { pinned: true, ..single("mei", &[Chinese], 420, 20 * DAY, 3, 25) },
        group("周末爬山", &["mei", "alice", "minjun"], &[Chinese, Korean], 260, 16 * DAY, 95, 20),
        single("yusuf", &[Arabic], 260, 18 * DAY, 48, 30),
        single("carol", &[Spanish, English], 180, 14 * DAY, 180, 15),
        single("haruka", &[Japanese], 140, 12 * DAY, 410, 20),
        single("priya", &[Hindi, English], 120, 11 * DAY, 26 * 60, 20),
        single("lena", &[German], 90, 10 * DAY, 2 * DAY_MINUTES, 12),
        group("Every kind of message", &["carol", "alice", "bob"], &[English], 48, 4 * DAY, 64, 1),
        single("noam", &[Hebrew], 40, 9 * DAY, 4 * DAY_MINUTES, 14),
        single("minjun", &[Korean], 36, 13 * DAY, 5 * DAY_MINUTES, 12),
        // Older than the service's default window, so only the whole list shows them.
        single("joao", &[Portuguese], 60, 30 * DAY, 12 * DAY_MINUTES, 12),
        single("olena", &[Ukrainian], 50, 40 * DAY, 19 * DAY_MINUTES, 12),
        group(
            "Book club 📚",
            &["lena", "alice", "carol"],
            &[English, German],
            70,
            50 * DAY,
            25 * DAY_MINUTES,
            0,
        ),
    ]
}
