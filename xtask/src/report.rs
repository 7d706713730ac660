//! The steps of a test run, and their results.

use std::time::{Duration, Instant};

use anyhow::Result;

/// The results so far.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
    skipped: Vec<String>,
}

struct Step {
    name: String,
    took: Duration,
    passed: bool,
}

impl Report {
    /// Runs a step under its heading. A failure is shown and recorded, and the run continues.
    pub(crate) fn step<T>(&mut self, name: &str, run: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n== {name} ==");
        let start = Instant::now();
        let outcome = run();
        let took = start.elapsed();
        if let Err(error) = &outcome {
            println!("failed: {error:#}");
        }
        println!("== {name}: {} in {:.1} s ==", word(outcome.is_ok()), took.as_secs_f64());
        self.steps.push(Step { name: name.to_owned(), took, passed: outcome.is_ok() });
        outcome.ok()
    }

    /// Records a step that does not run, and the reason.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        self.skipped.push(format!("{name}: {why}"));
    }

    /// Prints all results and returns whether all steps passed. CI reads the last line.
    pub(crate) fn finish(&self) -> bool {
        println!("\nsummary");
        for Step { name, took, passed } in &self.steps {
            println!("  {:<6} {:>7.1} s  {name}", word(*passed), took.as_secs_f64());
        }
        for skipped in &self.skipped {
            println!("  skipped  {skipped}");
        }
        let passed = self.steps.iter().filter(|step| step.passed).count();
        let failed = self.steps.len() - passed;
        println!("{passed} passed, {failed} failed");
        failed == 0 && passed > 0
    }
}

fn word(passed: bool) -> &'static str {
    if passed { "ok" } else { "FAILED" }
}
