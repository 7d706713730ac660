//! Firefox from Debian, and geckodriver, which cargo builds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::engine::Setup;
use crate::{apt, shell, tools, workspace};

/// The version of geckodriver that is built if none is installed.
const GECKODRIVER: &str = "0.37.1";

/// The programs that it needs.
pub(crate) const NEEDS: &str = "firefox (Debian: firefox-esr) and geckodriver (cargo install geckodriver) on PATH, \
                                or named with FIREFOX=/path/to/firefox and GECKODRIVER=/path/to/geckodriver";

/// Whether both are installed.
pub(crate) fn is_here() -> bool {
    browser().is_some() && driver().is_some()
}

/// Installs what is missing.
pub(crate) fn installed() -> Result<Setup> {
    if browser().is_none() && !apt::install("Firefox", &["firefox-esr"])? {
        bail!("these tests need {NEEDS}");
    }
    if driver().is_none() {
        // Its lock file names old versions of its dependencies, so it is not `--locked`.
        tools::install("geckodriver", "geckodriver", GECKODRIVER, &[])?;
    }
    let (Some(browser), Some(driver)) = (browser(), driver()) else {
        bail!("Firefox is still not here: these tests need {NEEDS}");
    };
    let folder = workspace::root().join("target/tools/firefox");
    // Firefox does not start as root in the home of another user.
    let home = folder.join("home");
    fs::create_dir_all(&home).with_context(|| format!("making {}", home.display()))?;
    Ok(Setup {
        version: shell::output(shell::command(&browser).arg("--version").env("HOME", &home))?,
        wrapper: Vec::new(),
        env: vec![
            ("GECKODRIVER", driver.into()),
            ("WASM_BINDGEN_TEST_WEBDRIVER_JSON", options(&folder, &browser, &home)?.into()),
        ],
    })
}

fn browser() -> Option<PathBuf> {
    shell::named("FIREFOX", &["firefox-esr", "firefox"])
}

fn driver() -> Option<PathBuf> {
    shell::named("GECKODRIVER", &["geckodriver"]).or_else(|| {
        Some(tools::root("geckodriver", GECKODRIVER).join("bin/geckodriver")).filter(|file| file.is_file())
    })
}

/// Writes the file that names the browser to geckodriver, which otherwise may start another Firefox. The test runner adds the
/// option for no window.
fn options(folder: &Path, browser: &Path, home: &Path) -> Result<PathBuf> {
    let file = folder.join("webdriver.json");
    let options = json!({ "moz:firefoxOptions": { "binary": browser, "env": { "HOME": home } } });
    fs::write(&file, format!("{options:#}\n")).with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}
