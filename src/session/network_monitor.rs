//! Changes of the network, and the moments after which the network may have changed unnoticed.
//!
//! A window has all of these events, a worker only those of the network.

use crate::platform::events::listen_all;
use gloo_events::EventListener;

/// A change of the network, or a hint of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
    /// The platform is on a network again, or on another one.
    Online,
    /// The platform is on no network.
    Offline,
    /// The page became visible, or runs again after it was frozen or in the back/forward cache.
    Awake,
}

/// Listens to the network. Dropping it ends that.
#[must_use = "dropping it ends the listening"]
pub struct NetworkMonitor {
    _listeners: Vec<EventListener>,
}

impl NetworkMonitor {
    /// Calls back with each event.
    pub fn listen(callback: impl Fn(NetworkEvent) + 'static) -> Self {
        use NetworkEvent::{Awake, Offline, Online};
        let events = [
            ("self", "online", Online),
            ("self", "offline", Offline),
            ("self", "pageshow", Awake),
            ("document", "resume", Awake),
            ("document", "visibilitychange", Awake),
        ];
        Self { _listeners: listen_all(&events, callback) }
    }
}
