//! Interprets the metas of the server: how each of them changes the local copy, and which event reports it to the application.
//!
//! [`interpret`] reads one meta without I/O. [`Sync`] applies a batch together with its position in one transaction, and returns
//! the new events.

use crate::api::event::{ConversationDeletedEvent, Event, Listeners};
use crate::error::{Code, Error, Result};
use crate::message::{self, Incoming};
use crate::model::{ConversationId, Unreadable};
use crate::platform;
use crate::session::machine;
use crate::store::{Batch, EventBatch, EventScope, Fact, MAX_RESPONSE_AGE_MS, NOTE_MS, Store};
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

/// The number of attempts to apply a batch whose data cannot be stored, before its facts are applied one by one.
const MAX_ATTEMPTS: u32 = 3;

/// A fact of a queue, and its event.
struct NewFact {
    meta: u64,
    fact: Fact,
    text: String,
    /// The place of the message in the history, which is kept if the message cannot be stored.
    place: Option<Unreadable>,
}

impl NewFact {
    /// A message that cannot be read or stored.
    const fn of_place(meta: u64, place: Unreadable) -> Self {
        Self { meta, fact: Fact::Unreadable(place), text: String::new(), place: None }
    }
}

/// The outcome of applying a batch.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The new events, in the order of the batch.
    pub events: Vec<EventBatch>,
    /// The errors of facts that were left out, because no database could store them.
    pub skipped: Vec<Error>,
    /// The reason why the batch must come again.
    pub failure: Option<Error>,
}

impl Outcome {
    fn add(&mut self, applied: Result<Option<EventBatch>>) {
        match applied {
            Ok(events) => self.events.extend(events),
            Err(error) => self.failure = Some(error),
        }
    }
}

/// True if the data cause the failure. All other failures are those of the database, and may pass.
fn is_invalid(applied: &Result<Option<EventBatch>>) -> bool {
    applied.as_ref().is_err_and(|error| error.code == Code::MessageInvalid)
}

/// Applies facts together with their position. If the data of the batch cannot be stored, its facts are applied one by one, and
/// those that cannot be stored are left out. Otherwise one such fact would hold up its queue for ever.
async fn apply_valid(
    queue: &str,
    position: Option<u64>,
    facts: Vec<NewFact>,
    store: impl AsyncFn(&Batch, &[String]) -> Result<Option<EventBatch>>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let batch = |facts: &[&NewFact], position| Batch {
        queue: queue.to_owned(),
        position,
        facts: facts.iter().map(|new| (new.meta, new.fact.clone())).collect(),
        call: None,
    };
    let texts: Vec<_> = facts.iter().map(|new| new.text.clone()).collect();
    let all = batch(&facts.iter().collect::<Vec<_>>(), position);
    for _ in 0..MAX_ATTEMPTS {
        let applied = store(&all, &texts).await;
        if !is_invalid(&applied) {
            outcome.add(applied);
            return outcome;
        }
    }
    for new in facts {
        let mut applied = store(&batch(&[&new], None), std::slice::from_ref(&new.text)).await;
        if is_invalid(&applied) {
            let why = applied.err().map_or_else(String::new, |error| error.message);
            let message = format!("message {} came, but cannot be stored, and was left out: {why}", new.meta);
            outcome.skipped.push(Error::new(Code::MessageInvalid, message));
            applied = match new.place {
                Some(place) => {
                    store(&batch(&[&NewFact::of_place(new.meta, place)], None), &[String::new()]).await
                }
                None => Ok(None),
            };
            if is_invalid(&applied) {
                applied = Ok(None);
            }
        }
        outcome.add(applied);
        if outcome.failure.is_some() {
            return outcome;
        }
    }
    outcome.add(store(&batch(&[], position), &[]).await);
    outcome
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
    /// Applies a batch of a queue, for these tabs. The application hears of metas that cannot be read.
    pub async fn apply_batch(&self, batch: machine::Batch, scope: EventScope) -> Outcome {
        let mut facts = Vec::with_capacity(batch.metas.len());
        for meta in &batch.metas {
            match interpret(meta, &self.user, &self.device) {
                Ok(Some(Interpreted { fact, event })) => {
                    let text = event.as_ref().map_or_else(String::new, Event::text);
                    facts.push(NewFact {
                        meta: meta.id,
                        fact,
                        text,
                        place: message::unreadable(meta, &self.user),
                    });
                }
                Ok(None) => {}
                Err(error) => {
                    facts.extend(
                        message::unreadable(meta, &self.user).map(|place| NewFact::of_place(meta.id, place)),
                    );
                    self.listeners.emit(&Event::Error(error));
                }
            }
        }
        let queue = format!("{}@{}", batch.queue.name, batch.queue.domain);
        let store =
            async |batch: &Batch, texts: &[String]| self.store.apply_with_events(batch, texts, scope).await;
        let outcome = apply_valid(&queue, batch.position, facts, store).await;
        for error in &outcome.skipped {
            self.listeners.emit(&Event::Error(error.clone()));
        }
        outcome
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
    use futures_util::FutureExt;
    use prost::Message as _;
    use roamkit_wire::body::Body;
    use roamkit_wire::conversation::ChatType;
    use roamkit_wire::meta::{MessageBody, MessageType, RouteType};
    use roamkit_wire::msync::Jid;
    use std::cell::RefCell;

    /// A call of `store`: the metas, and the position.
    type Call = (Vec<u64>, Option<u64>);

    /// Applies facts with these metas. `store` returns the result for the metas of a batch.
    fn apply(metas: &[u64], store: impl Fn(&[u64]) -> Result<()>) -> (Outcome, Vec<Call>) {
        let calls = RefCell::new(Vec::new());
        let fact =
            |meta: &u64| NewFact { meta: *meta, fact: Fact::Unstored, text: String::new(), place: None };
        let store = async |batch: &Batch, _: &[String]| {
            let metas: Vec<_> = batch.facts.iter().map(|(meta, _)| *meta).collect();
            let number = metas.first().copied().unwrap_or(0);
            let stored = store(&metas);
            calls.borrow_mut().push((metas, batch.position));
            stored.map(|()| Some(EventBatch { number, prev: 0, events: String::new() }))
        };
        let outcome = apply_valid("q", Some(9), metas.iter().map(fact).collect(), store);
        (outcome.now_or_never().unwrap(), calls.into_inner())
    }

    #[test]
    fn a_fact_that_cannot_be_stored_is_left_out_after_a_few_attempts() {
        let poison = |metas: &[u64]| {
            if metas.contains(&2) { Err(Error::new(Code::MessageInvalid, "poison")) } else { Ok(()) }
        };
        let (outcome, calls) = apply(&[1, 2, 3], poison);
        assert!(outcome.failure.is_none());
        assert!(
            matches!(&outcome.skipped[..], [error] if error.message.contains("message 2 ")),
            "{outcome:?}"
        );
        assert_eq!(outcome.events.iter().map(|events| events.number).collect::<Vec<_>>(), [1, 3, 0]);
        let all = (vec![1, 2, 3], Some(9));
        let one = |meta| (vec![meta], None);
        assert_eq!(calls, [all.clone(), all.clone(), all, one(1), one(2), one(3), (vec![], Some(9))]);
    }

    #[test]
    fn a_failure_of_the_database_skips_nothing() {
        let full = |_: &[u64]| Err(Error::new(Code::Database, "full"));
        let (outcome, calls) = apply(&[1, 2], full);
        assert_eq!((outcome.failure.unwrap().code, outcome.skipped.len()), (Code::Database, 0));
        assert_eq!(calls, [(vec![1, 2], Some(9))]);
        // The database fails after the poisonous fact was found.
        let later = |metas: &[u64]| match metas {
            [1] => Ok(()),
            [2] => Err(Error::new(Code::Database, "full")),
            _ => Err(Error::new(Code::MessageInvalid, "poison")),
        };
        let (outcome, calls) = apply(&[1, 2, 3], later);
        assert_eq!((outcome.failure.unwrap().code, outcome.skipped.len()), (Code::Database, 0));
        assert_eq!(outcome.events.len(), 1, "what was stored is told");
        assert_eq!(calls.last(), Some(&(vec![2], None)), "the position stays");
    }

    #[test]
    fn the_history_keeps_the_place_of_what_cannot_be_read() {
        let mut body = MessageBody {
            r#type: MessageType::Chat as i32,
            contents: vec![Body::Text { msg: "hi".into() }.to_content()],
            ..MessageBody::default()
        };
        body.contents[0].r#type = 77;
        let bob = ConversationId::new(ChatType::Single, "bob");
        let odd = |body: &MessageBody| meta(Namespace::Chat, body.encode_to_vec());
        let message = Some(crate::model::MessageKey { timestamp: 5, id: 7 });
        let expected = Unreadable { conversation: bob.clone(), message };
        assert_eq!(message::unreadable(&odd(&body), "alice"), Some(expected.clone()));
        assert_eq!(message::unreadable(&meta(Namespace::Chat, vec![255; 9]), "alice"), Some(expected));
        let online = Meta { routetype: RouteType::Online as i32, ..odd(&body) };
        assert_eq!(message::unreadable(&online, "alice"), None);
        body.r#type = MessageType::Edit as i32;
        let edit = Unreadable { conversation: bob, message: None };
        assert_eq!(message::unreadable(&odd(&body), "alice"), Some(edit));
    }

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
