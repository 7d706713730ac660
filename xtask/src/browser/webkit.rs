//! WebKitGTK: its `MiniBrowser` and its driver. It has no headless mode, so it runs in a virtual display.
//!
//! The test runner treats it as Safari, whose driver takes no options. WebKitGTK's driver finds its browser by itself.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::engine::Setup;
use crate::{apt, shell};

/// The programs that it needs.
pub(crate) const NEEDS: &str =
    "WebKitWebDriver (Debian: webkit2gtk-driver) and xvfb-run (Debian: xvfb, xauth) on PATH";

/// Whether they are installed.
pub(crate) fn is_here() -> bool {
    driver().is_some() && display().is_some()
}

/// Installs what is missing.
pub(crate) fn installed() -> Result<Setup> {
    // xvfb-run needs xauth, but its package does not depend on it.
    if !is_here() && !apt::install("WebKit", &["webkit2gtk-driver", "xvfb", "xauth"])? {
        bail!("these tests need {NEEDS}");
    }
    let (Some(driver), Some(display)) = (driver(), display()) else {
        bail!("WebKit is still not here: these tests need {NEEDS}");
    };
    Ok(Setup {
        version: version(&display),
        wrapper: vec![display.into(), "-a".into()],
        env: vec![
            ("SAFARIDRIVER", driver.into()),
            // GTK would prefer the user's Wayland session to the virtual display.
            ("GDK_BACKEND", "x11".into()),
        ],
    })
}

fn driver() -> Option<PathBuf> {
    shell::find("WebKitWebDriver")
}

fn display() -> Option<PathBuf> {
    shell::find("xvfb-run")
}

/// The version that the browser prints. Distributions install the browser in different folders, all among their libraries.
fn version(display: &Path) -> String {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let printed = folders.chain(["/usr/libexec".into()]).find_map(|folder| {
        let browser = folder.join("webkit2gtk-4.1/MiniBrowser");
        let found = browser
            .is_file()
            .then(|| shell::output(shell::command(display).arg("-a").arg(browser).arg("--version")));
        found.and_then(Result::ok)
    });
    printed.unwrap_or_else(|| "WebKit of unknown version".to_owned())
}
