//! The id of this device: database `roamkit`, store `devices`, key `[appKey, user]`, value: the device id.
//!
//! It is in IndexedDB and not in `localStorage`, because workers have no `localStorage`.

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

/// The id of this device for a user. The first call creates and stores it. One device has one local copy.
pub async fn device_id(app_key: &str, user: &str) -> Result<String> {
    let key = Array::of2(&app_key.into(), &user.to_ascii_lowercase().into());
    let new = temporary_device_id()?;
    let database = open_in_time(DATABASE, 1, create).await?;
    let id = stored_or_new(&database, &key, new).await;
    database.close();
    Ok(id?)
}

/// Returns the stored id, or stores the new one. Both happen in one transaction, so that two tabs that open at the same time get
/// the same id.
async fn stored_or_new(database: &IndexedDb, key: &JsValue, new: String) -> Result<String, DbError> {
    let transaction = database.begin_named(Mode::Readwrite, vec![DEVICES])?;
    let known = transaction.get_js(DEVICES, key.clone()).await?;
    if let Some(known) = known.and_then(|known| known.as_string()) {
        return Ok(known);
    }
    transaction.put_js(DEVICES, key.clone(), new.as_str().into()).await?;
    Ok(new)
}

/// Deletes the stored id of this device for a user, unless another id is stored. A device with that id has no copy any more.
pub async fn forget_device_id(app_key: &str, user: &str, device: &str) -> Result<()> {
    let key = Array::of2(&app_key.into(), &user.to_ascii_lowercase().into());
    let database = open_in_time(DATABASE, 1, create).await?;
    let forgotten = delete_if_stored(&database, &key, device).await;
    database.close();
    Ok(forgotten?)
}

async fn delete_if_stored(database: &IndexedDb, key: &JsValue, device: &str) -> Result<(), DbError> {
    let transaction = database.begin_named(Mode::Readwrite, vec![DEVICES])?;
    let known = transaction.get_js(DEVICES, key.clone()).await?;
    if known.and_then(|known| known.as_string()).as_deref() == Some(device) {
        transaction.delete_js(DEVICES, key.clone()).await?;
    }
    Ok(())
}

fn create(
    _: VersionChangeEvent,
    database: Database,
) -> LocalBoxFuture<'static, indexed_db_futures::Result<()>> {
    async move { database.create_object_store(DEVICES).build().map(drop) }.boxed_local()
}

/// An id that is not stored. It lasts as long as the page.
pub fn temporary_device_id() -> Result<String> {
    let uuid = random_uuid().map_err(|_| {
        let advice = "no random numbers here (crypto.getRandomValues); give a deviceId of your own";
        Error::new(Code::General, advice)
    })?;
    Ok(format!("webim_roamkit_{uuid}"))
}
