//! The command line, the environment and the configuration file.
//!
//! Values of the configuration file are inserted as command-line flags where neither a flag nor the environment
//! sets a value. They are therefore validated like flags, and defaults apply last.

use crate::settings::Settings;
use crate::transfer::export::Export;
use crate::transfer::import::Import;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args as _, Command, CommandFactory as _, FromArgMatches as _};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Settings whose values may be in files of their own. The name of the file is in the setting with the suffix
/// `-file`.
const SECRETS: [&str; 2] = ["client-secret", "database"];

/// The values of a configuration file by setting.
type Values = BTreeMap<String, Vec<String>>;

/// The command that the program was called with.
#[derive(Debug)]
pub enum Invocation {
    /// Run the server.
    Serve(Box<Settings>),
    /// Import a file.
    Import(Import),
    /// Export all data.
    Export(Export),
}

impl Invocation {
    /// Parses the command line, the environment and the configuration file that they may name.
    pub fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let mut words: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let command = command();
        // If the lenient command fails here, the strict one fails below and reports the error.
        if let Ok(matches) = without_required(command.clone()).try_get_matches_from(&words) {
            let (position, flags) = match matches.subcommand() {
                Some((name, matches)) => match command.find_subcommand(name) {
                    Some(subcommand) => (2, flags_from_files(&command, subcommand, matches)?),
                    None => (2, Vec::new()),
                },
                None => (1, flags_from_files(&command, &command, &matches)?),
            };
            let position = words.len().min(position);
            words.splice(position..position, flags);
        }
        let matches = command.try_get_matches_from(words)?;
        match matches.subcommand() {
            Some(("import", matches)) => Import::from_arg_matches(matches).map(Self::Import),
            Some(("export", matches)) => Export::from_arg_matches(matches).map(Self::Export),
            _ => Settings::from_arg_matches(&matches).map(|settings| Self::Serve(Box::new(settings))),
        }
    }
}

/// The command with its subcommands. Without a subcommand the program serves.
fn command() -> Command {
    let import = Import::augment_args(Command::new("import")).about("Import users, groups and messages");
    let export = Export::augment_args(Command::new("export")).about("Export users, groups and messages");
    Settings::command()
        .subcommand(import)
        .subcommand(export)
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
}

/// The same command, without required arguments.
fn without_required(command: Command) -> Command {
    let make_optional = |command: Command| command.mut_args(|arg| arg.required(false));
    make_optional(command).mut_subcommands(make_optional)
}

/// Reads the configuration file and the secret files, and returns the values that neither flags nor the
/// environment set, as flags of a command. The configuration file is the server's, so settings that a
/// subcommand lacks are skipped.
fn flags_from_files(
    server: &Command,
    command: &Command,
    matches: &ArgMatches,
) -> Result<Vec<OsString>, clap::Error> {
    let mut values = match matches.get_one::<PathBuf>("config") {
        Some(path) => read_config(server, path)?,
        None => Values::new(),
    };
    let find_arg = |name: &str| command.get_arguments().find(|arg| arg.get_long() == Some(name));
    values.retain(|name, _| find_arg(name).is_some());
    let is_unset = |name: &str| {
        let id = find_arg(name).map_or_else(|| name.replace('-', "_"), |arg| arg.get_id().to_string());
        !matches!(matches.value_source(&id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    for secret in SECRETS {
        if find_arg(secret).is_none() {
            continue;
        }
        let file = format!("{secret}-file");
        let path = matches.get_one::<PathBuf>(&file.replace('-', "_")).cloned();
        let path = path.or_else(|| values.get(&file)?.first().map(PathBuf::from));
        if let Some(path) = path.filter(|_| is_unset(secret)) {
            let text = std::fs::read_to_string(&path).map_err(|cause| file_error(&path, cause))?;
            values.insert(secret.to_owned(), vec![text.trim_end_matches(['\r', '\n']).to_owned()]);
        }
    }
    values.retain(|name, _| is_unset(name));
    Ok(to_flags(&values))
}

fn to_flags(values: &Values) -> Vec<OsString> {
    let flags = |(name, values): (&String, &Vec<String>)| {
        values.iter().map(|value| format!("--{name}={value}").into()).collect::<Vec<OsString>>()
    };
    values.iter().flat_map(flags).collect()
}

/// Reads and validates a configuration file.
fn read_config(command: &Command, path: &Path) -> Result<Values, clap::Error> {
    let text = std::fs::read_to_string(path).map_err(|cause| file_error(path, cause))?;
    // The message contains the position and the cause, but not the line, which may hold a secret.
    let table: toml::Table = text.parse().map_err(|cause: toml::de::Error| {
        let before = cause.span().map_or("", |span| text.get(..span.start).unwrap_or_default());
        file_error(path, format!("line {}: {}", before.matches('\n').count() + 1, cause.message()))
    })?;
    let mut values = Values::new();
    for (name, value) in table {
        let is_known = command.get_arguments().filter_map(clap::Arg::get_long).any(|known| known == name);
        if name == "config" || !is_known {
            return Err(file_error(path, format!("unknown key {name:?}")));
        }
        let list = match value {
            toml::Value::Array(list) => list,
            single => vec![single],
        };
        let list: Option<Vec<String>> = list.iter().map(to_text).collect();
        let list = list.ok_or_else(|| {
            file_error(path, format!("{name} must be a text, a number, true, false or a list"))
        })?;
        values.insert(name, list);
    }
    let words = std::iter::once(OsString::from(command.get_name())).chain(to_flags(&values));
    match without_required(command.clone()).try_get_matches_from(words) {
        Ok(_) => Ok(values),
        Err(cause) => {
            let text = cause.to_string();
            let text = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default().to_owned();
            Err(file_error(path, text))
        }
    }
}

fn to_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn file_error(path: &Path, cause: impl Display) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{}: {cause}\n", path.display()))
}
