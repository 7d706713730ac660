//! WebKit: the GTK port, its `MiniBrowser` and its driver. It has no headless mode, so it gets a display of its own.
//!
//! To the test runner it is Safari, whose driver takes no options; this driver knows the browser it belongs to.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::engine::Driven;
use crate::{apt, shell};

/// What must be on the machine.
pub(crate) const NEEDS: &str =
    "WebKitWebDriver (Debian: webkit2gtk-driver) and xvfb-run (Debian: xvfb, xauth) on PATH";

/// Whether they are here.
pub(crate) fn is_here() -> bool {
    driver().is_some() && display().is_some()
}

/// Finds them, or installs them.
pub(crate) fn installed() -> Result<Driven> {
    // What makes the display needs xauth, but does not depend on it.
    if !is_here() && !apt::install("WebKit", &["webkit2gtk-driver", "xvfb", "xauth"])? {
        bail!("these tests need {NEEDS}");
    }
    let (Some(driver), Some(display)) = (driver(), display()) else {
        bail!("WebKit is still not here: these tests need {NEEDS}");
    };
    Ok(Driven {
        version: version(&display),
        under: vec![display.into(), "-a".into()],
        env: vec![
            ("SAFARIDRIVER", driver.into()),
            // Else GTK prefers the Wayland session of the user, where there is one, to that display.
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

/// What the browser says of itself. It stands where the distribution keeps the parts of its libraries; the driver
/// knows where, and need not be told.
fn version(display: &Path) -> String {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let said = folders.chain(["/usr/libexec".into()]).find_map(|folder| {
        let browser = folder.join("webkit2gtk-4.1/MiniBrowser");
        let found = browser
            .is_file()
            .then(|| shell::output(shell::command(display).arg("-a").arg(browser).arg("--version")));
        found.and_then(Result::ok)
    });
    said.unwrap_or_else(|| "WebKit, of unknown version".to_owned())
}
