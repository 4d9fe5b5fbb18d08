//! Time and randomness that tests decide.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use latchkey_core::clock::Clock;
use latchkey_core::random::Random;
use latchkey_types::Timestamp;
use sha2::{Digest, Sha256};

/// 2027-01-15T08:00:00Z, until a test says otherwise.
const START: i64 = 1_799_971_200_000;

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub struct TestClock {
    passed: AtomicI64,
    set_back: AtomicI64,
}

impl TestClock {
    /// At the start.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        self.passed.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Sets the time of day back, as who corrects a machine's clock does.
    pub fn set_back(&self, time: Duration) {
        self.set_back.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let (passed, set_back) = (self.passed.load(Ordering::SeqCst), self.set_back.load(Ordering::SeqCst));
        Timestamp::from_millis(START + passed - set_back)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.passed.load(Ordering::SeqCst)).unwrap())
    }
}

/// The same bytes for the same seed.
#[derive(Debug)]
pub struct SeededRandom {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededRandom {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let number = self.drawn.fetch_add(1, Ordering::SeqCst);
            let block = Sha256::digest(format!("{} {number}", self.seed));
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}
