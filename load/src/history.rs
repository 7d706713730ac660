//! Pages of history, read at random depths by many callers at once.

use crate::report::Report;
use crate::seed::{self, Stored};
use crate::server::{Program, Server};
use crate::stats::{Samples, ms};
use anyhow::Result;
use rand::Rng as _;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Callers at the same time.
const CALLERS: usize = 32;
/// Messages where there are few.
const FEW: u64 = 1_000;

pub(crate) async fn measure(program: &Program, many: u64, time: Duration, report: &mut Report) -> Result<()> {
    let mut rates = Vec::new();
    for messages in [FEW, many] {
        let database = program.database(&format!("history{messages}")).await?;
        let start = Instant::now();
        let stored = seed::history(program, &database, messages).await?;
        let took = start.elapsed();
        let server = Arc::new(program.start(&database, &["--password-memory", "8"]).await?);
        let stored = Arc::new(stored.log_in(&server).await?);
        // What the first calls fill stays warm, as it is in a server at work.
        run(&server, &stored, time / 5).await?;
        let (mut samples, rate) = run(&server, &stored, time).await?;
        let found = format!(
            "{rate:.0} a second, p50 {}, p99 {}",
            ms(samples.quantile(0.5)),
            ms(samples.quantile(0.99))
        );
        report.row(
            &format!("pages of 50, {messages} messages stored, {CALLERS} callers"),
            &found,
            "3,000 a second",
        );
        if messages == many {
            report.row(
                &format!("import of {messages} messages"),
                &format!("{:.0} s", took.as_secs_f64()),
                "",
            );
        }
        rates.push((rate, samples.quantile(0.99)));
    }
    if let [(few, p99_few), (many, p99_many)] = rates[..] {
        let slower = p99_many.as_secs_f64() / p99_few.as_secs_f64();
        report.row(
            "many stored messages against few",
            &format!("{:.2} × the time a page, {slower:.2} × the p99", few / many),
            "within 1.3 ×",
        );
    }
    Ok(())
}

/// All callers for a time: each page's time, and how many a second.
pub(crate) async fn run(
    server: &Arc<Server>,
    stored: &Arc<Stored>,
    time: Duration,
) -> Result<(Samples, f64)> {
    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (server, stored) = (server.clone(), stored.clone());
            tokio::spawn(async move {
                let mut samples = Samples::default();
                while start.elapsed() < time {
                    let (path, token, body) = page(&stored);
                    let asked = Instant::now();
                    server.bytes(&path, token, &body).await?;
                    samples.push(asked.elapsed());
                }
                anyhow::Ok(samples)
            })
        })
        .collect();
    let mut samples = Samples::default();
    for caller in callers {
        samples.extend(caller.await??);
    }
    let rate = samples.count() as f64 / start.elapsed().as_secs_f64();
    Ok((samples, rate))
}

/// A page of somebody's conversation, somewhere in it.
fn page(stored: &Stored) -> (String, &str, serde_json::Value) {
    let mut random = rand::rng();
    let pair = &stored.pairs[random.random_range(0..stored.pairs.len())];
    let forward = random.random_bool(0.5);
    // A page is full wherever it starts, or few stored messages would come in smaller pages than many. An id that is
    // not there still names a place: the time in it.
    let page = 50 * seed::STEP;
    let (from, to) = if forward { (stored.from, stored.to - page) } else { (stored.from + page, stored.to) };
    let start = seed::id_at(random.random_range(from..=to)).to_string();
    let body = json!({"queue": format!("{}@easemob.com", pair.peer), "start": start, "end": -1,
        "pull_number": 50, "is_positive": forward, "msgType": "", "startTime": null,
        "endTime": null, "userId": null});
    (format!("/users/{}/messageroaming", pair.user), &pair.token, body)
}
