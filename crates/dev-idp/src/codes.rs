//! Authorization codes: each holds for a minute and for one use (RFC 6749 section 4.1.2).

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::users::User;

/// How long a code holds, in seconds.
pub const CODE_LIFETIME: i64 = 60;
/// How many may wait at once.
const MAX_CODES: usize = 1000;

/// What a code stands for.
pub struct Grant {
    pub user: &'static User,
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: String,
    pub nonce: Option<String>,
    /// S256 challenge (RFC 7636 section 4.2).
    pub code_challenge: String,
    /// Seconds since 1970.
    pub issued_at: i64,
}

impl Grant {
    fn holds(&self, now: i64) -> bool {
        (0..CODE_LIFETIME).contains(&now.saturating_sub(self.issued_at))
    }
}

/// The codes that wait to be redeemed.
#[derive(Default)]
pub struct Codes(HashMap<String, Grant>);

impl Codes {
    /// Stores the grant under a new code. `None` where too many wait.
    pub fn issue(&mut self, random: [u8; 32], grant: Grant) -> Option<String> {
        let now = grant.issued_at;
        self.0.retain(|_, grant| grant.holds(now));
        if self.0.len() >= MAX_CODES {
            return None;
        }
        let code = URL_SAFE_NO_PAD.encode(random);
        self.0.insert(code.clone(), grant);
        Some(code)
    }

    /// Takes what the code stands for. Whatever comes of it, the code is spent.
    pub fn redeem(&mut self, code: &str, now: i64) -> Option<Grant> {
        self.0.remove(code).filter(|grant| grant.holds(now))
    }
}
