//! Everything in, batch by batch. Each batch is a transaction, which also notes how far the file was taken and the
//! digest of all lines up to there: a file that was cut short, mended or grown goes on where it was left.

use super::line::{GroupLine, Id, Line, Member, MessageLine, RemovedLine, Thing, UserLine, ViewLine};
use super::{Counts, Import, Result, TransferError, file_error, progress};
use crate::chat::peer::Peer;
use crate::chat::send;
use crate::ids::{Ids, now_ms, time_of};
use crate::password::{MAX_PASSWORD_BYTES, Passwords};
use crate::store::entries::{self, Entry};
use crate::store::groups::{self, Group};
use crate::store::history;
use crate::store::messages::Message;
use crate::store::users::{self, User};
use crate::store::{Conn, Store, directs, kind_of, removals, transfer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, Meta, Namespace};
use roamkit_wire::msync::Jid;
use roamkit_wire::names::{self, AppKey};
use roamkit_wire::{ext, prost};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _};
use std::path::Path;

/// Lines and bytes of one transaction.
const BATCH_LINES: usize = 1000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Longest line, in bytes.
const LINE_BYTES: u64 = 8 * 1024 * 1024;
/// Names that are remembered, so that not each line asks for them.
const REMEMBERED: usize = 100_000;
/// How far an id may be ahead of the clock, ms.
const CLOCK_TOLERANCE: i64 = 24 * 60 * 60 * 1000;

/// Why a line is not taken.
enum Fault {
    Said(String),
    Store(sqlx::Error),
}

impl From<sqlx::Error> for Fault {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause)
    }
}

impl Fault {
    fn at(self, line: u64) -> TransferError {
        match self {
            Self::Said(text) => TransferError::Line(line, text),
            Self::Store(cause) => cause.into(),
        }
    }
}

type Taken<T = ()> = std::result::Result<T, Fault>;

fn said<T>(text: impl Into<String>) -> Taken<T> {
    Err(Fault::Said(text.into()))
}

/// The file, read line by line, with the digest of what was read.
struct Source<'a> {
    path: &'a Path,
    file: BufReader<File>,
    digest: Sha256,
    lines: u64,
    bytes: u64,
}

impl<'a> Source<'a> {
    fn open(path: &'a Path, seed: &str) -> Result<Self> {
        let file = BufReader::with_capacity(256 * 1024, File::open(path).map_err(file_error(path))?);
        Ok(Self { path, file, digest: Sha256::new_with_prefix(seed), lines: 0, bytes: 0 })
    }

    /// The next line without its end; `false`: there is none.
    fn next(&mut self, line: &mut Vec<u8>) -> Result<bool> {
        line.clear();
        let read = self.file.by_ref().take(LINE_BYTES).read_until(b'\n', line);
        let read = read.map_err(file_error(self.path))?;
        if read == 0 {
            return Ok(false);
        }
        self.lines += 1;
        self.bytes += read as u64;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if read as u64 == LINE_BYTES {
            return Err(TransferError::Line(self.lines, format!("longer than {LINE_BYTES} bytes")));
        }
        self.digest.update(&line);
        self.digest.update(b"\n");
        Ok(true)
    }

    fn digest(&self) -> Vec<u8> {
        self.digest.clone().finalize().to_vec()
    }

    /// Goes behind what was imported before, as far as these notes tell.
    fn skip(&mut self, notes: &[(Vec<u8>, i64)], seed: &str) -> Result<()> {
        let mut known: BTreeMap<u64, Vec<&[u8]>> = BTreeMap::new();
        for (digest, lines) in notes {
            known.entry(lines.unsigned_abs()).or_default().push(digest);
        }
        let Some(&most) = known.keys().next_back() else { return Ok(()) };
        let (mut line, mut found) = (Vec::new(), None);
        while self.lines < most && self.next(&mut line)? {
            let here = known.get(&self.lines);
            if here.is_some_and(|digests| digests.contains(&self.digest().as_slice())) {
                found = Some((self.digest.clone(), self.lines, self.bytes));
            }
        }
        let (digest, lines, bytes) = found.unwrap_or_else(|| (Sha256::new_with_prefix(seed), 0, 0));
        self.file.seek(std::io::SeekFrom::Start(bytes)).map_err(file_error(self.path))?;
        (self.digest, self.lines, self.bytes) = (digest, lines, bytes);
        Ok(())
    }
}

/// A line that was read, with its number and its app.
struct Ready {
    number: u64,
    app: String,
    thing: Thing,
}

pub(super) async fn run(store: &Store, ids: &Ids, passwords: &Passwords, import: &Import) -> Result<Counts> {
    let default_app = match import.apps.as_slice() {
        [app] => Some(app.to_string()),
        _ => None,
    };
    let seed = default_app.clone().unwrap_or_default();
    let mut source = Source::open(&import.file, &seed)?;
    let length = source.file.get_ref().metadata().map_err(file_error(&import.file))?.len();
    let bar = progress(length, "bytes");
    let notes = transfer::imports(&mut *store.read().await?).await?;
    source.skip(&notes, &seed)?;
    let mut work = Work {
        ids,
        counts: Counts::default(),
        users: HashMap::new(),
        pairs: HashMap::new(),
        came: BTreeMap::new(),
    };
    work.counts.known = source.lines;
    let mut earlier = source.digest();
    loop {
        let mut batch = batch(&mut source, default_app.as_deref())?;
        if batch.is_empty() {
            break;
        }
        hash_passwords(passwords, &mut batch).await?;
        let mut tx = store.write().await?;
        for Ready { number, app, thing } in batch {
            work.take(&mut tx, &app, thing).await.map_err(|fault| fault.at(number))?;
        }
        work.show(&mut tx).await?;
        let digest = source.digest();
        transfer::imported(&mut tx, &earlier, &digest, source.lines as i64).await?;
        tx.commit().await?;
        earlier = digest;
        bar.set_position(source.bytes);
    }
    bar.finish_and_clear();
    Ok(work.counts)
}

/// The next lines, as many as go together.
fn batch(source: &mut Source<'_>, default_app: Option<&str>) -> Result<Vec<Ready>> {
    let (mut batch, mut line, mut bytes) = (Vec::new(), Vec::new(), 0);
    while batch.len() < BATCH_LINES && bytes < BATCH_BYTES && source.next(&mut line)? {
        bytes += line.len();
        let number = source.lines;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let fault = |text: String| TransferError::Line(number, text);
        let Line { app, thing } = serde_json::from_slice(&line).map_err(|cause| fault(cause.to_string()))?;
        let app = app.as_deref().or(default_app);
        let app = app.ok_or_else(|| fault("no app in the line, and not one by --app".into()))?;
        let app = AppKey::parse(app).ok_or_else(|| fault(format!("{app:?} is not of the form org#app")))?;
        batch.push(Ready { number, app: app.to_string(), thing });
    }
    Ok(batch)
}

/// Makes hashes of passwords, on all cores and before the database is kept busy.
async fn hash_passwords(passwords: &Passwords, batch: &mut [Ready]) -> Result<()> {
    let hashes = batch.iter_mut().map(|ready| async {
        let Thing::User(user) = &mut ready.thing else { return Ok(()) };
        let number = ready.number;
        match (user.password.take(), &user.password_hash) {
            (Some(password), None) if (1..=MAX_PASSWORD_BYTES).contains(&password.len()) => {
                let hash = passwords.hash(password).await;
                let hash =
                    hash.map_err(|_| TransferError::Line(number, "the password cannot be hashed".into()))?;
                user.password_hash = Some(hash);
                Ok(())
            }
            (Some(_), None) => {
                let text = format!("a password has 1 to {MAX_PASSWORD_BYTES} bytes");
                Err(TransferError::Line(number, text))
            }
            (None, Some(hash)) if Passwords::is_hash(hash) => Ok(()),
            (None, Some(_)) => Err(TransferError::Line(number, "password_hash is not of argon2".into())),
            _ => Err(TransferError::Line(number, "a user has either password or password_hash".into())),
        }
    });
    join_all(hashes).await.into_iter().collect()
}

/// What came into a conversation with a batch.
struct Came {
    chat_type: ChatType,
    oldest: i64,
    newest: (i64, i64),
}

struct Work<'a> {
    ids: &'a Ids,
    counts: Counts,
    users: HashMap<(String, String), i64>,
    /// Conversations of two, by app, sender, receiver and which of them are gone.
    pairs: HashMap<(String, String, String, bool, bool), i64>,
    came: BTreeMap<i64, Came>,
}

impl Work<'_> {
    async fn take(&mut self, conn: &mut Conn, app: &str, thing: Thing) -> Taken {
        match thing {
            Thing::User(line) => self.user(conn, app, line).await,
            Thing::Group(line) => self.group(conn, app, line).await,
            Thing::Message(line) => self.message(conn, app, line).await,
            Thing::View(line) => self.view(conn, app, line).await,
            Thing::Removed(line) => self.removed(conn, app, line).await,
        }
    }

    /// Puts what came onto the lists.
    async fn show(&mut self, conn: &mut Conn) -> std::result::Result<(), sqlx::Error> {
        for (conversation, came) in std::mem::take(&mut self.came) {
            transfer::history_came(conn, conversation, came.chat_type, came.oldest, came.newest).await?;
        }
        Ok(())
    }

    async fn user(&mut self, conn: &mut Conn, app: &str, line: UserLine) -> Taken {
        let user = User { id: self.ids.next(), name: name(&line.username)? };
        let hash = line.password_hash.unwrap_or_default();
        if users::create(conn, app, &user, &hash, line.created.unwrap_or_else(now_ms)).await? {
            self.counts.users += 1;
        } else {
            self.counts.known += 1;
        }
        Ok(())
    }

    async fn group(&mut self, conn: &mut Conn, app: &str, line: GroupLine) -> Taken {
        let chat_type = chat_type(&line.chat_type)?;
        let id = line.id.0;
        if id == 0 || chat_type == ChatType::Single {
            return said("a group has an id over 0 and chat_type groupchat or chatroom");
        }
        match transfer::group(conn, id).await? {
            Some(group) if group.app == app => {
                self.counts.known += 1;
                return Ok(());
            }
            Some(_) => return said(format!("group id {id} is another app's")),
            None => {}
        }
        let mut members: Vec<(String, i64, Option<i64>)> = Vec::with_capacity(line.members.len());
        for member in line.members {
            members.push(match member {
                Member::Name(user) => (name(&user)?, 0, None),
                Member::Span { user, since, until } => {
                    let until = until.map(|id| self.given(id)).transpose()?;
                    (name(&user)?, self.given(since)?, until)
                }
            });
        }
        let owner = name(&line.owner)?;
        if !members.iter().any(|(name, ..)| *name == owner) && self.find(conn, app, &owner).await?.is_some() {
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
        for (name, since, until) in members {
            let user = self.must_find(conn, app, &name).await?;
            transfer::add_span(conn, id, user, since, until).await?;
            entries::ensure(conn, user, id, chat_type, &id.to_string(), group.created).await?;
        }
        if line.closed {
            transfer::close_group(conn, id).await?;
        }
        self.counts.groups += 1;
        Ok(())
    }

    async fn message(&mut self, conn: &mut Conn, app: &str, line: MessageLine) -> Taken {
        let from = name(&line.from)?;
        let sender = if line.from_gone { 0 } else { self.must_find(conn, app, &from).await? };
        let sender = User { id: sender, name: from };
        let now = now_ms();
        if !(0..=now + CLOCK_TOLERANCE).contains(&line.time) {
            return said(format!("time {} is not a time up to now, in milliseconds", line.time));
        }
        let (peer, conversation_id) = match chat_type(&line.chat_type)? {
            ChatType::Single => {
                let to = name(&line.to)?;
                let id = if line.to_gone { 0 } else { self.must_find(conn, app, &to).await? };
                let peer = User { id, name: to };
                let conversation = self.pair(conn, app, &sender, &peer).await?;
                (Peer::User(peer), conversation)
            }
            _ => {
                let group = group(conn, app, &line.to).await?;
                let id = group.id;
                (Peer::Group(group), id)
            }
        };
        let (kind, payload) = content(app, &sender, &peer, &line)?;
        let encode = |id: i64| {
            let meta = Meta {
                id: id as u64,
                from: Some(Jid::user(app, &sender.name)),
                to: Some(peer.jid(app)),
                timestamp: line.time as u64,
                ns: Namespace::Chat as i32,
                payload: payload.clone(),
                ..Meta::default()
            };
            meta.encode_to_vec()
        };
        let id = match line.id {
            Some(id) if id.0 > 0 => self.given(id)?,
            _ => self.ids.next(),
        };
        let timestamp = line.time;
        let mut message =
            Message { id, conversation_id, sender: sender.id, timestamp, kind, meta: encode(id) };
        if !transfer::add_message(conn, &message).await? {
            if transfer::place(conn, id).await? == Some((conversation_id, timestamp)) {
                self.counts.known += 1;
                return Ok(());
            }
            message.id = self.ids.next();
            message.meta = encode(message.id);
            transfer::add_message(conn, &message).await?;
        }
        let place = (timestamp, message.id);
        let chat_type = peer.chat_type();
        let came =
            self.came.entry(conversation_id).or_insert(Came { chat_type, oldest: timestamp, newest: place });
        came.oldest = came.oldest.min(timestamp);
        came.newest = came.newest.max(place);
        self.counts.messages += 1;
        Ok(())
    }

    /// The conversation of two, on the lists of those of them that are there.
    async fn pair(&mut self, conn: &mut Conn, app: &str, a: &User, b: &User) -> Taken<i64> {
        let key = (app.to_owned(), a.name.clone(), b.name.clone(), a.id == 0, b.id == 0);
        if let Some(&id) = self.pairs.get(&key) {
            return Ok(id);
        }
        let (id, new) = directs::ensure(conn, self.ids, app, &a.name, &b.name).await?;
        for (owner, other) in [(a, b), (b, a)] {
            if owner.id == 0 {
                continue;
            }
            let made = entries::ensure(conn, owner.id, id, ChatType::Single, &other.name, now_ms()).await?;
            let newest = if made && !new { transfer::newest(conn, id).await? } else { 0 };
            if newest > 0 {
                // What is there already was another user's of the same name.
                if let Some(entry) = entries::find(conn, owner.id, false, &other.name).await? {
                    removals::mark(conn, &entry, i64::MAX, newest + 1).await?;
                }
            }
        }
        remember(&mut self.pairs, key, id);
        Ok(id)
    }

    async fn view(&mut self, conn: &mut Conn, app: &str, line: ViewLine) -> Taken {
        let mut entry = self.entry(conn, app, &line.user, &line.peer, &line.chat_type).await?;
        entry.active = line.active.unwrap_or(entry.active);
        entry.unread = line.unread;
        if let Some(id) = line.read_id {
            entry.read_id = self.given(id)?;
        }
        entry.pinned = line.pinned;
        entry.hidden = line.hidden.into();
        for (until, before) in line.marks {
            let before = self.given(before)?;
            transfer::add_mark(conn, &entry, until, before).await?;
        }
        if let Some(floor) = line.floor {
            // It holds here too, unless there was more here than there.
            let below = floor.saturating_sub(1);
            if floor < entry.floor || history::newest(conn, &entry, below).await?.is_none() {
                entry.floor = floor;
            }
        }
        transfer::set_entry(conn, &entry).await?;
        entries::refresh(conn, entry.user_id, entry.conversation_id).await?;
        self.counts.views += 1;
        Ok(())
    }

    async fn removed(&mut self, conn: &mut Conn, app: &str, line: RemovedLine) -> Taken {
        let entry = self.entry(conn, app, &line.user, &line.peer, &line.chat_type).await?;
        let ids: Vec<i64> = line.ids.iter().map(|id| id.0).collect();
        for ids in ids.chunks(BATCH_LINES) {
            removals::by_ids(conn, &entry, ids).await?;
        }
        self.counts.views += 1;
        Ok(())
    }

    /// A user's view of a conversation, made where there is none.
    async fn entry(
        &mut self,
        conn: &mut Conn,
        app: &str,
        user: &str,
        peer: &str,
        kind: &str,
    ) -> Taken<Entry> {
        self.show(conn).await?;
        let chat_type = chat_type(kind)?;
        let (owner, single) = (name(user)?, chat_type == ChatType::Single);
        let peer = if single { name(peer)? } else { peer.to_owned() };
        let user_id = self.must_find(conn, app, &owner).await?;
        if single {
            let (id, _) = directs::ensure(conn, self.ids, app, &owner, &peer).await?;
            entries::ensure(conn, user_id, id, chat_type, &peer, now_ms()).await?;
        } else {
            let group = group(conn, app, &peer).await?;
            entries::ensure(conn, user_id, group.id, group.chat_type, &peer, now_ms()).await?;
        }
        match entries::find(conn, user_id, !single, &peer).await? {
            Some(entry) => Ok(entry),
            None => said(format!("{owner} has no conversation with {peer}")),
        }
    }

    /// An id from elsewhere. All that are made from here on are above it.
    fn given(&self, id: Id) -> Taken<i64> {
        if id.0 > 0 && time_of(id.0) > now_ms() + CLOCK_TOLERANCE {
            return said(format!("id {} is of a time to come", id.0));
        }
        self.ids.above(id.0);
        Ok(id.0)
    }

    async fn find(&mut self, conn: &mut Conn, app: &str, name: &str) -> Taken<Option<i64>> {
        let key = (app.to_owned(), name.to_owned());
        if let Some(&id) = self.users.get(&key) {
            return Ok(Some(id));
        }
        let found = users::find(conn, app, name).await?.map(|user| user.id);
        if let Some(id) = found {
            remember(&mut self.users, key, id);
        }
        Ok(found)
    }

    async fn must_find(&mut self, conn: &mut Conn, app: &str, name: &str) -> Taken<i64> {
        match self.find(conn, app, name).await? {
            Some(id) => Ok(id),
            None => said(format!("there is no user {name:?}")),
        }
    }
}

fn remember<K: std::hash::Hash + Eq, V>(map: &mut HashMap<K, V>, key: K, value: V) {
    if map.len() >= REMEMBERED {
        map.clear();
    }
    map.insert(key, value);
}

fn name(text: &str) -> Taken<String> {
    names::user_id(text).map_or_else(|| said(format!("username {text:?} is not legal")), Ok)
}

fn chat_type(text: &str) -> Taken<ChatType> {
    ChatType::parse(text)
        .map_or_else(|| said(format!("chat_type {text:?} is not chat, groupchat or chatroom")), Ok)
}

/// A group of the app's, closed or not.
async fn group(conn: &mut Conn, app: &str, id: &str) -> Taken<Group> {
    let found = match id.parse() {
        Ok(id) => transfer::group(conn, id).await?.filter(|group| group.app == app),
        Err(_) => None,
    };
    let Some(row) = found else { return said(format!("there is no group {id:?}")) };
    Ok(Group {
        id: row.id,
        chat_type: kind_of(row.kind),
        name: row.name,
        description: row.description,
        public: row.is_public != 0,
        max_users: row.max_users,
        owner: row.owner,
        created: row.created,
    })
}

/// A message's kind and encoded body.
fn content(app: &str, sender: &User, peer: &Peer, line: &MessageLine) -> Taken<(String, Vec<u8>)> {
    if let Some(text) = &line.payload {
        let bytes = STANDARD.decode(text).ok();
        let body = bytes.as_deref().and_then(|bytes| MessageBody::decode(bytes).ok());
        let (Some(bytes), Some(body)) = (bytes, body) else { return said("payload is not a message") };
        let kind = body.contents.first().and_then(Body::from_content).map_or("", |body| body.kind());
        return Ok((kind.to_owned(), bytes));
    }
    let body = line.body.as_ref().and_then(Body::from_json);
    let Some(body) = body else {
        let kind = line.body.as_ref().and_then(|body| body.get("type")).cloned().unwrap_or(Value::Null);
        return said(format!("body of type {kind} is not known"));
    };
    let mut message = MessageBody {
        r#type: send::message_type(peer.chat_type()) as i32,
        contents: vec![body.to_content()],
        ext: line.ext.as_ref().map(ext::to_pairs).unwrap_or_default(),
        ..MessageBody::default()
    };
    send::address(&mut message, app, sender, peer);
    Ok((body.kind().to_owned(), message.encode_to_vec()))
}
