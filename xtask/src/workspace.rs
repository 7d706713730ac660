//! The folders of the workspace.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    // `cargo run` sets the variable when it starts this program. The value from compile time may be that of another copy of the
    // repository if both share a compiler cache.
    let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&xtask).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The folder of the built npm package.
pub(crate) fn pkg() -> PathBuf {
    root().join("pkg")
}

/// The folder of the tests in JavaScript, with their npm packages.
pub(crate) fn tests() -> PathBuf {
    root().join("tests")
}
