//! Apps.

use axum::extract::Path;
use latchkey_core::apps::{
    self, App, AppPatch, AuthMethod, CertificateName, CreatedApp, Exchange, NewApp, NewCertificate, NewGrant,
    RepeatedRequest, SecretUse, TokenBinding,
};
use latchkey_core::{Action, Error};
use serde_json::Value;

use super::client_keys::{forget_private, jwk_set, new_key, say_private_once};
use crate::components::{Flash, Section};
use crate::pages::apps::form::{CERTIFICATE, KEY, SECRET};
use crate::pages::limits;
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

/// The ticked APIs, each with its ticked scopes and ways to exchange. A ticked scope ticks its API.
pub(super) fn grants(form: &FormData) -> Vec<NewGrant> {
    let mut apis = form.names_after("scopes.");
    apis.extend(form.all("api"));
    apis.into_iter()
        .map(|api| {
            let words = form.list(&format!("exchange.{api}"));
            let ways = [Exchange::Delegation, Exchange::Impersonation].into_iter();
            let exchange = ways.filter(|way| words.iter().any(|word| word == way.as_str())).collect();
            NewGrant {
                api: api.to_owned(),
                scopes: form.list(&format!("scopes.{api}")),
                operations: form.rows(&format!("operations.{api}")),
                exchange: Some(exchange),
            }
        })
        .collect()
}

/// How the app is to prove who it is, as chosen and typed.
#[derive(Debug)]
enum Proof {
    Secret,
    Key {
        jwks: Option<Value>,
        jwks_uri: Option<String>,
        bootstrap: bool,
    },
    /// `None`: the one that is registered.
    Certificate(Option<NewCertificate>),
}

impl Proof {
    fn read(form: &FormData) -> Result<Self, Error> {
        match form.text("proof") {
            SECRET => Ok(Self::Secret),
            KEY => Ok(Self::Key {
                jwks: jwk_set(form, "jwks")?,
                jwks_uri: form.some("jwks_uri"),
                bootstrap: form.has("bootstrap"),
            }),
            CERTIFICATE => Ok(Self::Certificate(certificate(form)?)),
            _ => Err(Error::invalid("proof", "Choose how the app proves who it is.")),
        }
    }
}

fn certificate(form: &FormData) -> Result<Option<NewCertificate>, Error> {
    match (form.some("certificate"), form.some("certificate_name")) {
        (Some(_), Some(_)) => {
            Err(Error::invalid("certificate", "Give its certificates or one name in them, not both."))
        }
        (Some(pem), None) => Ok(Some(NewCertificate::Pem(pem))),
        (None, None) => Ok(None),
        (None, name @ Some(_)) => {
            let empty = CertificateName::default();
            let named = match form.text("certificate_kind") {
                "subject_dn" => CertificateName { subject_dn: name, ..empty },
                "san_dns" => CertificateName { san_dns: name, ..empty },
                "san_uri" => CertificateName { san_uri: name, ..empty },
                "san_ip" => CertificateName { san_ip: name, ..empty },
                "san_email" => CertificateName { san_email: name, ..empty },
                _ => return Err(Error::invalid("certificate_name", "Choose what kind of name it is.")),
            };
            Ok(Some(NewCertificate::Name(named)))
        }
    }
}

fn token_binding(form: &FormData) -> Result<TokenBinding, Error> {
    let text = form.text("token_binding");
    [TokenBinding::None, TokenBinding::Dpop, TokenBinding::Certificate]
        .into_iter()
        .find(|binding| binding.as_str() == text || (text.is_empty() && *binding == TokenBinding::None))
        .ok_or_else(|| Error::invalid("token_binding", "Choose what its tokens are bound to."))
}

/// How many tokens a day; `None`: any number.
fn tokens_per_day(form: &FormData) -> Result<Option<i64>, Error> {
    let number = |text: String| {
        text.parse().map_err(|_| Error::invalid("tokens_per_day", "Write a whole number, or leave it empty."))
    };
    form.some("tokens_per_day").map(number).transpose()
}

fn repeated_request(form: &FormData) -> Result<RepeatedRequest, Error> {
    let text = form.text("repeated_request");
    [RepeatedRequest::NewToken, RepeatedRequest::SameToken]
        .into_iter()
        .find(|answer| answer.as_str() == text || (text.is_empty() && *answer == RepeatedRequest::NewToken))
        .ok_or_else(|| Error::invalid("repeated_request", "Choose what it gets."))
}

const fn certificate_method(certificate: &NewCertificate) -> AuthMethod {
    match certificate {
        NewCertificate::Pem(_) => AuthMethod::SelfSignedTlsClientAuth,
        NewCertificate::Name(_) => AuthMethod::TlsClientAuth,
    }
}

const fn secret_use(bootstrap: bool) -> SecretUse {
    if bootstrap { SecretUse::Bootstrap } else { SecretUse::Authenticate }
}

fn new_app(form: &FormData) -> Result<NewApp, Error> {
    let mut new = NewApp {
        name: form.text("name").to_owned(),
        grants: grants(form),
        token_binding: token_binding(form)?,
        tokens_per_day: tokens_per_day(form)?,
        repeated_request: repeated_request(form)?,
        rate_limits: limits::read_limits(form)?.unwrap_or_default(),
        allowed_ips: form.lines("allowed_ips"),
        denied_ips: form.lines("denied_ips"),
        ..NewApp::default()
    };
    match Proof::read(form)? {
        Proof::Secret => {}
        Proof::Key { jwks, jwks_uri, bootstrap } => {
            new.auth_method = AuthMethod::PrivateKeyJwt;
            (new.jwks, new.jwks_uri, new.secret_use) = (jwks, jwks_uri, secret_use(bootstrap));
        }
        Proof::Certificate(None) => {
            return Err(Error::invalid("certificate", "Give its certificates, or one name in them."));
        }
        Proof::Certificate(Some(certificate)) => {
            new.auth_method = certificate_method(&certificate);
            new.certificate = Some(certificate);
        }
    }
    Ok(new)
}

/// What the form changes about this app.
fn patch(form: &FormData, app: &App) -> Result<AppPatch, Error> {
    let mut patch = AppPatch {
        name: Some(form.text("name").to_owned()),
        grants: Some(grants(form)),
        token_binding: Some(token_binding(form)?),
        tokens_per_day: Some(tokens_per_day(form)?),
        repeated_request: Some(repeated_request(form)?),
        rate_limits: limits::read_limits(form)?,
        allowed_ips: Some(form.lines("allowed_ips")),
        denied_ips: Some(form.lines("denied_ips")),
        ..AppPatch::default()
    };
    match Proof::read(form)? {
        // the header and the body are two places for the same secret
        Proof::Secret if app.auth_method.is_by_secret() => {}
        Proof::Secret => {
            patch.auth_method = Some(AuthMethod::ClientSecretBasic);
            patch.secret_use = Some(SecretUse::Authenticate);
        }
        Proof::Key { jwks, jwks_uri, bootstrap } => {
            patch.auth_method = Some(AuthMethod::PrivateKeyJwt);
            patch.secret_use = Some(secret_use(bootstrap));
            // keys at an address take the place of those here
            let fetched_now = jwks_uri.is_some() && app.jwks_uri.is_none();
            patch.jwks = jwks.map(Some).or_else(|| fetched_now.then_some(None));
            patch.jwks_uri = (jwks_uri != app.jwks_uri).then_some(jwks_uri);
        }
        Proof::Certificate(None) => {
            if app.certificate.is_none() {
                return Err(Error::invalid("certificate", "Give its certificates, or one name in them."));
            }
        }
        Proof::Certificate(Some(certificate)) => {
            patch.auth_method = Some(certificate_method(&certificate));
            patch.certificate = Some(certificate);
        }
    }
    Ok(patch)
}

/// Back to the form. Errors at members that the form has another name for are told there.
async fn refuse(ctx: &Ctx, page: &str, mut form: FormData, error: Error) -> PageResult {
    forget_private(&mut form, &["jwks", "certificate"]);
    let error = match say_private_once(error) {
        Error::Invalid(mut errors) => {
            for error in &mut errors {
                match error.field.as_str() {
                    "auth_method" | "secret_use" => "proof".clone_into(&mut error.field),
                    field if field.starts_with("certificate/") => "certificate_name".clone_into(&mut error.field),
                    _ => {}
                }
            }
            Error::Invalid(errors)
        }
        other => other,
    };
    ctx.refuse(page, form, error).await
}

/// Creates an app and shows its first secret once, where it has one.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let to = OrgRoutes(&slug);
    if form.has("more") {
        ctx.org(&slug, Action::ManageCredentials, Section::Apps).await?;
        return refuse(&ctx, &to.new_app(), form, Error::Invalid(Vec::new())).await;
    }
    let created = match new_app(&form) {
        Ok(new) => apps::create(ctx.core(), ctx.caller(), &slug, new).await,
        // who may not is told that, whatever the form says
        Err(error) => ctx.org(&slug, Action::ManageCredentials, Section::Apps).await.and(Err(error)),
    };
    match created {
        Ok(CreatedApp { app, client_secret: Some(secret), .. }) => {
            ctx.show_once(&to.app_created(&app.id), app.id.to_string(), secret).await
        }
        Ok(created) => Ok(done(&to.app(&created.app.id), Flash::AppCreated)),
        Err(error) => refuse(&ctx, &to.new_app(), form, error).await,
    }
}

async fn answer(ctx: &Ctx, page: &str, form: FormData, result: Result<App, Error>, flash: Flash) -> PageResult {
    match result {
        Ok(_) => Ok(done(page, flash)),
        Err(error) => ctx.refuse(page, form, error).await,
    }
}

/// Changes an app.
pub async fn update(ctx: Ctx, Path((slug, app)): Path<(String, String)>, form: FormData) -> PageResult {
    let app = apps::get(ctx.core(), ctx.caller(), &slug, &id(&app)?).await?;
    let to = OrgRoutes(&slug);
    if form.has("more") {
        ctx.org(&slug, Action::ManageCredentials, Section::Apps).await?;
        return refuse(&ctx, &to.app_edit(&app.id), form, Error::Invalid(Vec::new())).await;
    }
    let updated = match patch(&form, &app) {
        Ok(patch) => apps::update(ctx.core(), ctx.caller(), &slug, &app.id, patch).await,
        Err(error) => ctx.org(&slug, Action::ManageCredentials, Section::Apps).await.and(Err(error)),
    };
    match updated {
        Ok(_) => Ok(done(&to.app(&app.id), Flash::Saved)),
        Err(error) => refuse(&ctx, &to.app_edit(&app.id), form, error).await,
    }
}

/// Switches an app off.
pub async fn disable(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> PageResult {
    let app = id(&app)?;
    let result = apps::disable(ctx.core(), ctx.caller(), &slug, &app).await;
    answer(&ctx, &OrgRoutes(&slug).app(&app), FormData::default(), result, Flash::AppDisabled).await
}

/// Switches an app on.
pub async fn enable(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> PageResult {
    let app = id(&app)?;
    let result = apps::enable(ctx.core(), ctx.caller(), &slug, &app).await;
    answer(&ctx, &OrgRoutes(&slug).app(&app), FormData::default(), result, Flash::AppEnabled).await
}

/// Ends an app.
pub async fn revoke(ctx: Ctx, Path((slug, app)): Path<(String, String)>, form: FormData) -> PageResult {
    let app = id(&app)?;
    let result = apps::revoke(ctx.core(), ctx.caller(), &slug, &app, form.some("reason")).await;
    answer(&ctx, &OrgRoutes(&slug).app(&app), form, result, Flash::AppRevoked).await
}

/// Deletes an app that was never used.
pub async fn delete(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> PageResult {
    let app = id(&app)?;
    let to = OrgRoutes(&slug);
    match apps::delete(ctx.core(), ctx.caller(), &slug, &app).await {
        Ok(()) => Ok(done(&to.apps(), Flash::AppDeleted)),
        Err(error) => ctx.refuse(&to.app(&app), FormData::default(), error).await,
    }
}

/// Adds a client secret and shows it once.
pub async fn create_secret(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> PageResult {
    let app = id(&app)?;
    let to = OrgRoutes(&slug);
    match apps::create_secret(ctx.core(), ctx.caller(), &slug, &app).await {
        Ok(created) => ctx.show_once(&to.app_created(&app), app.to_string(), created.client_secret).await,
        Err(error) => ctx.refuse(&to.app(&app), FormData::default(), error).await,
    }
}

/// Deletes a client secret.
pub async fn delete_secret(ctx: Ctx, Path((slug, app, secret)): Path<(String, String, String)>) -> PageResult {
    let app = id(&app)?;
    let page = OrgRoutes(&slug).app(&app);
    match apps::delete_secret(ctx.core(), ctx.caller(), &slug, &app, &id(&secret)?).await {
        Ok(()) => Ok(done(&page, Flash::SecretDeleted)),
        Err(error) => ctx.refuse(&page, FormData::default(), error).await,
    }
}

/// Registers a public key.
pub async fn create_key(ctx: Ctx, Path((slug, app)): Path<(String, String)>, mut form: FormData) -> PageResult {
    let app = id(&app)?;
    let page = OrgRoutes(&slug).app(&app);
    let created = match new_key(&form, ctx.now) {
        Ok(new) => apps::add_key(ctx.core(), ctx.caller(), &slug, &app, new).await,
        Err(error) => ctx.org(&slug, Action::ManageCredentials, Section::Apps).await.and(Err(error)),
    };
    match created {
        Ok(_) => Ok(done(&page, Flash::PublicKeyAdded)),
        Err(error) => {
            forget_private(&mut form, &["jwk"]);
            ctx.refuse(&page, form, say_private_once(error)).await
        }
    }
}

/// Deletes a public key.
pub async fn delete_key(ctx: Ctx, Path((slug, app, key)): Path<(String, String, String)>) -> PageResult {
    let app = id(&app)?;
    apps::delete_key(ctx.core(), ctx.caller(), &slug, &app, &id(&key)?).await?;
    Ok(done(&OrgRoutes(&slug).app(&app), Flash::PublicKeyDeleted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::samples;

    fn form(pairs: &[(&str, &str)]) -> FormData {
        FormData(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn only_what_belongs_to_the_chosen_proof_counts() {
        let jwk = r#"{"kty":"OKP"}"#;
        let all = [
            ("jwks", jwk),
            ("jwks_uri", "https://a.example"),
            ("certificate_name", "CN=a"),
            ("certificate_kind", "san_dns"),
        ];
        let read = |proof| new_app(&form(&[&[("proof", proof)], &all[..]].concat()));
        let by_secret = read("secret").unwrap();
        assert!(by_secret.jwks.is_none() && by_secret.jwks_uri.is_none() && by_secret.certificate.is_none());
        let by_key = read("key").unwrap();
        assert!(by_key.jwks.is_some() && by_key.jwks_uri.is_some() && by_key.certificate.is_none());
        let by_certificate = read("certificate").unwrap();
        assert_eq!(by_certificate.auth_method, AuthMethod::TlsClientAuth);
        assert!(by_certificate.jwks.is_none());
        for bad in ["", "password"] {
            assert!(matches!(read(bad), Err(Error::Invalid(_))), "{bad}");
        }
        assert!(matches!(new_app(&form(&[("proof", "certificate")])), Err(Error::Invalid(_))));
    }

    #[test]
    fn a_form_that_says_nothing_of_keys_leaves_them() {
        let app = App { auth_method: AuthMethod::PrivateKeyJwt, ..samples::app() };
        let kept = patch(&form(&[("proof", "key"), ("jwks", ""), ("jwks_uri", "")]), &app).unwrap();
        assert!(kept.jwks.is_none() && kept.jwks_uri.is_none());
        let moved = patch(&form(&[("proof", "key"), ("jwks_uri", "https://a.example")]), &app).unwrap();
        assert_eq!((moved.jwks, moved.jwks_uri), (Some(None), Some(Some("https://a.example".to_owned()))));
        let by_post = App { auth_method: AuthMethod::ClientSecretPost, ..samples::app() };
        assert_eq!(patch(&form(&[("proof", "secret")]), &by_post).unwrap().auth_method, None);
    }

    #[test]
    fn a_ticked_api_brings_its_scopes_and_its_ways_to_exchange() {
        let typed = form(&[
            ("api", "a"),
            ("scopes.a", "x"),
            ("scopes.b", "y"),
            ("exchange.a", "impersonation"),
            ("exchange.c", "delegation"),
        ]);
        let read = grants(&typed);
        let apis: Vec<&str> = read.iter().map(|grant| grant.api.as_str()).collect();
        assert_eq!(apis, ["a", "b"]);
        assert_eq!(read[0].exchange, Some(vec![Exchange::Impersonation]));
        assert_eq!(read[1].exchange, Some(Vec::new()));
    }
}
