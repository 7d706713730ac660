//! `cargo xtask docs`: the API references of the package and of the crates. Warnings are errors.

use std::process::Command;

use anyhow::Result;

use crate::test::WASM;
use crate::{build, node, shell, tools, workspace};

/// Builds the package and writes both references.
pub(crate) fn docs() -> Result<()> {
    build::build()?;
    api()?;
    crates()?;
    println!(
        "written: target/docs/api, target/wasm32-unknown-unknown/doc (the SDK), target/doc (the others)"
    );
    Ok(())
}

/// Writes the reference of the package in `pkg/`, from its typings.
pub(crate) fn api() -> Result<()> {
    node::packages()?;
    shell::run(
        shell::command(node::bin("typedoc"))
            .arg("--options")
            .arg(workspace::root().join("docs/typedoc.json")),
    )
}

/// Writes the references of the crates. Those for the browser alone are documented for the browser's target.
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
