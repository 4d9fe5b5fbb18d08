//! Starts the log.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{LogFormat, Logging};
use crate::http::request_id::RequestId;

/// Logs to standard error from now on.
pub(super) fn start(logging: &Logging) {
    let filter = EnvFilter::try_new(&logging.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // a second start, in a test, keeps the first
    let _ = match logging.format {
        LogFormat::Json => builder.json().flatten_event(true).map_event_format(OfRequest::Json).try_init(),
        LogFormat::Pretty => builder
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .map_event_format(OfRequest::Pretty)
            .try_init(),
    };
}

/// A line that says which request it is about, where it is about one.
enum OfRequest<F> {
    /// One JSON object.
    Json(F),
    /// Words.
    Pretty(F),
}

impl<S, N, F> FormatEvent<S, N> for OfRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        match (self, RequestId::current()) {
            (Self::Json(format) | Self::Pretty(format), None) => format.format_event(context, to, event),
            (Self::Pretty(format), Some(id)) => {
                write!(to, "{id} ")?;
                format.format_event(context, to, event)
            }
            (Self::Json(format), Some(id)) => {
                let mut line = String::new();
                format.format_event(context, Writer::new(&mut line), event)?;
                let members = line.strip_prefix('{').ok_or(fmt::Error)?;
                write!(to, "{{\"request_id\":\"{id}\",{members}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing::subscriber::with_default;

    use super::*;
    use crate::compose::SystemRandom;
    use crate::http::request_id::RequestIds;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Lines {
        fn taken(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
        }
    }

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_names_its_request() {
        let lines = Lines::default();
        let to = lines.clone();
        let builder = tracing_subscriber::fmt().with_writer(move || to.clone()).with_ansi(false);
        let id = RequestIds::new(&SystemRandom).next();
        let name = id.to_string();
        with_default(builder.map_event_format(OfRequest::Pretty).finish(), || {
            id.during(|| tracing::info!(key.id = "key_1", "within"));
            assert!(lines.taken().starts_with(&format!("{name} ")));
            tracing::info!("outside");
            assert!(!lines.taken().contains(&name));
        });
        let to = lines.clone();
        let builder = tracing_subscriber::fmt().with_writer(move || to.clone()).json().flatten_event(true);
        with_default(builder.map_event_format(OfRequest::Json).finish(), || {
            id.during(|| tracing::info!(key.id = "key_1", "within"));
            let line: Value = serde_json::from_str(&lines.taken()).unwrap();
            assert_eq!((&line["request_id"], &line["key.id"]), (&name.as_str().into(), &"key_1".into()));
            tracing::info!("outside");
            assert_eq!(serde_json::from_str::<Value>(&lines.taken()).unwrap().get("request_id"), None);
        });
    }
}
