//! The tools that are installed for the commands: Rust's standard library for the browser, and programs that cargo builds.
//!
//! The version of wasm-bindgen's programs is the one in `Cargo.lock`, because versions do not read each other's files.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::{lockfile, shell, workspace};

/// The target's name.
const TARGET: &str = "wasm32-unknown-unknown";

/// Installs the standard library for the browser if it is missing. `rust-toolchain.toml` names it, but rustup may be configured
/// not to install it, and then a build would fail with a less helpful error.
pub(crate) fn wasm_target() -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    if shell::find("rustup").is_none() {
        bail!("Rust's standard library for {TARGET} is missing, and there is no rustup to install it");
    }
    shell::run(shell::command("rustup").args(["target", "add", TARGET]))
}

/// The folder of the Rust compiler's libraries.
pub(crate) fn sysroot() -> Result<PathBuf> {
    Ok(shell::output(shell::command("rustc").args(["--print", "sysroot"]))?.into())
}

/// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner`. They are built if they are not on `PATH`.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = lockfile::version_of("wasm-bindgen")?;
    if let Some(program) = shell::find("wasm-bindgen")
        && let Some(folder) = program.parent()
        && ["wasm-bindgen", "wasm-bindgen-test-runner"]
            .iter()
            .all(|name| is_version(&folder.join(name), &version))
    {
        return Ok(folder.to_owned());
    }
    install("wasm-bindgen", "wasm-bindgen-cli", &version, &[])
}

fn is_version(program: &Path, version: &str) -> bool {
    program.is_file()
        && shell::output(shell::command(program).arg("--version"))
            .is_ok_and(|text| text.split_whitespace().last() == Some(version))
}

/// Builds a program from its package in the registry, unless an earlier run did. Returns the folder of the package's programs.
pub(crate) fn install(program: &str, package: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let root = root(program, version);
    let programs = root.join("bin");
    if !programs.join(program).is_file() {
        println!("{program} {version} is missing: building it (once, a few minutes)");
        shell::run(
            shell::cargo()
                .args(["install", package, "--version", version])
                .args(options)
                .arg("--root")
                .arg(root)
                .env("CARGO_TARGET_DIR", workspace::root().join("target/tools/build")),
        )?;
    }
    Ok(programs)
}

/// Where [`install`] puts a program, in the folder `bin`.
pub(crate) fn root(program: &str, version: &str) -> PathBuf {
    workspace::root().join("target/tools").join(format!("{program}-{version}"))
}
