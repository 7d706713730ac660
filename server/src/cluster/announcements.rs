//! Announcements: the user ids that one node sends to the others.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Longest announcement, in bytes. PostgreSQL accepts 8,000.
const MAX_BYTES: usize = 7_000;

/// The users to be announced to the other nodes. Requests that arrive while one announcement is being sent are
/// collected into the next one.
#[derive(Debug, Default)]
pub(crate) struct PendingAnnouncements {
    users: Mutex<BTreeSet<i64>>,
    added: Notify,
}

impl PendingAnnouncements {
    pub(crate) fn add(&self, users: impl IntoIterator<Item = i64>) {
        self.users.lock().unwrap_or_else(PoisonError::into_inner).extend(users);
        self.added.notify_one();
    }

    /// Waits for users to announce, and takes them all.
    pub(super) async fn next(&self) -> BTreeSet<i64> {
        self.added.notified().await;
        std::mem::take(&mut *self.users.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Encodes the sender's node number and the user ids, in as many announcements as the size limit needs.
pub(super) fn encode(node: u16, users: &BTreeSet<i64>) -> Vec<String> {
    let mut announcements: Vec<String> = Vec::new();
    for user in users {
        let user = user.to_string();
        match announcements.last_mut().filter(|text| text.len() + user.len() < MAX_BYTES) {
            Some(text) => {
                text.push(' ');
                text.push_str(&user);
            }
            None => announcements.push(format!("{node} {user}")),
        }
    }
    announcements
}

/// The user ids in another node's announcement. A node's own announcements yield none.
pub(super) fn decode(own_node: u16, announcement: &str) -> impl Iterator<Item = i64> {
    let mut numbers = announcement.split(' ').map(|number| number.parse().unwrap_or_default());
    let is_own = numbers.next() == Some(i64::from(own_node));
    numbers.filter(move |_| !is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_short_and_contain_every_user() {
        let users: BTreeSet<i64> = (0..2_000).map(|n| i64::MAX - n).collect();
        let announcements = encode(7, &users);
        assert!(announcements.iter().all(|text| text.len() <= MAX_BYTES + 20));
        let received: BTreeSet<i64> = announcements.iter().flat_map(|text| decode(3, text)).collect();
        assert_eq!(received, users);
        assert_eq!(announcements.iter().flat_map(|text| decode(7, text)).count(), 0, "the node's own");
        assert!(encode(7, &BTreeSet::new()).is_empty());
    }
}
