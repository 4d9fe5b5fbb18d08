//! `LATCHKEY_MASTER_KEY`: what seals the signing keys and peppers the hashes.

use std::io::Write;
use std::path::Path;

use latchkey_core::vault::MasterKey;

use super::ConfigError;
use super::source::{Source, variable};

/// The key in use and the one before it. `current` is missing only where nobody gave one: `serve` refuses to start
/// then, `serve --dev` makes one.
#[derive(Clone, Debug)]
pub struct MasterKeys {
    /// `LATCHKEY_MASTER_KEY`.
    pub current: Option<MasterKey>,
    /// `LATCHKEY_MASTER_KEY_PREVIOUS`, while it is being changed.
    pub previous: Option<MasterKey>,
}

pub(super) fn read(source: &Source) -> Result<MasterKeys, ConfigError> {
    let key = |name: &str| match source.secret(name)? {
        Some(text) => parse(&variable(name), text.expose()).map(Some),
        None => Ok(None),
    };
    Ok(MasterKeys { current: key("master_key")?, previous: key("master_key_previous")? })
}

/// Reads a master key.
///
/// # Errors
/// Where it isn't 32 bytes of base64.
pub fn parse(setting: &str, text: &str) -> Result<MasterKey, ConfigError> {
    let problem = "must be 32 bytes in base64; `latchkey master-key generate` makes one";
    MasterKey::from_base64(text).map_err(|_| ConfigError::new(setting, problem))
}

/// Writes a key to a new file that its owner alone may read.
///
/// # Errors
/// Where the file is there already, or can't be made.
pub fn write_new(file: &Path, key: &MasterKey) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    writeln!(opened, "{}", key.to_base64().as_str())?;
    opened.sync_all()
}
