//! `cargo xtask build`: the npm package, into `pkg/`.

use std::path::{Path, PathBuf};
use std::{env, fs};

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

/// For what is sent, which is compressed: a function inside another repeats nothing that compresses well, and neighbours
/// of one kind are found by their names.
const OPTIMISE: [&str; 6] = [
    "--one-caller-inline-max-function-size=0",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--reorder-functions-by-name",
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
            .env("CARGO_ENCODED_RUSTFLAGS", format!("--remap-path-prefix={}=", sources()?.display()))
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
        shell::command(node::bin("wasm-opt"))
            .args(FEATURES)
            .args(OPTIMISE)
            .arg(&wasm)
            .arg("--output")
            .arg(&wasm),
    )?;
    let glue = out.join(format!("{name}.js"));
    let text = fs::read_to_string(&glue).with_context(|| format!("reading {}", glue.display()))?;
    fs::write(&glue, without_docs(&text)).with_context(|| format!("writing {}", glue.display()))?;
    Ok(bound)
}

/// Where cargo keeps what it downloaded: a path of this machine, which is nobody's affair and is not to be sent.
fn sources() -> Result<PathBuf> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().context("there is no home folder")?.join(".cargo"),
    };
    Ok(home.join("registry/src"))
}

/// JS without its doc comments: editors read those of the typings, which say the same.
fn without_docs(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let content = line.trim();
        inside |= content.starts_with("/**");
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
        inside &= !content.ends_with("*/");
    }
    kept
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_doc_comments_go() {
        let text = "/* lint */\n/**\n * A class.\n */\nclass A {\n    /** Short. */\n    a() { return 2 ** 3; } // so\n}\n";
        assert_eq!(without_docs(text), "/* lint */\nclass A {\n    a() { return 2 ** 3; } // so\n}\n");
    }
}
