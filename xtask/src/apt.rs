//! Packages of Debian and the distributions based on it.

use anyhow::Result;

use crate::shell;

/// Installs packages. Returns `false` without apt-get, and for users other than root.
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
