//! `cargo xtask build`: the npm package, into `pkg/`.
//!
//! Cargo compiles the SDK, wasm-bindgen writes its JavaScript bindings, wasm-opt makes it smaller, and
//! `package/build.mjs` bundles it with the entries in TypeScript.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result};

use crate::{node, shell, tools, workspace};

/// How wasm-opt runs: twice, on code whose nesting was flattened first. It neither moves functions into their only caller
/// nor shares locals and subexpressions: that makes the file smaller, but gzip makes code smaller that looks alike. The
/// functions are sorted by name, so that the instances of a generic function stand side by side.
const WASM_OPT: [&str; 9] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=0",
    "--skip-pass=local-cse",
    "--skip-pass=merge-locals",
    "--skip-pass=code-pushing",
    "--reorder-functions-by-name",
];

/// How the compiler chooses between size and speed beyond `opt-level`. It does not put functions into their callers unless that
/// makes them smaller, copies memory by one instruction instead of several loads and stores, and does not compute a value
/// twice to save a branch or an addition.
const LLVM_ARGS: &str = "-Cllvm-args=-inline-threshold=0 -inlinehint-threshold=0 -max-store-memcpy=1 -max-store-memset=1 \
                         -max-store-memmove=1 -enable-pre=false -disable-lsr -instcombine-max-sink-users=0";

/// The names of functions, which do not ship, begin with what they are instances of: see [`WASM_OPT`] for their order.
const SYMBOL_NAMES: &str = "-Csymbol-mangling-version=v0";

/// Builds the npm package.
pub(crate) fn build() -> Result<()> {
    let bindings = workspace::root().join("package/src/glue/bindings");
    // The package's entries say where the WebAssembly is; its bindings need no default.
    bind(&workspace::root(), &workspace::target(), "roamkit", &bindings, &["--omit-default-module-path"])?;
    let script = workspace::root().join("package/build.mjs");
    shell::run(shell::command("node").arg(script).arg(env!("CARGO_PKG_VERSION")))
}

/// Compiles a package of this workspace with the settings of the npm package, and writes its WebAssembly and its bindings
/// for the web into the emptied folder `out`.
pub(crate) fn web(package: &str, out: &Path) -> Result<()> {
    web_of(&workspace::root(), &workspace::target(), package, out)
}

/// Does the same for the workspace at `root`, which has its own target folder.
pub(crate) fn web_of(root: &Path, target: &Path, package: &str, out: &Path) -> Result<()> {
    bind(root, target, package, out, &[])
}

fn bind(root: &Path, target: &Path, package: &str, out: &Path, options: &[&str]) -> Result<()> {
    tools::wasm_target()?;
    let wasm_bindgen = tools::wasm_bindgen()?.join("wasm-bindgen");
    node::packages()?;
    shell::run(
        shell::cargo()
            .arg("build")
            .arg(format!("--package={package}"))
            .args(["--lib", "--target=wasm32-unknown-unknown", "--profile=wasm"])
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_ENCODED_RUSTFLAGS", [&without_machine_paths()?, LLVM_ARGS, SYMBOL_NAMES].join("\x1f"))
            .current_dir(root),
    )?;

    empty(out)?;
    let name = package.replace('-', "_");
    shell::run(
        shell::command(wasm_bindgen)
            .arg("--target=web")
            .args(options)
            .arg(format!("--out-name={name}"))
            .arg("--out-dir")
            .arg(out)
            .arg(target.join(format!("wasm32-unknown-unknown/wasm/{name}.wasm"))),
    )?;
    let wasm = out.join(format!("{name}_bg.wasm"));
    let bound = size(&wasm)?;
    shell::run(shell::command(node::bin("wasm-opt")).args(WASM_OPT).arg(&wasm).arg("--output").arg(&wasm))?;
    println!("{name}_bg.wasm: {} bytes ({bound} before wasm-opt)", size(&wasm)?);
    Ok(())
}

/// Compiler flags that shorten the paths of source files. Panics name those files, and the published WebAssembly must not
/// show where the machine that built it keeps its dependencies and its standard library.
fn without_machine_paths() -> Result<String> {
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().context("there is no home folder")?.join(".cargo"),
    };
    let folders = [cargo_home.join("registry/src"), tools::sysroot()?.join("lib/rustlib/src/rust")];
    Ok(folders.map(|folder| format!("--remap-path-prefix={}=", folder.display())).join("\x1f"))
}

fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("emptying {}", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))
}

fn size(file: &Path) -> Result<u64> {
    Ok(fs::metadata(file).with_context(|| format!("reading the size of {}", file.display()))?.len())
}
