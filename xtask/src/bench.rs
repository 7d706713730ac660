//! `cargo xtask bench`: builds the package and the crate in `bench/`, and measures them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{build, chromium, server, shell, workspace};

/// The options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only these measurements (may be given several times). A table is rewritten only if all its rows are measured.
    #[arg(long)]
    only: Vec<String>,
    /// Also measure the local copy with other block sizes.
    #[arg(long)]
    block_sizes: bool,
    /// How often both sides of a measurement run. They take turns in going first, so an even number is fair.
    #[arg(long, default_value_t = 6)]
    rounds: u32,
    /// The file of real messages, if it is not in `../shared/data`.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// The block sizes that are measured besides the one in the code.
const BLOCK_SIZES: [usize; 5] = [16, 32, 64, 128, 256];

/// The measurements that need a server.
const WITH_SERVER: [&str; 3] = ["delay", "catch-up", "official"];

/// Measures, and writes the results into the docs.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let chromium = chromium::chromium()?;
    build::build()?;
    let out = workspace::target().join("bench");
    build::web("roamkit-bench", &out.join("pkg"))?;
    let sizes: &[usize] = if options.block_sizes { &BLOCK_SIZES } else { &[] };
    build_sizes(sizes, &out)?;
    let mut run = shell::command("node");
    run.arg(workspace::root().join("bench/run.mjs"))
        .arg(format!("--built={}", out.display()))
        .arg(format!("--rounds={}", options.rounds))
        .args(options.only.iter().map(|name| format!("--only={name}")))
        .args(sizes.iter().map(|size| format!("--block-size={size}")))
        .env("ROAMKIT_PKG", workspace::pkg())
        .env("CHROMIUM", chromium.browser);
    if options.only.is_empty() || options.only.iter().any(|name| WITH_SERVER.contains(&name.as_str())) {
        run.env("ROAMKIT_SERVER_BIN", server::build_release()?);
    }
    if let Some(file) = &options.data {
        run.arg(format!("--data={}", std::path::absolute(file)?.display()));
    }
    shell::run(&mut run)
}

/// Builds the crate in `bench/` once for each block size, from changed copies of the sources, so that the shipped code needs no
/// option for it. The copies share a target folder, but not with the workspace: cargo would mix up the two workspaces'
/// packages.
fn build_sizes(sizes: &[usize], out: &Path) -> Result<()> {
    let (root, target) = (out.join("sources"), out.join("target"));
    let mut builds = BTreeMap::new();
    for &size in sizes {
        cut_into(size, &root)?;
        let pkg = out.join(format!("pkg-{size}"));
        build::web_of(&root, &target, "roamkit-bench", &pkg)?;
        if let Some(other) = builds.insert(fs::read(pkg.join("roamkit_bench_bg.wasm"))?, size) {
            bail!("the builds with blocks of {size} and of {other} are identical");
        }
    }
    Ok(())
}

/// Copies the sources to `root`, with blocks of at most `size` messages.
fn cut_into(size: usize, root: &Path) -> Result<()> {
    if root.exists() {
        fs::remove_dir_all(root).with_context(|| format!("emptying {}", root.display()))?;
    }
    fs::create_dir_all(root)?;
    for file in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "README.md"] {
        fs::copy(workspace::root().join(file), root.join(file)).with_context(|| format!("copying {file}"))?;
    }
    let mut changed = 0;
    for folder in ["src", "wire", "server", "load", "xtask", "bench", "fuzz"] {
        changed += copy(&workspace::root().join(folder), &root.join(folder), size)?;
    }
    if changed != 1 {
        bail!("`{CONSTANT}` is in {changed} files; it must be in one");
    }
    Ok(())
}

const CONSTANT: &str = "const MAX_BLOCK: usize = ";

/// Copies a folder and sets the block size. Returns the number of changed files.
fn copy(from: &Path, to: &Path, size: usize) -> Result<usize> {
    fs::create_dir_all(to)?;
    let mut changed = 0;
    for entry in fs::read_dir(from).with_context(|| format!("looking into {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            changed += copy(&entry.path(), &target, size)?;
        } else {
            let content = fs::read(entry.path())?;
            match with_block_size(&content, size) {
                Some(content) => {
                    changed += 1;
                    fs::write(target, content)?;
                }
                None => fs::write(target, content)?,
            }
        }
    }
    Ok(changed)
}

/// The source with another block size, or `None` if the source does not define the size.
fn with_block_size(content: &[u8], size: usize) -> Option<String> {
    let text = std::str::from_utf8(content).ok()?;
    let mut found = false;
    let lines = text.lines().map(|line| {
        let Some((before, _)) =
            line.split_once(CONSTANT).filter(|(before, _)| before.trim().starts_with("pub"))
        else {
            return line.to_owned();
        };
        found = true;
        format!("{before}{CONSTANT}{size};")
    });
    let lines: Vec<_> = lines.collect();
    found.then(|| lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_constant_changes() {
        let source = "/// The size.\npub(crate) const MAX_BLOCK: usize = 64;\nfn f() {}\n";
        let changed = "/// The size.\npub(crate) const MAX_BLOCK: usize = 7;\nfn f() {}\n";
        assert_eq!(with_block_size(source.as_bytes(), 7).as_deref(), Some(changed));
        assert_eq!(with_block_size(b"const OTHER: usize = 64;\n", 7), None);
        assert_eq!(with_block_size(include_bytes!("bench.rs"), 7), None);
    }
}
