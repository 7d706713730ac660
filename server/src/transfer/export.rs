//! Everything out, in an order in which it can come in again.

use super::line::{GroupLine, Id, Line, Member, MessageLine, RemovedLine, Thing, UserLine, ViewLine};
use super::{Counts, Export, Result, TransferError, file_error, progress};
use crate::store::messages::Message;
use crate::store::transfer::{self, EntryRow};
use crate::store::{Conn, Store, kind_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indicatif::ProgressBar;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::meta::{MessageBody, Meta};
use roamkit_wire::{ext, prost};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Rows that are read at once.
const PAGE: i64 = 500;

struct Out<'a> {
    to: Box<dyn Write + Send>,
    name: &'a Path,
    apps: HashSet<String>,
    counts: Counts,
}

impl Out<'_> {
    fn wants(&self, app: &str) -> bool {
        self.apps.is_empty() || self.apps.contains(app)
    }

    fn line(&mut self, app: &str, thing: Thing) -> Result<()> {
        let count = match &thing {
            Thing::User(_) => &mut self.counts.users,
            Thing::Group(_) => &mut self.counts.groups,
            Thing::Message(_) => &mut self.counts.messages,
            Thing::View(_) | Thing::Removed(_) => &mut self.counts.views,
        };
        *count += 1;
        let line = Line { app: Some(app.to_owned()), thing };
        serde_json::to_writer(&mut self.to, &line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.to.write_all(b"\n"))
            .map_err(file_error(self.name))
    }
}

pub(super) async fn run(store: &Store, export: &Export) -> Result<Counts> {
    let name = export.file.as_deref().unwrap_or(Path::new("stdout"));
    let to: Box<dyn Write + Send> = match &export.file {
        Some(path) => Box::new(BufWriter::new(File::create(path).map_err(file_error(path))?)),
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    let apps = export.apps.iter().map(ToString::to_string).collect();
    let mut out = Out { to, name, apps, counts: Counts::default() };
    let mut conn = store.read().await?;
    let bar = progress(transfer::count_messages(&mut conn).await?.unsigned_abs(), "messages");
    users(&mut conn, &mut out).await?;
    groups(&mut conn, &mut out).await?;
    messages(&mut conn, &mut out, &bar).await?;
    views(&mut conn, &mut out).await?;
    out.to.flush().map_err(file_error(name))?;
    bar.finish_and_clear();
    Ok(out.counts)
}

async fn users(conn: &mut Conn, out: &mut Out<'_>) -> Result<()> {
    let mut after = 0;
    loop {
        let page = transfer::users(conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for user in page.into_iter().filter(|user| out.wants(&user.app)).collect::<Vec<_>>() {
            let line = UserLine {
                username: user.name,
                password: None,
                password_hash: Some(user.password),
                created: Some(user.created),
            };
            out.line(&user.app, Thing::User(line))?;
        }
    }
}

async fn groups(conn: &mut Conn, out: &mut Out<'_>) -> Result<()> {
    let mut after = 0;
    loop {
        let page = transfer::groups(conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for group in page {
            if !out.wants(&group.app) {
                continue;
            }
            let spans = transfer::spans(conn, group.id).await?;
            let span = |(user, since, until): (String, i64, Option<i64>)| Member::Span {
                user,
                since: Id(since),
                until: until.map(Id),
            };
            let line = GroupLine {
                id: Id(group.id),
                chat_type: kind_of(group.kind).rest().to_owned(),
                name: group.name,
                description: group.description,
                public: group.is_public != 0,
                max_users: Some(group.max_users),
                owner: group.owner,
                created: Some(group.created),
                closed: group.closed != 0,
                members: spans.into_iter().map(span).collect(),
            };
            out.line(&group.app, Thing::Group(line))?;
        }
    }
}

async fn messages(conn: &mut Conn, out: &mut Out<'_>, bar: &ProgressBar) -> Result<()> {
    let mut after = 0;
    loop {
        let page = transfer::messages(conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        let senders: HashSet<i64> = page.iter().map(|message| message.sender).collect();
        let senders: HashSet<i64> =
            transfer::known_users(conn, senders.into_iter()).await?.into_iter().collect();
        let conversations: HashSet<i64> = page.iter().map(|message| message.conversation_id).collect();
        let parties: HashSet<(i64, String)> =
            transfer::parties(conn, conversations.into_iter()).await?.into_iter().collect();
        for message in &page {
            if let Some((app, mut line)) = message_line(message).filter(|(app, _)| out.wants(app)) {
                line.from_gone = !senders.contains(&message.sender);
                line.to_gone = line.chat_type == "chat"
                    && !parties.contains(&(message.conversation_id, line.to.clone()));
                out.line(&app, Thing::Message(line))?;
            }
        }
        bar.inc(page.len() as u64);
    }
}

/// A message and its app; `None` where it is not readable, to clients neither.
fn message_line(message: &Message) -> Option<(String, MessageLine)> {
    let meta = Meta::decode(message.meta.as_slice()).ok()?;
    let (from, to) = (meta.from?, meta.to?);
    let body = MessageBody::decode(meta.payload.as_slice()).ok()?;
    let json = body.contents.first().and_then(Body::from_content).map(|body| body.to_json());
    let object = ext::from_pairs(&body.ext);
    // What the readable form says is all there is, or else the encoded one goes along.
    let again = json.as_ref().and_then(Body::from_json).map(|content| {
        let again = MessageBody {
            r#type: body.r#type,
            from: body.from.clone(),
            to: body.to.clone(),
            contents: vec![content.to_content()],
            ext: ext::to_pairs(&object),
            ..MessageBody::default()
        };
        again.encode_to_vec()
    });
    let payload = (again.as_ref() != Some(&meta.payload)).then(|| STANDARD.encode(&meta.payload));
    let chat_type = match roamkit_wire::meta::MessageType::try_from(body.r#type) {
        Ok(roamkit_wire::meta::MessageType::GroupChat) => "groupchat",
        Ok(roamkit_wire::meta::MessageType::ChatRoom) => "chatroom",
        _ if to.is_group() => "groupchat",
        _ => "chat",
    };
    let line = MessageLine {
        id: Some(Id(message.id)),
        from: from.name,
        to: to.name,
        chat_type: chat_type.to_owned(),
        time: message.timestamp,
        body: json,
        ext: (!object.is_empty()).then_some(object),
        payload,
        from_gone: false,
        to_gone: false,
    };
    Some((to.app_key, line))
}

async fn views(conn: &mut Conn, out: &mut Out<'_>) -> Result<()> {
    let mut after = (0, 0);
    loop {
        let page = transfer::entries(conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.entry.user_id, last.entry.conversation_id);
        for row in &page {
            if out.wants(&row.app) {
                view(conn, out, row).await?;
            }
        }
    }
}

async fn view(conn: &mut Conn, out: &mut Out<'_>, row: &EntryRow) -> std::result::Result<(), TransferError> {
    let entry = &row.entry;
    let chat_type = kind_of(entry.kind).rest();
    let marks = transfer::marks(conn, entry.user_id, entry.conversation_id).await?;
    let line = ViewLine {
        user: row.owner.clone(),
        peer: entry.peer.clone(),
        chat_type: chat_type.to_owned(),
        active: Some(entry.active),
        unread: entry.unread,
        read_id: Some(Id(entry.read_id)),
        pinned: entry.pinned,
        hidden: entry.hidden != 0,
        floor: Some(entry.floor),
        marks: marks.into_iter().map(|(until, id)| (until, Id(id))).collect(),
    };
    out.line(&row.app, Thing::View(line))?;
    let mut after = 0;
    loop {
        let ids = transfer::removed(conn, entry.user_id, entry.conversation_id, after, PAGE).await?;
        let Some(&last) = ids.last() else { return Ok(()) };
        after = last;
        let line = RemovedLine {
            user: row.owner.clone(),
            peer: entry.peer.clone(),
            chat_type: chat_type.to_owned(),
            ids: ids.into_iter().map(Id).collect(),
        };
        out.line(&row.app, Thing::Removed(line))?;
    }
}
