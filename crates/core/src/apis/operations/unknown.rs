//! Calls that no operation was found for, counted: bounded, and without what may be an id.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use latchkey_types::ApiId;

use super::model::Method;
use crate::core::Core;
use crate::error::Error;

/// The most combinations that are told apart between two flushes.
const MAX_KEPT: usize = 2_000;
/// The most combinations that are told apart for one API.
pub const MAX_UNKNOWN_OPERATIONS: i64 = 200;
/// The longest path that is kept, in segments.
const MAX_SHOWN_SEGMENTS: usize = 8;
/// The longest word that is taken for a name and not for an id.
const MAX_NAME_LENGTH: usize = 32;
/// In place of what there is no room to tell apart.
pub const OTHERS: &str = "*";

/// What is counted apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownCall {
    /// At which API.
    pub api: ApiId,
    /// The method; `*` for one that isn't a usual one.
    pub method: String,
    /// The path, masked; `*` for all others.
    pub path: String,
    /// Whether the path can be read in more than one way.
    pub ambiguous: bool,
}

/// What was counted since the last flush.
#[derive(Debug, Default)]
pub struct UnknownCalls(Mutex<HashMap<UnknownCall, i64>>);

impl UnknownCalls {
    /// One more.
    pub(crate) fn count(&self, api: &ApiId, method: &str, path: &str, ambiguous: bool) {
        let method = Method::from_word(method).map_or(OTHERS, Method::as_str).to_owned();
        let call = UnknownCall { api: api.clone(), method, path: masked(path), ambiguous };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MAX_KEPT && !counts.contains_key(&call) {
            let others = UnknownCall { method: OTHERS.to_owned(), path: OTHERS.to_owned(), ..call };
            // one for each API at most
            *counts.entry(others).or_default() += 1;
        } else {
            *counts.entry(call).or_default() += 1;
        }
    }

    fn drain(&self) -> Vec<(UnknownCall, i64)> {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort();
        counts
    }

    fn put_back(&self, counts: Vec<(UnknownCall, i64)>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (call, count) in counts {
            if kept.len() < MAX_KEPT || kept.contains_key(&call) {
                *kept.entry(call).or_default() += count;
            }
        }
    }
}

/// Writes what was counted; the job calls it each second. What couldn't be written is tried again.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn flush_unknown_operations(core: &Core) -> Result<(), Error> {
    let counts = core.unknown_calls.drain();
    if counts.is_empty() {
        return Ok(());
    }
    match core.store.add_unknown_operations(&counts, core.clock.now()).await {
        Ok(()) => Ok(()),
        Err(error) => {
            core.unknown_calls.put_back(counts);
            Err(error.into())
        }
    }
}

/// The path with `{}` for every segment that may be an id, a name of a person or a secret: all but short words of letters.
fn masked(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.trim_matches('/').split('/').map(|segment| if is_name(segment) { segment } else { "{}" });
    let mut shown = String::new();
    for segment in segments.by_ref().take(MAX_SHOWN_SEGMENTS) {
        shown.push('/');
        shown.push_str(segment);
    }
    if segments.next().is_some() {
        shown.push_str("/…");
    }
    shown
}

fn is_name(segment: &str) -> bool {
    segment.len() <= MAX_NAME_LENGTH
        && segment.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_an_id_is_masked() {
        for (path, shown) in [
            ("/", "/"),
            ("/orders/42", "/orders/{}"),
            ("/users/anna@example.org/photos", "/users/{}/photos"),
            ("/users/7Gk2mPq9XzRtA1b2?token=secret", "/users/{}"),
            ("/a%2f..", "/{}"),
            ("/not-found_page/", "/not-found_page"),
            ("/a/b/c/d/e/f/g/h/i", "/a/b/c/d/e/f/g/h/…"),
            ("/orders//x", "/orders//x"),
            ("nonsense\n\u{1b}", "/{}"),
        ] {
            assert_eq!(masked(path), shown, "{path:?}");
        }
        assert_eq!(masked(&"/x".repeat(3_000)).len(), 2 * MAX_SHOWN_SEGMENTS + "/…".len());
        assert_eq!(masked(&format!("/{}", "x".repeat(100))), "/{}");
    }

    #[test]
    fn room_is_bounded_and_nothing_goes_uncounted() {
        let api: ApiId = "api_0000000000000001".parse().unwrap();
        let calls = UnknownCalls::default();
        let word = |number: usize| {
            let letter = |digit: usize| char::from(b'a' + u8::try_from(digit % 26).unwrap());
            [letter(number), letter(number / 26), letter(number / 676)].iter().collect::<String>()
        };
        for number in 0..3_000 {
            calls.count(&api, "GET", &format!("/{}", word(number)), false);
        }
        calls.count(&api, "BREW", "/coffee", true);
        let counts = calls.drain();
        assert_eq!(counts.len(), MAX_KEPT + 2);
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<i64>(), 3_001);
        assert!(calls.drain().is_empty());
        calls.put_back(counts);
        assert_eq!(calls.drain().len(), MAX_KEPT);
    }
}
