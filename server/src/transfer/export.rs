//! Export of all data, in an order in which it can be imported.

use super::common::{Counts, DatabaseArgs, Result, file_error, progress_bar};
use super::record::{GroupLine, Id, Line, Member, MessageLine, Record, RemovedLine, UserLine, ViewLine};
use crate::settings::app_key;
use crate::store::database::{Conn, Store};
use crate::store::groups::Group;
use crate::store::messages::MessageRow;
use crate::store::transfer::{self, OwnedConversation};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use indicatif::ProgressBar;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::meta::{MessageBody, MessageType, Meta};
use roamkit_wire::names::AppKey;
use roamkit_wire::{ext, prost};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The number of rows in one query.
const PAGE: i64 = 500;

/// `roamkit-server export [FILE]`
#[derive(Clone, Debug, Args)]
pub struct Export {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// App to export. May be repeated. Default: all apps.
    #[arg(long = "app", env = "ROAMKIT_APP", value_delimiter = ',', value_parser = app_key)]
    pub apps: Vec<AppKey>,
    /// File to write. Default: stdout.
    pub file: Option<PathBuf>,
}

impl Export {
    /// Exports the data.
    pub async fn run(&self) -> Result<Counts> {
        let (store, _) = self.database.open().await?;
        let counts = export(&store, self).await;
        store.close().await;
        counts
    }
}

struct Exporter<'a> {
    output: Box<dyn Write + Send>,
    /// The file's name, for errors.
    path: &'a Path,
    /// The apps to export. Empty: all.
    apps: HashSet<String>,
    counts: Counts,
}

impl Exporter<'_> {
    fn includes(&self, app: &str) -> bool {
        self.apps.is_empty() || self.apps.contains(app)
    }

    fn write(&mut self, app: &str, record: Record) -> Result<()> {
        let count = match &record {
            Record::User(_) => &mut self.counts.users,
            Record::Group(_) => &mut self.counts.groups,
            Record::Message(_) => &mut self.counts.messages,
            Record::View(_) | Record::Removed(_) => &mut self.counts.views,
        };
        *count += 1;
        let line = Line { app: Some(app.to_owned()), record };
        serde_json::to_writer(&mut self.output, &line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.output.write_all(b"\n"))
            .map_err(file_error(self.path))
    }
}

async fn export(store: &Store, options: &Export) -> Result<Counts> {
    let path = options.file.as_deref().unwrap_or(Path::new("stdout"));
    let output: Box<dyn Write + Send> = match &options.file {
        Some(path) => Box::new(BufWriter::new(File::create(path).map_err(file_error(path))?)),
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    let apps = options.apps.iter().map(ToString::to_string).collect();
    let mut exporter = Exporter { output, path, apps, counts: Counts::default() };
    let mut conn = store.acquire().await?;
    let bar = progress_bar(transfer::count_messages(&mut conn).await?.unsigned_abs(), "messages");
    export_users(&mut conn, &mut exporter).await?;
    export_groups(&mut conn, &mut exporter).await?;
    export_messages(&mut conn, &mut exporter, &bar).await?;
    export_views(&mut conn, &mut exporter).await?;
    exporter.output.flush().map_err(file_error(path))?;
    bar.finish_and_clear();
    Ok(exporter.counts)
}

async fn export_users(conn: &mut Conn, exporter: &mut Exporter<'_>) -> Result<()> {
    let mut after = 0;
    loop {
        let page = transfer::users(conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for user in page {
            if !exporter.includes(&user.app) {
                continue;
            }
            let line = UserLine {
                username: user.name,
                password: None,
                password_hash: Some(user.password),
                created: Some(user.created),
            };
            exporter.write(&user.app, Record::User(line))?;
        }
    }
}

async fn export_groups(conn: &mut Conn, exporter: &mut Exporter<'_>) -> Result<()> {
    let mut after = 0;
    loop {
        let page = transfer::groups(conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for row in page {
            if !exporter.includes(&row.app) {
                continue;
            }
            let memberships = transfer::memberships(conn, row.id).await?;
            let member = |(user, since, until): (String, i64, Option<i64>)| Member::Span {
                user,
                since: Id(since),
                until: until.map(Id),
            };
            let (app, closed) = (row.app.clone(), row.is_closed());
            let group = Group::from(row);
            let line = GroupLine {
                id: Id(group.id),
                chat_type: group.chat_type.rest().to_owned(),
                name: group.name,
                description: group.description,
                public: group.public,
                max_users: Some(group.max_users),
                owner: group.owner,
                created: Some(group.created),
                closed,
                members: memberships.into_iter().map(member).collect(),
            };
            exporter.write(&app, Record::Group(line))?;
        }
    }
}

async fn export_messages(conn: &mut Conn, exporter: &mut Exporter<'_>, bar: &ProgressBar) -> Result<()> {
    let mut after = 0;
    loop {
        let page = transfer::messages(conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        let senders: HashSet<i64> = page.iter().map(|message| message.sender).collect();
        let senders: HashSet<i64> =
            transfer::existing_users(conn, senders.into_iter()).await?.into_iter().collect();
        let conversations: HashSet<i64> = page.iter().map(|message| message.conversation_id).collect();
        let participants: HashSet<(i64, String)> =
            transfer::participants(conn, conversations.into_iter()).await?.into_iter().collect();
        for message in &page {
            if let Some((app, mut line)) = message_line(message).filter(|(app, _)| exporter.includes(app)) {
                line.from_gone = !senders.contains(&message.sender);
                line.to_gone = line.chat_type == "chat"
                    && !participants.contains(&(message.conversation_id, line.to.clone()));
                exporter.write(&app, Record::Message(line))?;
            }
        }
        bar.inc(page.len() as u64);
    }
}

/// A message with its app. Returns `None` if it cannot be decoded, which clients could not either.
fn message_line(message: &MessageRow) -> Option<(String, MessageLine)> {
    let meta = Meta::decode(message.meta.as_slice()).ok()?;
    let (from, to) = (meta.from?, meta.to?);
    let body = MessageBody::from_payload(&meta.payload).ok()?;
    let json = body.contents.first().and_then(Body::from_content).map(|body| body.to_json());
    let object = ext::from_pairs(&body.ext);
    // The encoded message is exported only if encoding `body` and `ext` again gives a different result.
    let reencoded = json.as_ref().and_then(Body::from_json).map(|content| {
        let body = MessageBody {
            r#type: body.r#type,
            from: body.from.clone(),
            to: body.to.clone(),
            contents: vec![content.to_content()],
            ext: ext::to_pairs(&object),
            ..MessageBody::default()
        };
        body.encode_to_vec()
    });
    let payload = (reencoded.as_ref() != Some(&meta.payload)).then(|| STANDARD.encode(&meta.payload));
    let chat_type = match MessageType::try_from(body.r#type) {
        Ok(MessageType::GroupChat) => "groupchat",
        Ok(MessageType::ChatRoom) => "chatroom",
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
        receivers: meta.directed_users,
        from_gone: false,
        to_gone: false,
    };
    Some((to.app_key, line))
}

async fn export_views(conn: &mut Conn, exporter: &mut Exporter<'_>) -> Result<()> {
    let mut after = (0, 0);
    loop {
        let page = transfer::conversations(conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.conversation.user_id, last.conversation.conversation_id);
        for row in &page {
            if exporter.includes(&row.app) {
                export_view(conn, exporter, row).await?;
            }
        }
    }
}

async fn export_view(conn: &mut Conn, exporter: &mut Exporter<'_>, row: &OwnedConversation) -> Result<()> {
    let conversation = &row.conversation;
    let (user_id, conversation_id) = (conversation.user_id, conversation.conversation_id);
    let chat_type = conversation.chat_type().rest();
    let marks = transfer::removal_marks(conn, user_id, conversation_id).await?;
    let line = ViewLine {
        user: row.owner.clone(),
        peer: conversation.peer.clone(),
        chat_type: chat_type.to_owned(),
        active: Some(conversation.active),
        unread: conversation.unread,
        read_id: Some(Id(conversation.read_id)),
        pinned: conversation.pinned,
        hidden: conversation.hidden != 0,
        floor: Some(conversation.floor),
        marks: marks.into_iter().map(|(until, before_id)| (until, Id(before_id))).collect(),
    };
    exporter.write(&row.app, Record::View(line))?;
    let mut after = 0;
    loop {
        let ids = transfer::removed_messages(conn, user_id, conversation_id, after, PAGE).await?;
        let Some(&last) = ids.last() else { return Ok(()) };
        after = last;
        let line = RemovedLine {
            user: row.owner.clone(),
            peer: conversation.peer.clone(),
            chat_type: chat_type.to_owned(),
            ids: ids.into_iter().map(Id).collect(),
        };
        exporter.write(&row.app, Record::Removed(line))?;
    }
}
