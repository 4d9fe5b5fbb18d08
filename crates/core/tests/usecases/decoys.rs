//! Keys that are checked with where there is no client's (A9): anybody can sign with them, and it proves nothing.

use latchkey_core::apps::{self, AuthMethod, NewApp};
use latchkey_core::oauth::{self, ClientAssertion, ClientAuthentication, TokenRequest};
use latchkey_core::{NewClientKey, PlainSecret};
use latchkey_jose::{Algorithm, SigningKey};
use latchkey_types::Role;

use crate::apps::{created, grant};
use crate::client_assertions::{claims, jwk, jwks, key};
use crate::jwt_bearer;
use crate::oauth::word;
use crate::setup::{START, World};

/// The P-256 key whose public key is the curve's base point: 1, in PKCS #8.
fn base_point() -> SigningKey {
    const PREFIX: [u8; 35] = [
        0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
        3, 1, 7, 4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20,
    ];
    let mut one = [0; 32];
    one[31] = 1;
    SigningKey::from_private_bytes(Algorithm::Es256, &[&PREFIX[..], &one].concat()).unwrap()
}

async fn ask(world: &World, assertion: String) -> &'static str {
    let client = ClientAssertion { client_id: None, assertion: PlainSecret::new(assertion) };
    let request = TokenRequest {
        grant_type: Some("client_credentials".to_owned()),
        client: Some(ClientAuthentication::Assertion(client)),
        ..TokenRequest::default()
    };
    word(&oauth::token(&world.core, request).await)
}

// A9, J1
#[tokio::test]
async fn a_decoy_authenticates_no_client() {
    let world = World::new().await;
    let (nobody, own) = (base_point(), key(1));
    assert_eq!(jwk(&nobody)["x"], "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "the base point");
    let by_secret = created(&world).await;
    let new = NewApp {
        name: "by key".to_owned(),
        grants: vec![grant("https://orders.example", &["read"])],
        auth_method: AuthMethod::PrivateKeyJwt,
        jwks: Some(jwks(&[&own])),
        ..NewApp::default()
    };
    let developer = world.acme(Role::Developer);
    let by_key = apps::create(&world.core, &developer, "acme", new).await.unwrap().app;
    let by_secret = by_secret.app;
    // its key waits until the app's way to authenticate changes
    let waiting = NewClientKey { jwk: jwk(&own), expires_at: None };
    apps::add_key(&world.core, &developer, "acme", &by_secret.id, waiting).await.unwrap();
    for (number, id) in [by_key.id.as_str(), by_secret.id.as_str(), "app_0000000000000000"].into_iter().enumerate() {
        let forged = nobody.sign("JWT", &claims(id, &number.to_string(), START)).unwrap();
        assert_eq!(ask(&world, forged).await, "invalid_client", "{id}");
    }
    let good = own.sign("JWT", &claims(by_key.id.as_str(), "good", START)).unwrap();
    assert_eq!(ask(&world, good).await, "issued");
}

// A9, J5
#[tokio::test]
async fn a_decoy_is_no_account() {
    let world = World::new().await;
    world.private_api(&world.acme, "orders", &["read", "write"]).await;
    let account = crate::service_accounts::created(&world, &[Role::Developer]).await;
    for id in [account.as_str(), "sa_0000000000000000"] {
        let forged = base_point().sign("JWT", &claims(id, id, START)).unwrap();
        assert_eq!(jwt_bearer::ask(&world, &forged, "https://orders.example").await, "invalid_grant", "{id}");
    }
}
