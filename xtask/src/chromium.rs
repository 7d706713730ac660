//! The browser and its driver, from the system.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::shell;

/// A browser and the driver for it.
pub(crate) struct Chromium {
    /// The browser.
    pub(crate) browser: PathBuf,
    /// Its driver.
    pub(crate) driver: PathBuf,
}

/// Finds Chromium and its driver; on Debian, as root, installs them.
pub(crate) fn chromium() -> Result<Chromium> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if shell::find("apt-get").is_some() && is_root() {
        println!("Chromium is not here yet: installing it from the system's packages");
        let apt = || {
            let mut apt = shell::command("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            apt
        };
        shell::run(apt().args(["-qq", "update"]))?;
        shell::run(apt().args([
            "-qq",
            "--no-install-recommends",
            "-y",
            "install",
            "chromium",
            "chromium-driver",
        ]))?;
        if let Some(found) = find() {
            return Ok(found);
        }
    }
    bail!(
        "the browser tests need Chromium and ChromeDriver of the same version on PATH.\n\
         Debian: apt-get install chromium chromium-driver. \
         Ubuntu and others: install the system's packages for them.\n\
         Elsewhere: name them with CHROMIUM=/path/to/chromium and CHROMEDRIVER=/path/to/chromedriver."
    )
}

fn find() -> Option<Chromium> {
    let from_env = |name| std::env::var_os(name).map(PathBuf::from);
    let browser = from_env("CHROMIUM").or_else(|| {
        ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| shell::find(name))
    })?;
    let driver = from_env("CHROMEDRIVER").or_else(|| shell::find("chromedriver"))?;
    Some(Chromium { browser, driver })
}

fn is_root() -> bool {
    shell::output(shell::command("id").arg("-u")).is_ok_and(|id| id == "0")
}
