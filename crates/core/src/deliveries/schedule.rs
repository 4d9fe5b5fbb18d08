//! When a failed attempt is repeated: the schedule that <https://www.standardwebhooks.com> proposes, over three days.

use latchkey_types::Timestamp;

use crate::random::Random;

/// Seconds between an attempt and the next, each with up to a tenth more by chance, so that what failed at once doesn't
/// come back at once.
pub const DELAYS_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// Then it is given up.
pub const MAX_ATTEMPTS: u32 = 10;
/// A receiver may ask for patience up to here (`Retry-After`).
const LONGEST_WISH: i64 = 86_400;

/// When to try again after this attempt (from 1 on); `None`: not again. `wish`: the receiver's `Retry-After`, in seconds.
pub(super) fn next(attempt: u32, now: Timestamp, wish: Option<u32>, random: &dyn Random) -> Option<Timestamp> {
    let position = usize::try_from(attempt.checked_sub(1)?).ok()?;
    let delay = DELAYS_SECONDS.get(position)?.max(&i64::from(wish.unwrap_or_default()).min(LONGEST_WISH)) * 1_000;
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    let chance = delay / 10 * i64::from(u16::from_be_bytes(bytes)) / i64::from(u16::MAX);
    Some(now.plus_millis(delay + chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn wait(attempt: u32, wish: Option<u32>, chance: u8) -> Option<i64> {
        let now = Timestamp::from_seconds(1_000);
        next(attempt, now, wish, &Fixed(chance)).map(|at| at.as_millis() - now.as_millis())
    }

    #[test]
    fn ten_attempts_over_three_days() {
        let waits: Vec<i64> = (1..MAX_ATTEMPTS).map(|attempt| wait(attempt, None, 0).unwrap()).collect();
        assert_eq!(waits, DELAYS_SECONDS.map(|seconds| seconds * 1_000));
        assert_eq!(wait(MAX_ATTEMPTS, None, 0), None);
        assert_eq!(wait(0, None, 0), None);
        assert_eq!(DELAYS_SECONDS.iter().sum::<i64>() / 3_600, 75);
    }

    #[test]
    fn chance_adds_up_to_a_tenth() {
        assert_eq!(wait(1, None, 255), Some(5_500));
        let half = wait(1, None, 127).unwrap();
        assert!((5_200..5_300).contains(&half), "{half}");
    }

    #[test]
    fn a_receiver_may_ask_for_patience_but_not_for_ever() {
        assert_eq!(wait(1, Some(60), 0), Some(60_000));
        assert_eq!(wait(2, Some(60), 0), Some(300_000));
        assert_eq!(wait(1, Some(u32::MAX), 0), Some(86_400_000));
        assert_eq!(wait(MAX_ATTEMPTS, Some(60), 0), None);
    }
}
