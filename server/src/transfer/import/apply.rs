//! Applying records to the database.

use super::parse::{Result, encode_body, invalid, parse_chat_type, parse_user_name};
use crate::chat::addresses::Addresses;
use crate::chat::envelope::{Routing, encode_message};
use crate::chat::peer::Peer;
use crate::ids::{Ids, now_ms, time_of};
use crate::store::conversations::{self, UserConversation};
use crate::store::database::{Conn, Result as StoreResult};
use crate::store::groups::{self, Group};
use crate::store::messages::{self, MessageRow};
use crate::store::users::{self, User};
use crate::store::{direct_conversations, history, removals, summary, transfer};
use crate::transfer::common::Counts;
use crate::transfer::record::{GroupLine, Id, Member, MessageLine, Record, RemovedLine, UserLine, ViewLine};
use roamkit_wire::conversation::ChatType;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// The number of names in each cache.
const CACHE_CAPACITY: usize = 100_000;
/// The maximum difference of an id or a time ahead of the clock, in milliseconds.
const CLOCK_TOLERANCE: i64 = 24 * 60 * 60 * 1000;
/// The number of ids in one query.
const ID_CHUNK: usize = 1000;

/// The imported messages of one conversation that its users' lists do not show yet.
struct ImportedRange {
    chat_type: ChatType,
    oldest: i64,
    /// The timestamp and id of the newest message that lists show to everyone.
    newest: Option<(i64, i64)>,
    /// Some messages are for some members only.
    has_targeted: bool,
}

/// A direct conversation: app, sender, receiver, and whether each of the two users was removed.
type DirectKey = (String, String, String, bool, bool);

/// Applies the records of an import.
pub(super) struct Importer<'a> {
    ids: &'a Ids,
    counts: Counts,
    /// The ids of users by app and name.
    users: HashMap<(String, String), i64>,
    /// The ids of direct conversations.
    directs: HashMap<DirectKey, i64>,
    /// The ranges of imported messages by conversation.
    ranges: BTreeMap<i64, ImportedRange>,
}

impl<'a> Importer<'a> {
    /// `skipped_lines` were imported before.
    pub(super) fn new(ids: &'a Ids, skipped_lines: u64) -> Self {
        Self {
            ids,
            counts: Counts { known: skipped_lines, ..Counts::default() },
            users: HashMap::new(),
            directs: HashMap::new(),
            ranges: BTreeMap::new(),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) async fn apply(&mut self, conn: &mut Conn, app: &str, record: Record) -> Result {
        match record {
            Record::User(line) => self.add_user(conn, app, line).await,
            Record::Group(line) => self.add_group(conn, app, line).await,
            Record::Message(line) => self.add_message(conn, app, line).await,
            Record::View(line) => self.set_view(conn, app, line).await,
            Record::Removed(line) => self.remove_messages(conn, app, line).await,
        }
    }

    /// Updates the users' conversations for the messages that were imported.
    pub(super) async fn update_conversations(&mut self, conn: &mut Conn) -> StoreResult<()> {
        for (id, range) in std::mem::take(&mut self.ranges) {
            transfer::lower_floors(conn, id, range.chat_type, range.oldest).await?;
            if let Some(newest) = range.newest {
                transfer::record_newest_message(conn, id, range.chat_type, newest).await?;
            }
            if range.has_targeted {
                for view in conversations::of_conversation(conn, id).await? {
                    summary::refresh(conn, view.user_id, id).await?;
                }
            }
        }
        Ok(())
    }

    async fn add_user(&mut self, conn: &mut Conn, app: &str, line: UserLine) -> Result {
        let user = User { id: self.ids.next(), name: parse_user_name(&line.username)? };
        let hash = line.password_hash.unwrap_or_default();
        if users::create(conn, app, &user, &hash, line.created.unwrap_or_else(now_ms)).await? {
            self.counts.users += 1;
        } else {
            self.counts.known += 1;
        }
        Ok(())
    }

    async fn add_group(&mut self, conn: &mut Conn, app: &str, line: GroupLine) -> Result {
        let chat_type = parse_chat_type(&line.chat_type)?;
        let id = line.id.0;
        if id == 0 || chat_type == ChatType::Single {
            return invalid("a group has an id over 0 and chat_type groupchat or chatroom");
        }
        match groups::find_row(conn, id).await? {
            Some(group) if group.app == app => {
                self.counts.known += 1;
                return Ok(());
            }
            Some(_) => return invalid(format!("group id {id} is another app's")),
            None => {}
        }
        let mut members: Vec<(String, i64, Option<i64>)> = Vec::with_capacity(line.members.len());
        for member in line.members {
            members.push(match member {
                Member::Name(user) => (parse_user_name(&user)?, 0, None),
                Member::Span { user, since, until } => {
                    let until = until.map(|id| self.accept_id(id)).transpose()?;
                    (parse_user_name(&user)?, self.accept_id(since)?, until)
                }
            });
        }
        let owner = parse_user_name(&line.owner)?;
        let owner_is_member = members.iter().any(|(name, ..)| *name == owner);
        if !owner_is_member && self.find_user(conn, app, &owner).await?.is_some() {
            members.insert(0, (owner.clone(), 0, None));
        }
        let max_users = line.max_users.unwrap_or(200).max(members.len() as i64);
        let group = Group {
            id,
            chat_type,
            name: line.name,
            description: line.description,
            public: line.public,
            max_users,
            owner,
            created: line.created.unwrap_or_else(now_ms),
        };
        groups::create(conn, app, &group).await?;
        let peer = id.to_string();
        for (name, since, until) in members {
            let user = self.require_user(conn, app, &name).await?;
            transfer::add_membership(conn, id, user, since, until).await?;
            conversations::insert_if_missing(conn, user, id, chat_type, &peer, group.created).await?;
        }
        if line.closed {
            groups::mark_closed(conn, id).await?;
        }
        self.counts.groups += 1;
        Ok(())
    }

    async fn add_message(&mut self, conn: &mut Conn, app: &str, line: MessageLine) -> Result {
        let from = parse_user_name(&line.from)?;
        let sender = if line.from_gone { 0 } else { self.require_user(conn, app, &from).await? };
        let sender = User { id: sender, name: from };
        if !(0..=now_ms() + CLOCK_TOLERANCE).contains(&line.time) {
            return invalid(format!("time {} is not a time up to now, in milliseconds", line.time));
        }
        let (peer, conversation_id) = match parse_chat_type(&line.chat_type)? {
            ChatType::Single => {
                let to = parse_user_name(&line.to)?;
                let id = if line.to_gone { 0 } else { self.require_user(conn, app, &to).await? };
                let peer = User { id, name: to };
                let conversation = self.find_or_create_direct(conn, app, &sender, &peer).await?;
                (Peer::User(peer), conversation)
            }
            _ => {
                let group = require_group(conn, app, &line.to).await?;
                let id = group.id;
                (Peer::Group(group), id)
            }
        };
        let addresses = Addresses::new(app, &sender, &peer);
        let (kind, payload) = encode_body(&addresses, peer.chat_type(), &line)?;
        let routing = Routing { receivers: line.receivers, online_only: false };
        let receivers = self.find_receivers(conn, app, &routing.receivers).await?;
        let encode = |id: i64| encode_message((id, line.time), &addresses, &routing, payload.clone());
        let id = match line.id {
            Some(id) if id.0 > 0 => self.accept_id(id)?,
            _ => self.ids.next(),
        };
        let timestamp = line.time;
        let meta = encode(id);
        let mut message = MessageRow { id, conversation_id, sender: sender.id, timestamp, kind, meta };
        if !messages::insert(conn, &message, receivers.as_deref()).await? {
            if transfer::message_position(conn, id).await? == Some((conversation_id, timestamp)) {
                self.counts.known += 1;
                return Ok(());
            }
            message.id = self.ids.next();
            message.meta = encode(message.id);
            messages::insert(conn, &message, receivers.as_deref()).await?;
        }
        let position = (timestamp, message.id);
        let range = self.ranges.entry(conversation_id).or_insert(ImportedRange {
            chat_type: peer.chat_type(),
            oldest: timestamp,
            newest: None,
            has_targeted: false,
        });
        range.oldest = range.oldest.min(timestamp);
        if receivers.is_some() {
            range.has_targeted = true;
        } else if !message.is_command() {
            range.newest = range.newest.max(Some(position));
        }
        self.counts.messages += 1;
        Ok(())
    }

    /// The conversation of two users. It is added to the lists of those who exist.
    async fn find_or_create_direct(&mut self, conn: &mut Conn, app: &str, a: &User, b: &User) -> Result<i64> {
        let key = (app.to_owned(), a.name.clone(), b.name.clone(), a.id == 0, b.id == 0);
        if let Some(&id) = self.directs.get(&key) {
            return Ok(id);
        }
        let (id, is_new) =
            direct_conversations::find_or_create(conn, self.ids, app, &a.name, &b.name).await?;
        for (owner, other) in [(a, b), (b, a)] {
            if owner.id == 0 {
                continue;
            }
            let single = ChatType::Single;
            let inserted =
                conversations::insert_if_missing(conn, owner.id, id, single, &other.name, now_ms()).await?;
            let newest = if inserted && !is_new { transfer::newest_message(conn, id).await? } else { 0 };
            if newest > 0 {
                // The existing messages belong to a removed user of the same name.
                if let Some(conversation) = conversations::find(conn, owner.id, false, &other.name).await? {
                    removals::set_mark(conn, &conversation, i64::MAX, newest + 1).await?;
                }
            }
        }
        insert_bounded(&mut self.directs, key, id);
        Ok(id)
    }

    async fn set_view(&mut self, conn: &mut Conn, app: &str, line: ViewLine) -> Result {
        let mut conversation =
            self.find_or_create_view(conn, app, &line.user, &line.peer, &line.chat_type).await?;
        conversation.active = line.active.unwrap_or(conversation.active);
        conversation.unread = line.unread;
        if let Some(id) = line.read_id {
            conversation.read_id = self.accept_id(id)?;
        }
        conversation.pinned = line.pinned;
        conversation.hidden = line.hidden.into();
        for (until, before_id) in line.marks {
            let before_id = self.accept_id(before_id)?;
            transfer::add_removal_mark(conn, &conversation, until, before_id).await?;
        }
        if let Some(floor) = line.floor {
            // A higher floor is valid only if this database has no visible messages below it.
            let below = floor.saturating_sub(1);
            if floor < conversation.floor || history::find_newest(conn, &conversation, below).await?.is_none()
            {
                conversation.floor = floor;
            }
        }
        transfer::update_conversation(conn, &conversation).await?;
        summary::refresh(conn, conversation.user_id, conversation.conversation_id).await?;
        self.counts.views += 1;
        Ok(())
    }

    async fn remove_messages(&mut self, conn: &mut Conn, app: &str, line: RemovedLine) -> Result {
        let conversation =
            self.find_or_create_view(conn, app, &line.user, &line.peer, &line.chat_type).await?;
        let ids: Vec<i64> = line.ids.iter().map(|id| id.0).collect();
        for ids in ids.chunks(ID_CHUNK) {
            removals::remove_by_ids(conn, &conversation, ids).await?;
        }
        self.counts.views += 1;
        Ok(())
    }

    /// A user's view of a conversation.
    async fn find_or_create_view(
        &mut self,
        conn: &mut Conn,
        app: &str,
        user: &str,
        peer: &str,
        chat_type: &str,
    ) -> Result<UserConversation> {
        self.update_conversations(conn).await?;
        let chat_type = parse_chat_type(chat_type)?;
        let (owner, single) = (parse_user_name(user)?, chat_type == ChatType::Single);
        let peer = if single { parse_user_name(peer)? } else { peer.to_owned() };
        let user_id = self.require_user(conn, app, &owner).await?;
        let (id, chat_type) = if single {
            let (id, _) = direct_conversations::find_or_create(conn, self.ids, app, &owner, &peer).await?;
            (id, chat_type)
        } else {
            let group = require_group(conn, app, &peer).await?;
            (group.id, group.chat_type)
        };
        conversations::insert_if_missing(conn, user_id, id, chat_type, &peer, now_ms()).await?;
        match conversations::find(conn, user_id, !single, &peer).await? {
            Some(conversation) => Ok(conversation),
            None => invalid(format!("{owner} has no conversation with {peer}")),
        }
    }

    /// Accepts an id from the file. All ids that are made later are larger.
    fn accept_id(&self, id: Id) -> Result<i64> {
        if id.0 > 0 && time_of(id.0) > now_ms() + CLOCK_TOLERANCE {
            return invalid(format!("id {} is of a time to come", id.0));
        }
        self.ids.advance_past(id.0);
        Ok(id.0)
    }

    async fn find_user(&mut self, conn: &mut Conn, app: &str, name: &str) -> Result<Option<i64>> {
        let key = (app.to_owned(), name.to_owned());
        if let Some(&id) = self.users.get(&key) {
            return Ok(Some(id));
        }
        let found = users::find(conn, app, name).await?.map(|user| user.id);
        if let Some(id) = found {
            insert_bounded(&mut self.users, key, id);
        }
        Ok(found)
    }

    /// The ids of the named receivers who exist. `None`: the message is for all members.
    async fn find_receivers(
        &mut self,
        conn: &mut Conn,
        app: &str,
        names: &[String],
    ) -> Result<Option<Vec<i64>>> {
        if names.is_empty() {
            return Ok(None);
        }
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            ids.extend(self.find_user(conn, app, &parse_user_name(name)?).await?);
        }
        Ok(Some(ids))
    }

    async fn require_user(&mut self, conn: &mut Conn, app: &str, name: &str) -> Result<i64> {
        match self.find_user(conn, app, name).await? {
            Some(id) => Ok(id),
            None => invalid(format!("there is no user {name:?}")),
        }
    }
}

/// Inserts into a cache, which is emptied when it is full.
fn insert_bounded<K: Hash + Eq, V>(cache: &mut HashMap<K, V>, key: K, value: V) {
    if cache.len() >= CACHE_CAPACITY {
        cache.clear();
    }
    cache.insert(key, value);
}

/// Finds a group of the app, open or closed.
async fn require_group(conn: &mut Conn, app: &str, id: &str) -> Result<Group> {
    let found = match id.parse() {
        Ok(id) => groups::find_row(conn, id).await?.filter(|group| group.app == app),
        Err(_) => None,
    };
    found.map(Group::from).map_or_else(|| invalid(format!("there is no group {id:?}")), Ok)
}
