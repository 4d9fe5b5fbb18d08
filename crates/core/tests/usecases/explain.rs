//! `explain: true`: contract section 10, "Verify".

use latchkey_core::apis::{self, Api, ConsumerPolicy, NewCallPath, NewCallPaths};
use latchkey_core::keys::{self, CreatedKey, NewKey};
use latchkey_core::verify::{self, Answer, Explanation, Grant, Part, Rule, Source, VerifyRequest};
use latchkey_core::{Core, signing};
use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{CredentialKind, Environment, Outcome, Role, ScopeSet};

use crate::setup::World;

/// `globex`'s public API, its verification key, and a key of `acme` for it.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let api = world.public_api_of_globex().await;
        let (admin, live) = (world.globex(Role::Admin), vec![Environment::Live]);
        let made = apis::create_verification_key(&world.core, &admin, "globex", &api.id, "gw", live).await.unwrap();
        Self { world, api, verification_key: made.secret.expose().to_owned() }
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    async fn key(&self, change: impl FnOnce(&mut NewKey)) -> CreatedKey {
        let mut new = NewKey {
            kind: CredentialKind::ApiKey,
            name: "batch".to_owned(),
            api: self.api.id.to_string(),
            scopes: vec!["read".to_owned()],
            ..NewKey::default()
        };
        change(&mut new);
        keys::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await.unwrap()
    }

    async fn ask(&self, credential: &str, scopes: &[&str]) -> Answer {
        let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        let ip = Some("203.0.113.9".parse().unwrap());
        let request = VerifyRequest { credential, scopes: &scopes, ip, explain: true, ..VerifyRequest::default() };
        verify::verify(self.core(), &self.verification_key, &request).await.unwrap()
    }

    async fn explain(&self, credential: &str, scopes: &[&str]) -> Explanation {
        *self.ask(credential, scopes).await.explanation.unwrap()
    }
}

fn scope(scope: &str, grant: Grant) -> Rule {
    Rule::Scope { scope: scope.to_owned(), token: Part::Credential, grant }
}

#[tokio::test]
async fn it_says_what_decided_and_what_it_stands_on() {
    let scene = Scene::new().await;
    let key = scene.key(|_| {}).await;
    let secret = key.secret.expose();
    let revision = scene.core().verifier.stats(scene.core().clock.monotonic()).revision;
    let first = scene.explain(secret, &["read"]).await;
    assert_eq!((first.decided_by, first.token, first.source), ("all_checks", None, Source::Database));
    assert_eq!((first.revision, first.age_ms), (revision, 0));
    scene.world.clock.advance(1);
    let again = scene.explain(secret, &["read"]).await;
    assert_eq!((again.source, again.age_ms), (Source::Cache, 1_000));
    assert_eq!(again.rules, [scope("read", Grant::SelfService)]);
    let lacking = scene.explain(secret, &["read", "write"]).await;
    assert_eq!((lacking.decided_by, lacking.rules.as_slice()), ("scopes", &[scope("read", Grant::SelfService)][..]));
    // who didn't ask is told nothing
    let plain = VerifyRequest { credential: secret, ..VerifyRequest::default() };
    let answer = verify::verify(scene.core(), &scene.verification_key, &plain).await.unwrap();
    assert_eq!(answer.explanation, None);
}

#[tokio::test]
async fn each_check_has_its_name() {
    let scene = Scene::new().await;
    let (world, developer) = (&scene.world, scene.world.acme(Role::Developer));
    let by = async |credential: &str| {
        let answer = scene.ask(credential, &[]).await;
        (answer.code, answer.explanation.unwrap().decided_by)
    };
    assert_eq!(by("nonsense").await, (Outcome::Malformed, "form"));
    // {"alg":"EdDSA","kid":"x"}, {}, 64 zero bytes
    let forged = format!("eyJhbGciOiJFZERTQSIsImtpZCI6IngifQ.e30.{}", "A".repeat(86));
    assert_eq!(by(&forged).await, (Outcome::BadSignature, "signature"));
    let away = scene.key(|new| new.allowed_ips = vec!["198.51.100.0/24".to_owned()]).await;
    assert_eq!(by(away.secret.expose()).await, (Outcome::IpNotAllowed, "network"));
    let key = scene.key(|_| {}).await;
    let secret = key.secret.expose();
    keys::disable(scene.core(), &developer, "acme", &key.key.id).await.unwrap();
    let (code, explained) = (scene.ask(secret, &["read"]).await.code, scene.explain(secret, &["read"]).await);
    assert_eq!((code, explained.decided_by), (Outcome::Disabled, "disabling"));
    assert!(explained.rules.is_empty(), "it didn't come to its scopes");
    keys::enable(scene.core(), &developer, "acme", &key.key.id).await.unwrap();
    let paths = NewCallPaths { default: apis::CallPathDefault::Deny, max_depth: 3, items: Vec::<NewCallPath>::new() };
    apis::set_call_paths(scene.core(), &world.globex(Role::Admin), "globex", &scene.api.id, paths).await.unwrap();
    assert_eq!(by(secret).await, (Outcome::ChainNotAllowed, "call_path"));
    world.suspend(&world.acme).await;
    assert_eq!(by(secret).await, (Outcome::OrganisationSuspended, "suspension"));
    keys::revoke(scene.core(), &crate::setup::operator(), "acme", &key.key.id, None).await.unwrap();
    assert_eq!(by(secret).await, (Outcome::Revoked, "revocation"));
}

#[tokio::test]
async fn rules_say_by_what_a_scope_was_granted_and_from_where() {
    let scene = Scene::new().await;
    let approved = ConsumerPolicy { scopes: ScopeSet::from_parameter("write").unwrap(), ..ConsumerPolicy::default() };
    scene.world.decide(&scene.api, &scene.world.acme, approved).await;
    let key = scene
        .key(|new| {
            new.scopes = vec!["read".to_owned(), "write".to_owned()];
            new.allowed_ips = vec!["203.0.113.0/24".to_owned()];
        })
        .await;
    let explained = scene.explain(key.secret.expose(), &["write", "read"]).await;
    let network = Rule::Network { network: "203.0.113.0/24".to_owned() };
    assert_eq!(explained.rules, [network, scope("read", Grant::SelfService), scope("write", Grant::Approval)]);
    let own = NewKey {
        kind: CredentialKind::ApiKey,
        name: "own".to_owned(),
        api: scene.api.id.to_string(),
        scopes: vec!["write".to_owned()],
        ..NewKey::default()
    };
    let own = keys::create(scene.core(), &scene.world.globex(Role::Developer), "globex", own).await.unwrap();
    assert_eq!(scene.explain(own.secret.expose(), &["write"]).await.rules, [scope("write", Grant::Own)]);
    // of two tokens the one that was looked into first
    let scopes = ["read".to_owned(), "write".to_owned()];
    let request = VerifyRequest {
        credential: key.secret.expose(),
        scope_token: Some(own.secret.expose()),
        scopes: &scopes,
        ip: Some("203.0.113.9".parse().unwrap()),
        explain: true,
        ..VerifyRequest::default()
    };
    let answer = verify::verify(scene.core(), &scene.verification_key, &request).await.unwrap();
    let explained = *answer.explanation.unwrap();
    let beside = Rule::Scope { scope: "write".to_owned(), token: Part::ScopeToken, grant: Grant::Own };
    assert_eq!(explained.rules[1..], [scope("read", Grant::SelfService), beside]);
    assert_eq!(explained.token, Some(Part::Credential));
}

// another API's credential is explained as one that nobody has, remembered or not
#[tokio::test]
async fn nothing_is_said_of_another_apis_credential() {
    let scene = Scene::new().await;
    let unknown = compose("lk", SecretKind::Live, "0000000000000000", &[1; 32]);
    let nobody = scene.explain(&unknown, &["read"]).await;
    let other = scene.world.private_api(&scene.world.globex, "other", &["read"]).await;
    let admin = scene.world.globex(Role::Admin);
    let live = vec![Environment::Live];
    let other_key = apis::create_verification_key(scene.core(), &admin, "globex", &other.id, "gw", live).await.unwrap();
    let new = NewKey {
        kind: CredentialKind::ApiKey,
        name: "elsewhere".to_owned(),
        api: other.id.to_string(),
        scopes: vec!["read".to_owned()],
        ..NewKey::default()
    };
    let key = keys::create(scene.core(), &admin, "globex", new).await.unwrap();
    for _ in 0..2 {
        let explained = scene.explain(key.secret.expose(), &["read"]).await;
        assert_eq!(explained.decided_by, "lookup");
        assert_eq!(Explanation { revision: nobody.revision, ..explained }, nobody);
        let request = VerifyRequest { credential: key.secret.expose(), ..VerifyRequest::default() };
        let known = verify::verify(scene.core(), other_key.secret.expose(), &request).await.unwrap();
        assert_eq!(known.code, Outcome::Valid);
    }
}
