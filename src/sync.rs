//! Interprets the metas of the server: how each of them changes the local copy, and which event reports it to the application.
//!
//! [`interpret`] reads one meta without I/O. [`Sync`] applies a batch together with its position in one transaction, and returns
//! the new events.

use crate::api::event::{ConversationDeletedEvent, Event, Listeners};
use crate::error::{Code, Error, Result};
use crate::message::Incoming;
use crate::model::ConversationId;
use crate::platform;
use crate::session::machine;
use crate::store::{Batch, EventBatch, Fact, MAX_RESPONSE_AGE_MS, NOTE_MS, Store};
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::notice::{ConversationOp, Notice};
use std::cell::Cell;
use std::rc::Rc;

/// The meaning of a meta: a change of the local copy, and an event for the application.
#[derive(Debug, PartialEq)]
pub struct Interpreted {
    /// The change.
    pub fact: Fact,
    /// The event.
    pub event: Option<Event>,
}

/// Interprets a meta for `user` on `device`. Returns `Ok(None)` for a meta that changes nothing, and an error for a message that
/// cannot be read.
pub fn interpret(meta: &Meta, user: &str, device: &str) -> Result<Option<Interpreted>> {
    if meta.ns == Namespace::Notify as i32 {
        return Ok(Notice::decode(&meta.payload)
            .filter(|notice| !notice.is_from(user, device))
            .map(|notice| from_notice(notice, meta.timestamp)));
    }
    let unreadable = || {
        let message = format!("message {} came, but cannot be read by this version", meta.id);
        Error::new(Code::MessageInvalid, message)
    };
    Ok(match Incoming::read(meta, user).ok_or_else(unreadable)? {
        Incoming::Message(arrived) => Some(Interpreted {
            event: Some(Event::MessageReceived(arrived.message.clone())),
            fact: Fact::Message(arrived),
        }),
        Incoming::OnlineOnly(message) => {
            Some(Interpreted { event: Some(Event::MessageReceived(message)), fact: Fact::Unstored })
        }
        Incoming::Recall { conversation, id } => {
            Some(Interpreted { fact: Fact::Recalled { conversation, id }, event: None })
        }
        Incoming::Edit { conversation, id, edit } => {
            Some(Interpreted { fact: Fact::Edited { conversation, id, edit }, event: None })
        }
        Incoming::Read { conversation, id } => Some(Interpreted {
            event: Some(Event::conversation_read(&conversation)),
            fact: Fact::Read { conversation, id },
        }),
        Incoming::Other => None,
    })
}

/// `sent_at` is the server's time of the notice, in ms since the epoch; 0 if it is unknown.
fn from_notice(notice: Notice, sent_at: u64) -> Interpreted {
    match notice {
        Notice::MessagesRemoved { conversation, chat_type, resource, ids, time } => {
            let conversation = ConversationId::new(chat_type, &conversation);
            Interpreted {
                event: Some(Event::messages_removed(&conversation, &resource, &ids, time)),
                // A removal up to a future time removes what there is, by the server's clock.
                fact: Fact::Removed { conversation, ids, until: time.map(|time| clamp(time, sent_at)) },
            }
        }
        Notice::Conversation { op, conversation, chat_type, resource, timestamp, ext, .. } => {
            let conversation = ConversationId::new(chat_type, &conversation);
            match op {
                ConversationOp::Deleted => Interpreted {
                    event: Some(Event::ConversationDeleted(ConversationDeletedEvent {
                        conversation_id: conversation.peer.clone(),
                        conversation_type: conversation.chat_type.into(),
                        device_id: resource,
                        timestamp,
                    })),
                    // The notice does not tell whether the history was deleted, too. The messages that the server
                    // still has can be fetched again.
                    fact: Fact::ConversationDeleted { conversation, with_messages: false, timestamp },
                },
                ConversationOp::Pinned => {
                    Interpreted { event: None, fact: Fact::Pinned { conversation, time: Some(timestamp) } }
                }
                ConversationOp::Unpinned => {
                    Interpreted { event: None, fact: Fact::Pinned { conversation, time: None } }
                }
                ConversationOp::Marked => {
                    Interpreted { event: None, fact: Fact::Marked { conversation, mark: ext, set: true } }
                }
                ConversationOp::Unmarked => {
                    Interpreted { event: None, fact: Fact::Marked { conversation, mark: ext, set: false } }
                }
            }
        }
    }
}

fn clamp(time: u64, sent_at: u64) -> u64 {
    if sent_at == 0 { time } else { time.min(sent_at) }
}

/// Applies facts to the local copy.
pub struct Sync {
    /// The local copy.
    pub store: Store,
    /// The application's listeners.
    pub listeners: Rc<Listeners>,
    /// The user who owns the local copy.
    pub user: String,
    /// This device.
    pub device: String,
    /// The time of the last sweep of tombstones.
    pub swept_at: Cell<u64>,
    /// The time at which the presence of the device was last recorded.
    pub presence_recorded_at: Cell<u64>,
}

impl Sync {
    /// Applies a batch of a queue, and returns its new events; `None` if no fact was new. If `to_log`, the events are also
    /// written to the event log for the other tabs.
    pub async fn apply_batch(&self, batch: machine::Batch, to_log: bool) -> Result<Option<EventBatch>> {
        let mut facts = Vec::with_capacity(batch.metas.len());
        let mut texts = Vec::with_capacity(batch.metas.len());
        for meta in &batch.metas {
            match interpret(meta, &self.user, &self.device) {
                Ok(Some(Interpreted { fact, event })) => {
                    facts.push((meta.id, fact));
                    texts.push(event.as_ref().map_or_else(String::new, Event::text));
                }
                Ok(None) => {}
                Err(error) => self.listeners.emit(&Event::Error(error)),
            }
        }
        let queue = format!("{}@{}", batch.queue.name, batch.queue.domain);
        let batch = Batch { queue, position: batch.position, facts, call: None };
        self.store.apply_with_events(&batch, &texts, to_log).await
    }

    /// Drops old tombstones from time to time. To be called when the device's queues are empty, since the tombstones are needed
    /// for the messages in them.
    pub fn sweep(&self) {
        let now = platform::now();
        if now < self.swept_at.get().saturating_add(MAX_RESPONSE_AGE_MS) {
            return;
        }
        self.swept_at.set(now);
        let store = self.store.clone();
        // If the sweep fails, the tombstones stay until the next one.
        platform::spawn(async move { drop(store.sweep().await) });
    }

    /// Records that the device is present. Returns whether it was absent for too long. The whole local copy is then compared with
    /// the server.
    pub async fn record_presence(&self, caught_up: bool) -> bool {
        let now = platform::now();
        if caught_up && now.abs_diff(self.presence_recorded_at.get()) < NOTE_MS {
            return false;
        }
        let was_absent = self.store.record_presence(caught_up).await.unwrap_or_else(|error| {
            self.store.report(&error);
            false
        });
        if caught_up {
            self.presence_recorded_at.set(now);
        }
        was_absent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;
    use roamkit_wire::body::Body;
    use roamkit_wire::conversation::ChatType;
    use roamkit_wire::meta::{MessageBody, MessageType, RouteType};
    use roamkit_wire::msync::Jid;

    fn meta(ns: Namespace, payload: Vec<u8>) -> Meta {
        Meta {
            id: 7,
            ns: ns as i32,
            payload,
            from: Some(Jid::user("d#c", "bob")),
            to: Some(Jid::user("d#c", "alice")),
            timestamp: 5,
            ..Meta::default()
        }
    }

    fn removed(resource: &str) -> Meta {
        let notice = Notice::MessagesRemoved {
            conversation: "bob".into(),
            chat_type: ChatType::Single,
            resource: resource.into(),
            ids: vec![1, 2],
            time: None,
        };
        meta(Namespace::Notify, notice.encode())
    }

    #[test]
    fn a_removal_elsewhere_is_a_fact_and_an_event() {
        let interpreted = interpret(&removed("other"), "alice", "mine").unwrap().unwrap();
        let conversation = ConversationId::new(ChatType::Single, "bob");
        assert_eq!(
            interpreted,
            Interpreted {
                event: Some(Event::messages_removed(&conversation, "other", &[1, 2], None)),
                fact: Fact::Removed { conversation, ids: vec![1, 2], until: None },
            }
        );
    }

    #[test]
    fn a_removal_up_to_a_future_time_ends_at_the_time_of_its_notice() {
        for (time, sent_at, expected) in [(9, 5, 5), (4, 5, 4), (9, 0, 9)] {
            let notice = Notice::MessagesRemoved {
                conversation: "bob".into(),
                chat_type: ChatType::Single,
                resource: "other".into(),
                ids: Vec::new(),
                time: Some(time),
            };
            let meta = Meta { timestamp: sent_at, ..meta(Namespace::Notify, notice.encode()) };
            let interpreted = interpret(&meta, "alice", "mine").unwrap().unwrap();
            assert!(matches!(interpreted.fact, Fact::Removed { until, .. } if until == Some(expected)));
        }
    }

    #[test]
    fn an_action_of_this_device_is_ignored() {
        assert_eq!(interpret(&removed("mine"), "alice", "mine"), Ok(None));
    }

    #[test]
    fn receipts_and_unknown_notices_are_ignored() {
        let ack = MessageBody { r#type: MessageType::ReadAck as i32, ..MessageBody::default() };
        assert_eq!(interpret(&meta(Namespace::Chat, ack.encode_to_vec()), "alice", "mine"), Ok(None));
        let presence = br#"{"type":"presence","data":{}}"#.to_vec();
        assert_eq!(interpret(&meta(Namespace::Notify, presence), "alice", "mine"), Ok(None));
        assert_eq!(interpret(&meta(Namespace::Roster, vec![1, 2, 3]), "alice", "mine"), Ok(None));
    }

    #[test]
    fn a_message_for_connected_devices_only_is_an_event_and_changes_no_copy() {
        let body = MessageBody {
            r#type: MessageType::Chat as i32,
            contents: vec![Body::Text { msg: "hi".into() }.to_content()],
            ..MessageBody::default()
        };
        let meta =
            Meta { routetype: RouteType::Online as i32, ..meta(Namespace::Chat, body.encode_to_vec()) };
        let interpreted = interpret(&meta, "alice", "mine").unwrap();
        let expected = Some(Interpreted { fact: Fact::Unstored, event: None });
        assert!(matches!(&interpreted, Some(Interpreted { event: Some(Event::MessageReceived(_)), .. })));
        assert_eq!(interpreted.map(|interpreted| Interpreted { event: None, ..interpreted }), expected);
    }

    #[test]
    fn a_message_is_an_event_and_an_unreadable_one_an_error() {
        let body = MessageBody {
            r#type: MessageType::Chat as i32,
            contents: vec![Body::Text { msg: "hi".into() }.to_content()],
            ..MessageBody::default()
        };
        let interpreted = interpret(&meta(Namespace::Chat, body.encode_to_vec()), "alice", "mine").unwrap();
        assert!(matches!(
            interpreted,
            Some(Interpreted { fact: Fact::Message(_), event: Some(Event::MessageReceived(_)) })
        ));
        let mut odd = body;
        odd.contents[0].r#type = 77;
        let odd = interpret(&meta(Namespace::Chat, odd.encode_to_vec()), "alice", "mine");
        assert_eq!(odd.unwrap_err().code, Code::MessageInvalid);
    }
}
