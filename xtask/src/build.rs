//! `cargo xtask build`: the npm package, into `pkg/`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{node, shell, tools, workspace};

/// What rustc and wasm-bindgen emit beyond the first WebAssembly; every browser of the last years has it.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds the package.
pub(crate) fn build() -> Result<()> {
    let wasm_bindgen = tools::wasm_bindgen()?.join("wasm-bindgen");
    node::packages()?;
    shell::run(shell::cargo().args([
        "build",
        "--package=roamkit",
        "--lib",
        "--target=wasm32-unknown-unknown",
        "--profile=wasm",
    ]))?;

    let pkg = workspace::pkg();
    empty(&pkg)?;
    let compiled = workspace::target().join("wasm32-unknown-unknown/wasm/roamkit.wasm");
    shell::run(
        shell::command(wasm_bindgen)
            .args(["--target=web", "--out-name=roamkit"])
            .arg("--out-dir")
            .arg(&pkg)
            .arg(compiled),
    )?;
    let wasm = pkg.join("roamkit_bg.wasm");
    let bound = size(&wasm)?;
    shell::run(
        shell::command(node::bin("wasm-opt")).args(FEATURES).arg("-Os").arg(&wasm).arg("--output").arg(&wasm),
    )?;
    describe(&pkg)?;
    println!("pkg/roamkit_bg.wasm: {} bytes ({bound} before wasm-opt)", size(&wasm)?);
    Ok(())
}

/// The files that are written by hand.
fn describe(pkg: &Path) -> Result<()> {
    let written = workspace::root().join("package");
    let text = fs::read_to_string(written.join("package.json")).context("reading package/package.json")?;
    let mut manifest: Value = serde_json::from_str(&text).context("reading package/package.json")?;
    manifest["version"] = env!("CARGO_PKG_VERSION").into();
    fs::write(pkg.join("package.json"), format!("{manifest:#}\n"))?;
    fs::copy(written.join("README.md"), pkg.join("README.md"))?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(workspace::root().join(licence), pkg.join(licence))?;
    }
    // The typings of the raw exports; nobody imports them.
    fs::remove_file(pkg.join("roamkit_bg.wasm.d.ts")).context("removing roamkit_bg.wasm.d.ts")
}

fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("emptying {}", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("making {}", dir.display()))
}

fn size(file: &Path) -> Result<u64> {
    Ok(fs::metadata(file).with_context(|| format!("looking at {}", file.display()))?.len())
}
