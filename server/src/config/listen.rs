//! `LATCHKEY_LISTEN`: where to listen.

use std::net::SocketAddr;

use super::ConfigError;
use super::source::Source;

pub(super) fn read(source: &Source) -> Result<SocketAddr, ConfigError> {
    let text = source.text("listen")?.unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    text.parse()
        .map_err(|_| ConfigError::new("LATCHKEY_LISTEN", "must be an IP address and a port, as in 127.0.0.1:3000"))
}
