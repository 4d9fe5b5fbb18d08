//! Durations as people write them: `2`, `2s`, `500ms`, `15m`, `8h`, `30d`.

use std::time::Duration;

use super::ConfigError;
use super::source::{Source, variable};

/// Reads a duration; a bare number is seconds.
pub(super) fn read(source: &Source, name: &str, default: Duration) -> Result<Duration, ConfigError> {
    let Some(text) = source.text(name)? else { return Ok(default) };
    parse(&text).ok_or_else(|| ConfigError::new(variable(name), "must be a duration such as 30s, 15m, 8h or 7d"))
}

fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
    match unit.trim() {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3_600),
        "d" => seconds(86_400),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for (text, seconds) in [("2", 2), ("2s", 2), ("15m", 900), ("8h", 28_800), ("7 d", 604_800), ("0", 0)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        for text in ["", "s", "-1", "1.5h", "1w", "99999999999999999999", "18446744073709551615d"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
