//! Points in time, for people: UTC, with the exact instant in the markup.

use latchkey_types::Timestamp;
use leptos::prelude::*;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `2027-01-31 09:00 UTC`.
pub fn plain_moment(at: Timestamp) -> String {
    let text = at.floor_to(1).to_string();
    format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default())
}

/// An instant as date and time.
pub fn moment(at: Timestamp) -> AnyView {
    view! { <time datetime=at.floor_to(1).to_string()>{plain_moment(at)}</time> }.into_any()
}

/// How long from one instant to another: `3 minutes`.
fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..MINUTE => (seconds, "second"),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..DAY => (seconds / HOUR, "hour"),
        _ => (seconds / DAY, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// The same, to the nearest: a day that just began to run is a day.
fn span_ahead(seconds: i64) -> String {
    let unit = match seconds {
        ..MINUTE => 1,
        MINUTE..HOUR => MINUTE,
        HOUR..DAY => HOUR,
        _ => DAY,
    };
    let nearest = (seconds + unit / 2) / unit * unit;
    span(nearest)
}

/// `3 minutes ago`, `in 5 days`; beyond 60 days the date.
fn relative(at: Timestamp, now: Timestamp) -> String {
    match now.as_seconds() - at.as_seconds() {
        seconds if seconds.abs() > 60 * DAY => plain_moment(at).get(..10).unwrap_or_default().to_owned(),
        -4..=4 => "just now".to_owned(),
        seconds if seconds > 0 => format!("{} ago", span(seconds)),
        seconds => format!("in {}", span_ahead(-seconds)),
    }
}

/// An instant as seen from now; the exact one shows on hovering.
pub fn ago(at: Timestamp, now: Timestamp) -> AnyView {
    view! { <time datetime=at.floor_to(1).to_string() title=plain_moment(at)>{relative(at, now)}</time> }.into_any()
}

/// The same for what may not have happened.
pub fn ago_or_never(at: Option<Timestamp>, now: Timestamp) -> AnyView {
    at.map_or_else(|| view! { <span class="quiet">"Never"</span> }.into_any(), |at| ago(at, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_people_say_them() {
        let now: Timestamp = "2027-01-31T09:00:00Z".parse().unwrap();
        for (shift, text) in [
            (0, "just now"),
            (-1, "just now"),
            (-59, "59 seconds ago"),
            (-60, "1 minute ago"),
            (-7_200, "2 hours ago"),
            (-86_400, "1 day ago"),
            (86_400 * 30, "in 30 days"),
            (86_400 * 7 - 5, "in 7 days"),
            (86_400 - 12, "in 1 day"),
            (3_600 - 1, "in 1 hour"),
            (5_400, "in 2 hours"),
            (-86_400 * 61, "2026-12-01"),
        ] {
            assert_eq!(relative(now.plus_seconds(shift), now), text, "{shift}");
        }
        assert_eq!(plain_moment(now), "2027-01-31 09:00 UTC");
    }
}
