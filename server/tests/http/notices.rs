//! Notices from end to end: over HTTP in, out of the audit log, over real sockets out to a receiver and a mail server on
//! loopback, and on the pages.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use latchkey::config::{Flags, Settings, Source};
use latchkey::fetcher::OutsideFetcher;
use latchkey::mailer::SmtpMailer;
use latchkey_core::keys::{self, NewKey};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Core, Parts, apis, deliveries, notices};
use latchkey_types::{CredentialKind, Role};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::app::{COMMAND_LINE, SeededRandom, TestApp};

/// What a receiver got, and what it answers.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    status: Arc<Mutex<StatusCode>>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let router = axum::Router::new().route("/hook", post(take)).with_state(receiver.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn take(&self) -> Vec<(HeaderMap, Bytes)> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    receiver.got.lock().unwrap().push((headers, body));
    *receiver.status.lock().unwrap()
}

/// A mail server that takes everything; its port, and what it was told.
async fn mail_server() -> (u16, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let said = Arc::new(Mutex::new(String::new()));
    let kept = said.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (reader, mut writer) = stream.into_split();
            let mut lines = BufReader::new(reader).lines();
            let _ = writer.write_all(b"220 sink\r\n").await;
            let mut in_data = false;
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push_str(&format!("{line}\n"));
                if in_data && line != "." {
                    continue;
                }
                let answer: &[u8] = if line == "DATA" { b"354 go on\r\n" } else { b"250 fine\r\n" };
                in_data = line == "DATA";
                if writer.write_all(answer).await.is_err() {
                    break;
                }
            }
        }
    });
    (port, said)
}

/// Another replica on the application's database, with the sockets of `serve --dev`.
fn replica(app: &TestApp, smtp: Option<u16>) -> Arc<Core> {
    let mut environment = vec![("LATCHKEY_DATABASE_URL".to_owned(), "sqlite::memory:".to_owned())];
    if let Some(port) = smtp {
        environment.push(("LATCHKEY_SMTP_URL".to_owned(), format!("smtp://127.0.0.1:{port}")));
        environment.push(("LATCHKEY_SMTP_FROM".to_owned(), "Latchkey <latchkey@portal.example>".to_owned()));
    }
    let source = Source::new(&Flags::default(), environment, None).unwrap();
    let settings = Settings::load(&source, true).unwrap();
    let mailer: Arc<dyn latchkey_core::ports::Mailer> = match &settings.smtp {
        Some(smtp) => Arc::new(SmtpMailer::new(smtp, "portal.example").unwrap()),
        None => Arc::new(latchkey_core::ports::NoMailer),
    };
    Core::new(Parts {
        store: Arc::new(app.store.clone()),
        clock: app.clock.clone(),
        random: Arc::new(SeededRandom::new(8)),
        fetcher: Arc::new(OutsideFetcher::new(true)),
        mailer,
        vault: Vault::new(MasterKey::from_bytes([42; 32]), None),
        settings: latchkey::compose::core_settings(&settings),
    })
}

/// A key of `acme` that is revoked at once.
async fn revoked_key(app: &TestApp) {
    let (core, caller) = (&app.core, &COMMAND_LINE);
    let new =
        apis::NewApi { name: "Orders".to_owned(), audience: "https://orders.example".to_owned(), ..Default::default() };
    let api = apis::create(core, caller, "acme", new).await.unwrap();
    let new =
        NewKey { kind: CredentialKind::ApiKey, name: "checkout".to_owned(), api: api.audience, ..NewKey::default() };
    let key = keys::create(core, caller, "acme", new).await.unwrap().key;
    keys::revoke(core, caller, "acme", &key.id, Some("left".to_owned())).await.unwrap();
}

#[tokio::test]
async fn a_revocation_reaches_a_receiver_over_the_wire() {
    let app = TestApp::new().await;
    app.org("acme").await;
    let mut admin = app.management_key("acme", Role::Admin).await;
    let (receiver, url) = Receiver::start().await;
    let (receiver_2, url_2) = Receiver::start().await;
    *receiver_2.status.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    let made = admin.post("/api/v1/orgs/acme/webhooks", json!({ "url": url, "kinds": ["credential.revoked"] })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    let both = json!({ "url": url_2, "kinds": ["credential.revoked", "leak.reported"] });
    let second = admin.post("/api/v1/orgs/acme/webhooks", both).await.json()["id"].as_str().unwrap().to_owned();
    revoked_key(&app).await;
    let replica = replica(&app, None);
    notices::derive(&replica).await.unwrap();
    deliveries::deliver(&replica).await.unwrap();

    let (headers, body) = receiver.take().remove(0);
    let header = |name: &str| headers[name].to_str().unwrap();
    let key = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &secret["whsec_".len()..]).unwrap();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap());
    let text = std::str::from_utf8(&body).unwrap();
    assert_eq!(header("webhook-signature"), latchkey_core::webhooks::signature(&key, id, timestamp, text));
    let sent: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (sent["type"].as_str(), sent["data"]["subject"]["name"].as_str()),
        (Some("credential.revoked"), Some("checkout"))
    );
    assert_eq!((header("content-type"), headers.contains_key("authorization")), ("application/json", false));

    let mut viewer = app.management_key("acme", Role::Viewer).await;
    let listed = viewer.get("/api/v1/orgs/acme/notices").await.json();
    assert_eq!(listed["items"][0]["title"], "Key “checkout” was revoked");
    assert_eq!(listed["items"][0]["id"], id);
    assert_eq!(receiver_2.take().len(), 1);
    let waits = admin.get(&format!("/api/v1/orgs/acme/webhooks/{second}/deliveries")).await.json();
    let waits = &waits["items"][0];
    assert_eq!((waits["state"].as_str(), waits["last_status"].as_i64()), (Some("waiting"), Some(503)));
    assert_eq!((waits["attempts"].as_i64(), waits["message_id"].as_str()), (Some(1), Some(id)));
    // now it takes it, sent again by hand
    *receiver_2.status.lock().unwrap() = StatusCode::OK;
    let path = format!("/api/v1/orgs/acme/webhooks/{second}/deliveries/{}/send-again", waits["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, json!({})).await.status, 200);
    deliveries::deliver(&replica).await.unwrap();
    assert_eq!(receiver_2.take().len(), 1);
    assert_eq!(receiver.take().len(), 0);
}

#[tokio::test]
async fn the_secret_of_a_webhook_is_shown_once() {
    let app = TestApp::new().await;
    let mut ada = app.sign_in("ada").await;
    ada.form("/_portal/orgs", &[("name", "acme"), ("slug", "acme")]).await;
    let fields = [("form", "webhook"), ("url", "https://hooks.example/x"), ("kinds", "leak.reported")];
    let made = ada.form("/_portal/orgs/acme/webhooks", &fields).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let page = ada.get(made.location()).await;
    assert!(page.text().contains("whsec_") && page.header("cache-control").contains("no-store"), "{}", page.text());
    let again = ada.get(made.location()).await;
    assert!(again.status == 200 && !again.text().contains("whsec_"));
    let path = made.location().split('?').next().unwrap().to_owned();
    let rotated = ada.form(&format!("/_portal{path}/rotate"), &[]).await;
    let page = ada.get(rotated.location()).await;
    assert!(page.text().contains("whsec_") && page.text().contains("The old secret signs too"), "{}", page.text());
    // a bad address comes back with what was typed
    let bad = ada
        .form(
            "/_portal/orgs/acme/webhooks",
            &[("form", "webhook"), ("url", "http://x.example"), ("kinds", "leak.reported")],
        )
        .await;
    let page = ada.get(bad.location()).await;
    assert!(
        page.text().contains("give an https address") && page.text().contains("http://x.example"),
        "{}",
        page.text()
    );
    for (action, text) in
        [("test", "On its way"), ("disable", "Given up"), ("enable", "Switched on"), ("delete", "Webhook deleted")]
    {
        let answer = ada.form(&format!("/_portal{path}/{action}"), &[]).await;
        assert_eq!(answer.status, 303, "{action}: {}", answer.text());
        let page = ada.get(answer.location()).await;
        assert!(page.text().to_lowercase().contains(&text.to_lowercase()), "{action}: {}", page.text());
    }
    assert_eq!(ada.get(&path).await.status, 404);
}

#[tokio::test]
async fn people_read_notices_and_mark_them_read() {
    let app = TestApp::new().await;
    let mut ada = app.sign_in("ada").await;
    ada.form("/_portal/orgs", &[("name", "acme"), ("slug", "acme")]).await;
    revoked_key(&app).await;
    notices::derive(&app.core).await.unwrap();
    let page = ada.get("/orgs/acme/notices").await.text().to_owned();
    assert!(page.contains("Key “checkout” was revoked") && page.contains("left") && page.contains(">New<"), "{page}");
    assert!(ada.get("/orgs/acme").await.text().contains(" unread"));
    let until = page.split("name=\"until\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let read = ada.form("/_portal/orgs/acme/notices/read", &[("until", until)]).await;
    assert_eq!(read.status, 303, "{}", read.text());
    let page = ada.get("/orgs/acme/notices").await;
    assert!(page.text().contains("was revoked") && !page.text().contains(">New<"), "{}", page.text());
    assert!(!page.text().contains(" unread") && !page.text().contains("Mark all as read"));
}

#[tokio::test]
async fn who_wants_mails_gets_them() {
    let app = TestApp::with(crate::app::Options {
        with_provider: |provider| provider.trust_email = true,
        ..crate::app::Options::default()
    })
    .await;
    let mut ada = app.sign_in("ada").await;
    ada.form("/_portal/orgs", &[("name", "acme"), ("slug", "acme")]).await;
    let (port, said) = mail_server().await;
    let replica = replica(&app, Some(port));
    // the application under test has no mail server and says so
    assert!(ada.get("/orgs/acme/webhooks").await.text().contains("sends no mails"));
    let wanted = ada.form("/_portal/orgs/acme/notices/mail", &[("wants", "yes")]).await;
    assert_eq!(wanted.status, 303, "{}", wanted.text());
    revoked_key(&app).await;
    notices::derive(&replica).await.unwrap();
    app.clock.advance(std::time::Duration::from_secs(60));
    deliveries::deliver(&replica).await.unwrap();
    let said = said.lock().unwrap().clone();
    assert!(said.contains("RCPT TO:<ada@"), "{said}");
    assert!(said.contains("Subject: acme: ") && said.contains("From: Latchkey <latchkey@portal.example>"), "{said}");
}
