//! Two whole replicas on one database, and one action token that many swap at once (F-17).

use std::sync::Arc;

use futures::future::join_all;
use latchkey_core::action_tokens::{self, ActionTokenStatus, CreatedActionToken, NewActionToken};
use latchkey_core::apis::{self, NewApi, NewScope, ScopeGrant, TokenFormat, Visibility};
use latchkey_core::audit::AuditFilter;
use latchkey_core::oauth::{self, IssuedToken, TokenError};
use latchkey_core::ports::{Page, Store};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Core, orgs, signing};
use latchkey_store::{Database, PostgresStore, SqliteStore};
use latchkey_types::Outcome;

use crate::database::{Folder, on_postgres};
use crate::double_spend::{CLI, replica};

/// An API of `acme` whose tokens have this form, and its verification key.
struct Scene<'a> {
    replicas: &'a [Arc<Core>; 2],
    api: String,
    verification_key: String,
}

impl<'a> Scene<'a> {
    async fn new(replicas: &'a [Arc<Core>; 2], format: TokenFormat) -> Self {
        let scope = NewScope { name: "confirm".to_owned(), description: String::new(), grant: ScopeGrant::SelfService };
        let new = NewApi {
            name: "orders".to_owned(),
            audience: format!("https://{}.example", format.as_str()),
            visibility: Visibility::Private,
            scopes: vec![scope],
            token_format: Some(format),
            ..NewApi::default()
        };
        let api = apis::create(&replicas[0], &CLI, "acme", new).await.unwrap();
        let made = apis::create_verification_key(&replicas[0], &CLI, "acme", &api.id, "gateway", Vec::new()).await;
        let verification_key = made.unwrap().secret.expose().to_owned();
        Self { replicas, api: api.id.to_string(), verification_key }
    }

    async fn make(&self) -> CreatedActionToken {
        let new = NewActionToken {
            api: self.api.clone(),
            scopes: vec!["confirm".to_owned()],
            purpose: "confirm".to_owned(),
            ..NewActionToken::default()
        };
        action_tokens::create(&self.replicas[0], &CLI, "acme", new).await.unwrap()
    }

    /// What each replica says of a token, once it has heard of everything.
    async fn codes(&self, token: &IssuedToken) -> [Outcome; 2] {
        let mut codes = [Outcome::NotFound; 2];
        for (core, code) in self.replicas.iter().zip(&mut codes) {
            verify::follow(core).await.unwrap();
            let request = VerifyRequest { credential: token.access_token.expose(), ..VerifyRequest::default() };
            *code = verify::verify(core, &self.verification_key, &request).await.unwrap().code;
        }
        codes
    }

    async fn swapped_once(&self) {
        let made = self.make().await;
        let swaps = (0..200).map(|number| {
            let (core, secret) = (Arc::clone(&self.replicas[number % 2]), made.secret.clone());
            tokio::spawn(async move { oauth::redeem(&core, secret.expose(), None).await })
        });
        let answers: Vec<_> = join_all(swaps).await.into_iter().map(Result::unwrap).collect();
        let (issued, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert!(refused.iter().all(|answer| matches!(answer, Err(TokenError::InvalidGrant))), "{refused:?}");
        let [Ok(issued)] = issued.as_slice() else { panic!("swapped {} times", issued.len()) };
        assert_eq!(self.codes(issued).await, [Outcome::Valid; 2]);

        let filter = AuditFilter { target: Some(made.token.id.to_string()), ..AuditFilter::default() };
        let page = Page { limit: 200, cursor: None };
        let rows = self.replicas[1].store.list_audit(&filter, &page).await.unwrap().items;
        let swaps = rows.iter().filter(|row| row.action == "action_token.redeem" && row.outcome.as_str() == "done");
        assert_eq!(swaps.count(), 1, "both halves are in the log, once");
    }

    /// Whichever comes first: what was revoked is good for nothing afterwards.
    async fn revoked_beside(&self) {
        for _ in 0..20 {
            let made = self.make().await;
            let [one, other] = self.replicas.each_ref().map(Arc::clone);
            let (secret, id) = (made.secret.clone(), made.token.id.clone());
            let swap = tokio::spawn(async move { oauth::redeem(&one, secret.expose(), None).await });
            let end = tokio::spawn(async move { action_tokens::revoke(&other, &CLI, "acme", &id, None).await });
            let (swapped, ended) = (swap.await.unwrap(), end.await.unwrap().unwrap());
            assert_eq!(ended.status(self.replicas[0].clock.now()), ActionTokenStatus::Revoked);
            match swapped {
                Ok(issued) => assert_eq!(self.codes(&issued).await, [Outcome::Revoked; 2]),
                Err(refused) => assert!(matches!(refused, TokenError::InvalidGrant), "{refused:?}"),
            }
            let again = oauth::redeem(&self.replicas[0], made.secret.expose(), None).await;
            assert!(matches!(again, Err(TokenError::InvalidGrant)));
        }
    }
}

async fn swapped_once(stores: [Arc<dyn Store>; 2]) {
    let mut seed = 10;
    let replicas = stores.map(|store| {
        seed += 1;
        replica(store, seed)
    });
    orgs::create(&replicas[0], &CLI, "Acme", "acme", None).await.unwrap();
    for replica in &replicas {
        signing::load(replica).await.unwrap();
        verify::follow(replica).await.unwrap();
    }
    for format in TokenFormat::ALL {
        let scene = Scene::new(&replicas, format).await;
        scene.swapped_once().await;
        scene.revoked_beside().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_an_action_token_is_swapped_once() {
    on_postgres(async |fixture, url| {
        let second = PostgresStore::open(url).await.unwrap();
        swapped_once([Arc::clone(&fixture.store), Database::Postgres(second.clone()).store()]).await;
        second.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_an_action_token_is_swapped_once() {
    let folder = Folder::new();
    let (one, other) =
        (SqliteStore::open(&folder.url()).await.unwrap(), SqliteStore::open(&folder.url()).await.unwrap());
    one.migrate().await.unwrap();
    swapped_once([Database::Sqlite(one.clone()).store(), Database::Sqlite(other.clone()).store()]).await;
    one.close().await;
    other.close().await;
}
