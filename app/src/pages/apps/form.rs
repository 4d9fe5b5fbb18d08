//! `/orgs/{slug}/apps/new` and `/orgs/{slug}/apps/{id}/edit`: one form.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apps::{self, App, AuthMethod, ClientCertificate};
use latchkey_core::keys::GrantableApi;
use leptos::prelude::*;

use crate::components::{Field, FormState, OrgNav, Section, empty_state, error_summary, page_header, stored_grant};
use crate::pages::grants::{self, grantable, operations_name, scopes_name};
use crate::pages::{addresses, limits};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// How an app proves who it is, as the form says it.
pub(crate) const SECRET: &str = "secret";
/// By a key of its own.
pub(crate) const KEY: &str = "key";
/// By a certificate.
pub(crate) const CERTIFICATE: &str = "certificate";

/// The form for a new app.
pub async fn new(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageCredentials, Section::Apps).await?;
    let form = ctx.form().await?;
    let apis = grantable(&ctx, &slug, &form, true).await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "New app", move || content(&shown, None, &apis, &form)))
}

/// The form that changes an app.
pub async fn edit(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageCredentials, Section::Apps).await?;
    let app = apps::get(ctx.core(), ctx.caller(), &slug, &id(&app)?).await?;
    let mut form = ctx.form().await?;
    if form.values.is_empty() {
        form.values = stored(&app);
    }
    let apis = grantable(&ctx, &slug, &form, true).await?;
    let shown = nav.clone();
    let title = format!("Edit {}", app.name);
    Ok(ctx.org_page(nav, &title, move || content(&shown, Some(&app), &apis, &form)))
}

const fn proof_of(method: AuthMethod) -> &'static str {
    match method {
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => SECRET,
        AuthMethod::PrivateKeyJwt => KEY,
        AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => CERTIFICATE,
    }
}

/// The member of the management API for a name in a certificate, and the name.
pub(crate) fn certificate_name(certificate: &ClientCertificate) -> Option<(&'static str, String)> {
    match certificate {
        ClientCertificate::SubjectDn(name) => Some(("subject_dn", name.clone())),
        ClientCertificate::SanDns(name) => Some(("san_dns", name.clone())),
        ClientCertificate::SanUri(name) => Some(("san_uri", name.clone())),
        ClientCertificate::SanIp(address) => Some(("san_ip", address.to_string())),
        ClientCertificate::SanEmail(name) => Some(("san_email", name.clone())),
        ClientCertificate::SelfSigned(_) => None,
    }
}

/// An app as the form would send it.
fn stored(app: &App) -> Vec<(String, String)> {
    let mut values = vec![
        ("name".to_owned(), app.name.clone()),
        ("proof".to_owned(), proof_of(app.auth_method).to_owned()),
        ("token_binding".to_owned(), app.token_binding.as_str().to_owned()),
        ("jwks_uri".to_owned(), app.jwks_uri.clone().unwrap_or_default()),
    ];
    values.push(("repeated_request".to_owned(), app.repeated_request.as_str().to_owned()));
    values.push(("tokens_per_day".to_owned(), app.tokens_per_day.map(|most| most.to_string()).unwrap_or_default()));
    if app.trades_secret_for_key() {
        values.push(("bootstrap".to_owned(), "1".to_owned()));
    }
    if let Some((kind, name)) = app.certificate.as_ref().and_then(certificate_name) {
        values.push(("certificate_kind".to_owned(), kind.to_owned()));
        values.push(("certificate_name".to_owned(), name));
    }
    values.push(limits::stored_limits(&app.rate_limits));
    values.extend(addresses::stored(&app.addresses));
    for grant in &app.grants {
        values.push(("api".to_owned(), grant.api.to_string()));
        let (operations, scopes) = stored_grant(&grant.scopes, grant.operations.as_ref());
        values.extend(operations.into_iter().map(|name| (operations_name(&grant.api), name)));
        values.extend(scopes.iter().map(|scope| (scopes_name(&grant.api), scope.to_string())));
        values.extend(grant.exchange.iter().map(|way| (grants::exchange_name(&grant.api), way.as_str().to_owned())));
    }
    values
}

/// The page's content.
pub fn content(nav: &OrgNav, app: Option<&App>, apis: &[GrantableApi], form: &FormState) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let (title, action, back, parent, submit) = match app {
        None => ("New app".to_owned(), to.create_app(), to.apps(), "Apps", "Create app"),
        Some(app) => (
            format!("Edit {}", app.name),
            to.app_action(&app.id, "update"),
            to.app(&app.id),
            app.name.as_str(),
            "Save changes",
        ),
    };
    let body = if apis.is_empty() && app.is_none() {
        let action = nav.may(Action::ManageApis).then(|| ("New API", to.new_api()));
        empty_state(
            "First, an API",
            "An app gets tokens for APIs, and there is none that this organisation may hold credentials for.",
            action,
        )
    } else {
        view! {
            <form method="post" action=action class="form">
                {grants::enter_key(submit)}
                {Field::new(form, "name", "Name").required().max(100).placeholder("Nightly import").text()}
                {proof(app, form)}
                {wanted(apis, form)}
                {advanced(form)}
                <div class="actions">
                    <button type="submit" class="button primary">{submit}</button>
                    <a class="button" href=back.clone()>"Cancel"</a>
                </div>
            </form>
        }
        .into_any()
    };
    let fields = [
        ("name", "Name"),
        ("proof", "How it proves who it is"),
        ("jwks", "Public keys"),
        ("jwks_uri", "Address of its keys"),
        ("certificate", "Certificate"),
        ("certificate_name", "Name in its certificate"),
        ("token_binding", "Its tokens are bound to"),
        ("tokens_per_day", "Tokens a day"),
        ("repeated_request", "When it asks again"),
        limits::LABELS[0],
        addresses::LABELS[0],
        addresses::LABELS[1],
        ("grants", "What it may ask for"),
    ];
    let lead = app.is_none().then_some("A program that gets short-lived access tokens for APIs (OAuth 2).");
    view! {
        {page_header(Some((parent, back.clone())), &title, lead, ().into_any())}
        {error_summary(form, &fields)}
        {body}
    }
    .into_any()
}

/// The choice, and what belongs to each: only the chosen one's fields show, without any script.
fn proof(app: Option<&App>, form: &FormState) -> AnyView {
    let option = |value: &str, text: &str, meaning: &str| (value.to_owned(), text.to_owned(), meaning.to_owned());
    let ways = [
        option(SECRET, "A client secret", "We make one and show it once; the program sends it for each token."),
        option(KEY, "A key of its own", "It signs with a private key that nobody else ever sees (private_key_jwt)."),
        option(CERTIFICATE, "A certificate", "It connects with a certificate of its own (mutual TLS)."),
    ];
    view! {
        <div class="proof">
            {Field::new(form, "proof", "How it proves who it is").required().default(SECRET).choices("radio", &ways)}
            <div class="proof-part for-key">{key_fields(app, form)}</div>
            <div class="proof-part for-certificate">{certificate_fields(app, form)}</div>
        </div>
    }
    .into_any()
}

fn key_fields(app: Option<&App>, form: &FormState) -> AnyView {
    let has_keys = app.is_some_and(|app| app.auth_method == AuthMethod::PrivateKeyJwt && app.jwks_uri.is_none());
    let hint = if has_keys {
        "Left empty, its keys stay as they are; single ones are added and deleted on the app's page. A JWK or JWK Set here takes the place of all."
    } else {
        "A JWK or a JWK Set (RFC 7517), public members only: Ed25519, P-256, or RSA of 2048 bits and more."
    };
    let bootstrap = [(
        "1".to_owned(),
        "It registers its key itself".to_owned(),
        "It gets a secret that it trades for its key, once; the secret gets no token, and ends with the trade."
            .to_owned(),
    )];
    view! {
        {Field::new(form, "jwks", "Public keys").mono().placeholder(r#"{"kty": "OKP", "crv": "Ed25519", "x": "…"}"#).hint(hint).area(5)}
        {Field::new(form, "jwks_uri", "Or the address where they are").mono().max(1_000).placeholder("https://import.example/jwks.json")
            .hint("A JWK Set that we fetch when a key is unknown, and keep for a while.").text()}
        {Field::new(form, "bootstrap", "Or neither yet").choices("checkbox", &bootstrap)}
    }
    .into_any()
}

fn certificate_fields(app: Option<&App>, form: &FormState) -> AnyView {
    let own = app.is_some_and(|app| matches!(app.certificate, Some(ClientCertificate::SelfSigned(_))));
    let hint = if own {
        "Left empty, the certificates that are registered stay. Give up to five to put in their place."
    } else {
        "Up to five certificates of its own, as PEM: just these are taken, whoever signed them (self_signed_tls_client_auth)."
    };
    let kinds = [
        ("subject_dn", "Subject (RFC 4514)"),
        ("san_dns", "DNS name"),
        ("san_uri", "URI, as SPIFFE's"),
        ("san_ip", "IP address"),
        ("san_email", "E-mail address"),
    ]
    .map(|(value, text)| (value.to_owned(), text.to_owned()))
    .to_vec();
    view! {
        {Field::new(form, "certificate", "Its certificates").mono().placeholder("-----BEGIN CERTIFICATE-----").hint(hint).area(5)}
        <div class="columns">
            {Field::new(form, "certificate_kind", "Or one name in them").default("subject_dn").select(kinds)}
            {Field::new(form, "certificate_name", "That name").mono().max(1_000).placeholder("CN=import,O=Acme,C=DE")
                .hint("Any certificate with it, from an authority that the operator trusts (tls_client_auth).").text()}
        </div>
    }
    .into_any()
}

fn wanted(apis: &[GrantableApi], form: &FormState) -> AnyView {
    let error = form.error("grants").map(|error| view! { <p class="error" id=form.id("grants-error")>{error}</p> });
    let alone = apis.len() == 1;
    let boxes = apis.iter().map(|known| grants::grant(known, alone, true, form)).collect_view();
    view! {
        <fieldset class="field">
            <legend id=form.id("grants")>"What it may ask for"</legend>
            <p class="hint">"Tick the APIs, and the scopes at each. A token is for one of them."</p>
            {error}
            {boxes}
        </fieldset>
    }
    .into_any()
}

fn advanced(form: &FormState) -> AnyView {
    let bindings = [
        ("none", "Nothing: whoever has a token may use it"),
        ("dpop", "The program's key (DPoP, RFC 9449)"),
        ("certificate", "Its certificate (RFC 8705)"),
    ]
    .map(|(value, text)| (value.to_owned(), text.to_owned()))
    .to_vec();
    let repeated = [("new_token", "Another token"), ("same_token", "The same token, until half of its life is over")]
        .map(|(value, text)| (value.to_owned(), text.to_owned()))
        .to_vec();
    let names = [
        "token_binding",
        "tokens_per_day",
        "repeated_request",
        limits::NAMES[0],
        addresses::NAMES[0],
        addresses::NAMES[1],
    ];
    let is_usual = |name: &str| matches!(form.value(name), "" | "none" | "new_token");
    let open = names.iter().any(|name| !is_usual(name) || form.error(name).is_some());
    view! {
        <details class="more" open=open>
            <summary>"Advanced: binding of its tokens, quota, rate limits, addresses"</summary>
            <div class="form-part">
                {Field::new(form, "token_binding", "Its tokens are bound to").default("none")
                    .hint("A bound token is worth nothing to a thief: each call must prove possession of the key as well.").select(bindings)}
                {Field::new(form, "tokens_per_day", "Tokens a day, at most").hint("Counted from midnight UTC. Empty: any number.").input("number")}
                {Field::new(form, "repeated_request", "When it asks again while its last token is good, it gets").default("new_token").select(repeated)}
                {limits::party_limit_field(form)}
                {addresses::fields(form)}
            </div>
        </details>
    }
    .into_any()
}
