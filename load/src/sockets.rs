//! Thousands of devices online: the memory of each, and how soon they learn of a removal.

use crate::report::Report;
use crate::server::{APP, Program, Server};
use crate::stats::{Samples, ms};
use anyhow::{Context as _, Result, bail};
use futures_util::stream::{self, SplitSink};
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _};
use rand::Rng as _;
use roamkit_wire::msync::{CommNotice, CommSyncDl, CommSyncUl, Command, Jid, MSync, Provision};
use roamkit_wire::prost::Message as _;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Devices of a user online together, as the server allows by default.
const DEVICES: u32 = 4;
/// Removals that are measured, and their rate.
const REMOVALS: usize = 1_000;
const EVERY: Duration = Duration::from_millis(20);
/// Devices that come online at the same time.
const ENTERING: usize = 64;
const PATIENCE: Duration = Duration::from_secs(30);

/// A device heard of something in its own user's queue, where notices wait.
struct Heard {
    user: usize,
    at: Instant,
}

pub(crate) async fn measure(program: &Program, sockets: u32, report: &mut Report) -> Result<()> {
    let database = program.database("sockets").await?;
    let server =
        Arc::new(program.start(&database, &["--password-memory", "8", "--socket-idle", "600"]).await?);
    let names: Vec<String> = (0..sockets.div_ceil(DEVICES)).map(|user| format!("user{user}")).collect();
    server.register(&names).await?;
    let tokens: Vec<String> =
        stream::iter(&names).map(|name| server.log_in(name)).buffered(ENTERING).try_collect().await?;
    let before = server.memory()?;
    let start = Instant::now();
    let (tell, mut heard) = mpsc::unbounded_channel();
    let all: Vec<(usize, u32)> = (0..names.len())
        .flat_map(|user| (0..DEVICES).map(move |device| (user, device)))
        .take(sockets as usize)
        .collect();
    stream::iter(all)
        .map(|(user, device)| {
            let (server, tell) = (server.clone(), tell.clone());
            let (name, token) = (names[user].clone(), tokens[user].clone());
            async move { enter(&server, user, &name, &token, device, tell).await }
        })
        .buffer_unordered(ENTERING)
        .try_collect::<Vec<()>>()
        .await?;
    let took = start.elapsed();
    let each = server.memory()?.saturating_sub(before) / u64::from(sockets);
    report.row(
        &format!("{sockets} sockets come online, {ENTERING} at a time"),
        &format!("{:.0} a second", f64::from(sockets) / took.as_secs_f64()),
        "",
    );
    report.row("memory of an idle socket", &format!("{:.1} KB", each as f64 / 1000.0), "under 20 KB");

    let mut samples = removals(&server, &names, &tokens, &mut heard).await?;
    let (p50, p99) = (samples.quantile(0.5), samples.quantile(0.99));
    report.row(
        &format!("from a removal's call to its notice on each other device, {sockets} online"),
        &format!("p50 {}, p99 {} of {} notices", ms(p50), ms(p99), samples.count()),
        "p99 under 100 ms",
    );
    Ok(())
}

/// Removes messages of users at random, and waits for the notice on each of their other devices.
async fn removals(
    server: &Arc<Server>,
    names: &[String],
    tokens: &[String],
    heard: &mut mpsc::UnboundedReceiver<Heard>,
) -> Result<Samples> {
    let mut samples = Samples::default();
    let mut clock = tokio::time::interval(EVERY);
    for _ in 0..REMOVALS {
        clock.tick().await;
        let user = rand::rng().random_range(0..names.len() - 1);
        let from = &names[user + 1];
        let message =
            json!({"from": from, "to": [names[user]], "type": "txt", "body": {"msg": "to be removed"}});
        let sent = server.call("POST", "/messages/users", &server.app_token, Some(&message)).await?;
        let id = sent["data"][&names[user]].as_str().context("no id")?;
        while heard.try_recv().is_ok() {}
        let path = format!(
            "/sdk/message/roaming/chat/user/{}?userId={from}&msgIdList={id}&resource=device0",
            names[user]
        );
        let start = Instant::now();
        server.call("DELETE", &path, &tokens[user], None).await?;
        let mut left = DEVICES - 1;
        while left > 0 {
            let heard = tokio::time::timeout(PATIENCE, heard.recv()).await.context("a notice never came")?;
            let heard = heard.context("the sockets are gone")?;
            if heard.user == user {
                samples.push(heard.at - start);
                left -= 1;
            }
        }
    }
    Ok(samples)
}

/// Brings a device online; from then on it does what devices do with what they are told.
async fn enter(
    server: &Server,
    user: usize,
    name: &str,
    token: &str,
    device: u32,
    tell: mpsc::UnboundedSender<Heard>,
) -> Result<()> {
    let stream = TcpStream::connect(&server.address).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{}/websocket", server.address);
    let (socket, _) = tokio_tungstenite::client_async(url, stream).await?;
    let (mut send, mut receive) = socket.split();
    let resource = format!("device{device}");
    let provision = Provision {
        resource: resource.clone(),
        auth_token: json!({"token": format!("$t${token}")}).to_string(),
        ..Provision::default()
    };
    let guid = Jid::device(APP, name, &resource);
    let first = MSync {
        guid: Some(guid),
        command: Command::Provision as i32,
        payload: provision.encode_to_vec(),
        ..MSync::default()
    };
    send.send(Message::Binary(first.encode_to_vec().into())).await?;
    let answer = receive.next().await.context("closed")??;
    let answer = MSync::decode(answer.into_data())?;
    let answer = Provision::decode(answer.payload.as_slice())?;
    if answer.status.is_none_or(|status| status.error_code != 0) {
        bail!("a device was refused");
    }
    let own = name.to_owned();
    tokio::spawn(async move {
        while let Some(Ok(message)) = receive.next().await {
            let at = Instant::now();
            let Ok(frame) = MSync::decode(message.into_data()) else { continue };
            if frame.command == Command::Notice as i32 {
                let queue = CommNotice::decode(frame.payload.as_slice()).ok().and_then(|notice| notice.queue);
                let Some(queue) = queue else { continue };
                if queue.name == own {
                    let _ = tell.send(Heard { user, at });
                }
                let _ = sync(&mut send, queue, None).await;
            } else if frame.command == Command::Sync as i32 {
                let Ok(batch) = CommSyncDl::decode(frame.payload.as_slice()) else { continue };
                if let (false, Some(queue)) = (batch.is_last, batch.queue) {
                    let _ = sync(&mut send, queue, batch.next_key).await;
                }
            }
        }
    });
    Ok(())
}

async fn sync(
    send: &mut SplitSink<WebSocketStream<TcpStream>, Message>,
    queue: Jid,
    key: Option<u64>,
) -> Result<()> {
    let wish = CommSyncUl { queue: Some(queue), key, ..CommSyncUl::default() };
    let frame = MSync { command: Command::Sync as i32, payload: wish.encode_to_vec(), ..MSync::default() };
    send.send(Message::Binary(frame.encode_to_vec().into())).await?;
    Ok(())
}
