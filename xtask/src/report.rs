//! How a run of the tests went, step by step.

use std::time::{Duration, Instant};

use anyhow::Result;

/// The steps that have run.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
    left_out: Vec<String>,
}

struct Step {
    name: String,
    took: Duration,
    passed: bool,
}

impl Report {
    /// Runs a step under its heading; a failure is shown and kept, and the run goes on.
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

    /// Notes a step that does not run, and why.
    pub(crate) fn left_out(&mut self, name: &str, why: &str) {
        self.left_out.push(format!("{name}: {why}"));
    }

    /// Shows them all; the last line is the one that CI reads. Whether all passed.
    pub(crate) fn finish(&self) -> bool {
        println!("\nsummary");
        for Step { name, took, passed } in &self.steps {
            println!("  {:<6} {:>7.1} s  {name}", word(*passed), took.as_secs_f64());
        }
        for left_out in &self.left_out {
            println!("  left out  {left_out}");
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
