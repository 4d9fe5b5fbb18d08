//! What verification answers to a credential.

use std::net::IpAddr;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use latchkey_core::verify::{self, Check, Operation};
use latchkey_core::{Action, Error, FieldError, keys};
use latchkey_types::ApiId;

use crate::components::{FormState, Section};
use crate::pages::check::{CheckPage, Report, apis, content};
use crate::request::{Ctx, FormData, PageResult};

/// The call, as typed.
struct Typed {
    api: ApiId,
    credential: String,
    scopes: Vec<String>,
    operation: Option<(String, String)>,
    ip: Option<IpAddr>,
}

impl Typed {
    fn read(form: &FormData) -> Result<Self, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let api = form.text("api").parse().ok();
        if api.is_none() {
            wrong.push(FieldError::new("api", "Choose an API."));
        }
        if form.text("credential").is_empty() {
            wrong.push(FieldError::new("credential", "Paste a credential."));
        }
        let operation = match (form.some("method"), form.some("path")) {
            (Some(method), Some(path)) => Some((method, path)),
            (None, None) => None,
            (Some(_), None) => {
                wrong.push(FieldError::new("path", "Give the path too, or leave the method empty."));
                None
            }
            (None, Some(_)) => {
                wrong.push(FieldError::new("method", "Give the method too, or leave the path empty."));
                None
            }
        };
        let ip = form.some("ip").and_then(|text| {
            let address = text.parse();
            if address.is_err() {
                wrong.push(FieldError::new("ip", "Write one address, as in 203.0.113.9."));
            }
            address.ok()
        });
        match api {
            Some(api) if wrong.is_empty() => Ok(Self {
                api,
                credential: form.text("credential").to_owned(),
                scopes: form.text("scopes").split_whitespace().map(str::to_owned).collect(),
                operation,
                ip,
            }),
            _ => Err(wrong),
        }
    }
}

/// Asks, and finds the page of a key of this organisation.
async fn ask(ctx: &Ctx, slug: &str, typed: &Typed) -> Result<Report, Error> {
    let operation = typed.operation.as_ref().map(|(method, path)| Operation { method, path });
    let Typed { api, credential, scopes, ip, .. } = typed;
    let wanted = Check { credential, scopes, operation, ip: *ip };
    let answer = verify::check(ctx.core(), ctx.caller(), slug, api, &wanted).await?;
    let id = answer.valid.as_ref().map(|known| known.id.as_str()).or(answer.id.as_deref());
    let key = match id.and_then(|id| id.parse().ok()) {
        None => None,
        Some(id) => match keys::get(ctx.core(), ctx.caller(), slug, &id).await {
            Ok(key) => Some(key.id),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        },
    };
    Ok(Report { answer, key, has_address: ip.is_some() })
}

/// Says what verification answers to a credential. It changes nothing, so the answer is the page itself: the credential is
/// kept nowhere, and doesn't come back.
pub async fn run(ctx: Ctx, Path(slug): Path<String>, mut form: FormData) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageCredentials, Section::Apis).await?;
    let answered = match Typed::read(&form) {
        Ok(typed) => ask(&ctx, &slug, &typed).await,
        Err(wrong) => Err(Error::Invalid(wrong)),
    };
    form.0.retain(|(name, _)| name != "credential");
    let state = FormState::typed(form.0);
    let (status, report, state) = match answered {
        Ok(report) => (StatusCode::OK, Some(report), state),
        Err(Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, None, state.with_errors(errors)),
        Err(Error::TooMany(seconds)) => {
            let text = format!("Too many wrong credentials were pasted here. Wait {seconds} seconds, then try again.");
            (StatusCode::TOO_MANY_REQUESTS, None, state.with_error("", text))
        }
        Err(error) => return Err(error.into()),
    };
    let model = CheckPage { nav: nav.clone(), apis: apis(&ctx, &slug).await?, report, form: state, now: ctx.now };
    let mut page = ctx.org_page(nav, "Check a credential", move || content(&model));
    page.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((status, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(pairs: &[(&str, &str)]) -> Vec<String> {
        let form = FormData(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect());
        let errors = Typed::read(&form).err().unwrap_or_default();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn what_is_missing_or_half_given_is_named() {
        let good = [("api", "api_7Gk2mPq9XzRtA1b2"), ("credential", "x")];
        assert!(wrong(&good).is_empty());
        assert_eq!(wrong(&[]), ["api", "credential"]);
        for (name, value, field) in [("method", "GET", "path"), ("path", "/", "method"), ("ip", "here", "ip")] {
            assert_eq!(wrong(&[good[0], good[1], (name, value)]), [field]);
        }
        assert!(wrong(&[good[0], good[1], ("method", "GET"), ("path", "/"), ("ip", "2001:db8::1")]).is_empty());
    }
}
