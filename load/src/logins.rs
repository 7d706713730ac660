//! Logins, whose password hashes cost memory and time on purpose, beside other calls that must not be delayed.

use crate::history;
use crate::report::Report;
use crate::seed;
use crate::server::Program;
use crate::stats::{Samples, ms};
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The number of concurrent logins.
const CALLERS: usize = 8;
/// The number of messages for the other calls.
const MESSAGES: u64 = 1_000;

pub(crate) async fn measure(program: &Program, duration: Duration, report: &mut Report) -> Result<()> {
    let database = program.create_database("logins").await?;
    let data = seed::create(program, &database, MESSAGES).await?;
    // The password hash uses the default memory, as in a deployment.
    let server = Arc::new(program.start(&database, &[]).await?);
    server.register(&["someone".to_owned()]).await?;
    let data = Arc::new(data.log_in(&server).await?);
    let (mut alone, _) = history::run(&server, &data, duration).await?;

    let running = Arc::new(AtomicBool::new(true));
    let logins: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (server, running) = (server.clone(), running.clone());
            tokio::spawn(async move {
                let mut samples = Samples::default();
                while running.load(Ordering::Relaxed) {
                    let start = Instant::now();
                    server.log_in("someone").await?;
                    samples.push(start.elapsed());
                }
                anyhow::Ok(samples)
            })
        })
        .collect();
    let (mut beside, rate) = history::run(&server, &data, duration).await?;
    running.store(false, Ordering::Relaxed);
    let mut all = Samples::default();
    for login in logins {
        all.extend(login.await??);
    }
    let per_second = all.count() as f64 / duration.as_secs_f64();
    report.row(
        &format!("logins, {CALLERS} at a time, beside pages of history"),
        &format!("{per_second:.0} a second, p99 {}", ms(all.quantile(0.99))),
        "bounded by argon2",
    );
    report.row(
        "pages of history beside them",
        &format!(
            "{rate:.0} a second, p99 {} (alone {})",
            ms(beside.quantile(0.99)),
            ms(alone.quantile(0.99))
        ),
        "no stall",
    );
    Ok(())
}
