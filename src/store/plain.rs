//! Messages and conversations as they are kept: the plain objects that JS gets, so that reading one decodes
//! nothing. Natively, where tests run and no JS is, JSON values take their place.

use super::fault::{Fault, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A plain object.
#[cfg(target_arch = "wasm32")]
pub type Plain = wasm_bindgen::JsValue;
/// A plain object.
#[cfg(not(target_arch = "wasm32"))]
pub type Plain = serde_json::Value;

/// The plain object of a value.
pub(super) fn write<T: Serialize>(what: &str, value: &T) -> Result<Plain> {
    #[cfg(target_arch = "wasm32")]
    let plain = crate::model::to_js(value);
    #[cfg(not(target_arch = "wasm32"))]
    let plain = serde_json::to_value(value);
    plain.map_err(|error| Fault::other(format!("could not write {what} to the local copy: {error}")))
}

/// The plain objects of several values: in the browser all of them in one go.
pub(super) fn write_all<T: Serialize>(what: &str, values: &[T]) -> Result<Vec<Plain>> {
    #[cfg(target_arch = "wasm32")]
    let plain = Ok(js_sys::Array::from(&write(what, &values)?).to_vec());
    #[cfg(not(target_arch = "wasm32"))]
    let plain = values.iter().map(|value| write(what, value)).collect();
    plain
}

/// The value of a plain object; none where it is of another form.
pub(super) fn read<T: DeserializeOwned>(plain: Plain) -> Option<T> {
    #[cfg(target_arch = "wasm32")]
    let value = serde_wasm_bindgen::from_value(plain).ok();
    #[cfg(not(target_arch = "wasm32"))]
    let value = serde_json::from_value(plain).ok();
    value
}

/// About how many bytes it takes.
pub(super) fn size(plain: &Plain) -> u64 {
    #[cfg(target_arch = "wasm32")]
    let size = js_sys::JSON::stringify(plain).map_or(0, |text| u64::from(text.length()));
    #[cfg(not(target_arch = "wasm32"))]
    let size = plain.to_string().len() as u64;
    size
}
