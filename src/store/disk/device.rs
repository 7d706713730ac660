//! Which device this is. Database `roamkit`, store `devices`, key `[appKey, user]`, value: the device id.
//!
//! In IndexedDB, not in `localStorage`, so that workers have the same.

use super::super::fault::{Fault, Kind};
use super::connect;
use super::failure::failed;
use super::requests;
use crate::error::{Code, Error, Result};
use js_sys::Array;
use roamkit_wire::text;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{IdbDatabase, IdbTransactionMode};

const DEVICES: &str = "devices";
const VERSION: u8 = 1;
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The id of this device for that user, made once and kept. One device has one local copy.
pub async fn device_id(app_key: &str, user: &str) -> Result<String> {
    let key: JsValue = Array::of2(&app_key.into(), &user.to_ascii_lowercase().into()).into();
    let made = passing_device_id()?;
    let db = connect("roamkit", VERSION, |db, _, _| db.create_object_store(DEVICES).map(|_| None)).await?;
    let id = known_or(&db, &key, made).await;
    db.close();
    id.map_err(|error| Fault::new(Kind::Other, failed("read", &error).message.clone()).into())
}

/// Looked up and written in one transaction: of two tabs that open at once, one makes it and both have it.
async fn known_or(db: &IdbDatabase, key: &JsValue, made: String) -> std::result::Result<String, JsValue> {
    let tx = requests::begin(db, &[DEVICES], IdbTransactionMode::Readwrite)?;
    let known = requests::read(&tx, vec![requests::ask(DEVICES, "get", key)]).await?;
    if let Some(known) = known.first().and_then(JsValue::as_string) {
        return Ok(known);
    }
    let write = requests::write(DEVICES, key, &made.as_str().into(), &JsValue::UNDEFINED);
    requests::commit(&tx, vec![write]).await?;
    Ok(made)
}

/// An id for as long as the page lives, where none can be kept.
pub fn passing_device_id() -> Result<String> {
    Ok(text!["webim_roamkit_", uuid()?])
}

/// A random UUID. `crypto.randomUUID` would need a secure context.
fn uuid() -> Result<String> {
    let mut bytes = [0; 16];
    get_random_values(&mut bytes).map_err(|_| {
        let advice = "no random numbers here (crypto.getRandomValues); give a deviceId of your own";
        Error::new(Code::General, advice)
    })?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut uuid = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        uuid.extend([byte >> 4, byte & 0x0f].map(|digit| char::from(DIGITS[usize::from(digit)])));
    }
    Ok(uuid)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &mut [u8]) -> std::result::Result<(), JsValue>;
}
