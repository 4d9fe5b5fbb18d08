//! APIs, verification keys, consumers, access requests.

use axum::extract::Path;
use latchkey_core::Error;
use latchkey_core::apis::{self, ApiPatch, NewApi, NewScope, PolicyPatch, ScopeGrant, TokenFormat, Visibility};
use latchkey_core::signing::SigningAlg;
use latchkey_types::{ApiId, Environment};

use crate::components::Flash;
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::{self, OrgRoutes};

/// The rows of scopes that aren't empty.
fn scopes(form: &FormData) -> Vec<NewScope> {
    let rows = form.all("scope_name").zip(form.all("scope_description")).zip(form.all("scope_grant"));
    rows.filter(|((name, description), _)| !name.is_empty() || !description.is_empty())
        .map(|((name, description), grant)| NewScope {
            name: name.to_owned(),
            description: description.to_owned(),
            grant: if grant == "approval" { ScopeGrant::Approval } else { ScopeGrant::SelfService },
        })
        .collect()
}

fn visibility(form: &FormData) -> Result<Visibility, Error> {
    [Visibility::Private, Visibility::Public]
        .into_iter()
        .find(|visibility| visibility.as_str() == form.text("visibility"))
        .ok_or_else(|| Error::invalid("visibility", "Choose private or public."))
}

fn token_ttl(form: &FormData) -> Result<Option<i64>, Error> {
    let number = |text: String| {
        text.parse().map_err(|_| Error::invalid("token_ttl_seconds", "Write a whole number, 60 to 3600."))
    };
    form.some("token_ttl_seconds").map(number).transpose()
}

/// What signs the API's tokens, and how they look; a form without these members leaves them.
fn signing_alg(form: &FormData) -> Result<Option<SigningAlg>, Error> {
    let read = |word: String| {
        SigningAlg::from_word(&word).ok_or_else(|| Error::invalid("signing_alg", "Choose one of the algorithms."))
    };
    form.some("signing_alg").map(read).transpose()
}

fn token_format(form: &FormData) -> Result<Option<TokenFormat>, Error> {
    let read = |word: String| {
        TokenFormat::from_word(&word).ok_or_else(|| Error::invalid("token_format", "Choose one of the formats."))
    };
    form.some("token_format").map(read).transpose()
}

fn new_api(form: &FormData) -> Result<NewApi, Error> {
    Ok(NewApi {
        name: form.text("name").to_owned(),
        audience: form.text("audience").to_owned(),
        visibility: visibility(form)?,
        scopes: scopes(form),
        token_ttl_seconds: token_ttl(form)?,
        signing_alg: signing_alg(form)?,
        token_format: token_format(form)?,
    })
}

/// Creates an API; the button for more rows only comes back with them.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let to = OrgRoutes(&slug);
    if form.has("more") {
        return ctx.refuse(&to.new_api(), form, Error::Invalid(Vec::new())).await;
    }
    let created = match new_api(&form) {
        Ok(new) => apis::create(ctx.core(), ctx.caller(), &slug, new).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(api) => Ok(done(&to.api(&api.id), Flash::ApiCreated)),
        Err(error) => ctx.refuse(&to.new_api(), form, error).await,
    }
}

fn patch(form: &FormData) -> Result<ApiPatch, Error> {
    Ok(ApiPatch {
        name: Some(form.text("name").to_owned()),
        visibility: Some(visibility(form)?),
        scopes: Some(scopes(form)),
        token_ttl_seconds: token_ttl(form)?,
        signing_alg: signing_alg(form)?,
        token_format: token_format(form)?,
    })
}

/// Changes an API.
pub async fn update(ctx: Ctx, Path((slug, api)): Path<(String, String)>, form: FormData) -> PageResult {
    let api: ApiId = id(&api)?;
    let to = OrgRoutes(&slug);
    if form.has("more") {
        return ctx.refuse(&to.api_edit(&api), form, Error::Invalid(Vec::new())).await;
    }
    let updated = match patch(&form) {
        Ok(patch) => apis::update(ctx.core(), ctx.caller(), &slug, &api, patch).await,
        Err(error) => Err(error),
    };
    match updated {
        Ok(_) => Ok(done(&to.api(&api), Flash::Saved)),
        Err(error) => ctx.refuse(&to.api_edit(&api), form, error).await,
    }
}

/// Deletes an API.
pub async fn delete(ctx: Ctx, Path((slug, api)): Path<(String, String)>) -> PageResult {
    let api = id(&api)?;
    let to = OrgRoutes(&slug);
    match apis::delete(ctx.core(), ctx.caller(), &slug, &api).await {
        Ok(()) => Ok(done(&to.apis(), Flash::ApiDeleted)),
        Err(error) => ctx.refuse(&to.api(&api), FormData::default(), error).await,
    }
}

fn environments(form: &FormData) -> Result<Vec<Environment>, Error> {
    let chosen: Result<Vec<Environment>, _> = form.all("environments").map(str::parse).collect();
    chosen
        .ok()
        .filter(|chosen| !chosen.is_empty())
        .ok_or_else(|| Error::invalid("environments", "Choose live, test or both."))
}

/// Creates a verification key and shows its secret once.
pub async fn create_verification_key(
    ctx: Ctx,
    Path((slug, api)): Path<(String, String)>,
    form: FormData,
) -> PageResult {
    let api = id(&api)?;
    let page = OrgRoutes(&slug).api(&api);
    let created = match environments(&form) {
        Ok(chosen) => {
            apis::create_verification_key(ctx.core(), ctx.caller(), &slug, &api, form.text("name"), chosen).await
        }
        Err(error) => Err(error),
    };
    match created {
        Ok(created) => ctx.show_once(&page, created.key.id.to_string(), created.secret).await,
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// Deletes a verification key.
pub async fn delete_verification_key(ctx: Ctx, Path((slug, api, key)): Path<(String, String, String)>) -> PageResult {
    let api = id(&api)?;
    apis::delete_verification_key(ctx.core(), ctx.caller(), &slug, &api, &id(&key)?).await?;
    Ok(done(&OrgRoutes(&slug).api(&api), Flash::VerificationKeyDeleted))
}

/// Blocks a consumer.
pub async fn block(ctx: Ctx, path: Path<(String, String, String)>) -> PageResult {
    set_blocked(ctx, path, true, Flash::ConsumerBlocked).await
}

/// Unblocks a consumer.
pub async fn unblock(ctx: Ctx, path: Path<(String, String, String)>) -> PageResult {
    set_blocked(ctx, path, false, Flash::ConsumerUnblocked).await
}

async fn set_blocked(
    ctx: Ctx,
    Path((slug, api, consumer)): Path<(String, String, String)>,
    blocked: bool,
    flash: Flash,
) -> PageResult {
    let api = id(&api)?;
    apis::set_consumer_blocked(ctx.core(), ctx.caller(), &slug, &api, &consumer, blocked).await?;
    Ok(done(&OrgRoutes(&slug).api(&api), flash))
}

/// Decides metadata and scopes for a consumer.
pub async fn update_consumer(
    ctx: Ctx,
    Path((slug, api, consumer)): Path<(String, String, String)>,
    form: FormData,
) -> PageResult {
    let api = id(&api)?;
    let page = OrgRoutes(&slug).api(&api);
    let updated = match form.object("metadata") {
        Ok(metadata) => {
            let patch = PolicyPatch { metadata: Some(metadata), scopes: Some(form.list("scopes")) };
            apis::set_consumer_policy(ctx.core(), ctx.caller(), &slug, &api, &consumer, patch).await
        }
        Err(error) => Err(error),
    };
    match updated {
        Ok(_) => Ok(done(&page, Flash::Saved)),
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// Approves an access request.
pub async fn approve(ctx: Ctx, path: Path<(String, String, String)>) -> PageResult {
    decide(ctx, path, true, Flash::RequestApproved).await
}

/// Denies an access request.
pub async fn deny(ctx: Ctx, path: Path<(String, String, String)>) -> PageResult {
    decide(ctx, path, false, Flash::RequestDenied).await
}

async fn decide(
    ctx: Ctx,
    Path((slug, api, request)): Path<(String, String, String)>,
    approve: bool,
    flash: Flash,
) -> PageResult {
    let api = id(&api)?;
    let page = OrgRoutes(&slug).api(&api);
    match apis::decide_access_request(ctx.core(), ctx.caller(), &slug, &api, &id(&request)?, approve).await {
        Ok(_) => Ok(done(&page, flash)),
        Err(error) => ctx.refuse(&page, FormData::default(), error).await,
    }
}

/// Asks for access to an API of the catalogue.
pub async fn request_access(ctx: Ctx, form: FormData) -> PageResult {
    let (slug, api, reason) = (form.text("org"), form.text("api"), form.text("reason"));
    match apis::request_access(ctx.core(), ctx.caller(), slug, api, form.list("scopes"), reason).await {
        Ok(_) => Ok(done(routes::CATALOGUE, Flash::AccessRequested)),
        Err(error) => ctx.refuse(routes::CATALOGUE, form, error).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_rows_of_scopes_do_not_count() {
        let rows = [("a", "first", "self"), ("", "", "self"), ("b", "", "approval"), ("", "no name", "self")];
        let mut form = FormData::default();
        for (name, description, grant) in rows {
            form.0.push(("scope_name".into(), name.into()));
            form.0.push(("scope_description".into(), description.into()));
            form.0.push(("scope_grant".into(), grant.into()));
        }
        let read = scopes(&form);
        let names: Vec<&str> = read.iter().map(|scope| scope.name.as_str()).collect();
        // a row with a description alone is kept, so that its missing name is told
        assert_eq!(names, ["a", "b", ""]);
        assert_eq!(read[1].grant, ScopeGrant::Approval);
    }
}
