//! The npm packages in `tests/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::{shell, workspace};

/// Installs the packages in `tests/package-lock.json`, unless exactly those are installed.
pub(crate) fn packages() -> Result<()> {
    let Some(npm) = shell::find("npm") else {
        bail!("npm is missing: install Node.js 20 or newer (with npm), and run this again");
    };
    let tests = workspace::tests();
    let lock = fs::read(tests.join("package-lock.json")).context("reading tests/package-lock.json")?;
    // A copy of the lock file of the last complete installation.
    let installed = tests.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|copy| copy == lock) {
        return Ok(());
    }
    shell::run(shell::command(npm).args(["ci", "--no-audit", "--no-fund"]).current_dir(&tests))?;
    fs::write(&installed, lock).context("recording the installed packages")
}

/// A program of an installed package.
pub(crate) fn bin(name: &str) -> PathBuf {
    workspace::tests().join("node_modules/.bin").join(name)
}
