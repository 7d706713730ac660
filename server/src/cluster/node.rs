//! A node's membership: its number, its heartbeat, and the announcements that it sends and receives.

use super::announcements::{self, PendingAnnouncements};
use crate::ids::{Ids, now_ms};
use crate::settings::Settings;
use crate::store::database::{Result, Store};
use crate::store::nodes;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// Pause before a failed database operation is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The online devices that must be compared with the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeviceCheck {
    All,
    OfUsers(BTreeSet<i64>),
}

/// The node's view of its online devices.
pub(crate) trait DeviceChecker: Sync {
    /// Compares online devices with the database.
    fn check(&self, devices: DeviceCheck) -> impl Future<Output = ()> + Send;
}

/// The reason why a node cannot join, or must leave.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeError {
    #[error("node number {0} is in use: give each node on a database a --node of its own")]
    NumberTaken(u16),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

/// This node, registered in the database.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    store: &'a Store,
    number: u16,
    /// An id that tells this run of the node from earlier runs with the same number.
    started: i64,
    /// The interval between two heartbeats.
    poll: Duration,
}

/// Nodes whose last heartbeat is older than this time, in milliseconds, count as dead.
pub(crate) fn alive_since(poll: Duration) -> i64 {
    now_ms() - 3 * i64::try_from(poll.as_millis()).unwrap_or(i64::MAX / 3)
}

impl<'a> Node<'a> {
    /// Claims this node's number. A node that was killed still holds its number for three polls, so this waits
    /// longer than that before it fails.
    pub(crate) async fn claim(
        store: &'a Store,
        ids: &Ids,
        settings: &Settings,
    ) -> std::result::Result<Self, NodeError> {
        let number = settings.node;
        let poll = Duration::from_secs(settings.node_poll);
        let deadline = Instant::now() + 4 * poll;
        loop {
            let mut tx = store.begin().await?;
            let started = ids.next();
            if nodes::claim(&mut tx, number.into(), started, now_ms(), alive_since(poll)).await? {
                tx.commit().await?;
                return Ok(Self { store, number, started, poll });
            }
            drop(tx);
            if Instant::now() >= deadline {
                return Err(NodeError::NumberTaken(number));
            }
            sleep(poll.min(RETRY_PAUSE) / 2).await;
        }
    }

    /// Releases the number.
    pub(crate) async fn release(&self) -> Result<()> {
        let mut tx = self.store.begin_unordered().await?;
        nodes::release(&mut tx, self.number.into(), self.started).await?;
        tx.commit().await
    }

    /// Works with the other nodes until this node loses its number. Calls `checker` for the devices that must be
    /// compared with the database.
    pub(crate) async fn run(
        &self,
        pending: &PendingAnnouncements,
        checker: &impl DeviceChecker,
    ) -> NodeError {
        tokio::select! {
            () = self.announce(pending) => {}
            () = self.listen(checker) => {}
            () = self.send_heartbeats(checker) => {}
        }
        NodeError::NumberTaken(self.number)
    }

    /// Returns once the number is lost. From then on two nodes would make the same ids, so this one must stop.
    async fn send_heartbeats(&self, checker: &impl DeviceChecker) {
        let mut ticks = interval(self.poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.send_heartbeat().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(cause) => tracing::warn!(%cause, "the heartbeat of this node failed"),
            }
            checker.check(DeviceCheck::All).await;
        }
    }

    /// Returns `false` if another node has taken the number.
    async fn send_heartbeat(&self) -> Result<bool> {
        let mut tx = self.store.begin_unordered().await?;
        let is_ours = nodes::heartbeat(&mut tx, self.number.into(), self.started, now_ms()).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    async fn announce(&self, pending: &PendingAnnouncements) {
        loop {
            for announcement in announcements::encode(self.number, &pending.next().await) {
                if let Err(cause) = self.notify(&announcement).await {
                    tracing::warn!(%cause, "an announcement to the other nodes failed; they find out by polling");
                }
            }
        }
    }

    async fn notify(&self, announcement: &str) -> Result<()> {
        nodes::notify(&mut *self.store.acquire().await?, announcement).await
    }

    async fn listen(&self, checker: &impl DeviceChecker) {
        loop {
            if let Err(cause) = self.listen_until_disconnected(checker).await {
                tracing::warn!(%cause, "cannot listen to the other nodes");
            }
            sleep(RETRY_PAUSE).await;
        }
    }

    async fn listen_until_disconnected(&self, checker: &impl DeviceChecker) -> Result<()> {
        let mut listener = self.store.listen_to_nodes().await?;
        loop {
            // Announcements were lost while the listener was not connected.
            checker.check(DeviceCheck::All).await;
            while let Some(announcement) = listener.try_recv().await? {
                let mut users: BTreeSet<i64> =
                    announcements::decode(self.number, announcement.payload()).collect();
                while let Some(announcement) = listener.next_buffered() {
                    users.extend(announcements::decode(self.number, announcement.payload()));
                }
                checker.check(DeviceCheck::OfUsers(users)).await;
            }
        }
    }
}
