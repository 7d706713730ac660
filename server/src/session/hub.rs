//! Who is online, and how to reach them.
//!
//! A wake-up carries no data: the queue in the database is the truth. So a link remembers only *which* queues
//! have something, and a device that does not read takes no memory.

use crate::chat::Wake;
use crate::metrics::Seconds;
use roamkit_wire::msync::StatisticsOperation;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// Why a session ends from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The same device came again.
    Replaced,
    /// With a word to the device, which then stays away.
    Kicked(StatisticsOperation),
    /// The server stops.
    Shutdown,
}

/// One online device.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) device: i64,
    /// The session's id; a newer session of the device has a larger one.
    pub(crate) session: i64,
    pending: Mutex<Pending>,
    changed: Notify,
    delay: Seconds,
}

/// What a device is yet to be told.
#[derive(Debug, Default)]
struct Pending {
    queues: BTreeSet<String>,
    end: Option<End>,
    /// Since when it is to be told of queues.
    since: Option<Instant>,
    /// How far each queue was told of that another node wrote to.
    told: HashMap<String, i64>,
}

impl Link {
    fn new(device: i64, session: i64, delay: Seconds) -> Self {
        Self { device, session, pending: Mutex::default(), changed: Notify::new(), delay }
    }

    /// Waits for something to tell the device: queues with news, or the end.
    pub(crate) async fn next(&self) -> (Vec<String>, Option<End>) {
        loop {
            let changed = self.changed.notified();
            {
                let mut pending = lock(&self.pending);
                if pending.end.is_some() || !pending.queues.is_empty() {
                    if let Some(since) = pending.since.take() {
                        self.delay.observe(since.elapsed());
                    }
                    return (std::mem::take(&mut pending.queues).into_iter().collect(), pending.end);
                }
            }
            changed.await;
        }
    }

    fn tell(&self, queue: &str) {
        let mut pending = lock(&self.pending);
        if pending.queues.insert(queue.to_owned()) {
            pending.since.get_or_insert_with(Instant::now);
            self.changed.notify_one();
        }
    }

    /// Tells the device of a queue, unless it was told before of what is in there up to a sequence number.
    pub(crate) fn tell_up_to(&self, queue: &str, seq: i64) {
        let mut pending = lock(&self.pending);
        let told = pending.told.entry(queue.to_owned()).or_insert(0);
        if seq > *told {
            *told = seq;
            pending.queues.insert(queue.to_owned());
            pending.since.get_or_insert_with(Instant::now);
            self.changed.notify_one();
        }
    }

    /// Ends the session.
    pub(crate) fn end(&self, end: End) {
        lock(&self.pending).end.get_or_insert(end);
        self.changed.notify_one();
    }
}

type Online = HashMap<i64, HashMap<i64, Arc<Link>>>;

/// All online devices, by user.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    online: Arc<Mutex<Online>>,
    left: Arc<Notify>,
    /// From a commit to the tasks of the sockets.
    pub(crate) delay: Seconds,
}

/// A device's place in the hub; dropping it takes the device off.
#[derive(Debug)]
pub(crate) struct Place {
    user: i64,
    device: i64,
    pub(crate) link: Arc<Link>,
    online: Arc<Mutex<Online>>,
    left: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut online = lock(&self.online);
        if let Some(devices) = online.get_mut(&self.user) {
            if devices.get(&self.device).is_some_and(|link| Arc::ptr_eq(link, &self.link)) {
                devices.remove(&self.device);
            }
            if devices.is_empty() {
                online.remove(&self.user);
            }
        }
        self.left.notify_waiters();
    }
}

impl Hub {
    /// Takes a device in. An older connection of the same device ends; `None` where the user has too many others.
    pub(crate) fn enter(&self, user: i64, device: i64, session: i64, most: usize) -> Option<Place> {
        let mut online = lock(&self.online);
        let devices = online.entry(user).or_default();
        let others = devices.keys().filter(|&&other| other != device).count();
        if others >= most {
            return None;
        }
        let link = Arc::new(Link::new(device, session, self.delay.clone()));
        if let Some(older) = devices.insert(device, link.clone()) {
            older.end(End::Replaced);
        }
        Some(Place { user, device, link, online: self.online.clone(), left: self.left.clone() })
    }

    /// The devices of a user that are online.
    pub(crate) fn devices(&self, user: i64) -> Vec<i64> {
        lock(&self.online).get(&user).into_iter().flat_map(HashMap::keys).copied().collect()
    }

    /// The online devices of these users.
    pub(crate) fn of(&self, users: &BTreeSet<i64>) -> Vec<Arc<Link>> {
        let online = lock(&self.online);
        users.iter().filter_map(|user| online.get(user)).flat_map(HashMap::values).cloned().collect()
    }

    /// All online devices.
    pub(crate) fn all(&self) -> Vec<Arc<Link>> {
        lock(&self.online).values().flat_map(HashMap::values).cloned().collect()
    }

    /// Tells online devices that something waits for them.
    pub(crate) fn wake(&self, wakes: &[Wake]) {
        let online = lock(&self.online);
        for wake in wakes {
            let devices = online.get(&wake.user_id).into_iter().flatten();
            for (_, link) in devices.filter(|(device, _)| **device != wake.except) {
                link.tell(&wake.queue);
            }
        }
    }

    /// Ends all sessions of a user.
    pub(crate) fn kick(&self, user: i64, operation: StatisticsOperation) {
        for link in lock(&self.online).get(&user).into_iter().flat_map(HashMap::values) {
            link.end(End::Kicked(operation));
        }
    }

    /// Ends all sessions and waits until they are gone.
    pub(crate) async fn shut_down(&self) {
        loop {
            let left = self.left.notified();
            {
                let online = lock(&self.online);
                if online.is_empty() {
                    return;
                }
                online.values().flat_map(HashMap::values).for_each(|link| link.end(End::Shutdown));
            }
            left.await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn wakes_are_kept_until_read_and_spare_the_doer() {
        let hub = Hub::default();
        let (one, two) = (hub.enter(1, 10, 1, 4).unwrap(), hub.enter(1, 11, 2, 4).unwrap());
        let wake = |queue: &str, except| Wake { user_id: 1, queue: queue.into(), except };
        hub.wake(&[wake("a", 11), wake("a", 11), wake("b", 0)]);
        assert_eq!(one.link.next().await, (vec!["a".into(), "b".into()], None));
        assert_eq!(two.link.next().await, (vec!["b".into()], None));
    }

    #[tokio::test]
    async fn what_another_node_wrote_is_told_once() {
        let hub = Hub::default();
        let one = hub.enter(1, 10, 1, 4).unwrap();
        one.link.tell_up_to("a", 7);
        assert_eq!(one.link.next().await.0, ["a"]);
        one.link.tell_up_to("a", 7);
        one.link.tell_up_to("b", 3);
        assert_eq!(one.link.next().await.0, ["b"]);
        one.link.tell_up_to("a", 8);
        assert_eq!(one.link.next().await.0, ["a"]);
    }

    #[tokio::test]
    async fn the_same_device_again_replaces_and_a_late_drop_harms_nothing() {
        let hub = Hub::default();
        let old = hub.enter(1, 10, 1, 1).unwrap();
        let new = hub.enter(1, 10, 2, 1).unwrap();
        assert_eq!(old.link.next().await.1, Some(End::Replaced));
        assert!(hub.enter(1, 11, 3, 1).is_none());
        drop(old);
        hub.kick(1, StatisticsOperation::UserRemoved);
        assert_eq!(new.link.next().await.1, Some(End::Kicked(StatisticsOperation::UserRemoved)));
        drop(new);
        hub.shut_down().await;
        assert!(hub.enter(1, 11, 4, 1).is_some());
    }
}
