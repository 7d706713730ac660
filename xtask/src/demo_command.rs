//! `cargo xtask demo`: a server with sample data, and the demo page.

use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::server::{CLIENT_ID, CLIENT_SECRET, Server};
use crate::{build, demo, server, workspace};

/// The options of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The port of the server and its page; 0 for a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Delete the database of earlier runs and create the sample data again.
    #[arg(long)]
    fresh: bool,
}

/// Builds everything, starts the server, creates the sample data, and serves until Ctrl-C.
pub(crate) fn demo(options: &Options) -> Result<()> {
    build::build()?;
    let program = server::build()?;

    let dir = workspace::root().join("target/demo");
    if options.fresh && dir.exists() {
        fs::remove_dir_all(&dir).with_context(|| format!("removing {}", dir.display()))?;
    }
    fs::create_dir_all(&dir)?;
    let seeded = dir.join("seeded");
    if !seeded.exists() {
        // An earlier run may have created only a part of the data.
        for file in fs::read_dir(&dir)? {
            fs::remove_file(file?.path())?;
        }
    }

    let (interrupt, interrupted) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = interrupt.send(());
    })?;
    let mut server = Server::start(
        &program,
        &[
            format!("--listen=127.0.0.1:{}", options.port),
            format!("--database=sqlite:{}", dir.join("roamkit.db").display()),
            format!("--www={}", workspace::root().join("www").display()),
            format!("--mount=/pkg={}", workspace::pkg().display()),
            "--open-registration".to_owned(),
        ],
    )?;
    if !seeded.exists() {
        println!("filling the server with sample data …");
        demo::seed(&server.url, CLIENT_ID, CLIENT_SECRET).context("filling the server with sample data")?;
        fs::write(&seeded, "")?;
    }
    println!("\nThe demo is at {}  (Ctrl-C ends it)", server.url);
    while interrupted.recv_timeout(Duration::from_millis(500)).is_err() {
        if !server.is_running() {
            bail!("the server ended unexpectedly");
        }
    }
    Ok(())
}
