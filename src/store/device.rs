//! Which device this is. Database `roamkit`, store `devices`, key `[appKey, user]`, value: the device id.
//!
//! In IndexedDB, not in `localStorage`, so that workers have the same.

use super::database::{Tx, open_with};
use crate::error::{Code, Error, Result};
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

const DEVICES: &str = "devices";

/// The id of this device for that user, made once and kept. One device has one local copy.
pub async fn device_id(app_key: &str, user: &str) -> Result<String> {
    let db = open_with("roamkit", &[DEVICES]).await?;
    let key: JsValue = Array::of2(&app_key.into(), &user.to_ascii_lowercase().into()).into();
    let made = format!("webim_roamkit_{}", uuid()?);
    // Looked up and written in one transaction: of two tabs that open at once, one makes it and both have it.
    let tx = Tx::write(&db, &[DEVICES])?;
    let known = tx.get(DEVICES, &key).await?.and_then(|id| id.as_string());
    if known.is_none() {
        tx.put(DEVICES, &key, &made.as_str().into())?;
    }
    let id = known.unwrap_or(made);
    tx.commit().await?;
    db.close();
    Ok(id)
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
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &mut [u8]) -> std::result::Result<(), JsValue>;
}
