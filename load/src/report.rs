//! The table that comes out of it.

use anyhow::{Context as _, Result, bail};
use std::path::Path;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Report {
    engine: &'static str,
    rows: Vec<[String; 3]>,
}

impl Report {
    pub(crate) fn new(engine: &'static str) -> Self {
        Self { engine, rows: Vec::new() }
    }

    /// Adds a row: what, how much, and what was to be reached.
    pub(crate) fn row(&mut self, what: &str, found: &str, reach: &str) {
        println!("{what}: {found}");
        self.rows.push([what.into(), found.into(), reach.into()]);
    }

    /// Prints the table, and writes it between its marks in a document.
    pub(crate) fn finish(&self, document: Option<&Path>) -> Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut table = format!(
            "{cores} cores, shared by the server (a release build), its database and the program that puts the load \
             on them; {}.\n\n| what | measured | to reach |\n|---|---|---|\n",
            self.engine
        );
        for row in &self.rows {
            table.extend(["| ", &row.join(" | "), " |\n"]);
        }
        println!("\n{table}");
        let Some(document) = document else { return Ok(()) };
        let text = std::fs::read_to_string(document).with_context(|| format!("{}", document.display()))?;
        let name = if self.engine.starts_with("SQLite") { "load-sqlite" } else { "load-postgres" };
        let (from, to) = (format!("<!-- measured: {name} -->\n"), format!("\n<!-- end of {name} -->"));
        let Some((before, rest)) = text.split_once(&from) else {
            bail!("{} has no {from}", document.display())
        };
        let Some((_, after)) = rest.split_once(&to) else { bail!("{} has no {to}", document.display()) };
        std::fs::write(document, format!("{before}{from}\n{table}{to}{after}"))?;
        Ok(())
    }
}
