//! How the program is called, and the file that may hold what flags and environment leave open.
//!
//! What the file says is put in as further flags, where neither a flag nor the environment says otherwise: so it is
//! checked as they are, and the defaults come last.

use crate::settings::Settings;
use crate::transfer::{Export, Import};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args as _, Command, CommandFactory as _, FromArgMatches as _};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Settings that a file of their own may hold, under the name with `-file` behind it.
const SECRETS: [&str; 2] = ["client-secret", "database"];

/// What the program is to do.
#[derive(Debug)]
pub enum Invocation {
    /// To serve.
    Serve(Box<Settings>),
    /// To take in what a file says.
    Import(Import),
    /// To write out everything.
    Export(Export),
}

impl Invocation {
    /// Reads the command line, the environment and the file that they may name.
    pub fn read(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let mut words: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let command = command();
        // Where even this fails, the whole fails below, and says why.
        if let Ok(given) = lenient(command.clone()).try_get_matches_from(&words) {
            let (at, more) = match given.subcommand() {
                Some((name, given)) => match command.find_subcommand(name) {
                    Some(inner) => (2, left_open(&command, inner, given)?),
                    None => (2, Vec::new()),
                },
                None => (1, left_open(&command, &command, &given)?),
            };
            let at = words.len().min(at);
            words.splice(at..at, more);
        }
        let matches = command.try_get_matches_from(words)?;
        match matches.subcommand() {
            Some(("import", matches)) => Import::from_arg_matches(matches).map(Self::Import),
            Some(("export", matches)) => Export::from_arg_matches(matches).map(Self::Export),
            _ => Settings::from_arg_matches(&matches).map(|settings| Self::Serve(Box::new(settings))),
        }
    }
}

/// The command line: without a subcommand the program serves.
fn command() -> Command {
    let import = Import::augment_args(Command::new("import")).about("Take in users, groups and messages");
    let export = Export::augment_args(Command::new("export")).about("Write out users, groups and messages");
    Settings::command()
        .subcommand(import)
        .subcommand(export)
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
}

/// The same command, that minds nothing missing.
fn lenient(command: Command) -> Command {
    let loose = |command: Command| command.mut_args(|arg| arg.required(false));
    loose(command).mut_subcommands(loose)
}

/// What files say on settings that flags and environment leave open, as flags of one of the commands. The file is the
/// server's: what is nothing to this command is passed over.
fn left_open(server: &Command, command: &Command, given: &ArgMatches) -> Result<Vec<OsString>, clap::Error> {
    let mut values = match given.get_one::<PathBuf>("config") {
        Some(path) => read(server, path)?,
        None => BTreeMap::new(),
    };
    values.retain(|name, _| command.get_arguments().any(|arg| arg.get_long() == Some(name)));
    let is_open = |name: &str| {
        let id = name.replace('-', "_");
        let id = command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(name))
            .map_or(id, |arg| arg.get_id().to_string());
        !matches!(given.value_source(&id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    for secret in SECRETS {
        if !command.get_arguments().any(|arg| arg.get_long() == Some(secret)) {
            continue;
        }
        let file = format!("{secret}-file");
        let named = given.get_one::<PathBuf>(&file.replace('-', "_")).cloned();
        let named = named.or_else(|| values.get(&file)?.first().map(PathBuf::from));
        if let Some(path) = named.filter(|_| is_open(secret)) {
            let text = std::fs::read_to_string(&path).map_err(|cause| wrong(&path, cause))?;
            values.insert(secret.to_owned(), vec![text.trim_end_matches(['\r', '\n']).to_owned()]);
        }
    }
    values.retain(|name, _| is_open(name));
    Ok(flags(&values))
}

fn flags(values: &BTreeMap<String, Vec<String>>) -> Vec<OsString> {
    let each = |(name, values): (&String, &Vec<String>)| {
        values.iter().map(|value| format!("--{name}={value}").into()).collect::<Vec<OsString>>()
    };
    values.iter().flat_map(each).collect()
}

/// The settings in a file.
fn read(command: &Command, path: &Path) -> Result<BTreeMap<String, Vec<String>>, clap::Error> {
    let text = std::fs::read_to_string(path).map_err(|cause| wrong(path, cause))?;
    // Only where and what: the line itself may hold a secret.
    let table: toml::Table = text.parse().map_err(|cause: toml::de::Error| {
        let before = cause.span().map_or("", |span| text.get(..span.start).unwrap_or_default());
        wrong(path, format!("line {}: {}", before.matches('\n').count() + 1, cause.message()))
    })?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        let known = command.get_arguments().filter_map(clap::Arg::get_long);
        if name == "config" || !known.into_iter().any(|known| known == name) {
            return Err(wrong(path, format!("unknown key {name:?}")));
        }
        let list = match value {
            toml::Value::Array(list) => list,
            one => vec![one],
        };
        let list: Option<Vec<String>> = list.iter().map(plain).collect();
        let list = list
            .ok_or_else(|| wrong(path, format!("{name} must be a text, a number, true, false or a list")))?;
        values.insert(name, list);
    }
    let words = std::iter::once(OsString::from(command.get_name())).chain(flags(&values));
    match lenient(command.clone()).try_get_matches_from(words) {
        Ok(_) => Ok(values),
        Err(cause) => {
            let text = cause.to_string();
            let text = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default().to_owned();
            Err(wrong(path, text))
        }
    }
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn wrong(path: &Path, cause: impl Display) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{}: {cause}\n", path.display()))
}
