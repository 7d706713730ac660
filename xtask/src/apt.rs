//! Debian's packages.

use anyhow::Result;

use crate::shell;

/// Installs packages, where this is Debian (or one of its kin) and the user may; else says that it did not.
pub(crate) fn install(what: &str, packages: &[&str]) -> Result<bool> {
    if shell::find("apt-get").is_none() || !is_root() {
        return Ok(false);
    }
    println!("{what} is not here yet: installing it from the system's packages");
    let apt = || {
        let mut apt = shell::command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    shell::run(apt().args(["-qq", "update"]))?;
    shell::run(apt().args(["-qq", "--no-install-recommends", "-y", "install"]).args(packages))?;
    Ok(true)
}

pub(crate) fn is_root() -> bool {
    shell::output(shell::command("id").arg("-u")).is_ok_and(|id| id == "0")
}
