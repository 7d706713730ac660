//! What compiling for the browser needs beside cargo: Rust's standard library for it, and the wasm-bindgen programs, of
//! exactly the version that the lock file names: their file format has no compatibility between versions.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::{lock, shell, workspace};

/// The target's name.
const TARGET: &str = "wasm32-unknown-unknown";

/// Installs the standard library for the browser if need be. `rust-toolchain.toml` names it, but rustup may be set to
/// install nothing by itself, and then it would be missed only deep inside a build.
pub(crate) fn wasm_target() -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    if shell::find("rustup").is_none() {
        bail!("Rust's standard library for {TARGET} is not here, and no rustup to install it");
    }
    shell::run(shell::command("rustup").args(["target", "add", TARGET]))
}

/// The folder of the Rust compiler's libraries.
pub(crate) fn sysroot() -> Result<PathBuf> {
    Ok(shell::output(shell::command("rustc").args(["--print", "sysroot"]))?.into())
}

/// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner`; installs them if need be.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = lock::version_of("wasm-bindgen")?;
    let own = workspace::root().join("target/tools").join(format!("wasm-bindgen-{version}"));
    let on_path = shell::find("wasm-bindgen").and_then(|file| Some(file.parent()?.to_path_buf()));
    for dir in on_path.into_iter().chain([own.join("bin")]) {
        if is_version(&dir, &version) {
            return Ok(dir);
        }
    }
    println!("wasm-bindgen {version} is not here yet: building it (once, a few minutes)");
    shell::run(
        shell::cargo()
            .args(["install", "wasm-bindgen-cli", "--version", &version, "--root"])
            .arg(&own)
            .env("CARGO_TARGET_DIR", workspace::root().join("target/tools/build")),
    )?;
    Ok(own.join("bin"))
}

fn is_version(dir: &Path, version: &str) -> bool {
    ["wasm-bindgen", "wasm-bindgen-test-runner"].iter().all(|program| {
        let file = dir.join(program);
        file.is_file()
            && shell::output(shell::command(file).arg("--version"))
                .is_ok_and(|text| text.split_whitespace().last() == Some(version))
    })
}
