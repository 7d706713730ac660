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
    let pkg = workspace::pkg();
    let bound = web("roamkit", &pkg)?;
    describe(&pkg)?;
    println!("pkg/roamkit_bg.wasm: {} bytes ({bound} before wasm-opt)", size(&pkg.join("roamkit_bg.wasm"))?);
    Ok(())
}

/// Compiles a package of this workspace as the npm package is, binds it for the web and puts it into `out`, which is
/// emptied first. Returns how large the WebAssembly was before it was optimised.
pub(crate) fn web(package: &str, out: &Path) -> Result<u64> {
    web_of(&workspace::root(), &workspace::target(), package, out)
}

/// The same of another workspace, compiled into a folder of its own.
pub(crate) fn web_of(root: &Path, target: &Path, package: &str, out: &Path) -> Result<u64> {
    tools::wasm_target()?;
    let wasm_bindgen = tools::wasm_bindgen()?.join("wasm-bindgen");
    node::packages()?;
    shell::run(
        shell::cargo()
            .arg("build")
            .arg(format!("--package={package}"))
            .args(["--lib", "--target=wasm32-unknown-unknown", "--profile=wasm"])
            .env("CARGO_TARGET_DIR", target)
            .current_dir(root),
    )?;

    empty(out)?;
    let name = package.replace('-', "_");
    let compiled = target.join(format!("wasm32-unknown-unknown/wasm/{name}.wasm"));
    shell::run(
        shell::command(wasm_bindgen)
            .arg("--target=web")
            .arg(format!("--out-name={name}"))
            .arg("--out-dir")
            .arg(out)
            .arg(compiled),
    )?;
    let wasm = out.join(format!("{name}_bg.wasm"));
    let bound = size(&wasm)?;
    shell::run(
        shell::command(node::bin("wasm-opt")).args(FEATURES).arg("-Os").arg(&wasm).arg("--output").arg(&wasm),
    )?;
    Ok(bound)
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
