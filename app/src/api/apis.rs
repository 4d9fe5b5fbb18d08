//! APIs, verification keys, consumers, access requests.

use axum::extract::Path;
use latchkey_core::apis::operations::UnknownOperations;
use latchkey_core::apis::{
    self, ApiPatch, CallPathDefault, NewApi, NewCallPath, NewCallPaths, NewScope, PolicyPatch, Principals, ScopeGrant,
    TokenFormat, TwoToken, Visibility,
};
use latchkey_core::signing::SigningAlg;
use latchkey_core::{Action, Error};
use latchkey_types::{ApiId, Environment};

use crate::components::{Flash, Section};
use crate::pages::apis::call_paths::columns;
use crate::pages::limits;
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

/// What becomes of unknown operations; a form without the member leaves it.
fn unknown_operations(form: &FormData) -> Result<Option<UnknownOperations>, Error> {
    let read = |word: String| {
        UnknownOperations::from_word(&word)
            .ok_or_else(|| Error::invalid("unknown_operations", "Choose one of the two."))
    };
    form.some("unknown_operations").map(read).transpose()
}

fn two_token(form: &FormData) -> Result<Option<TwoToken>, Error> {
    let read =
        |word: String| TwoToken::from_word(&word).ok_or_else(|| Error::invalid("two_token", "Choose one of the two."));
    form.some("two_token").map(read).transpose()
}

fn principals(form: &FormData) -> Result<Option<Principals>, Error> {
    let read = |word: String| {
        let found = Principals::ALL.into_iter().find(|principals| principals.as_str() == word);
        found.ok_or_else(|| Error::invalid("principals", "Choose who may call."))
    };
    form.some("principals").map(read).transpose()
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
        principals: principals(form)?.unwrap_or_default(),
        two_token: two_token(form)?,
        unknown_operations: unknown_operations(form)?,
        plans: limits::read_plans(form)?.unwrap_or_default(),
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
        principals: principals(form)?,
        two_token: two_token(form)?,
        unknown_operations: unknown_operations(form)?,
        plans: limits::read_plans(form)?,
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

/// The chains that aren't empty. Gaps between callers are closed.
fn chains(form: &FormData) -> Vec<NewCallPath> {
    let columns = columns(form.text("columns"));
    let via: Vec<&str> = form.all("via").collect();
    let rows = form.all("caller").enumerate().map(|(row, caller)| {
        let from = (row * columns).min(via.len());
        let to = (from + columns).min(via.len());
        let filled = via[from..to].iter().filter(|via| !via.is_empty());
        NewCallPath { caller: caller.to_owned(), via: filled.map(|via| (*via).to_owned()).collect() }
    });
    rows.filter(|chain| !chain.caller.is_empty() || !chain.via.is_empty()).collect()
}

fn new_call_paths(form: &FormData) -> Result<NewCallPaths, Error> {
    let default = match form.text("default") {
        "allow" => CallPathDefault::Allow,
        "deny" => CallPathDefault::Deny,
        _ => return Err(Error::invalid("default", "Choose what becomes of all other chains.")),
    };
    let max_depth =
        form.text("max_depth").parse().map_err(|_| Error::invalid("max_depth", "Choose how long a chain may be."))?;
    Ok(NewCallPaths { default, max_depth, items: chains(form) })
}

/// Adds a field to each row. What was typed keeps its place.
fn widen(form: &mut FormData) {
    let before = columns(form.text("columns"));
    let after = columns(&(before + 1).to_string());
    let via = form.list("via");
    form.0.retain(|(name, _)| name != "via" && name != "columns");
    form.0.push(("columns".to_owned(), after.to_string()));
    for row in via.chunks(before) {
        let padded = row.iter().cloned().chain(std::iter::repeat(String::new()));
        form.0.extend(padded.take(after).map(|via| ("via".to_owned(), via)));
    }
}

/// Says which chains of callers may reach an API; the buttons for more fields only come back with them.
pub async fn set_call_paths(ctx: Ctx, Path((slug, api)): Path<(String, String)>, mut form: FormData) -> PageResult {
    let api: ApiId = id(&api)?;
    let to = OrgRoutes(&slug);
    let set = match new_call_paths(&form) {
        Ok(new) if !form.has("more") => apis::set_call_paths(ctx.core(), ctx.caller(), &slug, &api, new).await,
        more_or_wrong => {
            ctx.org(&slug, Action::ManageApis, Section::Apis).await?;
            if form.text("more") == "columns" {
                widen(&mut form);
            }
            Err(more_or_wrong.err().filter(|_| !form.has("more")).unwrap_or(Error::Invalid(Vec::new())))
        }
    };
    match set {
        Ok(_) => Ok(done(&to.api(&api), Flash::Saved)),
        Err(error) => ctx.refuse(&to.call_paths(&api), form, error).await,
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

fn policy(form: &FormData) -> Result<PolicyPatch, Error> {
    Ok(PolicyPatch {
        metadata: Some(form.object("metadata")?),
        scopes: Some(form.list("scopes")),
        rate_limits: limits::read_limits(form)?,
        credits: limits::read_credits(form)?,
        plan: form.has("plan").then(|| form.some("plan")),
    })
}

/// Decides metadata, scopes and limits for a consumer.
pub async fn update_consumer(
    ctx: Ctx,
    Path((slug, api, consumer)): Path<(String, String, String)>,
    form: FormData,
) -> PageResult {
    let api = id(&api)?;
    let page = OrgRoutes(&slug).api(&api);
    let updated = match policy(&form) {
        Ok(patch) => apis::set_consumer_policy(ctx.core(), ctx.caller(), &slug, &api, &consumer, patch).await,
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

    fn call_paths_form(columns: &str, rows: &[(&str, &[&str])]) -> FormData {
        let mut form = FormData(vec![
            ("columns".into(), columns.into()),
            ("default".into(), "deny".into()),
            ("max_depth".into(), "3".into()),
        ]);
        for (caller, via) in rows {
            form.0.push(("caller".into(), (*caller).into()));
            form.0.extend(via.iter().map(|via| ("via".to_owned(), (*via).to_owned())));
        }
        form
    }

    #[test]
    fn chains_are_rows_and_empty_ones_do_not_count() {
        let mut form = call_paths_form("2", &[("a", &["b", ""]), ("", &["", ""]), ("c", &["", "d"]), ("", &["e", ""])]);
        let read = |form: &FormData| -> Vec<(String, Vec<String>)> {
            chains(form).into_iter().map(|chain| (chain.caller, chain.via)).collect()
        };
        let chain = |caller: &str, via: &str| (caller.to_owned(), vec![via.to_owned()]);
        // a row without its caller is kept, so that it is told
        assert_eq!(read(&form), [chain("a", "b"), chain("c", "d"), chain("", "e")]);
        widen(&mut form);
        assert_eq!(form.text("columns"), "3");
        assert_eq!(form.list("via").len(), 12);
        assert_eq!(read(&form), [chain("a", "b"), chain("c", "d"), chain("", "e")]);
    }
}
