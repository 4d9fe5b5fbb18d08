//! The token endpoint: contract sections 6 and 10, "OAuth".

use latchkey_core::apis::ConsumerPolicy;
use latchkey_core::apps;
use latchkey_core::hashing::{Checked, Hasher};
use latchkey_core::leaks::{HeldSecret, SecretTarget};
use latchkey_core::oauth::{self, ClientAuthentication, ClientCredentials, IssuedToken, TokenError, TokenRequest};
use latchkey_core::ports::{AppStore, LeakStore};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{PlainSecret, signing, verify};
use latchkey_jose::{AccessToken, CompactJws, Cred, Principal};
use latchkey_types::secret::{SecretKind, compose, parse};
use latchkey_types::{Outcome, Role, ScopeSet};

use crate::apps::{MadeApp, create, created, grant};
use crate::setup::{ISSUER, MASTER_KEY, START, World};

fn by_secret(id: &str, secret: PlainSecret) -> ClientAuthentication {
    ClientAuthentication::Secret(ClientCredentials { id: id.to_owned(), secret })
}

/// What the app's program sends for all that it is granted.
pub fn request(made: &MadeApp) -> TokenRequest {
    TokenRequest {
        grant_type: Some("client_credentials".to_owned()),
        client: Some(by_secret(made.app.id.as_str(), made.client_secret.clone())),
        ..TokenRequest::default()
    }
}

fn with_secret(made: &MadeApp, secret: &str) -> TokenRequest {
    let mut request = request(made);
    request.client = Some(by_secret(made.app.id.as_str(), PlainSecret::new(secret.to_owned())));
    request
}

/// A well-formed client secret that nobody was given.
fn guess(number: u8) -> String {
    compose("lk", SecretKind::Secret, "7Gk2mPq9XzRtA1b2", &[number; 32])
}

pub fn word(result: &Result<IssuedToken, TokenError>) -> &'static str {
    match result {
        Ok(_) => "issued",
        Err(TokenError::InvalidRequest(_)) => "invalid_request",
        Err(TokenError::InvalidClient) => "invalid_client",
        Err(TokenError::InvalidGrant) => "invalid_grant",
        Err(TokenError::UnsupportedGrantType(_)) => "unsupported_grant_type",
        Err(TokenError::UnauthorizedClient(_)) => "unauthorized_client",
        Err(TokenError::InvalidScope) => "invalid_scope",
        Err(TokenError::InvalidTarget) => "invalid_target",
        Err(TokenError::UnsupportedTokenType) => "unsupported_token_type",
        Err(TokenError::InvalidDpopProof(_)) => "invalid_dpop_proof",
        Err(TokenError::UseDpopNonce) => "use_dpop_nonce",
        Err(TokenError::TooMany(_)) => "too_many",
        Err(TokenError::QuotaUsedUp(_)) => "quota_used_up",
        Err(TokenError::Unavailable(_)) => "unavailable",
    }
}

async fn ask(world: &World, request: TokenRequest) -> &'static str {
    word(&oauth::token(&world.core, request).await)
}

pub async fn claims(world: &World, token: &IssuedToken) -> AccessToken {
    let jws = CompactJws::parse(token.access_token.expose()).unwrap();
    let ring = signing::current(&world.core).await.unwrap();
    AccessToken::verify(&jws, ring.public(jws.header().kid().unwrap()).unwrap()).unwrap()
}

// E1, E2, E3, I3, A6
#[tokio::test]
async fn a_token_is_an_access_token_of_rfc_9068() {
    let world = World::new().await;
    let made = created(&world).await;
    let token = oauth::token(&world.core, request(&made)).await.unwrap();
    assert_eq!((token.expires_in, token.scope.to_string().as_str()), (300, "read write"));
    let claims = claims(&world, &token).await;
    assert_eq!((claims.iss.as_str(), claims.aud.as_str()), (ISSUER, "https://orders.example"));
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (made.app.id.as_str(), made.app.id.as_str()));
    assert_eq!((claims.iat, claims.nbf, claims.exp), (START, START, START.plus_seconds(300)));
    assert_eq!(
        (claims.principal, claims.cred, &claims.org),
        (Principal::Service, Cred::ClientCredentials, &world.acme.id)
    );
    assert_eq!(claims.scope, token.scope);
    // A12: named apart, and not in any debug text (F-19)
    let again = oauth::token(&world.core, request(&made)).await.unwrap();
    assert_ne!(self::claims(&world, &again).await.jti, claims.jti);
    assert!(!format!("{token:?} {:?}", request(&made)).contains(&token.access_token.expose()[..20]));
}

// A13
#[tokio::test]
async fn grant_types_that_do_not_exist_are_refused() {
    let world = World::new().await;
    let made = created(&world).await;
    for grant_type in ["password", "implicit", "authorization_code", "refresh_token", "Client_Credentials", ""] {
        let request = TokenRequest { grant_type: Some(grant_type.to_owned()), ..request(&made) };
        assert_eq!(ask(&world, request).await, "unsupported_grant_type", "{grant_type}");
    }
    assert_eq!(ask(&world, TokenRequest { grant_type: None, ..request(&made) }).await, "invalid_request");
    assert_eq!(ask(&world, TokenRequest { client: None, ..request(&made) }).await, "invalid_client");
    assert_eq!(ask(&world, TokenRequest::default()).await, "invalid_client");
}

// A9
#[tokio::test]
async fn whoever_is_not_the_client_is_refused_alike() {
    let world = World::new().await;
    let made = created(&world).await;
    let other = create(&world, Vec::new()).await.unwrap();
    let secret = made.client_secret.expose();
    for wrong in [guess(1).as_str(), "", "secret", &secret[..secret.len() - 1], other.client_secret.expose()] {
        assert_eq!(ask(&world, with_secret(&made, wrong)).await, "invalid_client", "{wrong}");
    }
    for id in ["", "app_0000000000000000", "key_0000000000000000", other.app.id.as_str(), "a\0"] {
        let mut request = request(&made);
        request.client = Some(by_secret(id, made.client_secret.clone()));
        assert_eq!(ask(&world, request).await, "invalid_client", "{id}");
    }
}

#[tokio::test]
async fn what_ended_the_client_ends_its_tokens_at_once() {
    let world = World::new().await;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    let made = created(&world).await;
    // the secret is remembered as right by now: the row decides all the same
    assert_eq!(ask(&world, request(&made)).await, "issued");
    apps::disable(core, &caller, "acme", &made.app.id).await.unwrap();
    assert_eq!(ask(&world, request(&made)).await, "invalid_client");
    apps::enable(core, &caller, "acme", &made.app.id).await.unwrap();
    assert_eq!(ask(&world, request(&made)).await, "issued");

    let second = apps::create_secret(core, &caller, "acme", &made.app.id).await.unwrap();
    let first = apps::list_secrets(core, &caller, "acme", &made.app.id).await.unwrap();
    let first = first.iter().find(|secret| secret.id != second.secret.id).unwrap();
    apps::delete_secret(core, &caller, "acme", &made.app.id, &first.id).await.unwrap();
    assert_eq!(ask(&world, request(&made)).await, "invalid_client");
    let by_second = with_secret(&made, second.client_secret.expose());
    assert_eq!(ask(&world, by_second.clone()).await, "issued");

    world.suspend(&world.acme).await;
    assert_eq!(ask(&world, by_second).await, "invalid_client");
}

#[tokio::test]
async fn a_revoked_app_gets_no_token() {
    let world = World::new().await;
    let made = created(&world).await;
    apps::revoke(&world.core, &world.acme(Role::Developer), "acme", &made.app.id, None).await.unwrap();
    assert_eq!(ask(&world, request(&made)).await, "invalid_client");
}

// A11 and contract section 10, "OAuth": never a silent reduction
#[tokio::test]
async fn scopes_are_granted_as_asked_or_not_at_all() {
    let world = World::new().await;
    let made = created(&world).await;
    let asking = |scope: &str| TokenRequest { scope: Some(scope.to_owned()), ..request(&made) };
    let token = oauth::token(&world.core, asking("write")).await.unwrap();
    assert_eq!((token.scope.to_string(), claims(&world, &token).await.scope), ("write".to_owned(), token.scope));
    assert_eq!(oauth::token(&world.core, asking("write read write")).await.unwrap().scope.to_string(), "read write");
    for scope in ["delete", "read delete", "unknown", "read  write", "re\"ad", "READ"] {
        assert_eq!(ask(&world, asking(scope)).await, "invalid_scope", "{scope}");
    }
}

// I1, I2, I4
#[tokio::test]
async fn a_token_is_for_one_api_that_is_granted() {
    let world = World::new().await;
    let orders = world.private_api(&world.acme, "orders", &["read"]).await;
    let bills = world.private_api(&world.acme, "bills", &["pay"]).await;
    world.private_api(&world.acme, "hidden", &["x"]).await;
    let made =
        create(&world, vec![grant(&orders.audience, &["read"]), grant(&bills.audience, &["pay"])]).await.unwrap();
    let named = |resource: &[&str], audience: &[&str]| TokenRequest {
        resource: resource.iter().map(ToString::to_string).collect(),
        audience: audience.iter().map(ToString::to_string).collect(),
        ..request(&made)
    };
    for (resource, audience, expected) in [
        (vec!["https://orders.example"], vec![], "read"),
        (vec![], vec!["https://bills.example"], "pay"),
        (vec!["https://bills.example"], vec!["https://bills.example"], "pay"),
        (vec!["https://bills.example", "https://bills.example"], vec![], "pay"),
    ] {
        let token = oauth::token(&world.core, named(&resource, &audience)).await.unwrap();
        assert_eq!(token.scope.to_string(), expected);
    }
    for (resource, audience) in [
        (vec![], vec![]),
        (vec!["https://orders.example", "https://bills.example"], vec![]),
        (vec!["https://orders.example"], vec!["https://bills.example"]),
        (vec!["https://hidden.example"], vec![]),
        (vec!["https://orders.example/"], vec![]),
        (vec!["https://orders.example#x"], vec![]),
        (vec!["orders"], vec![]),
        (vec![orders.id.as_str()], vec![]),
    ] {
        assert_eq!(ask(&world, named(&resource, &audience)).await, "invalid_target", "{resource:?} {audience:?}");
    }
    // E5: scopes of another API than the one named
    let mixed = TokenRequest { scope: Some("read pay".to_owned()), ..named(&["https://orders.example"], &[]) };
    assert_eq!(ask(&world, mixed).await, "invalid_scope");
    let none = create(&world, Vec::new()).await.unwrap();
    assert_eq!(ask(&world, request(&none)).await, "invalid_target");
}

// contract section 10, "Who owns what"
#[tokio::test]
async fn the_apis_owner_has_the_last_word() {
    let world = World::new().await;
    let api = world.public_api_of_globex().await;
    let approved = ConsumerPolicy { scopes: ScopeSet::from_parameter("write").unwrap(), ..ConsumerPolicy::default() };
    world.decide(&api, &world.acme, approved.clone()).await;
    let made = create(&world, vec![grant(&api.audience, &["read", "write"])]).await.unwrap();
    let token = oauth::token(&world.core, request(&made)).await.unwrap();
    assert_eq!(token.scope.to_string(), "read write");

    world.decide(&api, &world.acme, ConsumerPolicy::default()).await;
    let reduced = oauth::token(&world.core, request(&made)).await.unwrap();
    assert_eq!(reduced.scope.to_string(), "read");
    assert_eq!(ask(&world, TokenRequest { scope: Some("write".to_owned()), ..request(&made) }).await, "invalid_scope");

    world.decide(&api, &world.acme, ConsumerPolicy { blocked_at: Some(START), ..approved }).await;
    assert_eq!(ask(&world, request(&made)).await, "invalid_target");
}

// security.md, Vaultwarden and F-23: guessing is slowed down per client, and the client itself goes on
#[tokio::test]
async fn many_wrong_secrets_slow_the_guesser_down() {
    let world = World::new().await;
    let made = created(&world).await;
    let unknown = |number| {
        let mut request = with_secret(&made, &guess(number));
        request.client = Some(by_secret("app_0000000000000000", PlainSecret::new(guess(number))));
        request
    };
    assert_eq!(ask(&world, request(&made)).await, "issued");
    for number in 0..10 {
        assert_eq!(ask(&world, with_secret(&made, &guess(number))).await, "invalid_client");
        // an unknown client answers alike
        assert_eq!(ask(&world, unknown(number)).await, "invalid_client");
    }
    assert_eq!(ask(&world, with_secret(&made, &guess(10))).await, "too_many");
    assert_eq!(ask(&world, unknown(10)).await, "too_many");
    assert_eq!(ask(&world, request(&made)).await, "issued");
    world.clock.advance(2);
    assert_eq!(ask(&world, with_secret(&made, &guess(11))).await, "invalid_client");
}

#[tokio::test]
async fn every_token_is_counted_and_marks_app_and_secret_as_used() {
    let world = World::new().await;
    let made = created(&world).await;
    for _ in 0..3 {
        oauth::token(&world.core, request(&made)).await.unwrap();
    }
    ask(&world, with_secret(&made, &guess(1))).await;
    assert_eq!(world.used(0).await, [(made.app.id.to_string(), Outcome::Issued, 3)]);
    let secrets = world.store.list_app_secrets(&world.acme.id, &made.app.id).await.unwrap();
    assert_eq!(secrets[0].last_used_at, Some(START));
    let app = world.store.find_app(&world.acme.id, &made.app.id).await.unwrap().unwrap();
    assert_eq!(app.last_used_at, Some(START));
}

// contract section 3: a hash under the master key before still verifies, and is made anew once
#[tokio::test]
async fn a_secret_under_the_master_key_before_is_hashed_anew() {
    let world = World::new().await;
    let made = created(&world).await;
    let stored = async || {
        let row = world.store.find_verifiable_app(&made.app.id).await.unwrap().unwrap();
        row.secrets[0].hash.clone()
    };
    let first = stored().await;
    assert_eq!(word(&oauth::token(&world.core, request(&made)).await), "issued");
    assert_eq!(stored().await, first, "one of today's stays");

    let (before, now) = (MasterKey::from_bytes(MASTER_KEY), MasterKey::from_bytes([9; 32]));
    let changing = world.replica(91, Vault::new(now, Some(before)));
    signing::load(&changing).await.unwrap();
    let own_id = parse("lk", made.client_secret.expose()).unwrap().id.to_owned();
    let wrong = compose("lk", SecretKind::Secret, &own_id, &[0; 32]);
    assert_eq!(word(&oauth::token(&changing, with_secret(&made, &wrong)).await), "invalid_client");
    assert_eq!(stored().await, first);
    assert_eq!(word(&oauth::token(&changing, request(&made)).await), "issued");
    let second = stored().await;
    assert_ne!(second, first);
    let hasher = Hasher::new(&Vault::new(MasterKey::from_bytes([9; 32]), None));
    assert_eq!(hasher.check(made.client_secret.expose(), Some(&second)).await.unwrap(), Checked::Same);
}

// a leaked secret and its grace (docs/leaks.md): to the second, for whoever was proven before and at first sight
#[tokio::test]
async fn a_secret_with_an_end_holds_until_it() {
    let world = World::new().await;
    let made = created(&world).await;
    let secrets = apps::list_secrets(&world.core, &world.acme(Role::Viewer), "acme", &made.app.id).await.unwrap();
    let target = SecretTarget::AppSecret { app: made.app.id.clone(), id: secrets[0].id.clone() };
    let held = HeldSecret { org: Some(world.acme.id.clone()), target };
    let audit = world.audit(Some(&world.acme.id), "leak.report");
    world.store.end_secret(&held, Some(START.plus_seconds(60)), "it leaked", None, &audit).await.unwrap();
    let replica = async |seed| {
        let replica = world.replica(seed, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
        signing::load(&replica).await.unwrap();
        verify::follow(&replica).await.unwrap();
        replica
    };
    world.clock.advance(59);
    let knows_it = replica(91).await;
    assert_eq!(word(&oauth::token(&knows_it, request(&made)).await), "issued");
    world.clock.advance(1);
    assert_eq!(word(&oauth::token(&knows_it, request(&made)).await), "invalid_client");
    let at_first_sight = replica(92).await;
    assert_eq!(word(&oauth::token(&at_first_sight, request(&made)).await), "invalid_client");
}
