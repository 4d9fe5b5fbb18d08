//! Rate limits, credits and plans as people type them: one a line, so that a form needs no script to hold many.
//!
//! `per minute = 100 / 60s`, where wanted with `exact` and `allow` behind; a plan begins with its name in brackets and may
//! have a line of credits: `credits = 1000 refill 1000 a month`.

use std::fmt::Write as _;

use latchkey_core::Error;
use latchkey_core::limits::{
    CreditRule, LimitMode, NewCredits, NewPlan, NewRateLimit, NewRefill, OnUnknown, Plan, RateLimit, RefillEvery,
};

/// Seconds of each unit, the longest first.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
const LIMIT: &str = "Write a limit as in “per minute = 100 / 60s”, with “exact” or “allow” behind it where wanted.";
const CREDITS: &str = "Write credits as in “credits = 1000” or “credits = 1000 refill 1000 a month”.";

/// Limits as the form shows them.
pub(crate) fn show_limits(limits: &[RateLimit]) -> String {
    let mut text = String::new();
    for limit in limits {
        let _ = writeln!(text, "{}", line(limit));
    }
    text
}

fn line(limit: &RateLimit) -> String {
    let mut line = format!("{} = {} / {}", limit.name, limit.limit, window(limit.window_seconds));
    if limit.mode == LimitMode::Exact {
        line.push_str(" exact");
    }
    if limit.on_unknown == OnUnknown::Allow {
        line.push_str(" allow");
    }
    line
}

/// A window in the longest unit that says it exactly.
pub(crate) fn window(seconds: i64) -> String {
    let (unit, length) = UNITS.into_iter().find(|(_, length)| seconds % length == 0).unwrap_or(('s', 1));
    format!("{}{unit}", seconds / length)
}

/// The same for a sentence: `minute`, `90 seconds`.
pub(crate) fn window_words(seconds: i64) -> String {
    let (unit, length) = UNITS.into_iter().find(|(_, length)| seconds % length == 0).unwrap_or(('s', 1));
    let word = match unit {
        'd' => "day",
        'h' => "hour",
        'm' => "minute",
        _ => "second",
    };
    match seconds / length {
        1 => word.to_owned(),
        count => format!("{count} {word}s"),
    }
}

/// Limits as typed.
///
/// # Errors
/// [`Error::Invalid`] at the field, which names the line.
pub(crate) fn read_limits(field: &str, text: &str) -> Result<Vec<NewRateLimit>, Error> {
    lines(text).map(|(number, line)| read_limit(line).ok_or_else(|| wrong(field, number, LIMIT))).collect()
}

fn read_limit(line: &str) -> Option<NewRateLimit> {
    let (name, rest) = line.rsplit_once('=')?;
    let (limit, rest) = rest.split_once('/')?;
    let mut words = rest.split_ascii_whitespace();
    let window_seconds = read_window(words.next()?)?;
    let (mut mode, mut on_unknown) = (LimitMode::Local, OnUnknown::Refuse);
    for word in words {
        match word {
            "exact" => mode = LimitMode::Exact,
            "local" => mode = LimitMode::Local,
            "allow" => on_unknown = OnUnknown::Allow,
            "refuse" => on_unknown = OnUnknown::Refuse,
            _ => return None,
        }
    }
    Some(NewRateLimit {
        name: name.trim().to_owned(),
        limit: limit.trim().parse().ok()?,
        window_seconds,
        mode: Some(mode),
        on_unknown: Some(on_unknown),
    })
}

fn read_window(word: &str) -> Option<i64> {
    let unit = word.chars().last()?;
    let (digits, length) = match UNITS.into_iter().find(|(known, _)| *known == unit) {
        Some((_, length)) => (&word[..word.len() - 1], length),
        None => (word, 1),
    };
    digits.parse::<i64>().ok()?.checked_mul(length)
}

/// Plans as the form shows them.
pub(crate) fn show_plans(plans: &[Plan]) -> String {
    let mut text = String::new();
    for plan in plans {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "[{}]", plan.name);
        text.push_str(&show_limits(&plan.rate_limits));
        if let Some(rule) = &plan.credits {
            let _ = writeln!(text, "credits = {}", credits(rule));
        }
    }
    text
}

fn credits(rule: &CreditRule) -> String {
    let mut text = rule.granted.to_string();
    if let Some(refill) = rule.refill {
        let _ = write!(text, " refill {} a {}", refill.amount, refill.every.as_str());
    }
    if rule.on_unknown == OnUnknown::Allow {
        text.push_str(" allow");
    }
    text
}

/// Plans as typed.
///
/// # Errors
/// As [`read_limits`].
pub(crate) fn read_plans(field: &str, text: &str) -> Result<Vec<NewPlan>, Error> {
    let mut plans: Vec<NewPlan> = Vec::new();
    for (number, line) in lines(text) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            plans.push(NewPlan { name: name.trim().to_owned(), rate_limits: Vec::new(), credits: None });
            continue;
        }
        let plan = plans
            .last_mut()
            .ok_or_else(|| wrong(field, number, "Begin with the name of a plan, as in “[default]”."))?;
        if let Some(said) = says_credits(line) {
            plan.credits = Some(read_credits(said).ok_or_else(|| wrong(field, number, CREDITS))?);
        } else {
            plan.rate_limits.push(read_limit(line).ok_or_else(|| wrong(field, number, LIMIT))?);
        }
    }
    Ok(plans)
}

/// What stands behind `credits =`; a limit of that name has a window.
fn says_credits(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once('=')?;
    (name.trim() == "credits" && !rest.contains('/')).then_some(rest)
}

fn read_credits(text: &str) -> Option<NewCredits> {
    let mut words = text.split_ascii_whitespace();
    let mut credits =
        NewCredits { remaining: Some(words.next()?.parse().ok()?), refill: None, on_unknown: Some(OnUnknown::Refuse) };
    while let Some(word) = words.next() {
        match word {
            "refill" => {
                let amount = words.next()?.parse().ok()?;
                let unit = words.next().filter(|word| matches!(*word, "a" | "every" | "per")).and(words.next())?;
                let every = RefillEvery::ALL.into_iter().find(|every| every.as_str() == unit)?;
                credits.refill = Some(NewRefill { amount, every });
            }
            "allow" => credits.on_unknown = Some(OnUnknown::Allow),
            _ => return None,
        }
    }
    Some(credits)
}

/// The lines that aren't empty, by their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty())
}

fn wrong(field: &str, number: usize, detail: &str) -> Error {
    Error::invalid(field, format!("Line {number}: {detail}"))
}

#[cfg(test)]
mod tests {
    use latchkey_core::limits::Refill;

    use super::*;

    fn limit(name: &str, limit: i64, window_seconds: i64, mode: LimitMode, on_unknown: OnUnknown) -> RateLimit {
        RateLimit { name: name.to_owned(), limit, window_seconds, mode, on_unknown }
    }

    fn same(limit: &RateLimit, typed: &NewRateLimit) -> bool {
        (limit.name.as_str(), limit.limit, limit.window_seconds) == (&typed.name, typed.limit, typed.window_seconds)
            && (Some(limit.mode), Some(limit.on_unknown)) == (typed.mode, typed.on_unknown)
    }

    #[test]
    fn what_is_shown_reads_back() {
        let limits = vec![
            limit("per minute", 100, 60, LimitMode::Local, OnUnknown::Refuse),
            limit("a = b / [c]", 1, 86_400, LimitMode::Exact, OnUnknown::Refuse),
            limit("credits", 7, 90, LimitMode::Exact, OnUnknown::Allow),
        ];
        let text = show_limits(&limits);
        assert_eq!(text, "per minute = 100 / 1m\na = b / [c] = 1 / 1d exact\ncredits = 7 / 90s exact allow\n");
        let typed = read_limits("rate_limits", &text).unwrap();
        assert!(limits.iter().zip(&typed).all(|(limit, typed)| same(limit, typed)), "{typed:?}");

        let refill = Refill { amount: 50, every: RefillEvery::Month };
        let rule = CreditRule { granted: 10, refill: Some(refill), on_unknown: OnUnknown::Allow };
        let plans = [
            Plan { name: "default".to_owned(), rate_limits: limits.clone(), credits: None },
            Plan { name: "pro".to_owned(), rate_limits: Vec::new(), credits: Some(rule) },
        ];
        let text = show_plans(&plans);
        assert!(text.ends_with("\n[pro]\ncredits = 10 refill 50 a month allow\n"), "{text}");
        let typed = read_plans("plans", &text).unwrap();
        assert_eq!(typed.iter().map(|plan| plan.name.as_str()).collect::<Vec<_>>(), ["default", "pro"]);
        assert!(limits.iter().zip(&typed[0].rate_limits).all(|(limit, typed)| same(limit, typed)));
        let credits = typed[1].credits.unwrap();
        assert_eq!((credits.remaining, credits.on_unknown), (Some(10), Some(OnUnknown::Allow)));
        assert_eq!(credits.refill.map(|refill| (refill.amount, refill.every)), Some((50, RefillEvery::Month)));
        assert!(typed[0].credits.is_none());
    }

    #[test]
    fn windows_are_said_in_words() {
        for (seconds, words) in
            [(1, "second"), (60, "minute"), (90, "90 seconds"), (3_600, "hour"), (172_800, "2 days")]
        {
            assert_eq!(window_words(seconds), words);
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for bad in ["100 / 60s", "a = x / 60s", "a = 1", "a = 1 / 1w", "a = 1 / 1m twice", "a = 1 / 999999999999999d"] {
            let Err(Error::Invalid(errors)) = read_limits("rate_limits", &format!("\nok = 1 / 1s\n{bad}\n")) else {
                panic!("{bad}")
            };
            assert!(errors[0].field == "rate_limits" && errors[0].detail.starts_with("Line 3:"), "{bad}: {errors:?}");
        }
        for bad in ["a = 1 / 1s", "[p]\ncredits = many", "[p]\ncredits = 1 refill 2 a year", "[p]\ncredits = 1 refill"]
        {
            assert!(read_plans("plans", bad).is_err(), "{bad}");
        }
        assert!(read_plans("plans", "").unwrap().is_empty());
    }
}
