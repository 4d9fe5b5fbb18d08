//! What an API's owner says of other organisations' credentials.

use serde_json::{Value, json};

use crate::world::World;

// contract section 10, "Who owns what"
#[tokio::test]
async fn an_api_owner_says_whom_a_foreign_key_is_for() {
    let world = World::new().await;
    let path = format!("/api/v1/orgs/acme/apis/{}/keys/{}", world.api, world.foreign_key);
    let holders = format!("/api/v1/orgs/globex/keys/{}", world.foreign_key);
    let notes = json!({ "labels": { "team": "billing" } });
    world.call("PATCH", &holders, &world.foreign, &notes).await.expect(200);
    let say = json!({ "owner": "customer_7", "metadata": { "plan": "pro" } });
    world.call("PATCH", &holders, &world.foreign, &say).await.expect(403);

    let said = world.call("PATCH", &path, world.owner(), &say).await.expect(200).json();
    let expected = json!({
        "id": world.foreign_key, "name": "ours", "owner": "customer_7", "metadata": { "plan": "pro" },
        "rate_limits": [], "credits": null,
    });
    assert_eq!(said, expected, "and none of the holder's notes");
    let verified = world.verify(&world.verification_key, &world.foreign_key_secret).await;
    assert_eq!((&verified["owner"], &verified["metadata"]), (&json!("customer_7"), &json!({ "plan": "pro" })));

    // what is left out stays, null empties
    let said = world.call("PATCH", &path, world.owner(), &json!({ "owner": null })).await.expect(200).json();
    assert_eq!((&said["owner"], &said["metadata"]), (&Value::Null, &json!({ "plan": "pro" })));
    for member in ["name", "labels"] {
        let refused = world.call("PATCH", &path, world.owner(), &json!({ member: null })).await.expect(422).json();
        assert_eq!(refused["errors"][0]["pointer"], format!("/{member}"));
    }
    let elsewhere = path.replace(&world.api, &world.spare_api);
    world.call("PATCH", &elsewhere, world.owner(), &say).await.expect(404);
}
