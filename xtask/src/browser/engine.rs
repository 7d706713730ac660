//! The browser engines that the SDK's tests run in.

use std::ffi::OsString;

use anyhow::Result;

use super::{firefox, webkit};
use crate::{chromium, shell};

/// An engine. The order is that in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    /// Chromium, the system's.
    Chromium,
    /// Firefox, the system's, by geckodriver.
    Firefox,
    /// WebKit, by the GTK port's small browser.
    Webkit,
}

/// An engine on this machine, and how a test run drives it.
pub(crate) struct Driven {
    /// What the browser calls itself.
    pub(crate) version: String,
    /// The program, with its arguments, that the run happens under; mostly none.
    pub(crate) under: Vec<OsString>,
    /// What tells wasm-bindgen's test runner which browser to drive, and how.
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Engine {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Whether this machine has all that it needs.
    pub(crate) fn is_here(self) -> bool {
        match self {
            Self::Chromium => chromium::find().is_some(),
            Self::Firefox => firefox::is_here(),
            Self::Webkit => webkit::is_here(),
        }
    }

    /// The engine, installed if need be; what to install, where this program cannot.
    pub(crate) fn installed(self) -> Result<Driven> {
        match self {
            Self::Chromium => driven_chromium(&chromium::chromium()?),
            Self::Firefox => firefox::installed(),
            Self::Webkit => webkit::installed(),
        }
    }

    /// What must be on the machine.
    pub(crate) fn needs(self) -> &'static str {
        match self {
            Self::Chromium => chromium::NEEDS,
            Self::Firefox => firefox::NEEDS,
            Self::Webkit => webkit::NEEDS,
        }
    }
}

/// Its options stand in `webdriver.json`, where wasm-pack finds them, too.
fn driven_chromium(chromium: &chromium::Chromium) -> Result<Driven> {
    Ok(Driven {
        version: shell::output(shell::command(&chromium.browser).arg("--version"))?,
        under: Vec::new(),
        env: vec![("CHROMEDRIVER", chromium.driver.clone().into())],
    })
}
