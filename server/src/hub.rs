//! The registry of online devices.
//!
//! A wake-up carries no data, because the queues in the database are authoritative. An [`OnlineDevice`]
//! remembers only the *names* of the queues that have new envelopes, so a device that does not read uses almost
//! no memory.

use crate::chat::Wakeup;
use roamkit_wire::msync::StatisticsOperation;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// The reason why the server ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndReason {
    /// The same device opened a newer session. The older one is told so, because two clients with one device id
    /// would otherwise replace each other for ever.
    Replaced,
    /// The operation is sent to the device, which then does not reconnect.
    Kicked(StatisticsOperation),
    /// The server is shutting down.
    Shutdown,
}

/// The events that a device must be informed about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeviceEvents {
    /// The queues with new envelopes.
    pub(crate) queues: Vec<String>,
    /// The reason, if the session ends.
    pub(crate) end: Option<EndReason>,
    /// The time since the oldest of these wake-ups.
    pub(crate) delay: Option<Duration>,
}

/// One online device.
#[derive(Debug)]
pub(crate) struct OnlineDevice {
    pub(crate) device: i64,
    /// The session's id. A newer session of the same device has a larger one.
    pub(crate) session: i64,
    pending: Mutex<PendingEvents>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct PendingEvents {
    queues: BTreeSet<String>,
    end: Option<EndReason>,
    /// The time of the first wake-up since the last [`OnlineDevice::next_events`].
    since: Option<Instant>,
    /// The largest sequence number announced per queue, for wake-ups that come from other nodes.
    announced: HashMap<String, i64>,
}

impl OnlineDevice {
    fn new(device: i64, session: i64) -> Self {
        Self { device, session, pending: Mutex::default(), changed: Notify::new() }
    }

    /// Waits until a queue has new envelopes or the session ends.
    pub(crate) async fn next_events(&self) -> DeviceEvents {
        loop {
            let changed = self.changed.notified();
            {
                let mut pending = lock(&self.pending);
                if pending.end.is_some() || !pending.queues.is_empty() {
                    return DeviceEvents {
                        queues: std::mem::take(&mut pending.queues).into_iter().collect(),
                        end: pending.end,
                        delay: pending.since.take().map(|since| since.elapsed()),
                    };
                }
            }
            changed.await;
        }
    }

    fn wake(&self, queue: &str) {
        let mut pending = lock(&self.pending);
        if pending.queues.insert(queue.to_owned()) {
            pending.since.get_or_insert_with(Instant::now);
            self.changed.notify_one();
        }
    }

    /// Wakes the device unless an envelope with this sequence number, or a later one, was announced before.
    pub(crate) fn wake_up_to(&self, queue: &str, seq: i64) {
        let mut pending = lock(&self.pending);
        let announced = pending.announced.entry(queue.to_owned()).or_insert(0);
        if seq > *announced {
            *announced = seq;
            pending.queues.insert(queue.to_owned());
            pending.since.get_or_insert_with(Instant::now);
            self.changed.notify_one();
        }
    }

    /// Ends the session. The first reason counts.
    pub(crate) fn end(&self, reason: EndReason) {
        lock(&self.pending).end.get_or_insert(reason);
        self.changed.notify_one();
    }
}

type DevicesByUser = HashMap<i64, HashMap<i64, Arc<OnlineDevice>>>;

/// All devices that are online through this node.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    online: Arc<Mutex<DevicesByUser>>,
    disconnected: Arc<Notify>,
}

/// A device's registration in the hub. Dropping it removes the device.
#[derive(Debug)]
pub(crate) struct Registration {
    user: i64,
    pub(crate) device: Arc<OnlineDevice>,
    online: Arc<Mutex<DevicesByUser>>,
    disconnected: Arc<Notify>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut online = lock(&self.online);
        if let Some(devices) = online.get_mut(&self.user) {
            let id = self.device.device;
            // A newer session of the same device may have replaced this one.
            if devices.get(&id).is_some_and(|device| Arc::ptr_eq(device, &self.device)) {
                devices.remove(&id);
            }
            if devices.is_empty() {
                online.remove(&self.user);
            }
        }
        self.disconnected.notify_waiters();
    }
}

impl Hub {
    /// Registers a device and ends its older session, if there is one. Returns `None` if `max_devices` other
    /// devices of the user are online.
    pub(crate) fn register(
        &self,
        user: i64,
        device: i64,
        session: i64,
        max_devices: usize,
    ) -> Option<Registration> {
        let mut online = lock(&self.online);
        let devices = online.entry(user).or_default();
        let others = devices.keys().filter(|&&other| other != device).count();
        if others >= max_devices {
            return None;
        }
        let entry = Arc::new(OnlineDevice::new(device, session));
        if let Some(older) = devices.insert(device, entry.clone()) {
            older.end(EndReason::Replaced);
        }
        Some(Registration {
            user,
            device: entry,
            online: self.online.clone(),
            disconnected: self.disconnected.clone(),
        })
    }

    /// The ids of a user's online devices.
    pub(crate) fn device_ids(&self, user: i64) -> Vec<i64> {
        lock(&self.online).get(&user).into_iter().flat_map(HashMap::keys).copied().collect()
    }

    /// The online devices of these users.
    pub(crate) fn devices_of(&self, users: &BTreeSet<i64>) -> Vec<Arc<OnlineDevice>> {
        let online = lock(&self.online);
        users.iter().filter_map(|user| online.get(user)).flat_map(HashMap::values).cloned().collect()
    }

    /// All online devices.
    pub(crate) fn all_devices(&self) -> Vec<Arc<OnlineDevice>> {
        lock(&self.online).values().flat_map(HashMap::values).cloned().collect()
    }

    /// Wakes the online devices that have new envelopes.
    pub(crate) fn wake(&self, wakeups: &[Wakeup]) {
        let online = lock(&self.online);
        for wakeup in wakeups {
            let devices = online.get(&wakeup.user_id).into_iter().flatten();
            for (_, device) in devices.filter(|(id, _)| **id != wakeup.except_device) {
                device.wake(&wakeup.queue);
            }
        }
    }

    /// Ends all sessions of a user.
    pub(crate) fn kick(&self, user: i64, operation: StatisticsOperation) {
        for device in lock(&self.online).get(&user).into_iter().flat_map(HashMap::values) {
            device.end(EndReason::Kicked(operation));
        }
    }

    /// Ends all sessions and waits until every device has disconnected.
    pub(crate) async fn shut_down(&self) {
        loop {
            let disconnected = self.disconnected.notified();
            {
                let online = lock(&self.online);
                if online.is_empty() {
                    return;
                }
                let devices = online.values().flat_map(HashMap::values);
                devices.for_each(|device| device.end(EndReason::Shutdown));
            }
            disconnected.await;
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
    async fn wakeups_are_kept_until_read_and_skip_the_excepted_device() {
        let hub = Hub::default();
        let (one, two) = (hub.register(1, 10, 1, 4).unwrap(), hub.register(1, 11, 2, 4).unwrap());
        let wakeup = |queue: &str, except_device| Wakeup { user_id: 1, queue: queue.into(), except_device };
        hub.wake(&[wakeup("a", 11), wakeup("a", 11), wakeup("b", 0)]);
        let events = one.device.next_events().await;
        assert_eq!((events.queues, events.end), (vec!["a".into(), "b".into()], None));
        assert!(events.delay.is_some());
        assert_eq!(two.device.next_events().await.queues, ["b"]);
    }

    #[tokio::test]
    async fn an_envelope_from_another_node_is_announced_once() {
        let hub = Hub::default();
        let one = hub.register(1, 10, 1, 4).unwrap();
        one.device.wake_up_to("a", 7);
        assert_eq!(one.device.next_events().await.queues, ["a"]);
        one.device.wake_up_to("a", 7);
        one.device.wake_up_to("b", 3);
        assert_eq!(one.device.next_events().await.queues, ["b"]);
        one.device.wake_up_to("a", 8);
        assert_eq!(one.device.next_events().await.queues, ["a"]);
    }

    #[tokio::test]
    async fn a_newer_session_replaces_the_older_and_dropping_the_older_changes_nothing() {
        let hub = Hub::default();
        let old = hub.register(1, 10, 1, 1).unwrap();
        let new = hub.register(1, 10, 2, 1).unwrap();
        assert_eq!(old.device.next_events().await.end, Some(EndReason::Replaced));
        assert!(hub.register(1, 11, 3, 1).is_none());
        drop(old);
        hub.kick(1, StatisticsOperation::UserRemoved);
        let end = new.device.next_events().await.end;
        assert_eq!(end, Some(EndReason::Kicked(StatisticsOperation::UserRemoved)));
        drop(new);
        hub.shut_down().await;
        assert!(hub.register(1, 11, 4, 1).is_some());
    }
}
