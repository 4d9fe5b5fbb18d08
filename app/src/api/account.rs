//! One's own sessions.

use latchkey_core::{Error, accounts};

use crate::components::Flash;
use crate::request::{Ctx, FormData, PageResult, done};
use crate::routes;

/// The hash that 64 hexadecimal digits stand for.
fn session_hash(name: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let digits = name.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// Ends one session.
pub async fn end_session(ctx: Ctx, form: FormData) -> PageResult {
    let hash = session_hash(form.text("session")).ok_or(Error::NotFound)?;
    accounts::end_session(ctx.core(), ctx.caller(), &hash).await?;
    Ok(done(routes::ACCOUNT, Flash::SessionEnded))
}

/// Ends all sessions but this one.
pub async fn end_other_sessions(ctx: Ctx) -> PageResult {
    accounts::end_other_sessions(ctx.core(), ctx.caller(), &ctx.person.session).await?;
    Ok(done(routes::ACCOUNT, Flash::OtherSessionsEnded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::account::session_name;

    #[test]
    fn a_session_name_reads_back_and_nothing_else_does() {
        let hash = std::array::from_fn(|position| u8::try_from(position * 7 % 256).unwrap());
        assert_eq!(session_hash(&session_name(&hash)), Some(hash));
        for text in ["", "00", &"g".repeat(64), &"+1".repeat(32), &"0".repeat(65)] {
            assert_eq!(session_hash(text), None, "{text}");
        }
    }
}
