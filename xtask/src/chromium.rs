//! The system's Chromium and its driver.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{apt, shell};

/// The programs of an installed Chromium.
pub(crate) struct Chromium {
    /// The browser.
    pub(crate) browser: PathBuf,
    /// Its driver.
    pub(crate) driver: PathBuf,
}

/// Finds Chromium and its driver. On Debian, as root, it installs them if they are missing.
pub(crate) fn chromium() -> Result<Chromium> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if apt::install("Chromium", &["chromium", "chromium-driver"])?
        && let Some(found) = find()
    {
        return Ok(found);
    }
    bail!("these tests need {NEEDS}");
}

/// The programs that the tests need.
pub(crate) const NEEDS: &str = "Chromium and ChromeDriver of the same version (Debian: chromium, chromium-driver) on PATH, or named \
                                with CHROMIUM=/path/to/chromium and CHROMEDRIVER=/path/to/chromedriver";

/// Finds Chromium and its driver.
pub(crate) fn find() -> Option<Chromium> {
    let browser = shell::named("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])?;
    let driver = shell::named("CHROMEDRIVER", &["chromedriver"])?;
    Some(Chromium { browser, driver })
}
