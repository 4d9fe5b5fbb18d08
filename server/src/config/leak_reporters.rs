//! `[[leak_reporters]]`: whose reports of leaked secrets are believed, by the keys that they sign with.

use std::collections::BTreeSet;
use std::path::PathBuf;

use latchkey_core::leaks::LeakReporter;
use serde::Deserialize;

use super::ConfigError;
use super::source::Source;

/// The longest name, and key identifier, in characters.
const LONGEST: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    key_identifier: String,
    public_key: Option<String>,
    public_key_file: Option<PathBuf>,
}

pub(super) fn read(source: &Source) -> Result<Vec<LeakReporter>, ConfigError> {
    let reporters: Vec<LeakReporter> =
        source.tables::<Table>("leak_reporters")?.into_iter().map(reporter).collect::<Result<_, _>>()?;
    let mut identifiers = BTreeSet::new();
    match reporters.iter().find(|reporter| !identifiers.insert(reporter.key_identifier())) {
        Some(twice) => Err(ConfigError::new(
            "leak_reporters.key_identifier",
            format!("`{}` stands there twice", twice.key_identifier()),
        )),
        None => Ok(reporters),
    }
}

fn reporter(table: Table) -> Result<LeakReporter, ConfigError> {
    let setting = |member: &str| format!("leak_reporters.{}.{member}", table.name);
    if !is_plain(&table.name) {
        return Err(ConfigError::new("leak_reporters.name", "must be 1 to 100 visible characters"));
    }
    if !is_plain(&table.key_identifier) || !table.key_identifier.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::new(setting("key_identifier"), "must be 1 to 100 visible ASCII characters"));
    }
    let pem = match (&table.public_key, &table.public_key_file) {
        (Some(_), Some(_)) => {
            return Err(ConfigError::new(setting("public_key"), "given twice: also as public_key_file"));
        }
        (None, None) => return Err(ConfigError::new(setting("public_key"), "is missing, and public_key_file too")),
        (Some(text), None) => text.clone(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            ConfigError::new(setting("public_key_file"), format!("{} can't be read: {error}", file.display()))
        })?,
    };
    let member = if table.public_key.is_some() { "public_key" } else { "public_key_file" };
    LeakReporter::new(table.name.clone(), table.key_identifier.clone(), &pem)
        .map_err(|problem| ConfigError::new(setting(member), problem.to_string()))
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}
