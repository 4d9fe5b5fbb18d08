//! Numbers for people and for drawing.

/// A part's share, 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "for drawing, where a part in 2^52 can't be seen")]
pub(super) fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The least of 1, 2, 4, 5, 10, 20, … that isn't below.
pub(super) fn nice_ceiling(count: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for step in [1, 2, 4, 5] {
            let candidate = power.saturating_mul(step);
            if candidate >= count || candidate == i64::MAX {
                return candidate;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// The middle of the axis, where it is a whole number.
pub(super) fn half(top: i64) -> String {
    if top % 2 == 0 { thousands(top / 2) } else { String::new() }
}

/// `12 345`, with thin spaces.
pub(super) fn thousands(count: i64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0
            && (digits.len() - position).is_multiple_of(3)
            && digit.is_ascii_digit()
            && !grouped.ends_with('-')
        {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_axes_end_at_round_ones() {
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(thousands(123), "123");
        assert_eq!(thousands(-123), "-123");
        for (count, top) in [(0, 1), (1, 1), (3, 4), (7, 10), (41, 50), (101, 200)] {
            assert_eq!(nice_ceiling(count), top);
        }
        assert!(nice_ceiling(i64::MAX) >= 5_000_000_000_000_000_000);
    }
}
