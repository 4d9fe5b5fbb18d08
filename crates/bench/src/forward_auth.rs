//! What a gateway asks before each call, without the gateway.

use crate::bare::{self, Bare};
use crate::compare::compare;
use crate::load::{self, Request, Supply};
use crate::program::{Program, Scene};

/// Against a bare handler that gets the same headers and answers as many bytes: a good key that was seen before, whose
/// phantom JWT is remembered.
pub fn measure(program: &Program, scene: &Scene) {
    let headers = [
        ("x-latchkey-verification-key", scene.verification_key.as_str()),
        ("x-api-key", scene.key.as_str()),
        ("x-forwarded-method", "GET"),
        ("x-forwarded-uri", "/orders/42"),
        ("x-forwarded-for", "203.0.113.9"),
    ];
    let request = Request::new(program.port, "GET", "/v1/forward-auth?scope=orders:read", &headers, b"");
    let answer = load::once(&request);
    let bare = Bare::start(answer.len(), 0);
    let bare_request = Request::new(bare.port, "POST", bare::READ, &headers, b"");
    compare("forward-auth", &bare, program, |_| (Supply::Again(&bare_request), Supply::Again(&request)));
}
