//! Clients with certificates (RFC 8705). The certificates are of OpenSSL; the thumbprints were worked out by it too.

use std::sync::Arc;

use latchkey_core::apps::{
    self, AppPatch, AuthMethod, CertificateName, ClientCertificate, CreatedApp, NewApp, NewCertificate, TokenBinding,
};
use latchkey_core::certificate::{AlternativeName, Certificate, PresentedCertificate, read_pem, thumbprint_of};
use latchkey_core::oauth::{self, ClientAuthentication, ClientWithCertificate, TokenRequest, TokenType};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Error, apis};
use latchkey_jose::{Confirmation, DpopProof};
use latchkey_types::{Outcome, Role};

use crate::apps::{MadeApp, grant, new_app};
use crate::oauth::{claims, request, word};
use crate::setup::{DAY, START, World, refused_fields};
use crate::{jwt_bearer, service_accounts};

/// `CN=cart,O=Acme\, Inc.,C=DE`, issued by an authority, with alternative names.
pub const CART: &str = include_str!("../certificates/cart.pem");
/// Two that signed themselves.
pub const OWN: &str = include_str!("../certificates/own.pem");
const OTHER: &str = include_str!("../certificates/other.pem");
/// One that ends on 2027-03-22.
const SHORT: &str = include_str!("../certificates/short.pem");
pub const CART_THUMBPRINT: &str = "xETg24UzQncec9mANWBhiFw48y2yZhiGA5E63KxdM94";
pub const OWN_THUMBPRINT: &str = "bhksImPvQFTF07vXNSKnAoXAD7QGgwB2aBh68iGOhMM";

pub fn presented(pem: &str, chain_is_trusted: bool) -> Arc<PresentedCertificate> {
    let certificate = Certificate::from_der(&read_pem(pem).unwrap()[0]).unwrap();
    Arc::new(PresentedCertificate { certificate, chain_is_trusted })
}

fn by_certificate(made: &CreatedApp, certificate: &Arc<PresentedCertificate>) -> TokenRequest {
    let client = ClientWithCertificate { id: made.app.id.to_string(), certificate: Arc::clone(certificate) };
    TokenRequest {
        client: Some(ClientAuthentication::Certificate(client)),
        certificate: Some(Arc::clone(certificate)),
        ..request_without_secret()
    }
}

fn request_without_secret() -> TokenRequest {
    TokenRequest { grant_type: Some("client_credentials".to_owned()), ..TokenRequest::default() }
}

fn pem(text: &str) -> NewCertificate {
    NewCertificate::Pem(text.to_owned())
}

fn named(member: &str, value: &str) -> NewCertificate {
    let given = |this: &str| (this == member).then(|| value.to_owned());
    NewCertificate::Name(CertificateName {
        subject_dn: given("subject_dn"),
        san_dns: given("san_dns"),
        san_uri: given("san_uri"),
        san_ip: given("san_ip"),
        san_email: given("san_email"),
    })
}

async fn try_create(
    world: &World,
    auth_method: AuthMethod,
    certificate: impl Into<Option<NewCertificate>>,
) -> Result<CreatedApp, Error> {
    let new = NewApp {
        auth_method,
        certificate: certificate.into(),
        ..new_app(vec![grant("https://orders.example", &["read"])])
    };
    apps::create(&world.core, &world.acme(Role::Developer), "acme", new).await
}

fn with_secret(made: CreatedApp) -> MadeApp {
    MadeApp { app: made.app, client_secret: made.client_secret.unwrap() }
}

async fn world() -> World {
    let world = World::new().await;
    world.private_api(&world.acme, "orders", &["read"]).await;
    world
}

async fn ask(world: &World, request: TokenRequest) -> &'static str {
    word(&oauth::token(&world.core, request).await)
}

#[test]
fn a_certificate_says_who_holds_it() {
    let cart = &presented(CART, true).certificate;
    assert_eq!(cart.thumbprint, CART_THUMBPRINT);
    assert_eq!(cart.subject.as_ref().unwrap().as_str(), r"CN=cart,O=Acme\, Inc.,C=DE");
    assert_eq!(
        cart.names,
        [
            AlternativeName::Dns("cart.example.com".to_owned()),
            AlternativeName::Uri("spiffe://example.com/cart".to_owned()),
            AlternativeName::Ip("192.0.2.7".parse().unwrap()),
            AlternativeName::Ip("2001:db8::7".parse().unwrap()),
            AlternativeName::Email("cart@example.com".to_owned()),
        ]
    );
    assert!(cart.holds_at(START));
    let der = &read_pem(OWN).unwrap()[0];
    for end in 0..der.len() {
        assert!(Certificate::from_der(&der[..end]).is_err(), "{end}");
    }
    assert!(Certificate::from_der(&[der.clone(), vec![0]].concat()).is_err());
    assert!(Certificate::from_der(&vec![0x30; 17 * 1024]).is_err());
    assert_eq!(thumbprint_of(OWN).as_deref(), Some(OWN_THUMBPRINT));
    assert_eq!(thumbprint_of(OWN_THUMBPRINT).as_deref(), Some(OWN_THUMBPRINT));
    assert_eq!(thumbprint_of("nonsense"), None);
}

// L1: RFC 8705 sections 2.2 and 3
#[tokio::test]
async fn self_signed_tls_client_auth() {
    let world = world().await;
    let both = format!("{OWN}{SHORT}{OWN}");
    let made = try_create(&world, AuthMethod::SelfSignedTlsClientAuth, pem(&both)).await.unwrap();
    let Some(ClientCertificate::SelfSigned(thumbprints)) = &made.app.certificate else { panic!("{made:?}") };
    assert_eq!((thumbprints.len(), thumbprints[0].as_str()), (2, OWN_THUMBPRINT));

    let token = oauth::token(&world.core, by_certificate(&made, &presented(OWN, false))).await.unwrap();
    assert_eq!(token.token_type, TokenType::Bearer);
    assert_eq!(claims(&world, &token).await.cnf, Some(Confirmation::certificate(OWN_THUMBPRINT)));
    for wrong in [presented(OTHER, false), presented(OTHER, true), presented(CART, true)] {
        assert_eq!(ask(&world, by_certificate(&made, &wrong)).await, "invalid_client");
    }
    // it ends when it says so, by our clock
    let short = presented(SHORT, false);
    assert_eq!(ask(&world, by_certificate(&made, &short)).await, "issued");
    world.clock.advance(66 * DAY);
    assert_eq!(ask(&world, by_certificate(&made, &short)).await, "invalid_client");
    assert_eq!(ask(&world, by_certificate(&made, &presented(OWN, false))).await, "issued");
}

// L1: RFC 8705 section 2.1: the one name that is registered, and only where an authority vouches for it
#[tokio::test]
async fn tls_client_auth() {
    let world = world().await;
    for (member, right, wrong) in [
        ("subject_dn", r"cn=cart, o=Acme\, Inc., c=DE", r"CN=cart,O=Acme,C=DE"),
        ("subject_dn", r"2.5.4.3=cart,O=Acme\2c Inc.,C=DE", r"C=DE,O=Acme\, Inc.,CN=cart"),
        ("san_dns", "CART.example.com", "example.com"),
        ("san_uri", "spiffe://example.com/cart", "spiffe://example.com/CART"),
        ("san_ip", "192.0.2.7", "192.0.2.8"),
        ("san_ip", "2001:DB8:0::7", "2001:db8::8"),
        ("san_email", "cart@EXAMPLE.com", "Cart@example.com"),
    ] {
        let made = try_create(&world, AuthMethod::TlsClientAuth, named(member, right)).await.unwrap();
        let vouched_for = by_certificate(&made, &presented(CART, true));
        let token = oauth::token(&world.core, vouched_for).await.unwrap_or_else(|error| panic!("{member}: {error:?}"));
        assert_eq!(claims(&world, &token).await.cnf, Some(Confirmation::certificate(CART_THUMBPRINT)), "{member}");
        assert_eq!(ask(&world, by_certificate(&made, &presented(CART, false))).await, "invalid_client", "{member}");
        assert_eq!(ask(&world, by_certificate(&made, &presented(OWN, true))).await, "invalid_client", "{member}");

        let made = try_create(&world, AuthMethod::TlsClientAuth, named(member, wrong)).await.unwrap();
        assert_eq!(ask(&world, by_certificate(&made, &presented(CART, true))).await, "invalid_client", "{wrong}");
    }
}

// A9: unknown, another method, off: all alike
#[tokio::test]
async fn whoever_it_is_not_for_is_no_client() {
    let world = world().await;
    let own = presented(OWN, true);
    let by_secret = try_create(&world, AuthMethod::ClientSecretBasic, None).await.unwrap();
    assert_eq!(ask(&world, by_certificate(&by_secret, &own)).await, "invalid_client");
    let made = try_create(&world, AuthMethod::SelfSignedTlsClientAuth, pem(OWN)).await.unwrap();
    for id in ["app_0000000000000000", "nonsense", ""] {
        let mut unknown = by_certificate(&made, &own);
        let client = ClientWithCertificate { id: id.to_owned(), certificate: Arc::clone(&own) };
        unknown.client = Some(ClientAuthentication::Certificate(client));
        assert_eq!(ask(&world, unknown).await, "invalid_client", "{id}");
    }
    let developer = world.acme(Role::Developer);
    apps::disable(&world.core, &developer, "acme", &made.app.id).await.unwrap();
    assert_eq!(ask(&world, by_certificate(&made, &own)).await, "invalid_client");
}

// L1: RFC 8705 sections 3 and 3.4: binding where the client authenticates in another way
#[tokio::test]
async fn tokens_that_are_always_bound_to_a_certificate() {
    let world = world().await;
    let new = NewApp {
        token_binding: TokenBinding::Certificate,
        ..new_app(vec![grant("https://orders.example", &["read"])])
    };
    let made = with_secret(apps::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap());
    let with = |certificate| TokenRequest { certificate, ..request(&made) };
    assert_eq!(ask(&world, with(None)).await, "invalid_request");
    let token = oauth::token(&world.core, with(Some(presented(OWN, false)))).await.unwrap();
    assert_eq!(claims(&world, &token).await.cnf, Some(Confirmation::certificate(OWN_THUMBPRINT)));
    world.clock.advance(66 * DAY);
    assert_eq!(ask(&world, with(Some(presented(SHORT, false)))).await, "invalid_request");
    // with a proof too it is bound to both
    let proof = DpopProof {
        jkt: OWN_THUMBPRINT.to_owned(),
        jti: "one".to_owned(),
        nonce: None,
        remember_until: world.core.clock.now().plus_seconds(60),
    };
    let request = TokenRequest { dpop: Some(proof), ..with(Some(presented(CART, false))) };
    let token = oauth::token(&world.core, request).await.unwrap();
    let both = Confirmation { jkt: Some(OWN_THUMBPRINT.to_owned()), x5t_s256: Some(CART_THUMBPRINT.to_owned()) };
    assert_eq!(claims(&world, &token).await.cnf, Some(both));
}

#[tokio::test]
async fn a_certificate_beside_a_secret_binds_nothing_unless_it_must() {
    let world = world().await;
    let made = with_secret(try_create(&world, AuthMethod::ClientSecretBasic, None).await.unwrap());
    let request = TokenRequest { certificate: Some(presented(OWN, false)), ..request(&made) };
    let token = oauth::token(&world.core, request).await.unwrap();
    assert_eq!(claims(&world, &token).await.cnf, None);
}

// RFC 7523 section 3.1: the grant needs no client authentication, so a certificate that is only there isn't one, whatever
// `client_id` says
#[tokio::test]
async fn a_certificate_beside_an_assertion_authenticates_nobody() {
    let world = world().await;
    let account = service_accounts::created(&world, &[Role::Developer]).await;
    let assertion = jwt_bearer::assertion(account.as_str(), "a", START);
    let own = presented(OWN, false);
    let client = ClientWithCertificate { id: account.to_string(), certificate: Arc::clone(&own) };
    let request = TokenRequest {
        client: Some(ClientAuthentication::Certificate(client)),
        certificate: Some(own),
        ..jwt_bearer::request(&assertion, "https://orders.example")
    };
    let token = oauth::token(&world.core, request).await.unwrap();
    assert_eq!(claims(&world, &token).await.cnf, None);
}

// L1: RFC 8705 section 3: an API takes the token with its certificate alone
#[tokio::test]
async fn an_api_takes_a_bound_token_with_its_certificate_alone() {
    let world = world().await;
    let made = try_create(&world, AuthMethod::SelfSignedTlsClientAuth, pem(OWN)).await.unwrap();
    let api = made.app.grants[0].api.clone();
    let admin = world.acme(Role::Admin);
    let key = apis::create_verification_key(&world.core, &admin, "acme", &api, "gateway", vec![]).await.unwrap();
    let token = oauth::token(&world.core, by_certificate(&made, &presented(OWN, false))).await.unwrap();
    let credential = token.access_token.expose();
    for (certificate, code) in [
        (None, Outcome::BadSignature),
        (Some(CART_THUMBPRINT), Outcome::BadSignature),
        (Some(OWN_THUMBPRINT), Outcome::Valid),
    ] {
        let request = VerifyRequest { credential, certificate, ..VerifyRequest::default() };
        for _ in 0..2 {
            let answer = verify::verify(&world.core, key.secret.expose(), &request).await.unwrap();
            assert_eq!(answer.code, code);
            let shown = answer.valid.and_then(|valid| valid.token.as_ref().and_then(|token| token.cnf.clone()));
            assert_eq!(shown.is_some(), code == Outcome::Valid);
        }
    }
}

#[tokio::test]
async fn what_does_not_fit_the_method_is_refused() {
    let world = world().await;
    let six = [OWN; 6].concat();
    let key = "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n";
    let (with_key, damaged) = (format!("{OWN}{key}"), OWN.replace("MII", "AAA"));
    let own = AuthMethod::SelfSignedTlsClientAuth;
    for (method, certificate, field) in [
        (own, None, "certificate"),
        (own, Some(named("san_dns", "a.example")), "certificate"),
        (own, Some(pem("")), "certificate"),
        (own, Some(pem(&six)), "certificate"),
        (own, Some(pem(&with_key)), "certificate"),
        (own, Some(pem(&damaged)), "certificate"),
        (AuthMethod::TlsClientAuth, None, "certificate"),
        (AuthMethod::TlsClientAuth, Some(pem(OWN)), "certificate"),
        (AuthMethod::TlsClientAuth, Some(named("", "")), "certificate"),
        (AuthMethod::TlsClientAuth, Some(named("subject_dn", "/CN=cart")), "certificate/subject_dn"),
        (
            AuthMethod::TlsClientAuth,
            Some(named("subject_dn", &format!("CN={}", "a".repeat(1000)))),
            "certificate/subject_dn",
        ),
        (AuthMethod::TlsClientAuth, Some(named("san_dns", "*.example.com")), "certificate/san_dns"),
        (AuthMethod::TlsClientAuth, Some(named("san_uri", "cart")), "certificate/san_uri"),
        (AuthMethod::TlsClientAuth, Some(named("san_ip", "192.0.2.0/24")), "certificate/san_ip"),
        (AuthMethod::TlsClientAuth, Some(named("san_email", "cart")), "certificate/san_email"),
        (AuthMethod::TlsClientAuth, Some(named("san_email", "c\nart@example.com")), "certificate/san_email"),
        (AuthMethod::ClientSecretBasic, Some(pem(OWN)), "certificate"),
    ] {
        let refused = refused_fields(try_create(&world, method, certificate.clone()).await);
        assert_eq!(refused, [field], "{method:?} {certificate:?}");
    }
    let both =
        CertificateName { san_dns: Some("a.example".into()), san_ip: Some("192.0.2.7".into()), ..Default::default() };
    let both = Some(NewCertificate::Name(both));
    assert_eq!(refused_fields(try_create(&world, AuthMethod::TlsClientAuth, both).await), ["certificate"]);
    world.clock.advance(66 * DAY);
    assert_eq!(refused_fields(try_create(&world, own, pem(SHORT)).await), ["certificate"], "over");
}

#[tokio::test]
async fn a_certificate_is_changed() {
    let world = world().await;
    let made = try_create(&world, AuthMethod::SelfSignedTlsClientAuth, pem(OWN)).await.unwrap();
    let developer = world.acme(Role::Developer);
    let change = async |patch| apps::update(&world.core, &developer, "acme", &made.app.id, patch).await;
    let patch = AppPatch { certificate: Some(pem(OTHER)), ..AppPatch::default() };
    change(patch).await.unwrap();
    assert_eq!(ask(&world, by_certificate(&made, &presented(OWN, false))).await, "invalid_client");
    assert_eq!(ask(&world, by_certificate(&made, &presented(OTHER, false))).await, "issued");

    // another method needs its own, and loses what the former had
    let to = |auth_method| AppPatch { auth_method: Some(auth_method), ..AppPatch::default() };
    assert_eq!(refused_fields(change(to(AuthMethod::TlsClientAuth)).await), ["certificate"]);
    let patch = AppPatch { certificate: Some(named("san_dns", "cart.example.com")), ..to(AuthMethod::TlsClientAuth) };
    let changed = change(patch).await.unwrap();
    assert_eq!(changed.certificate, Some(ClientCertificate::SanDns("cart.example.com".to_owned())));
    assert_eq!(ask(&world, by_certificate(&made, &presented(OTHER, false))).await, "invalid_client");
    assert_eq!(ask(&world, by_certificate(&made, &presented(CART, true))).await, "issued");
    let changed = change(to(AuthMethod::ClientSecretBasic)).await.unwrap();
    assert_eq!(changed.certificate, None);
    assert_eq!(ask(&world, by_certificate(&made, &presented(CART, true))).await, "invalid_client");
}
