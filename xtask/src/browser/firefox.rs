//! Firefox and geckodriver. Debian has the one; the other is built from its crate.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::engine::Driven;
use crate::{apt, shell, workspace};

/// The geckodriver that is built where there is none.
const GECKODRIVER: &str = "0.37.1";

/// What must be on the machine.
pub(crate) const NEEDS: &str = "firefox (Debian: firefox-esr) and geckodriver (cargo install geckodriver) on PATH, \
                                or named with FIREFOX=/path/to/firefox and GECKODRIVER=/path/to/geckodriver";

/// Whether both are here.
pub(crate) fn is_here() -> bool {
    browser().is_some() && driver().is_some()
}

/// Finds both, or installs what is missing.
pub(crate) fn installed() -> Result<Driven> {
    if browser().is_none() && !apt::install("Firefox", &["firefox-esr"])? {
        bail!("these tests need {NEEDS}");
    }
    if driver().is_none() {
        println!("geckodriver is not here yet: building {GECKODRIVER} (once, a few minutes)");
        // Without its lock file, which names old versions of what it uses.
        shell::run(
            shell::cargo()
                .args(["install", "geckodriver", "--version", GECKODRIVER, "--root"])
                .arg(own())
                .env("CARGO_TARGET_DIR", workspace::root().join("target/tools/build")),
        )?;
    }
    let (Some(browser), Some(driver)) = (browser(), driver()) else {
        bail!("Firefox is still not here: these tests need {NEEDS}");
    };
    let folder = workspace::root().join("target/tools/firefox");
    // Firefox does not start as root in the home of another user.
    let home = folder.join("home");
    fs::create_dir_all(&home).with_context(|| format!("making {}", home.display()))?;
    Ok(Driven {
        version: shell::output(shell::command(&browser).arg("--version").env("HOME", &home))?,
        under: Vec::new(),
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
    shell::named("GECKODRIVER", &["geckodriver"])
        .or_else(|| Some(own().join("bin/geckodriver")).filter(|file| file.is_file()))
}

fn own() -> PathBuf {
    workspace::root().join("target/tools").join(format!("geckodriver-{GECKODRIVER}"))
}

/// The file that names the browser to geckodriver, which by itself may find another Firefox. That the browser shows no
/// window is the test runner's doing.
fn options(folder: &Path, browser: &Path, home: &Path) -> Result<PathBuf> {
    let file = folder.join("webdriver.json");
    let options = json!({ "moz:firefoxOptions": { "binary": browser, "env": { "HOME": home } } });
    fs::write(&file, format!("{options:#}\n")).with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}
