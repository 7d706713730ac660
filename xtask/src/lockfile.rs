//! The versions in `Cargo.lock`.

use anyhow::{Context as _, Result};

use crate::workspace;

/// The locked version of a package.
pub(crate) fn version_of(package: &str) -> Result<String> {
    let file = workspace::root().join("Cargo.lock");
    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    find_version(&text, package).with_context(|| format!("Cargo.lock names no package `{package}`"))
}

fn find_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_of_a_package_counts() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.1\"\n";
        assert_eq!(find_version(lock, "a").as_deref(), Some("2.0.1"));
        assert_eq!(find_version(lock, "b"), None);
    }
}
