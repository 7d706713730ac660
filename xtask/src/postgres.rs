//! A temporary PostgreSQL server with its own data folder and port. It ends when its guard is dropped.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{apt, shell};

/// The folder in which distributions install the server's programs, one folder per version.
const PACKAGED: &str = "/usr/lib/postgresql";
/// The environment variable with the server's URL, for the tests.
pub(crate) const VARIABLE: &str = "ROAMKIT_TEST_POSTGRES";

/// A running PostgreSQL server.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    /// The URL of the server, without a database name.
    pub(crate) url: String,
}

impl Postgres {
    /// Creates and starts a server; installs PostgreSQL if it is missing. With `durable` each commit waits for the disk, as in
    /// production. Tests do not need that, because they never cut the power.
    pub(crate) fn start(durable: bool) -> Result<Self> {
        let programs = programs()?;
        let folder = std::env::temp_dir().join(format!("roamkit-postgres-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        if needs_other_user() {
            shell::run(shell::command("chown").arg("postgres").arg(&folder))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("postgres://postgres@127.0.0.1:{port}");
        let postgres = Self { programs, folder, url };
        let data = postgres.folder.join("data");
        shell::output(
            postgres
                .program("initdb")
                .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
                .arg("--pgdata")
                .arg(&data),
        )?;
        let durable = if durable { "on" } else { "off" };
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c max_connections=300 \
             -c fsync={durable} -c synchronous_commit={durable} -c full_page_writes={durable}",
            postgres.folder.display()
        );
        shell::run(
            postgres
                .program("pg_ctl")
                .args(["start", "--wait", "--silent", "--timeout=60", "--options", &options, "--log"])
                .arg(postgres.folder.join("log"))
                .arg("--pgdata")
                .arg(&data),
        )?;
        Ok(postgres)
    }

    /// A command of PostgreSQL. Root runs it as the user `postgres`, because the server refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !needs_other_user() {
            return shell::command(program);
        }
        let mut command = shell::command("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        // That user may have no access to the repository's folder.
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--silent", "--mode=immediate", "--pgdata"]).arg(&data);
        if let Err(error) = shell::output(&mut stop) {
            eprintln!("could not stop PostgreSQL: {error:#}");
        }
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn needs_other_user() -> bool {
    apt::is_root()
}

/// The folder with the server's programs.
fn programs() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install("PostgreSQL", &["postgresql"])?;
    match find() {
        Some(found) => Ok(found),
        None => {
            bail!("PostgreSQL's server (initdb, pg_ctl) is missing: install it, or put its programs on PATH")
        }
    }
}

fn find() -> Option<PathBuf> {
    if let Some(on_path) = shell::find("initdb") {
        return on_path.parent().map(Path::to_owned);
    }
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(PACKAGED)
        .ok()?
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let version = folder.file_name()?.to_str()?.parse().ok()?;
            let programs = folder.join("bin");
            (programs.join("initdb").is_file() && programs.join("pg_ctl").is_file())
                .then_some((version, programs))
        })
        .collect();
    versions.sort();
    versions.pop().map(|(_, programs)| programs)
}
