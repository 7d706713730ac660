//! Which device this is. Database `roamkit`, store `devices`, key `[appKey, user]`, value: the device id.
//!
//! In IndexedDB, not in `localStorage`, so that workers have the same.

use super::super::fault::{Fault, Kind};
use super::connect;
use super::failure::failed;
use super::requests::{Database, Schema, over};
use crate::error::{Code, Error, Result};
use js_sys::Array;
use roamkit_wire::text;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

const DEVICES: &str = "devices";

/// The id of this device for that user, made once and kept. One device has one local copy.
pub async fn device_id(app_key: &str, user: &str) -> Result<String> {
    let key: JsValue = Array::of2(&app_key.into(), &user.to_ascii_lowercase().into()).into();
    let made = passing_device_id()?;
    let db =
        connect("roamkit", Schema { tables: DEVICES, first: DEVICES, renew: JsValue::UNDEFINED }).await?;
    let id = known_or(&db, &key, made).await;
    db.close();
    id.map_err(|error| Fault::new(Kind::Other, failed("read", &error).message.clone()).into())
}

/// Looked up and written in one transaction: of two tabs that open at once, one makes it and both have it.
async fn known_or(db: &Database, key: &JsValue, made: String) -> std::result::Result<String, JsValue> {
    let tx = db.begin(DEVICES, true)?;
    let known = || tx.answer(DEVICES, "get", key).as_string();
    if known().is_none() {
        over(tx.fetch()).await?;
    }
    if let Some(known) = known() {
        return Ok(known);
    }
    tx.write(DEVICES, key, &made.as_str().into(), &JsValue::UNDEFINED);
    over(tx.commit()).await?;
    Ok(made)
}

/// An id for as long as the page lives, where none can be kept.
pub fn passing_device_id() -> Result<String> {
    let uuid = random_uuid().map_err(|_| {
        let advice = "no random numbers here (crypto.getRandomValues); give a deviceId of your own";
        Error::new(Code::General, advice)
    })?;
    Ok(text!["webim_roamkit_", uuid])
}

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = randomUuid, catch)]
    fn random_uuid() -> std::result::Result<String, JsValue>;
}
