//! The state that all requests, sockets and background tasks share. It composes the parts of the server, which
//! do not know each other.

use crate::chat::{ChatContext, Wakeup};
use crate::cluster::announcements::PendingAnnouncements;
use crate::hub::Hub;
use crate::ids::Ids;
use crate::limits::login_throttle::LoginThrottle;
use crate::limits::request_rates::RequestRates;
use crate::limits::slots::Slots;
use crate::metrics::Metrics;
use crate::password::Passwords;
use crate::settings::Settings;
use crate::store::database::{OpenError, Store};
use roamkit_wire::msync::StatisticsOperation;
use std::sync::Arc;

/// The parts of the server.
#[derive(Debug)]
pub(crate) struct AppState {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) ids: Arc<Ids>,
    pub(crate) hub: Hub,
    pub(crate) metrics: Metrics,
    pub(crate) announcements: PendingAnnouncements,
    pub(crate) passwords: Passwords,
    pub(crate) request_rates: RequestRates,
    pub(crate) login_throttle: Arc<LoginThrottle>,
    pub(crate) socket_slots: Slots,
}

/// The state as handlers receive it.
pub(crate) type SharedState = Arc<AppState>;

impl AppState {
    /// Opens the database.
    pub(crate) async fn open(settings: Settings) -> Result<Self, OpenError> {
        let ids = Arc::new(Ids::new(settings.node));
        let store = Store::open(&settings.database, settings.database_connections, ids.clone()).await?;
        Ok(Self {
            store,
            ids,
            hub: Hub::default(),
            metrics: Metrics::default(),
            announcements: PendingAnnouncements::default(),
            passwords: Passwords::new(settings.password_memory, settings.login_queue as usize),
            request_rates: RequestRates::new(&settings),
            login_throttle: Arc::new(LoginThrottle::new(&settings)),
            socket_slots: Slots::new(settings.max_sockets, settings.max_sockets_address),
            settings,
        })
    }

    /// The context of chat operations in one app.
    pub(crate) fn chat<'a>(&'a self, app: &'a str) -> ChatContext<'a> {
        ChatContext { ids: &self.ids, settings: &self.settings, app }
    }

    /// Wakes the online devices that have new envelopes, on this node and on the others. Call it after the
    /// commit.
    pub(crate) fn wake(&self, wakeups: &[Wakeup]) {
        self.hub.wake(wakeups);
        self.announce(wakeups.iter().map(|wakeup| wakeup.user_id));
    }

    /// Disconnects all devices of a user, on this node and on the others. Call it after the commit that ends
    /// the sessions.
    pub(crate) fn kick(&self, user: i64, operation: StatisticsOperation) {
        self.hub.kick(user, operation);
        self.announce([user]);
    }

    /// Makes the other nodes compare the online devices of these users with the database.
    pub(crate) fn announce(&self, users: impl IntoIterator<Item = i64>) {
        if self.store.is_shared() {
            self.announcements.add(users);
        }
    }

    /// The app key, if this server serves the app.
    pub(crate) fn find_app(&self, org: &str, app: &str) -> Option<String> {
        let found = self.settings.apps.iter().find(|key| key.org == org && key.app == app);
        found.map(ToString::to_string)
    }
}
