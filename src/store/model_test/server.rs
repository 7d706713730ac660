//! A simple model of the server: its data, and the queues of this device.

use crate::model::{
    Arrived, Body, Conversation, ConversationId, ConversationType, Direction, Edit, ExtFields, HistoryPage,
    JsonText, Message, MessageKey, RequestTime, SearchDirection, StoredMessage, TxtBody,
};
use crate::store::Fact;
use roamkit_wire::conversation::ChatType;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) const CHATS: usize = 3;

pub(super) fn id_of(chat: usize) -> ConversationId {
    let (chat_type, peer) =
        [(ChatType::Single, "bob"), (ChatType::Single, "carol"), (ChatType::Room, "77")][chat];
    ConversationId::new(chat_type, peer)
}

/// The conversation as notices, recalls and edits name it: a room like a group.
fn named(chat: usize) -> ConversationId {
    let id = id_of(chat);
    let chat_type = if id.chat_type == ChatType::Room { ChatType::Group } else { id.chat_type };
    ConversationId { chat_type, ..id }
}

fn text(version: u32) -> Body {
    Body::Txt(TxtBody { msg: format!("version {version}") })
}

pub(super) fn message(chat: usize, key: MessageKey, version: u32) -> StoredMessage {
    let id = id_of(chat);
    StoredMessage::from(&Message {
        id: key.id.to_string(),
        conversation_id: id.peer,
        conversation_type: ConversationType::from(id.chat_type),
        from: "someone".into(),
        to: "alice".into(),
        timestamp: key.timestamp,
        direction: if is_own(key) { Direction::Send } else { Direction::Receive },
        body: text(version),
        ext: ExtFields::default(),
    })
}

fn is_own(key: MessageKey) -> bool {
    key.id.is_multiple_of(4)
}

fn page_of(messages: impl Iterator<Item = StoredMessage>) -> Vec<(MessageKey, JsonText)> {
    messages.map(|message| (message.key, message.json)).collect()
}

/// One entry of a queue.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) meta: u64,
    pub(super) fact: Fact,
    /// The messages that it removed.
    pub(super) removed: Vec<u64>,
}

/// A removal.
#[derive(Clone, Debug)]
pub(super) enum Removal {
    Ids(usize, Vec<u64>),
    Until(usize, u64),
    Conversation(usize, bool),
    All,
}

impl Removal {
    pub(super) fn chat(&self) -> Option<usize> {
        match self {
            Self::Ids(chat, _) | Self::Until(chat, _) | Self::Conversation(chat, _) => Some(*chat),
            Self::All => None,
        }
    }

    /// The fact that the requesting device applies.
    pub(super) fn own_fact(&self) -> Fact {
        match self {
            Self::Ids(chat, ids) => {
                Fact::Removed { conversation: id_of(*chat), ids: ids.clone(), until: None }
            }
            Self::Until(chat, time) => {
                Fact::Removed { conversation: id_of(*chat), ids: Vec::new(), until: Some(*time) }
            }
            Self::Conversation(chat, with_messages) => Fact::ConversationDeleted {
                conversation: id_of(*chat),
                with_messages: *with_messages,
                timestamp: 0,
            },
            Self::All => Fact::AllDeleted { timestamp: 0 },
        }
    }
}

#[derive(Default)]
pub(super) struct Chat {
    /// The messages, and the version of each.
    pub(super) messages: BTreeMap<MessageKey, u32>,
    /// All messages that were ever sent.
    pub(super) sent: Vec<MessageKey>,
    /// True if the conversation is on the list.
    pub(super) listed: bool,
    /// Messages must be sent with a later time than this. The local copy does not promise to show others (see
    /// "Limits" in `docs/local-copy.md`).
    floor: u64,
    /// Messages without a live delivery: sent by this device, or before it existed.
    pub(super) undelivered: BTreeSet<u64>,
}

pub(super) struct Server {
    pub(super) chats: [Chat; CHATS],
    /// One queue for each chat, and one for notices. They hold what was not acknowledged.
    pub(super) queues: [VecDeque<Item>; CHATS + 1],
    pub(super) now: u64,
    last_id: u64,
}

pub(super) const NOTICES: usize = CHATS;

impl Server {
    pub(super) fn new(now: u64) -> Self {
        Self { chats: Default::default(), queues: Default::default(), now, last_id: 0 }
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn enqueue(&mut self, queue: usize, fact: Fact, removed: Vec<u64>) {
        let meta = self.next_id();
        self.queues[queue].push_back(Item { meta, fact, removed });
    }

    pub(super) fn send(&mut self, chat: usize, old: Option<u16>, is_delivered: bool) {
        let id = self.next_id();
        let to = &mut self.chats[chat];
        let ago = old.map_or(0, |old| u64::from(old) % (self.now - to.floor));
        let key = MessageKey { timestamp: self.now - ago, id };
        to.messages.insert(key, 0);
        to.sent.push(key);
        to.listed = true;
        if is_delivered || ago > 0 {
            let arrived = Arrived {
                conversation: id_of(chat),
                message: message(chat, key, 0),
                is_unread: !is_own(key),
                is_command: false,
            };
            let fact = Fact::Message(arrived);
            self.queues[chat].push_back(Item { meta: id, fact, removed: Vec::new() });
        } else {
            to.undelivered.insert(id);
        }
    }

    pub(super) fn edit(&mut self, chat: usize, key: MessageKey) {
        let Some(version) = self.chats[chat].messages.get_mut(&key) else { return };
        *version += 1;
        let body = JsonText::of(&text(*version));
        let edit = Edit { body, ext: None };
        self.enqueue(chat, Fact::Edited { conversation: named(chat), id: key.id, edit }, Vec::new());
    }

    pub(super) fn recall(&mut self, chat: usize, key: MessageKey) {
        self.remove_where(chat, |known| known == key);
        self.enqueue(chat, Fact::Recalled { conversation: named(chat), id: key.id }, vec![key.id]);
    }

    /// Removes messages, from the queue too. Returns their ids.
    fn remove_where(&mut self, chat: usize, is_removed: impl Fn(MessageKey) -> bool) -> Vec<u64> {
        let mut taken = Vec::new();
        self.chats[chat].messages.retain(|key, _| {
            if is_removed(*key) {
                taken.push(key.id);
            }
            !is_removed(*key)
        });
        self.queues[chat].retain(
            |item| !matches!(&item.fact, Fact::Message(arrived) if taken.contains(&arrived.message.key.id)),
        );
        taken
    }

    /// Executes a removal, and returns the ids of the removed messages. With `notice`, another device requested it, and
    /// this one gets a notice. A `vague` notice, as of an older service, does not say what was removed.
    pub(super) fn remove(&mut self, what: &Removal, notice: bool, vague: bool) -> Vec<u64> {
        let now = self.now;
        let taken = match what {
            Removal::Ids(chat, ids) => {
                let taken = self.remove_where(*chat, |key| ids.contains(&key.id));
                if notice {
                    let ids = if vague { Vec::new() } else { ids.clone() };
                    let fact = Fact::Removed { conversation: named(*chat), ids, until: None };
                    self.enqueue(NOTICES, fact, taken.clone());
                }
                taken
            }
            Removal::Until(chat, time) => {
                let time = now.min(*time);
                let taken = self.remove_where(*chat, |key| key.timestamp <= time);
                self.raise_floor(*chat, time);
                if notice {
                    let until = Some(time).filter(|_| !vague);
                    let fact = Fact::Removed { conversation: named(*chat), ids: Vec::new(), until };
                    self.enqueue(NOTICES, fact, taken.clone());
                }
                taken
            }
            Removal::Conversation(chat, with_messages) => self.delete(*chat, *with_messages, notice),
            Removal::All => (0..CHATS).flat_map(|chat| self.delete(chat, true, notice)).collect(),
        };
        self.now += 1;
        taken
    }

    fn delete(&mut self, chat: usize, with_messages: bool, notice: bool) -> Vec<u64> {
        let taken = self.remove_where(chat, |_| with_messages);
        self.chats[chat].listed = false;
        self.raise_floor(chat, self.now);
        if notice {
            let fact = Fact::ConversationDeleted {
                conversation: named(chat),
                with_messages: false,
                timestamp: self.now,
            };
            self.enqueue(NOTICES, fact, taken.clone());
        }
        taken
    }

    fn raise_floor(&mut self, chat: usize, time: u64) {
        self.chats[chat].floor = self.chats[chat].floor.max(time);
    }

    pub(super) fn page(
        &self,
        chat: usize,
        anchor: Option<MessageKey>,
        direction: SearchDirection,
        size: usize,
        filtered: bool,
        asked_at: RequestTime,
    ) -> HistoryPage {
        let all = self.chats[chat].messages.iter().filter(|(key, _)| !filtered || key.id.is_multiple_of(3));
        let walk: Vec<_> = match direction {
            SearchDirection::Up => {
                all.rev().filter(|(key, _)| anchor.is_none_or(|anchor| **key < anchor)).collect()
            }
            SearchDirection::Down => {
                all.filter(|(key, _)| anchor.is_none_or(|anchor| **key > anchor)).collect()
            }
        };
        HistoryPage {
            unreadable: 0,
            cursor: None,
            messages: page_of(walk.iter().take(size).map(|(key, version)| message(chat, **key, **version))),
            anchor: anchor.map(|key| key.id),
            direction,
            covers: !filtered,
            is_last: walk.len() <= size,
            asked_at,
        }
    }

    pub(super) fn list(&self) -> Vec<Conversation> {
        let listed = self.chats.iter().enumerate().filter(|(_, chat)| chat.listed);
        let list = listed.map(|(at, chat)| {
            let last = chat.messages.last_key_value();
            Conversation::with_message(&id_of(at), last.map(|(key, version)| message(at, *key, *version)))
        });
        list.collect()
    }
}
