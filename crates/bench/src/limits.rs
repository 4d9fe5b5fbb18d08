//! Verification with an operation and a rate limit, against verification without; and what counting in the database costs.

use serde_json::json;

use crate::compare::compare_with_itself;
use crate::load::{self, Request, Supply};
use crate::program::{Program, Scene};

/// Never reached.
const ROOM: i64 = 1_000_000_000;

/// Each as a ratio to the same verification without operation and limits. Bar: `local` at 0.9 or more.
pub fn measure(program: &Program, scene: &Scene) {
    program.upload_operations(scene);
    let plain = verify(program, scene, &scene.key, false);
    let limit = |mode: &str| json!([{"name": "bench", "limit": ROOM, "window_seconds": 1_000, "mode": mode}]);
    for (name, more) in [
        ("operation, local limit", json!({ "rate_limits": limit("local") })),
        ("operation, exact limit", json!({ "rate_limits": limit("exact") })),
        ("operation, credits", json!({ "credits": { "remaining": ROOM } })),
    ] {
        let limited = verify(program, scene, &program.key_with(scene, &more), true);
        let answer = load::once(&limited);
        let counted = String::from_utf8_lossy(load::body_of(&answer)).contains("99999");
        assert!(counted, "{}", String::from_utf8_lossy(&answer));
        compare_with_itself(name, program, (Supply::Again(&plain), Supply::Again(&limited)));
    }
}

fn verify(program: &Program, scene: &Scene, key: &str, with_operation: bool) -> Request {
    let mut body = json!({ "credential": key, "scopes": ["orders:read"] });
    if with_operation {
        body["operation"] = json!({ "method": "GET", "path": "/orders/42" });
    }
    let authorization = format!("Bearer {}", scene.verification_key);
    Request::post(program.port, "/v1/verify", &[("authorization", &authorization)], body.to_string().as_bytes())
}
