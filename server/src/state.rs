//! What every request and socket shares.

use crate::ids::Ids;
use crate::password::Passwords;
use crate::session::hub::Hub;
use crate::settings::Settings;
use crate::store::Store;
use std::sync::Arc;

/// The server's parts.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) ids: Ids,
    pub(crate) hub: Hub,
    pub(crate) passwords: Passwords,
}

/// As handlers hold it.
pub(crate) type Shared = Arc<Server>;

impl Server {
    /// The app key, if this server serves that app.
    pub(crate) fn app(&self, org: &str, app: &str) -> Option<String> {
        let known = self.settings.apps.iter().find(|key| key.org == org && key.app == app);
        known.map(ToString::to_string)
    }
}
