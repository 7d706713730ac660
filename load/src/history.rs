//! Pages of history, read at random positions by many concurrent callers.

use crate::report::Report;
use crate::seed::{self, SeedData};
use crate::server::{Program, Server};
use crate::stats::{Samples, ms};
use anyhow::Result;
use rand::Rng as _;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The number of concurrent callers.
const CALLERS: usize = 32;
/// The number of messages in the small database.
const SMALL: u64 = 1_000;

pub(crate) async fn measure(
    program: &Program,
    large: u64,
    duration: Duration,
    report: &mut Report,
) -> Result<()> {
    let mut rates = Vec::new();
    for messages in [SMALL, large] {
        let database = program.create_database(&format!("history{messages}")).await?;
        let start = Instant::now();
        let data = seed::create(program, &database, messages).await?;
        let import_time = start.elapsed();
        let server = Arc::new(program.start(&database, &["--password-memory", "8"]).await?);
        let data = Arc::new(data.log_in(&server).await?);
        // The first calls warm the caches, as in a server that has been running.
        run(&server, &data, duration / 5).await?;
        let (mut samples, rate) = run(&server, &data, duration).await?;
        let result = format!(
            "{rate:.0} a second, p50 {}, p99 {}",
            ms(samples.quantile(0.5)),
            ms(samples.quantile(0.99))
        );
        report.row(
            &format!("pages of 50, {messages} messages stored, {CALLERS} callers"),
            &result,
            "3,000 a second",
        );
        if messages == large {
            report.row(
                &format!("import of {messages} messages"),
                &format!("{:.0} s", import_time.as_secs_f64()),
                "",
            );
        }
        rates.push((rate, samples.quantile(0.99)));
    }
    if let [(small, p99_small), (large, p99_large)] = rates[..] {
        let p99_ratio = p99_large.as_secs_f64() / p99_small.as_secs_f64();
        report.row(
            "many stored messages against few",
            &format!("{:.2} × the time a page, {p99_ratio:.2} × the p99", small / large),
            "within 1.3 ×",
        );
    }
    Ok(())
}

/// Runs all callers for a duration. Returns the time of each page, and the number of pages per second.
pub(crate) async fn run(
    server: &Arc<Server>,
    data: &Arc<SeedData>,
    duration: Duration,
) -> Result<(Samples, f64)> {
    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (server, data) = (server.clone(), data.clone());
            tokio::spawn(async move {
                let mut samples = Samples::default();
                while start.elapsed() < duration {
                    let (path, token, body) = random_page(&data);
                    let request_start = Instant::now();
                    server.fetch(&path, token, &body).await?;
                    samples.push(request_start.elapsed());
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

/// The path, token and body of a request for a random page of a random conversation.
fn random_page(data: &SeedData) -> (String, &str, serde_json::Value) {
    let mut random = rand::rng();
    let pair = &data.pairs[random.random_range(0..data.pairs.len())];
    let forward = random.random_bool(0.5);
    // The start leaves room for a full page. Otherwise the pages of the small database would be smaller. The id
    // of the start needs no message, because the server uses the time in it.
    let page = 50 * seed::STEP;
    let (from, to) = if forward {
        (data.first_time, data.last_time - page)
    } else {
        (data.first_time + page, data.last_time)
    };
    let start = seed::id_at(random.random_range(from..=to)).to_string();
    let body = json!({"queue": format!("{}@easemob.com", pair.peer), "start": start, "end": -1,
        "pull_number": 50, "is_positive": forward, "msgType": "", "startTime": null,
        "endTime": null, "userId": null});
    (format!("/users/{}/messageroaming", pair.user), &pair.token, body)
}
