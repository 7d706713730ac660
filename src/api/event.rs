//! The events of a client, and the listeners that the application adds.

use super::results;
use crate::error::{Code, Error, Result};
use crate::model::{ConversationId, ConversationType, JsonText, MessagesChangedEvent, StoredMessage};
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// The payload of `messageRemoved`. The typing is below.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageRemovedEvent {
    /// The id of the conversation.
    pub conversation_id: String,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// The id of the device that removed the messages.
    pub device_id: String,
    /// The ids of the removed messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg_id_list: Option<Vec<String>>,
    /// All messages up to this time were removed, in ms since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
}

// At most one of the last two fields is present, which a derived typing cannot express.
#[wasm_bindgen(typescript_custom_section)]
const MESSAGE_REMOVED: &str = r#"
/** The conversation from which messages were removed, and the device that removed them. */
export interface RemovedElsewhere {
    /** The id of the conversation. */
    conversationId: string;
    /** The type of the conversation. Some services report chat rooms as groups. */
    conversationType: ConversationType;
    /** The id of the device that removed the messages. */
    deviceId: string;
}

/** Single messages were removed. */
export interface RemovedByIds extends RemovedElsewhere {
    /** The ids of the removed messages. */
    msgIdList: string[];
    /** Not present together with `msgIdList`. */
    time?: undefined;
}

/** All messages up to a time were removed. */
export interface RemovedByTime extends RemovedElsewhere {
    /** The time in milliseconds since the epoch. Messages with this timestamp were removed, too. */
    time: number;
    /** Not present together with `time`. */
    msgIdList?: undefined;
}

/** The service did not report which messages were removed. */
export interface RemovedSomehow extends RemovedElsewhere {
    /** Unknown. */
    msgIdList?: undefined;
    /** Unknown. */
    time?: undefined;
}

/**
 * Messages were removed one-way on another device of the user. They are already removed from the local copy.
 *
 * If the service did not report which messages were removed, neither `msgIdList` nor `time` is present. The client then compares
 * the conversation with the server.
 *
 * Android: `EMMultiDeviceListener.onMessageRemoved(conversationId, deviceId)`.
 */
export type MessageRemovedEvent = RemovedByIds | RemovedByTime | RemovedSomehow;
"#;

/// A conversation was deleted on another device of the user, or by another member if the service deletes for everyone. It is
/// already removed from the local copy.
///
/// Android: `EMMultiDeviceListener.onConversationEvent(CONVERSATION_DELETED, …)`.
#[derive(Clone, Debug, PartialEq, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDeletedEvent {
    /// The id of the conversation.
    pub conversation_id: String,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// The id of the device that deleted the conversation.
    pub device_id: String,
    /// The time of the deletion, in milliseconds since the epoch.
    pub timestamp: u64,
}

/// The user read a conversation on another device. Its unread count in the local copy has changed already.
///
/// Android: `EMConversationListener.onConversationRead(from, to)`.
#[derive(Clone, Debug, PartialEq, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ConversationReadEvent {
    /// The id of the conversation.
    pub conversation_id: String,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
}

/// The session is down. The application's own `logout` and `close` do not emit this event.
///
/// Android: `EMConnectionListener.onDisconnected(errorCode)`.
#[derive(Clone, Debug, PartialEq, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct DisconnectedEvent {
    /// The error code, one of those of `RoamError`.
    pub code: u32,
    /// A description of the reason.
    pub reason: String,
    /// True if the client reconnects without another `login`.
    pub will_reconnect: bool,
}

/// The names of the events of a client, each with the argument of its listeners.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "the struct is the typing of `on`")]
pub struct EventMap {
    /// Messages were removed on another device of the user.
    #[tsify(type = "MessageRemovedEvent")]
    pub message_removed: (),
    /// A conversation was deleted on another device of the user.
    pub conversation_deleted: ConversationDeletedEvent,
    /// The user read a conversation on another device.
    pub conversation_read: ConversationReadEvent,
    /// A message arrived. Messages that the user sent on another device count, too.
    /// Android: `EMMessageListener.onMessageReceived`.
    #[tsify(type = "Message")]
    pub message_received: StoredMessage,
    /// The messages of a conversation changed in the local copy, by a call of this client or otherwise.
    pub messages_changed: MessagesChangedEvent,
    /// The conversation list of the local copy changed, possibly by a call of this client. Load it again with
    /// `loadAllConversations`. Do not fetch it here: a fetch may change the list, and so emit this event again.
    /// Android: `EMConversationListener.onConversationUpdate`.
    #[tsify(type = "undefined")]
    pub conversations_changed: (),
    /// The session is up. Android: `EMConnectionListener.onConnected`.
    #[tsify(type = "undefined")]
    pub connected: (),
    /// The session is down.
    pub disconnected: DisconnectedEvent,
    /// Four fifths of the token's lifetime are over. Call `renewToken`.
    /// Android: `EMConnectionListener.onTokenWillExpire`.
    #[tsify(type = "undefined")]
    pub token_will_expire: (),
    /// The token has expired. Android: `EMConnectionListener.onTokenExpired`.
    #[tsify(type = "undefined")]
    pub token_expired: (),
    /// An error occurred outside of any call.
    #[tsify(type = "RoamError")]
    pub error: (),
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "`EventMap` documents each")]
pub enum Event {
    MessageRemoved(MessageRemovedEvent),
    ConversationDeleted(ConversationDeletedEvent),
    ConversationRead(ConversationReadEvent),
    MessageReceived(StoredMessage),
    MessagesChanged(MessagesChangedEvent),
    ConversationsChanged,
    Connected,
    Disconnected(DisconnectedEvent),
    TokenWillExpire,
    TokenExpired,
    Error(Error),
}

/// The names of all events.
const NAMES: [&str; 11] = [
    "messageRemoved",
    "conversationDeleted",
    "conversationRead",
    "messageReceived",
    "messagesChanged",
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
            Self::ConversationRead(_) => "conversationRead",
            Self::MessageReceived(_) => "messageReceived",
            Self::MessagesChanged(_) => "messagesChanged",
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

    /// A conversation was read.
    pub fn conversation_read(conversation: &ConversationId) -> Self {
        Self::ConversationRead(ConversationReadEvent {
            conversation_id: conversation.peer.clone(),
            conversation_type: conversation.chat_type.into(),
        })
    }

    /// The session is down.
    pub fn disconnected(error: &Error, will_reconnect: bool) -> Self {
        Self::Disconnected(DisconnectedEvent {
            code: error.code as u32,
            reason: error.message.clone(),
            will_reconnect,
        })
    }

    /// The JSON text `[name, event]`, which [`Listeners::emit_all`] reads, of an event for all tabs. An event for one tab has
    /// an empty text.
    pub fn text(&self) -> String {
        let event = match self {
            Self::MessageRemoved(event) => serde_json::to_string(event).ok(),
            Self::ConversationDeleted(event) => serde_json::to_string(event).ok(),
            Self::ConversationRead(event) => serde_json::to_string(event).ok(),
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
            Self::ConversationRead(event) => results::object(&JsonText::of(event)),
            Self::Disconnected(event) => results::to_js(event),
            Self::MessageReceived(message) => results::object(&message.json),
            Self::MessagesChanged(event) => results::object(&JsonText::of(event)),
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
    fn close(this: &Emitter);
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

    /// Emits an event. The caller must not hold a borrow, because a listener may call the client.
    pub fn emit(&self, event: &Event) {
        if let Ok(argument) = event.to_js() {
            self.0.emit(event.name(), &argument);
        }
    }

    /// Emits the events of a JSON list. Each element is an [`Event::text`].
    pub fn emit_all(&self, events: &str) {
        self.0.emit_all(events);
    }

    /// Removes all listeners. Those that are added later hear nothing.
    pub fn close(&self) {
        self.0.close();
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
        let conversation = ConversationId::new(roamkit_wire::conversation::ChatType::Group, "7");
        let events = [
            Event::messages_removed(&conversation, "d", &[], None),
            Event::MessagesChanged(MessagesChangedEvent::new(&conversation)),
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
