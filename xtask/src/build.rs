//! `cargo xtask build`: the npm package, into `pkg/`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};

use crate::{node, order, panics, shell, tools, workspace};

/// The one that is published.
const PACKAGE: &str = "roamkit";

/// What rustc and wasm-bindgen emit beyond the first WebAssembly; every browser of the last years has it.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Functions that ask to be put into their callers are not, unless that makes them smaller. What takes more than one store to
/// copy is copied by one instruction. What is known on one way to a place is not worked out on all others, what a loop counts
/// is not counted twice, and what is worked out stays where it is written: each of these repeats code to save time.
const SMALL: &str = "-Cllvm-args=-inline-threshold=0 -inlinehint-threshold=0 -max-store-memcpy=1 -max-store-memset=1 \
                     -max-store-memmove=1 -enable-pre=false -disable-lsr -instcombine-max-sink-users=0";

/// For what is sent, which is compressed: a function inside another repeats nothing that compresses well, what is worked
/// out twice in the same way compresses better than what is kept in a variable, and what is copied from one variable to
/// another better than one that stands for both, and what is worked out stays where it is written.
const COMPRESSED: [&str; 4] = [
    "--one-caller-inline-max-function-size=0",
    "--skip-pass=local-cse",
    "--skip-pass=merge-locals",
    "--skip-pass=code-pushing",
];

/// What is flattened and made anew comes out smaller, a little more so the second time.
const OPTIMISE: [&str; 7] =
    ["--flatten", "--rereloop", "-Oz", "--flatten", "--rereloop", "-Oz", "--debuginfo"];

/// Sorts by the names that `order.rs` gave. How an address is aligned is a hint that differs from place to place, and that
/// no browser needs; nor does it need to know what made the module, and which features that took.
const SORT: [&str; 5] =
    ["-Oz", "--dealign", "--reorder-functions-by-name", "--strip-producers", "--strip-target-features"];

/// Builds the package: what `package/` makes of the bound WebAssembly.
pub(crate) fn build() -> Result<()> {
    let bound = workspace::target().join("package");
    let before =
        bind(&workspace::root(), &workspace::target(), PACKAGE, &bound, &["--omit-default-module-path"])?;
    shell::run(
        shell::command("node")
            .arg(workspace::root().join("package/build.mjs"))
            .arg(&bound)
            .arg(env!("CARGO_PKG_VERSION")),
    )?;
    let wasm = workspace::pkg().join("roamkit_bg.wasm");
    println!("pkg/roamkit_bg.wasm: {} bytes ({before} before wasm-opt)", size(&wasm)?);
    Ok(())
}

/// Compiles a package of this workspace as the npm package is, binds it for the web and puts it into `out`, which is
/// emptied first.
pub(crate) fn web(package: &str, out: &Path) -> Result<()> {
    web_of(&workspace::root(), &workspace::target(), package, out)
}

/// The same of another workspace, compiled into a folder of its own.
pub(crate) fn web_of(root: &Path, target: &Path, package: &str, out: &Path) -> Result<()> {
    bind(root, target, package, out, &[]).map(drop)
}

/// Returns how large the WebAssembly was before it was optimised.
fn bind(root: &Path, target: &Path, package: &str, out: &Path, options: &[&str]) -> Result<u64> {
    tools::wasm_target()?;
    let wasm_bindgen = tools::wasm_bindgen()?.join("wasm-bindgen");
    node::packages()?;
    shell::run(
        shell::cargo()
            .arg("build")
            .arg(format!("--package={package}"))
            .args(["--lib", "--target=wasm32-unknown-unknown", "--profile=wasm"])
            .env("CARGO_TARGET_DIR", target)
            .env(
                "CARGO_ENCODED_RUSTFLAGS",
                format!("--remap-path-prefix={}=\x1f{SMALL}", sources()?.display()),
            )
            .current_dir(root),
    )?;

    empty(out)?;
    let name = package.replace('-', "_");
    let compiled = target.join(format!("wasm32-unknown-unknown/wasm/{name}.wasm"));
    shell::run(
        shell::command(wasm_bindgen)
            .arg("--target=web")
            .args(options)
            .arg(format!("--out-name={name}"))
            .arg("--out-dir")
            .arg(out)
            .arg(compiled),
    )?;
    let wasm = out.join(format!("{name}_bg.wasm"));
    let bound = size(&wasm)?;
    change(&wasm, panics::silence)?;
    // The bench's crate writes values, for itself.
    if package == PACKAGE {
        change(&wasm, panics::forget_writing)?;
    }
    optimise(&wasm, &OPTIMISE)?;
    if package == PACKAGE {
        // What was taken out of the tables must not be missed.
        let writing = fs::read(&wasm).map_err(Into::into).and_then(|wasm| panics::writes(&wasm))?;
        ensure!(
            writing.is_none(),
            "{} brings the library's writing of values: use `text!` in place of `format!` and `to_string`",
            writing.unwrap_or_default()
        );
    }
    change(&wasm, order::name_by_likeness)?;
    optimise(&wasm, &SORT)?;
    change(&wasm, panics::forget_places)?;
    change(&wasm, panics::forget_words)?;
    Ok(bound)
}

fn optimise(wasm: &Path, how: &[&str]) -> Result<()> {
    let mut command = shell::command(node::bin("wasm-opt"));
    shell::run(command.args(FEATURES).args(COMPRESSED).args(how).arg(wasm).arg("--output").arg(wasm))
}

fn change(file: &Path, change: impl Fn(&[u8]) -> Result<Vec<u8>>) -> Result<()> {
    let named = || format!("changing {}", file.display());
    let changed = fs::read(file).map_err(Into::into).and_then(|wasm| change(&wasm)).with_context(named)?;
    fs::write(file, changed).with_context(named)
}

/// Where cargo keeps what it downloaded: a path of this machine, which is nobody's affair and is not to be sent.
fn sources() -> Result<PathBuf> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().context("there is no home folder")?.join(".cargo"),
    };
    Ok(home.join("registry/src"))
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
