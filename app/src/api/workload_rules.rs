//! Workload rules.

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use latchkey_core::workloads::{self, NewWorkloadRule, TestReport};
use latchkey_core::{Action, Error};
use serde_json::{Map, Value};

use super::client_keys::{forget_private, jwk_set};
use crate::components::{Flash, FormState, Section};
use crate::pages::workload_rules::test::content;
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

/// `name = value`, one a line. A value may hold commas and further equals signs.
fn claims(form: &FormData) -> Result<Map<String, Value>, Error> {
    let mut claims = Map::new();
    for line in form.text("claims").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once('=') else {
            return Err(Error::invalid("claims", format!("\"{line}\" has no =. Write repository = acme/shop.")));
        };
        let (name, value) = (name.trim(), value.trim());
        if claims.insert(name.to_owned(), value.into()).is_some() {
            return Err(Error::invalid("claims", format!("{name} stands there twice.")));
        }
    }
    Ok(claims)
}

fn new_rule(form: &FormData) -> Result<NewWorkloadRule, Error> {
    Ok(NewWorkloadRule {
        issuer: form.text("issuer").to_owned(),
        audience: form.text("audience").to_owned(),
        claims: claims(form)?,
        jwks: jwk_set(form, "jwks")?,
        principal: form.text("principal").to_owned(),
    })
}

/// Creates a rule.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, mut form: FormData) -> PageResult {
    let page = OrgRoutes(&slug).workload_rules();
    let created = match new_rule(&form) {
        Ok(new) => workloads::create(ctx.core(), ctx.caller(), &slug, new).await,
        Err(error) => ctx.org(&slug, Action::ManageWorkloadRules, Section::Workloads).await.and(Err(error)),
    };
    match created {
        Ok(_) => Ok(done(&page, Flash::RuleCreated)),
        Err(error) => {
            forget_private(&mut form, &["jwks"]);
            ctx.refuse(&page, form, error).await
        }
    }
}

/// Deletes a rule.
pub async fn delete(ctx: Ctx, Path((slug, rule)): Path<(String, String)>) -> PageResult {
    workloads::delete(ctx.core(), ctx.caller(), &slug, &id(&rule)?).await?;
    Ok(done(&OrgRoutes(&slug).workload_rules(), Flash::RuleDeleted))
}

/// Says which rule takes a token. It changes nothing, so the answer is the page itself: what a redirect would need to
/// keep would be the token or what stands in it.
pub async fn test(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageWorkloadRules, Section::Workloads).await?;
    let (report, state): (Option<TestReport>, FormState) =
        match workloads::test(ctx.core(), ctx.caller(), &slug, form.text("token")).await {
            Ok(report) => (Some(report), FormState::default()),
            Err(Error::Invalid(errors)) => (None, FormState::default().with_errors(errors)),
            Err(error) => return Err(error.into()),
        };
    let status = if report.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = nav.clone();
    let mut page = ctx.org_page(nav, "Test a token", move || content(&shown, report.as_ref(), &state));
    page.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((status, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Map<String, Value>, Error> {
        claims(&FormData(vec![("claims".to_owned(), text.to_owned())]))
    }

    #[test]
    fn claims_are_one_a_line() {
        let read_claims = read("repository = acme/shop\n\n/kubernetes.io/namespace=a=b, c\n").unwrap();
        assert_eq!(read_claims["repository"], "acme/shop");
        assert_eq!(read_claims["/kubernetes.io/namespace"], "a=b, c");
        for bad in ["repository", "a = 1\na = 2"] {
            assert!(matches!(read(bad), Err(Error::Invalid(_))), "{bad}");
        }
        assert!(read("").unwrap().is_empty());
    }
}
