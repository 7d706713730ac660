//! Several nodes on one database.
//!
//! What one node writes for a device that is connected to another is in the database; all that has to travel between
//! them is a word that there is something. It goes by LISTEN/NOTIFY, names only users, and may be lost: each node also
//! looks after all of its devices every few seconds. Looking after a device means to ask the database whether its
//! session still holds, and which of its queues have something new.
//!
//! On SQLite there is one node, and none of this runs.

use crate::StartError;
use crate::ids::now_ms;
use crate::session::hub::{End, Link};
use crate::state::{Server, Shared};
use crate::store::{self, devices, nodes, queues};
use roamkit_wire::msync::StatisticsOperation;
use sqlx::postgres::PgListener;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Where the nodes call each other.
const CHANNEL: &str = "roamkit";
/// Longest call, in bytes; PostgreSQL takes 8,000.
const CALL_BYTES: usize = 7_000;
/// Devices that are looked after with one query.
const AT_ONCE: usize = 500;
/// How long to wait before the database is asked again after it failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Users whose devices other nodes are to look after.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    users: Mutex<BTreeSet<i64>>,
    rung: Notify,
}

impl Bell {
    /// Asks for it.
    pub(crate) fn ring(&self, users: impl IntoIterator<Item = i64>) {
        self.users.lock().unwrap_or_else(PoisonError::into_inner).extend(users);
        self.rung.notify_one();
    }

    fn take(&self) -> BTreeSet<i64> {
        std::mem::take(&mut *self.users.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A node's place among the others.
#[derive(Debug)]
pub(crate) struct Node {
    number: i64,
    started: i64,
    /// How often it is heard of, and looks after its devices.
    every: Duration,
}

/// Until when a node that was heard of counts as there.
pub(crate) fn heard_since(every: Duration) -> i64 {
    now_ms() - 3 * i64::try_from(every.as_millis()).unwrap_or(i64::MAX / 3)
}

impl Node {
    /// Takes this node's number. One that was killed still has it for a while: that is waited for.
    pub(crate) async fn claim(server: &Server) -> Result<Self, StartError> {
        let number = server.settings.node;
        let every = Duration::from_secs(server.settings.node_poll);
        let patience = tokio::time::Instant::now() + 4 * every;
        loop {
            let mut tx = server.store.write().await?;
            let started = server.ids.next();
            let since = heard_since(every);
            if nodes::claim(&mut tx, number.into(), started, now_ms(), since).await? {
                tx.commit().await?;
                return Ok(Self { number: number.into(), started, every });
            }
            drop(tx);
            if tokio::time::Instant::now() >= patience {
                return Err(StartError::NodeTaken(number));
            }
            tokio::time::sleep(every.min(PAUSE) / 2).await;
        }
    }

    /// Gives the number back.
    pub(crate) async fn leave(&self, server: &Server) -> store::Result<()> {
        let mut tx = server.store.write_beside().await?;
        nodes::leave(&mut tx, self.number, self.started).await?;
        tx.commit().await
    }

    /// Works with the other nodes, until this one's number is another's.
    pub(crate) async fn run(&self, server: &Shared) -> StartError {
        tokio::select! {
            () = ring(server, self.number) => StartError::NodeTaken(server.settings.node),
            () = listen(server, self.number) => StartError::NodeTaken(server.settings.node),
            () = self.beat(server) => StartError::NodeTaken(server.settings.node),
        }
    }

    /// Ends where the number was lost: from then on two nodes would make the same ids.
    async fn beat(&self, server: &Server) {
        let mut clock = tokio::time::interval(self.every);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            clock.tick().await;
            match self.beat_once(server).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(cause) => tracing::warn!(%cause, "this node could not make itself heard"),
            }
            look_after(server, server.hub.all()).await;
        }
    }

    async fn beat_once(&self, server: &Server) -> store::Result<bool> {
        let mut tx = server.store.write_beside().await?;
        let ours = nodes::beat(&mut tx, self.number, self.started, now_ms()).await?;
        tx.commit().await?;
        Ok(ours)
    }
}

/// Passes on what the bell asks for. What gathers while one call is on its way goes with the next.
async fn ring(server: &Server, number: i64) {
    loop {
        server.bell.rung.notified().await;
        for call in calls(number, &server.bell.take()) {
            if let Err(cause) = call_out(server, &call).await {
                tracing::warn!(%cause, "could not call the other nodes: they will look by themselves");
            }
        }
    }
}

async fn call_out(server: &Server, call: &str) -> store::Result<()> {
    nodes::ring(&mut *server.store.read().await?, CHANNEL, call).await
}

/// The caller's number and users, in calls that are short enough.
fn calls(number: i64, users: &BTreeSet<i64>) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    for user in users {
        let user = user.to_string();
        match calls.last_mut().filter(|call| call.len() + user.len() < CALL_BYTES) {
            Some(call) => {
                call.push(' ');
                call.push_str(&user);
            }
            None => calls.push(format!("{number} {user}")),
        }
    }
    calls
}

/// The users of a call, unless it is one's own.
fn called(number: i64, call: &str) -> impl Iterator<Item = i64> {
    let mut words = call.split(' ').map(|word| word.parse().unwrap_or_default());
    let own = words.next() == Some(number);
    words.filter(move |_| !own)
}

/// Hears the other nodes' calls.
async fn listen(server: &Server, number: i64) {
    loop {
        match listen_on(server, number).await {
            Ok(()) => {}
            Err(cause) => tracing::warn!(%cause, "cannot hear the other nodes"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen_on(server: &Server, number: i64) -> store::Result<()> {
    let mut listener = PgListener::connect(&server.settings.database.0).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // While it was not heard, anything may have been called.
        look_after(server, server.hub.all()).await;
        while let Some(call) = listener.try_recv().await? {
            let mut users: BTreeSet<i64> = called(number, call.payload()).collect();
            while let Some(call) = listener.next_buffered() {
                users.extend(called(number, call.payload()));
            }
            look_after(server, server.hub.of(&users)).await;
        }
    }
}

/// Asks the database about these devices, and tells them what they do not know.
async fn look_after(server: &Server, links: Vec<Arc<Link>>) {
    for links in links.chunks(AT_ONCE) {
        if let Err(cause) = look_after_some(server, links).await {
            tracing::warn!(%cause, "could not look after devices");
        }
    }
}

async fn look_after_some(server: &Server, links: &[Arc<Link>]) -> store::Result<()> {
    let ids: Vec<i64> = links.iter().map(|link| link.device).collect();
    let (standings, newest) = {
        let mut conn = server.store.read().await?;
        (devices::standings(&mut conn, &ids).await?, queues::newest(&mut conn, &ids).await?)
    };
    let standings: HashMap<i64, _> = standings.into_iter().map(|found| (found.device, found)).collect();
    let links: HashMap<i64, &Arc<Link>> = links.iter().map(|link| (link.device, link)).collect();
    for link in links.values() {
        match standings.get(&link.device) {
            None => link.end(End::Kicked(StatisticsOperation::UserRemoved)),
            Some(found) if found.ended > link.session => {
                let by = i32::try_from(found.ended_by).ok().and_then(|by| by.try_into().ok());
                link.end(End::Kicked(by.unwrap_or(StatisticsOperation::UserKickedByOtherDevice)));
            }
            Some(found) if found.session > link.session => link.end(End::Replaced),
            Some(_) => {}
        }
    }
    for (device, queue, seq) in newest {
        if let Some(link) = links.get(&device) {
            link.tell_up_to(&queue, seq);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_short_and_name_everyone() {
        let users: BTreeSet<i64> = (0..2_000).map(|n| i64::MAX - n).collect();
        let calls = calls(7, &users);
        assert!(calls.iter().all(|call| call.len() <= CALL_BYTES + 20));
        let heard: BTreeSet<i64> = calls.iter().flat_map(|call| called(3, call)).collect();
        assert_eq!(heard, users);
        assert_eq!(calls.iter().flat_map(|call| called(7, call)).count(), 0, "one's own");
        assert!(super::calls(7, &BTreeSet::new()).is_empty());
    }
}
