//! The events of a client, and the listeners that the application adds.

use super::results;
use crate::error::{Code, Error, Result};
use crate::model::{ConversationId, ConversationType, JsonText, StoredMessage};
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Messages were removed one-way on another device of the user.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageRemovedEvent {
    /// Where.
    pub conversation_id: String,
    /// What that conversation is with.
    pub conversation_type: ConversationType,
    /// The device that removed them.
    pub device_id: String,
    /// Which messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg_id_list: Option<Vec<String>>,
    /// Everything up to this time, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
}

// At most one of the last two fields is there, which a derived typing cannot say.
#[wasm_bindgen(typescript_custom_section)]
const MESSAGE_REMOVED: &str = r#"
/** Where messages were removed, and by which device. */
export interface RemovedElsewhere {
    /** Where. */
    conversationId: string;
    /** What that conversation is with; chat rooms are told as groups by some services. */
    conversationType: ConversationType;
    /** The device that removed them. */
    deviceId: string;
}

/** Single messages were removed. */
export interface RemovedByIds extends RemovedElsewhere {
    /** Which messages. */
    msgIdList: string[];
    /** Not beside ids. */
    time?: undefined;
}

/** Everything up to a time was removed. */
export interface RemovedByTime extends RemovedElsewhere {
    /** Everything up to this time, in milliseconds. */
    time: number;
    /** Not beside a time. */
    msgIdList?: undefined;
}

/** The service did not say which messages were removed: the conversation changed. */
export interface RemovedSomehow extends RemovedElsewhere {
    /** Not known. */
    msgIdList?: undefined;
    /** Not known. */
    time?: undefined;
}

/**
 * Messages were removed one-way on another device of the user; the local copy has dropped them already.
 *
 * Neither `msgIdList` nor `time` is there where the service did not say which: the conversation changed.
 *
 * Android: `EMMultiDeviceListener.onMessageRemoved(conversationId, deviceId)`.
 */
export type MessageRemovedEvent = RemovedByIds | RemovedByTime | RemovedSomehow;
"#;

/// A conversation was deleted on another device of the user, or, where the service deletes for everyone, by
/// another member; the local copy has dropped it already.
///
/// Android: `EMMultiDeviceListener.onConversationEvent(CONVERSATION_DELETED, …)`.
#[derive(Clone, Debug, PartialEq, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDeletedEvent {
    /// Which conversation.
    pub conversation_id: String,
    /// What it was with.
    pub conversation_type: ConversationType,
    /// The device that deleted it.
    pub device_id: String,
    /// When, in milliseconds.
    pub timestamp: u64,
}

/// The session is down.
///
/// Android: `EMConnectionListener.onDisconnected(errorCode)`.
#[derive(Clone, Debug, PartialEq, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct DisconnectedEvent {
    /// A code of `RoamError`. An application's own `logout` and `close` raise no event.
    pub code: u32,
    /// Words about what happened.
    pub reason: String,
    /// Whether the client comes back by itself.
    pub will_reconnect: bool,
}

/// The events of a client, by name, with what their listeners get.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "it is the typing of `on`")]
pub struct EventMap {
    /// Messages were removed on another device.
    #[tsify(type = "MessageRemovedEvent")]
    pub message_removed: (),
    /// A conversation was deleted on another device.
    pub conversation_deleted: ConversationDeletedEvent,
    /// A message came, also one that the user sent from another device.
    /// Android: `EMMessageListener.onMessageReceived`.
    #[tsify(type = "Message")]
    pub message_received: StoredMessage,
    /// The conversation list of the local copy changed, also by this client's own calls: load it again with
    /// `loadAllConversations` (fetching it here would go round in circles).
    /// Android: `EMConversationListener.onConversationUpdate`.
    #[tsify(type = "undefined")]
    pub conversations_changed: (),
    /// The session is up. Android: `EMConnectionListener.onConnected`.
    #[tsify(type = "undefined")]
    pub connected: (),
    /// The session is down.
    pub disconnected: DisconnectedEvent,
    /// Four fifths of the token's life are over: call `renewToken`.
    /// Android: `EMConnectionListener.onTokenWillExpire`.
    #[tsify(type = "undefined")]
    pub token_will_expire: (),
    /// The token's life is over. Android: `EMConnectionListener.onTokenExpired`.
    #[tsify(type = "undefined")]
    pub token_expired: (),
    /// Something went wrong that belongs to no call.
    #[tsify(type = "RoamError")]
    pub error: (),
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "`EventMap` documents each")]
pub enum Event {
    MessageRemoved(MessageRemovedEvent),
    ConversationDeleted(ConversationDeletedEvent),
    MessageReceived(StoredMessage),
    ConversationsChanged,
    Connected,
    Disconnected(DisconnectedEvent),
    TokenWillExpire,
    TokenExpired,
    Error(Error),
}

/// The names of all events.
const NAMES: [&str; 9] = [
    "messageRemoved",
    "conversationDeleted",
    "messageReceived",
    "conversationsChanged",
    "connected",
    "disconnected",
    "tokenWillExpire",
    "tokenExpired",
    "error",
];

impl Event {
    /// The name by which listeners are added.
    const fn name(&self) -> &'static str {
        match self {
            Self::MessageRemoved(_) => "messageRemoved",
            Self::ConversationDeleted(_) => "conversationDeleted",
            Self::MessageReceived(_) => "messageReceived",
            Self::ConversationsChanged => "conversationsChanged",
            Self::Connected => "connected",
            Self::Disconnected(_) => "disconnected",
            Self::TokenWillExpire => "tokenWillExpire",
            Self::TokenExpired => "tokenExpired",
            Self::Error(_) => "error",
        }
    }

    /// Messages were removed.
    pub fn messages_removed(
        conversation: &ConversationId,
        device: &str,
        ids: &[u64],
        time: Option<u64>,
    ) -> Self {
        Self::MessageRemoved(MessageRemovedEvent {
            conversation_id: conversation.peer.clone(),
            conversation_type: conversation.chat_type.into(),
            device_id: device.into(),
            msg_id_list: (!ids.is_empty()).then(|| ids.iter().map(ToString::to_string).collect()),
            time,
        })
    }

    /// The session ended or broke.
    pub fn disconnected(error: &Error, will_reconnect: bool) -> Self {
        Self::Disconnected(DisconnectedEvent {
            code: error.code as u32,
            reason: error.message.clone(),
            will_reconnect,
        })
    }

    /// The JSON text `[name, event]` that [`Listeners::emit_all`] reads, for events that all tabs hear. Other events belong
    /// to one tab, and have an empty text.
    pub fn text(&self) -> String {
        let event = match self {
            Self::MessageRemoved(event) => serde_json::to_string(event).ok(),
            Self::ConversationDeleted(event) => serde_json::to_string(event).ok(),
            Self::MessageReceived(message) => String::from_utf8(message.json.bytes().to_vec()).ok(),
            _ => None,
        };
        event.map_or_else(String::new, |event| format!("[\"{}\",{event}]", self.name()))
    }

    /// The argument of the listeners.
    fn to_js(&self) -> Result<JsValue> {
        match self {
            Self::MessageRemoved(event) => results::object(&JsonText::of(event)),
            Self::ConversationDeleted(event) => results::object(&JsonText::of(event)),
            Self::Disconnected(event) => results::to_js(event),
            Self::MessageReceived(message) => results::object(&message.json),
            Self::Error(error) => Ok(error.to_js()),
            Self::ConversationsChanged | Self::Connected | Self::TokenWillExpire | Self::TokenExpired => {
                Ok(JsValue::UNDEFINED)
            }
        }
    }
}

#[wasm_bindgen(module = "/src/js/application.js")]
extern "C" {
    type Emitter;

    #[wasm_bindgen(constructor)]
    fn new() -> Emitter;

    #[wasm_bindgen(method)]
    fn on(this: &Emitter, name: &str, listener: &js_sys::Function) -> js_sys::Function;

    #[wasm_bindgen(method)]
    fn emit(this: &Emitter, name: &str, event: &JsValue);

    #[wasm_bindgen(method, js_name = emitAll)]
    fn emit_all(this: &Emitter, events: &str);

    #[wasm_bindgen(method)]
    fn clear(this: &Emitter);
}

/// The listeners of one client. JS owns them, so that the garbage collector can free them.
pub struct Listeners(Emitter);

impl Listeners {
    /// Starts without listeners.
    pub fn new() -> Self {
        Self(Emitter::new())
    }

    /// Adds a listener, and returns the function that removes it.
    pub fn on(&self, name: &JsValue, listener: &JsValue) -> Result<js_sys::Function> {
        let given = name.as_string();
        let Some(name) = NAMES.into_iter().find(|name| given.as_deref() == Some(name)) else {
            let given = given.map_or_else(|| "no string".to_owned(), |given| format!("\"{given}\""));
            let message =
                format!("on: the event's name must be one of {}, but was {given}", NAMES.join(", "));
            return Err(Error::new(Code::InvalidParam, message));
        };
        let Some(listener) = listener.dyn_ref() else {
            let message = format!("on(\"{name}\", …): the listener must be a function");
            return Err(Error::new(Code::InvalidParam, message));
        };
        Ok(self.0.on(name, listener))
    }

    /// Calls every listener of an event. The caller must not hold a borrow: a listener may call the client.
    pub fn emit(&self, event: &Event) {
        if let Ok(argument) = event.to_js() {
            self.0.emit(event.name(), &argument);
        }
    }

    /// Calls the listeners of the events of a JSON list. Each is written like [`Event::text`].
    pub fn emit_all(&self, events: &str) {
        self.0.emit_all(events);
    }

    /// Removes all listeners.
    pub fn clear(&self) {
        self.0.clear();
    }
}

impl Default for Listeners {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_for_all_tabs_are_written_as_name_and_payload() {
        let conversation = ConversationId::new(roamkit_wire::conversation::ChatType::Group, "7");
        let removed = |ids: &[u64], time| Event::messages_removed(&conversation, "d", ids, time).text();
        let by_ids = r#"["messageRemoved",{"conversationId":"7","conversationType":"groupChat","deviceId":"d","msgIdList":["1","2"]}]"#;
        assert_eq!(removed(&[1, 2], None), by_ids);
        let by_time = r#"["messageRemoved",{"conversationId":"7","conversationType":"groupChat","deviceId":"d","time":5}]"#;
        assert_eq!(removed(&[], Some(5)), by_time);
        assert_eq!(Event::Connected.text(), "");
    }

    #[test]
    fn listeners_can_be_added_for_every_event() {
        let error = Error::new(Code::General, "");
        let events = [
            Event::messages_removed(
                &ConversationId::new(roamkit_wire::conversation::ChatType::Group, "7"),
                "d",
                &[],
                None,
            ),
            Event::ConversationsChanged,
            Event::Connected,
            Event::disconnected(&error, true),
            Event::TokenWillExpire,
            Event::TokenExpired,
            Event::Error(error),
        ];
        for event in events {
            assert!(NAMES.contains(&event.name()), "{}", event.name());
        }
    }
}
