//! The table with the results.

use anyhow::{Context as _, Result, bail};
use std::path::Path;

#[derive(Debug)]
pub(crate) struct Report {
    engine: &'static str,
    rows: Vec<[String; 3]>,
}

impl Report {
    pub(crate) fn new(engine: &'static str) -> Self {
        Self { engine, rows: Vec::new() }
    }

    /// Adds a row: what was measured, the result, and the goal.
    pub(crate) fn row(&mut self, what: &str, result: &str, goal: &str) {
        println!("{what}: {result}");
        self.rows.push([what.into(), result.into(), goal.into()]);
    }

    /// Prints the table and writes it into a document, between its markers.
    pub(crate) fn finish(&self, document: Option<&Path>) -> Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut table = format!(
            "{cores} cores, shared by the server (a release build), its database and the load generator; {}.\n\n\
             | what | measured | to reach |\n|---|---|---|\n",
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
