//! How one server fact changes the local copy, and which event tells the application.
//!
//! Each meta of a batch is understood by [`understand`], without I/O; [`Sync`] lets a batch take effect in
//! one transaction with its position, and hands on what was new.

use crate::error::{Code, Error, Result};
use crate::event::{ConversationDeletedEvent, Event, Listeners};
use crate::model::{ConversationId, Incoming};
use crate::platform;
use crate::session::machine;
use crate::store::{Batch, EventBatch, Fact, MAX_RESPONSE_AGE_MS, NOTE_MS, Store};
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::notice::{ConversationOp, Notice};
use std::cell::Cell;
use std::rc::Rc;

/// What a meta means: how it changes the local copy, and what the application is told.
#[derive(Debug, PartialEq)]
pub struct Understood {
    /// The change.
    pub fact: Fact,
    /// The news.
    pub event: Option<Event>,
}

/// Reads a meta as `user` on `device` has to take it. `Ok(None)`: nothing to do. `Err`: it is a message that
/// cannot be read.
pub fn understand(meta: &Meta, user: &str, device: &str) -> Result<Option<Understood>> {
    if meta.ns == Namespace::Notify as i32 {
        return Ok(Notice::decode(&meta.payload)
            .filter(|notice| notice.resource() != device)
            .map(from_notice));
    }
    let unreadable = || {
        let message = format!("message {} came, but cannot be read by this version", meta.id);
        Error::new(Code::MessageInvalid, message)
    };
    Ok(match Incoming::read(meta, user).ok_or_else(unreadable)? {
        Incoming::Message(arrived) => Some(Understood {
            event: Some(Event::MessageReceived(arrived.message.clone())),
            fact: Fact::Message(arrived),
        }),
        Incoming::Recall { conversation, id } => {
            Some(Understood { fact: Fact::Recalled { conversation, id }, event: None })
        }
        Incoming::Edit { conversation, id, edit } => {
            Some(Understood { fact: Fact::Edited { conversation, id, edit }, event: None })
        }
        Incoming::Other => None,
    })
}

fn from_notice(notice: Notice) -> Understood {
    match notice {
        Notice::MessagesRemoved { conversation, chat_type, resource, ids, time } => {
            let conversation = ConversationId::new(chat_type, &conversation);
            Understood {
                event: Some(Event::messages_removed(&conversation, &resource, &ids, time)),
                fact: Fact::Removed { conversation, ids, until: time },
            }
        }
        Notice::Conversation { op, conversation, chat_type, resource, timestamp, ext, .. } => {
            let conversation = ConversationId::new(chat_type, &conversation);
            match op {
                ConversationOp::Deleted => Understood {
                    event: Some(Event::ConversationDeleted(ConversationDeletedEvent {
                        conversation_id: conversation.peer.clone(),
                        conversation_type: conversation.chat_type.into(),
                        device_id: resource,
                        timestamp: timestamp as f64,
                    })),
                    // The notice does not tell whether the history went with it: what the server still
                    // has can be fetched again.
                    fact: Fact::ConversationDeleted { conversation, with_messages: false, timestamp },
                },
                ConversationOp::Pinned => {
                    Understood { event: None, fact: Fact::Pinned { conversation, time: Some(timestamp) } }
                }
                ConversationOp::Unpinned => {
                    Understood { event: None, fact: Fact::Pinned { conversation, time: None } }
                }
                ConversationOp::Marked => {
                    Understood { event: None, fact: Fact::Marked { conversation, mark: ext, set: true } }
                }
                ConversationOp::Unmarked => {
                    Understood { event: None, fact: Fact::Marked { conversation, mark: ext, set: false } }
                }
            }
        }
    }
}

/// The way into the local copy.
pub struct Sync {
    /// The local copy.
    pub store: Store,
    /// Who hears of it.
    pub listeners: Rc<Listeners>,
    /// Whose copy it is.
    pub user: String,
    /// On which device.
    pub device: String,
    /// When the marks of removals were last swept.
    pub swept_at: Cell<u64>,
    /// When it was last noted that the device is up to date.
    pub noted_at: Cell<u64>,
}

impl Sync {
    /// Lets a batch of a queue take effect. What comes back is what was new in it, also in the log if that is
    /// asked for; nothing where nothing was.
    pub async fn batch(&self, batch: machine::Batch, log: bool) -> Result<Option<EventBatch>> {
        let mut facts = Vec::with_capacity(batch.metas.len());
        let mut texts = Vec::with_capacity(batch.metas.len());
        for meta in &batch.metas {
            match understand(meta, &self.user, &self.device) {
                Ok(Some(Understood { fact, event })) => {
                    facts.push((meta.id, fact));
                    texts.push(event.as_ref().map_or_else(String::new, Event::text));
                }
                Ok(None) => {}
                Err(error) => self.listeners.emit(&Event::Error(error)),
            }
        }
        let queue = format!("{}@{}", batch.queue.name, batch.queue.domain);
        let batch = Batch { queue, position: batch.position, facts, call: None };
        self.store.apply_and_tell(&batch, &texts, log).await
    }

    /// Nothing is left in the device's queues: marks of removals that were kept for what might still have come can
    /// go, now and then.
    pub fn caught_up(&self) {
        let now = platform::now();
        if now < self.swept_at.get().saturating_add(MAX_RESPONSE_AGE_MS) {
            return;
        }
        self.swept_at.set(now);
        let store = self.store.clone();
        // Marks that stay a while longer do no harm.
        platform::spawn(async move { drop(store.sweep().await) });
    }

    /// The device is there, and up to date or not: after too long an absence, everything is doubted. Tells whether the
    /// conversation list changed.
    pub async fn present(&self, caught_up: bool) -> bool {
        let now = platform::now();
        if caught_up && now.abs_diff(self.noted_at.get()) < NOTE_MS {
            return false;
        }
        let changed = self.store.present(caught_up).await.unwrap_or_else(|error| {
            self.store.report(&error);
            false
        });
        if caught_up {
            self.noted_at.set(now);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;
    use roamkit_wire::body::Body;
    use roamkit_wire::conversation::ChatType;
    use roamkit_wire::meta::{MessageBody, MessageType};
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
        let understood = understand(&removed("other"), "alice", "mine").unwrap().unwrap();
        let conversation = ConversationId::new(ChatType::Single, "bob");
        assert_eq!(
            understood,
            Understood {
                event: Some(Event::messages_removed(&conversation, "other", &[1, 2], None)),
                fact: Fact::Removed { conversation, ids: vec![1, 2], until: None },
            }
        );
    }

    #[test]
    fn what_this_device_did_itself_is_no_news() {
        assert_eq!(understand(&removed("mine"), "alice", "mine"), Ok(None));
    }

    #[test]
    fn receipts_and_unknown_notices_are_passed_over() {
        let ack = MessageBody { r#type: MessageType::ReadAck as i32, ..MessageBody::default() };
        assert_eq!(understand(&meta(Namespace::Chat, ack.encode_to_vec()), "alice", "mine"), Ok(None));
        let presence = br#"{"type":"presence","data":{}}"#.to_vec();
        assert_eq!(understand(&meta(Namespace::Notify, presence), "alice", "mine"), Ok(None));
        assert_eq!(understand(&meta(Namespace::Roster, vec![1, 2, 3]), "alice", "mine"), Ok(None));
    }

    #[test]
    fn a_message_is_told_and_an_unreadable_one_is_said_so() {
        let body = MessageBody {
            r#type: MessageType::Chat as i32,
            contents: vec![Body::Text { msg: "hi".into() }.to_content()],
            ..MessageBody::default()
        };
        let understood =
            understand(&meta(Namespace::Chat, body.clone().encode_to_vec()), "alice", "mine").unwrap();
        assert!(matches!(
            understood,
            Some(Understood { fact: Fact::Message(_), event: Some(Event::MessageReceived(_)) })
        ));
        let mut odd = body;
        odd.contents[0].r#type = 77;
        let odd = understand(&meta(Namespace::Chat, odd.encode_to_vec()), "alice", "mine");
        assert_eq!(odd.unwrap_err().code, Code::MessageInvalid);
    }
}
