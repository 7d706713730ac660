//! The dependencies of the workspace: `deny.toml` has the rules for licenses, sources and versions, and each direct dependency
//! states its reason in its `Cargo.toml`.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::{shell, tools, workspace};

/// The version of cargo-deny.
const CARGO_DENY: &str = "0.20.2";

/// Checks the dependencies of all packages.
pub(crate) fn check() -> Result<()> {
    for folder in ["", "wire", "server", "load", "xtask", "fuzz", "bench"] {
        let file = workspace::root().join(folder).join("Cargo.toml");
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let missing = without_reason(&text);
        if !missing.is_empty() {
            bail!("{}: no comment says what this is for: {}", file.display(), missing.join(", "));
        }
    }
    // It runs for seconds, so a debug build is enough, and takes half as long to build.
    let programs = tools::install("cargo-deny", "cargo-deny", CARGO_DENY, &["--locked", "--debug"])?;
    shell::run(
        shell::command(programs.join("cargo-deny"))
            .args(["--locked", "--workspace", "check", "--deny", "warnings"])
            .args(["bans", "licenses", "sources"]),
    )
}

/// The dependencies in a manifest that have no comment, at the end of their line or in the line before.
fn without_reason(manifest: &str) -> Vec<&str> {
    let mut missing = Vec::new();
    let mut is_in_dependencies = false;
    let mut before = "";
    for line in manifest.lines() {
        let has_reason = line.contains('#') || before.starts_with('#');
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            is_in_dependencies = section.ends_with("dependencies") && section != "workspace.dependencies";
            // A dependency may be a section of its own: `[dependencies.web-sys]`.
            if let Some((_, name)) = section.split_once("dependencies.")
                && !has_reason
            {
                missing.push(name);
            }
        } else if is_in_dependencies
            && let Some((name, _)) = line.split_once([' ', '.', '='])
            && !has_reason
        {
            missing.push(name);
        }
        before = line;
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dependency_needs_a_comment() {
        let manifest = "\
            [package]\nname = \"a\"\n\n\
            [dependencies]\na = \"1\" # Errors.\nb.workspace = true\n# Time.\nc = { version = \"1\" }\nd = \"1\"\n\n\
            # The browser.\n[dependencies.e]\nversion = \"1\"\n\n[dependencies.f]\nversion = \"1\"\n\n\
            [target.'cfg(unix)'.dev-dependencies]\ng = \"1\"\n\n\
            [workspace.dependencies]\nh = \"1\"\n";
        assert_eq!(without_reason(manifest), ["b", "d", "f", "g"]);
    }
}
