//! The browser engines that the SDK's tests run in.

use std::ffi::OsString;

use anyhow::Result;

use super::{firefox, webkit};
use crate::{chromium, shell};

/// An engine. They run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    /// The system's Chromium.
    Chromium,
    /// The system's Firefox, driven by geckodriver.
    Firefox,
    /// WebKitGTK's MiniBrowser.
    Webkit,
}

/// How a test run drives an engine on this machine.
pub(crate) struct Setup {
    /// The name and version that the browser prints.
    pub(crate) version: String,
    /// A program with its arguments that runs the test command, or nothing.
    pub(crate) wrapper: Vec<OsString>,
    /// Environment variables that tell wasm-bindgen's test runner which browser to drive, and how.
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Engine {
    /// All engines.
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Whether everything that it needs is installed.
    pub(crate) fn is_here(self) -> bool {
        match self {
            Self::Chromium => chromium::find().is_some(),
            Self::Firefox => firefox::is_here(),
            Self::Webkit => webkit::is_here(),
        }
    }

    /// Installs what is missing. If that is impossible here, the error says what to install.
    pub(crate) fn installed(self) -> Result<Setup> {
        match self {
            Self::Chromium => chromium_setup(&chromium::chromium()?),
            Self::Firefox => firefox::installed(),
            Self::Webkit => webkit::installed(),
        }
    }

    /// The programs that it needs.
    pub(crate) fn needs(self) -> &'static str {
        match self {
            Self::Chromium => chromium::NEEDS,
            Self::Firefox => firefox::NEEDS,
            Self::Webkit => webkit::NEEDS,
        }
    }
}

/// Chromium's options are in `webdriver.json`, which wasm-pack reads, too.
fn chromium_setup(chromium: &chromium::Chromium) -> Result<Setup> {
    Ok(Setup {
        version: shell::output(shell::command(&chromium.browser).arg("--version"))?,
        wrapper: Vec::new(),
        env: vec![("CHROMEDRIVER", chromium.driver.clone().into())],
    })
}
