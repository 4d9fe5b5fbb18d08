//! A secret that the operator hands in.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::ConfigError;

/// A secret from the settings. Prints as its type's name.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// A secret, without the white space around it.
    ///
    /// # Errors
    /// Where it is empty.
    pub fn new(setting: &str, text: Zeroizing<String>) -> Result<Self, ConfigError> {
        if text.trim().is_empty() {
            return Err(ConfigError::new(setting, "is empty"));
        }
        Ok(Self(Zeroizing::new(text.trim().to_owned())))
    }

    /// What stands in a file that its owner alone may read.
    ///
    /// # Errors
    /// Where it can't be read, is empty, or may be read by everybody.
    pub fn read(setting: &str, file: &Path) -> Result<Self, ConfigError> {
        let cannot =
            |error: std::io::Error| ConfigError::new(setting, format!("{} can't be read: {error}", file.display()));
        check_private(setting, file, &std::fs::metadata(file).map_err(cannot)?)?;
        Self::new(setting, Zeroizing::new(std::fs::read_to_string(file).map_err(cannot)?))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText")
    }
}

/// A file with a secret that everybody on the machine may read is no secret. A group may: that is how container
/// platforms hand secrets in.
#[cfg(unix)]
fn check_private(setting: &str, file: &Path, metadata: &std::fs::Metadata) -> Result<(), ConfigError> {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o007 != 0 {
        return Err(ConfigError::new(
            setting,
            format!("{} may be read by everybody; `chmod o= {0}` ends that", file.display()),
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_: &str, _: &Path, _: &std::fs::Metadata) -> Result<(), ConfigError> {
    Ok(())
}
