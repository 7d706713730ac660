//! Thousands of online devices: the memory per socket, and the delay of removal notices.

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

/// The number of devices per user, which the server allows by default.
const DEVICES: u32 = 4;
/// The number of measured removals.
const REMOVALS: usize = 1_000;
/// The interval between two removals.
const INTERVAL: Duration = Duration::from_millis(20);
/// The number of devices that log in concurrently.
const CONCURRENT_LOGINS: usize = 64;
/// The longest wait for a notice.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(30);

/// A device received a notice for its own user's queue, which contains the multi-device notices.
struct Received {
    user: usize,
    at: Instant,
}

pub(crate) async fn measure(program: &Program, sockets: u32, report: &mut Report) -> Result<()> {
    let database = program.create_database("sockets").await?;
    let server =
        Arc::new(program.start(&database, &["--password-memory", "8", "--socket-idle", "600"]).await?);
    let names: Vec<String> = (0..sockets.div_ceil(DEVICES)).map(|user| format!("user{user}")).collect();
    server.register(&names).await?;
    let tokens: Vec<String> = stream::iter(&names)
        .map(|name| server.log_in(name))
        .buffered(CONCURRENT_LOGINS)
        .try_collect()
        .await?;
    let before = server.memory()?;
    let start = Instant::now();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let devices: Vec<(usize, u32)> = (0..names.len())
        .flat_map(|user| (0..DEVICES).map(move |device| (user, device)))
        .take(sockets as usize)
        .collect();
    stream::iter(devices)
        .map(|(user, device)| {
            let (server, sender) = (server.clone(), sender.clone());
            let (name, token) = (names[user].clone(), tokens[user].clone());
            async move { connect(&server, user, &name, &token, device, sender).await }
        })
        .buffer_unordered(CONCURRENT_LOGINS)
        .try_collect::<Vec<()>>()
        .await?;
    let login_time = start.elapsed();
    let per_socket = server.memory()?.saturating_sub(before) / u64::from(sockets);
    report.row(
        &format!("{sockets} sockets come online, {CONCURRENT_LOGINS} at a time"),
        &format!("{:.0} a second", f64::from(sockets) / login_time.as_secs_f64()),
        "",
    );
    report.row("memory of an idle socket", &format!("{:.1} KB", per_socket as f64 / 1000.0), "under 20 KB");

    let mut samples = measure_removals(&server, &names, &tokens, &mut receiver).await?;
    let (p50, p99) = (samples.quantile(0.5), samples.quantile(0.99));
    report.row(
        &format!("from a removal's call to its notice on each other device, {sockets} online"),
        &format!("p50 {}, p99 {} of {} notices", ms(p50), ms(p99), samples.count()),
        "p99 under 100 ms",
    );
    Ok(())
}

/// Removes messages of random users, and waits for the notice on each of their other devices.
async fn measure_removals(
    server: &Arc<Server>,
    names: &[String],
    tokens: &[String],
    receiver: &mut mpsc::UnboundedReceiver<Received>,
) -> Result<Samples> {
    let mut samples = Samples::default();
    let mut clock = tokio::time::interval(INTERVAL);
    for _ in 0..REMOVALS {
        clock.tick().await;
        let user = rand::rng().random_range(0..names.len() - 1);
        let from = &names[user + 1];
        let message =
            json!({"from": from, "to": [names[user]], "type": "txt", "body": {"msg": "to be removed"}});
        let sent = server.call("POST", "/messages/users", &server.app_token, Some(&message)).await?;
        let id = sent["data"][&names[user]].as_str().context("no id")?;
        while receiver.try_recv().is_ok() {}
        let path = format!(
            "/sdk/message/roaming/chat/user/{}?userId={from}&msgIdList={id}&resource=device0",
            names[user]
        );
        let start = Instant::now();
        server.call("DELETE", &path, &tokens[user], None).await?;
        let mut missing = DEVICES - 1;
        while missing > 0 {
            let notice = tokio::time::timeout(NOTICE_TIMEOUT, receiver.recv()).await;
            let notice = notice.context("a notice is missing")?.context("all sockets are closed")?;
            if notice.user == user {
                samples.push(notice.at - start);
                missing -= 1;
            }
        }
    }
    Ok(samples)
}

/// Logs a device in. A task then answers its notices like a client: it reads the queues that they name.
async fn connect(
    server: &Server,
    user: usize,
    name: &str,
    token: &str,
    device: u32,
    sender: mpsc::UnboundedSender<Received>,
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
    let answer = receive.next().await.context("the server closed the socket")??;
    let answer = MSync::decode(answer.into_data())?;
    let answer = Provision::decode(answer.payload.as_slice())?;
    if answer.status.is_none_or(|status| status.error_code != 0) {
        bail!("a device was refused");
    }
    let own_queue = name.to_owned();
    tokio::spawn(async move {
        while let Some(Ok(message)) = receive.next().await {
            let at = Instant::now();
            let Ok(frame) = MSync::decode(message.into_data()) else { continue };
            if frame.command == Command::Notice as i32 {
                let queue = CommNotice::decode(frame.payload.as_slice()).ok().and_then(|notice| notice.queue);
                let Some(queue) = queue else { continue };
                if queue.name == own_queue {
                    let _ = sender.send(Received { user, at });
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

/// Requests the next batch of a queue.
async fn sync(
    send: &mut SplitSink<WebSocketStream<TcpStream>, Message>,
    queue: Jid,
    key: Option<u64>,
) -> Result<()> {
    let request = CommSyncUl { queue: Some(queue), key, ..CommSyncUl::default() };
    let frame = MSync { command: Command::Sync as i32, payload: request.encode_to_vec(), ..MSync::default() };
    send.send(Message::Binary(frame.encode_to_vec().into())).await?;
    Ok(())
}
