//! Logins, which cost memory and time on purpose, beside calls that must not notice.

use crate::history;
use crate::report::Report;
use crate::seed;
use crate::server::Program;
use crate::stats::{Samples, ms};
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Logins at the same time.
const CALLERS: usize = 8;
/// Messages of the other calls.
const MESSAGES: u64 = 1_000;

pub(crate) async fn measure(program: &Program, time: Duration, report: &mut Report) -> Result<()> {
    let database = program.database("logins").await?;
    let stored = seed::history(program, &database, MESSAGES).await?;
    // As it is deployed: the password hash has its full memory.
    let server = Arc::new(program.start(&database, &[]).await?);
    server.register(&["someone".to_owned()]).await?;
    let stored = Arc::new(stored.log_in(&server).await?);
    let (mut alone, _) = history::run(&server, &stored, time).await?;

    let on = Arc::new(AtomicBool::new(true));
    let logins: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (server, on) = (server.clone(), on.clone());
            tokio::spawn(async move {
                let mut samples = Samples::default();
                while on.load(Ordering::Relaxed) {
                    let start = Instant::now();
                    server.log_in("someone").await?;
                    samples.push(start.elapsed());
                }
                anyhow::Ok(samples)
            })
        })
        .collect();
    let (mut beside, rate) = history::run(&server, &stored, time).await?;
    on.store(false, Ordering::Relaxed);
    let mut all = Samples::default();
    for login in logins {
        all.extend(login.await??);
    }
    let per_second = all.count() as f64 / time.as_secs_f64();
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
