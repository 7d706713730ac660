//! The lifecycle of the page: suspended (back/forward cache, freezing), resumed, visible. A worker has no page and gets
//! no such event.

use super::events::listen_all;
use gloo_events::EventListener;

/// An event in the life of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageLifecycle {
    /// The page is about to be suspended: afterwards no code runs here, until it is resumed, if ever.
    Suspend,
    /// The page runs again.
    Resume,
    /// The page became visible.
    Visible,
}

/// Listens to the lifecycle of the page. Dropping it ends that.
#[must_use = "dropping it ends the listening"]
pub struct PageMonitor {
    _listeners: Vec<EventListener>,
}

impl PageMonitor {
    /// Calls back with each event.
    pub fn listen(callback: impl Fn(PageLifecycle) + 'static) -> Self {
        use PageLifecycle::{Resume, Suspend, Visible};
        let events = [
            ("window", "pagehide", Suspend),
            ("window", "pageshow", Resume),
            ("document", "freeze", Suspend),
            ("document", "resume", Resume),
            ("document", "visibilitychange", Visible),
        ];
        Self { _listeners: listen_all(&events, callback) }
    }
}
