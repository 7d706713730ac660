//! What every request and socket shares.

use crate::chat::Wake;
use crate::ids::Ids;
use crate::limits::Rates;
use crate::limits::logins::Logins;
use crate::limits::places::Places;
use crate::metrics::Metrics;
use crate::nodes::Bell;
use crate::password::Passwords;
use crate::session::hub::Hub;
use crate::settings::Settings;
use crate::store::Store;
use roamkit_wire::msync::StatisticsOperation;
use std::sync::Arc;

/// The server's parts.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) ids: Arc<Ids>,
    pub(crate) hub: Hub,
    pub(crate) metrics: Metrics,
    pub(crate) bell: Bell,
    pub(crate) passwords: Passwords,
    pub(crate) rates: Rates,
    pub(crate) logins: Arc<Logins>,
    pub(crate) sockets: Places,
}

/// As handlers hold it.
pub(crate) type Shared = Arc<Server>;

impl Server {
    /// Tells online devices, through whichever node, that something was committed for them.
    pub(crate) fn wake(&self, wakes: &[Wake]) {
        self.hub.wake(wakes);
        self.call(wakes.iter().map(|wake| wake.user_id));
    }

    /// Ends all sessions of a user; that they are over is committed already.
    pub(crate) fn kick(&self, user: i64, operation: StatisticsOperation) {
        self.hub.kick(user, operation);
        self.call([user]);
    }

    /// Has the other nodes look after the devices of these users.
    pub(crate) fn call(&self, users: impl IntoIterator<Item = i64>) {
        if self.store.is_shared() {
            self.bell.ring(users);
        }
    }

    /// The app key, if this server serves that app.
    pub(crate) fn app(&self, org: &str, app: &str) -> Option<String> {
        let known = self.settings.apps.iter().find(|key| key.org == org && key.app == app);
        known.map(ToString::to_string)
    }
}
