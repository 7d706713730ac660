//! The options of `RoamClient.open`.

use crate::api::argument::{DeviceId, HttpUrl, RequestTimeout, SocketUrl, UserId, app_key};
use crate::api::fields::Fields;
use crate::error::Result;
use roamkit_wire::names::AppKey;
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// Options of `RoamClient.open`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct OpenOptions {
    /// The app key, `org#app`.
    #[serde(deserialize_with = "app_key")]
    #[tsify(type = "string")]
    pub app_key: AppKey,
    /// The user's id: 1 to 64 of `a-z 0-9 _ - .`; capital letters become small ones.
    #[tsify(type = "string")]
    pub user: UserId,
    /// The REST address, such as `https://a1.example.com`; no user's name in it. Left out: found through the service's host list.
    #[tsify(optional, type = "string")]
    pub api_url: Option<HttpUrl>,
    /// The socket's address, such as `wss://ws.example.com/websocket`. Left out: found through the service's
    /// host list.
    #[tsify(optional, type = "string")]
    pub socket_url: Option<SocketUrl>,
    /// This device's id: 1 to 125 letters, digits, `_`, `-`, `.`. Left out: made once and kept. One device
    /// is one local copy.
    #[tsify(optional, type = "string")]
    pub device_id: Option<DeviceId>,
    /// How long a request may take, in milliseconds: 1 to 600,000; 30,000 if left out.
    #[tsify(optional, type = "number")]
    pub request_timeout_ms: Option<RequestTimeout>,
    /// Whether to ask the browser to keep this site's storage when space runs short; false if left out. Some
    /// browsers ask the user.
    #[tsify(optional)]
    pub persist: Option<bool>,
}

impl OpenOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        Fields::new("RoamClient.open", value)?.read()
    }

    /// How long a request may take, in milliseconds.
    pub fn timeout_ms(&self) -> u32 {
        self.request_timeout_ms.map_or(DEFAULT_TIMEOUT_MS, |timeout| timeout.0 as u32)
    }
}
