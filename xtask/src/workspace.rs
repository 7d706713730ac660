//! The folders of the workspace.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
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
