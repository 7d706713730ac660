//! The node packages of `tests/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::{shell, workspace};

/// Installs the packages that `tests/package-lock.json` names, unless exactly those are there.
pub(crate) fn packages() -> Result<()> {
    let Some(npm) = shell::find("npm") else {
        bail!("npm is not here: install Node.js 20 or newer (with npm), and run this again");
    };
    let tests = workspace::tests();
    let lock = fs::read(tests.join("package-lock.json")).context("reading tests/package-lock.json")?;
    // A copy of the lock that the last whole install followed.
    let installed = tests.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|copy| copy == lock) {
        return Ok(());
    }
    shell::run(shell::command(npm).args(["ci", "--no-audit", "--no-fund"]).current_dir(&tests))?;
    fs::write(&installed, lock).context("noting which packages are installed")
}

/// A program that a node package brings.
pub(crate) fn bin(name: &str) -> PathBuf {
    workspace::tests().join("node_modules/.bin").join(name)
}
