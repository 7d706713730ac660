//! The wasm-bindgen programs, of exactly the version that the lock file names: their file format has no
//! compatibility between versions.

use std::path::PathBuf;

use anyhow::Result;

use crate::{lock, shell, workspace};

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

fn is_version(dir: &std::path::Path, version: &str) -> bool {
    ["wasm-bindgen", "wasm-bindgen-test-runner"].iter().all(|program| {
        let file = dir.join(program);
        file.is_file()
            && shell::output(shell::command(file).arg("--version"))
                .is_ok_and(|text| text.split_whitespace().last() == Some(version))
    })
}
