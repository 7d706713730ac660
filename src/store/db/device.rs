//! The id of this device. Database `roamkit`, store `devices`, key `[appKey, user]`, value: the device id.
//!
//! In IndexedDB, not in `localStorage`, so that workers have the same.

use super::Mode;
use super::connection::open_in_time;
use super::error::DbError;
use super::indexed_db::IndexedDb;
use crate::error::{Code, Error, Result};
use crate::platform::random_uuid;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use indexed_db_futures::database::{Database, VersionChangeEvent};
use indexed_db_futures::prelude::*;
use js_sys::Array;
use wasm_bindgen::JsValue;

const DATABASE: &str = "roamkit";
const DEVICES: &str = "devices";

/// The id of this device for that user, made once and kept. One device has one local copy.
pub async fn device_id(app_key: &str, user: &str) -> Result<String> {
    let key = Array::of2(&app_key.into(), &user.to_ascii_lowercase().into());
    let made = passing_device_id()?;
    let database = open_in_time(DATABASE, 1, create).await?;
    let id = known_or(&database, &key, made).await;
    database.close();
    Ok(id?)
}

/// The id that is known under that key; or, from now on, this one. It is looked up and written in one transaction: of two
/// tabs that open at once, one makes it and both have it.
async fn known_or(database: &IndexedDb, key: &JsValue, made: String) -> Result<String, DbError> {
    let transaction = database.begin_named(Mode::Readwrite, vec![DEVICES])?;
    let known = transaction.get_js(DEVICES, key.clone()).await?;
    if let Some(known) = known.and_then(|known| known.as_string()) {
        return Ok(known);
    }
    transaction.put_js(DEVICES, key.clone(), made.as_str().into()).await?;
    Ok(made)
}

fn create(
    _: VersionChangeEvent,
    database: Database,
) -> LocalBoxFuture<'static, indexed_db_futures::Result<()>> {
    async move { database.create_object_store(DEVICES).build().map(drop) }.boxed_local()
}

/// An id for as long as the page lives, where none can be kept.
pub fn passing_device_id() -> Result<String> {
    let uuid = random_uuid().map_err(|_| {
        let advice = "no random numbers here (crypto.getRandomValues); give a deviceId of your own";
        Error::new(Code::General, advice)
    })?;
    Ok(format!("webim_roamkit_{uuid}"))
}
