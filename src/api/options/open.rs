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
    /// The app key, in the form `org#app`.
    #[serde(deserialize_with = "app_key")]
    #[tsify(type = "string")]
    pub app_key: AppKey,
    /// The user's id: 1 to 64 letters, digits, `_`, `-` or `.`. Upper case becomes lower case.
    #[tsify(type = "string")]
    pub user: UserId,
    /// The URL of the REST API, such as `https://a1.example.com`, without user name and password. Left out: the client finds
    /// it in the service's host list.
    #[tsify(optional, type = "string")]
    pub api_url: Option<HttpUrl>,
    /// The URL of the WebSocket, such as `wss://ws.example.com/websocket`. Left out: the client finds it in the service's
    /// host list.
    #[tsify(optional, type = "string")]
    pub socket_url: Option<SocketUrl>,
    /// The id of this device: 1 to 125 letters, digits, `_`, `-` or `.`. Each device id has a local copy of its own. Left
    /// out: the client creates an id and stores it in the browser.
    #[tsify(optional, type = "string")]
    pub device_id: Option<DeviceId>,
    /// The timeout of a request in milliseconds, 1 to 600,000. Default: 30,000.
    #[tsify(optional, type = "number")]
    pub request_timeout_ms: Option<RequestTimeout>,
    /// True if the browser is asked to keep this site's storage when space runs short. Some browsers then ask the user.
    /// Default: false.
    #[tsify(optional)]
    pub persist: Option<bool>,
}

impl OpenOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        Fields::new("RoamClient.open", value)?.read()
    }

    /// The timeout of a request, in milliseconds.
    pub fn timeout_ms(&self) -> u32 {
        self.request_timeout_ms.map_or(DEFAULT_TIMEOUT_MS, |timeout| timeout.0 as u32)
    }
}
