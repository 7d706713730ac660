//! The data that is there before the load: written as a file and imported, as people would move theirs.

use crate::server::{Program, Server};
use anyhow::Result;
use serde_json::json;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};

/// Messages of one conversation, where there are many.
const PER_CONVERSATION: u64 = 5_000;
/// When the first message was sent, and the time between two of a conversation, ms.
const START: i64 = 1_700_000_000_000;
pub(crate) const STEP: i64 = 1_000;

/// Someone, and whom they talk to.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) user: String,
    pub(crate) peer: String,
    pub(crate) token: String,
}

/// What was stored.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) pairs: Vec<Pair>,
    /// The times of its messages.
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Stored {
    /// Gets everybody a token.
    pub(crate) async fn log_in(mut self, server: &Server) -> Result<Self> {
        for pair in &mut self.pairs {
            pair.token = server.log_in(&pair.user).await?;
        }
        Ok(self)
    }
}

/// Stores so many messages in conversations of two.
pub(crate) async fn history(program: &Program, database: &str, messages: u64) -> Result<Stored> {
    let conversations = messages.div_ceil(PER_CONVERSATION).max(4);
    let each = messages / conversations;
    let path = program.file("seed.jsonl");
    let mut file = BufWriter::new(std::fs::File::create(&path)?);
    let name = |side: &str, at: u64| format!("{side}{at}");
    for at in 0..conversations {
        for side in ["left", "right"] {
            writeln!(file, "{}", json!({"type": "user", "username": name(side, at), "password": "pw"}))?;
        }
    }
    let mut text = String::new();
    for number in 0..each {
        for at in 0..conversations {
            text.clear();
            write!(
                text,
                "message {number} of {each}, about as long as those that people write to each other"
            )?;
            let (from, to) = if number % 2 == 0 { ("left", "right") } else { ("right", "left") };
            let line = json!({"type": "message", "from": name(from, at), "to": name(to, at),
                "time": START + number as i64 * STEP, "body": {"type": "txt", "msg": text}});
            writeln!(file, "{line}")?;
        }
    }
    file.flush()?;
    drop(file);
    program.import(database, &path).await?;
    let pairs = (0..conversations)
        .map(|at| Pair { user: name("left", at), peer: name("right", at), token: String::new() })
        .collect();
    Ok(Stored { pairs, from: START, to: START + each as i64 * STEP })
}

/// An id of that time: see the server's `ids.rs`.
pub(crate) fn id_at(time: i64) -> i64 {
    (time - 1_262_304_000_000) << 22
}
