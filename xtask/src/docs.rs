//! `cargo xtask docs`: the references, of the package from its typings, and of the crates. A warning is a failure.

use std::process::Command;

use anyhow::Result;

use crate::test::WASM;
use crate::{build, node, shell, tools, workspace};

/// Builds the package and writes both.
pub(crate) fn docs() -> Result<()> {
    build::build()?;
    api()?;
    crates()?;
    println!(
        "written: target/docs/api, target/wasm32-unknown-unknown/doc (the SDK), target/doc (the others)"
    );
    Ok(())
}

/// The reference of the package that is in `pkg/`.
pub(crate) fn api() -> Result<()> {
    node::packages()?;
    shell::run(
        shell::command(node::bin("typedoc"))
            .arg("--options")
            .arg(workspace::root().join("docs/typedoc.json")),
    )
}

/// The references of the crates; of those that are there for the browser alone, as they are there.
pub(crate) fn crates() -> Result<()> {
    tools::wasm_target()?;
    let browser = ["roamkit", "roamkit-bench"];
    let [named, others] = ["--package", "--exclude"].map(|flag| browser.map(|name| format!("{flag}={name}")));
    doc(shell::cargo().args(["doc", "--no-deps", WASM]).args(named))?;
    doc(shell::cargo().args(["doc", "--no-deps", "--workspace"]).args(others))
}

fn doc(command: &mut Command) -> Result<()> {
    shell::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}
