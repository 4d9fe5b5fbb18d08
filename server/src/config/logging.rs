//! What is logged, and how.

use tracing_subscriber::EnvFilter;

use super::ConfigError;
use super::source::Source;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// `LATCHKEY_LOG` and `LATCHKEY_LOG_FORMAT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// A filter of `tracing`: `info`, `latchkey=debug,latchkey::access=debug`.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
}

pub(super) fn read(source: &Source) -> Result<Logging, ConfigError> {
    let filter = source.text("log")?.unwrap_or_else(|| "info".to_owned());
    EnvFilter::try_new(&filter)
        .map_err(|_| ConfigError::new("LATCHKEY_LOG", "must be a filter such as info or latchkey=debug"))?;
    let format = match source.text("log_format")?.as_deref() {
        None | Some("pretty") => LogFormat::Pretty,
        Some("json") => LogFormat::Json,
        Some(_) => return Err(ConfigError::new("LATCHKEY_LOG_FORMAT", "must be pretty or json")),
    };
    Ok(Logging { filter, format })
}
