//! Service accounts.

use axum::extract::Path;
use latchkey_core::apps::NewGrant;
use latchkey_core::service_accounts::{self, NewServiceAccount, ServiceAccount, ServiceAccountPatch};
use latchkey_core::{Action, Error};
use latchkey_types::{Role, ServiceAccountId};

use super::apps::grants;
use super::client_keys::{forget_private, jwk_set, new_key, say_private_once};
use crate::components::{Flash, Section};
use crate::pages::limits;
use crate::pages::service_accounts::form::{BY_ROLE, LISTED};
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

fn account_grants(form: &FormData) -> Result<Option<Vec<NewGrant>>, Error> {
    match form.text("grants") {
        BY_ROLE => Ok(None),
        LISTED => Ok(Some(grants(form).into_iter().map(|grant| NewGrant { exchange: None, ..grant }).collect())),
        _ => Err(Error::invalid("grants", "Choose what it may ask for.")),
    }
}

fn new_account(form: &FormData) -> Result<NewServiceAccount, Error> {
    Ok(NewServiceAccount {
        name: form.text("name").to_owned(),
        roles: vec![form.parse::<Role>("role")?],
        jwks: jwk_set(form, "jwks")?,
        grants: account_grants(form)?,
        rate_limits: limits::read_limits(form)?.unwrap_or_default(),
        allowed_ips: form.lines("allowed_ips"),
        denied_ips: form.lines("denied_ips"),
    })
}

/// Who may not, or isn't of the organisation, is told that, whatever is wrong with the form.
async fn refusal<T>(ctx: &Ctx, slug: &str, error: Error) -> Result<T, Error> {
    ctx.org(slug, Action::ManageServiceAccounts, Section::ServiceAccounts).await.and(Err(error))
}

/// Creates an account.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, mut form: FormData) -> PageResult {
    let to = OrgRoutes(&slug);
    let created = match new_account(&form) {
        _ if form.has("more") => refusal(&ctx, &slug, Error::Invalid(Vec::new())).await,
        Ok(new) => service_accounts::create(ctx.core(), ctx.caller(), &slug, new).await,
        Err(error) => refusal(&ctx, &slug, error).await,
    };
    match created {
        Ok(created) => Ok(done(&to.service_account(&created.account.id), Flash::AccountCreated)),
        Err(error) => {
            forget_private(&mut form, &["jwks"]);
            ctx.refuse(&to.new_service_account(), form, say_private_once(error)).await
        }
    }
}

/// What the form changes; the form knows the highest of the roles only.
fn patch(form: &FormData, account: &ServiceAccount) -> Result<ServiceAccountPatch, Error> {
    let role = form.parse::<Role>("role")?;
    Ok(ServiceAccountPatch {
        name: Some(form.text("name").to_owned()),
        roles: (role != account.role()).then(|| vec![role]),
        grants: Some(account_grants(form)?),
        rate_limits: limits::read_limits(form)?,
        allowed_ips: Some(form.lines("allowed_ips")),
        denied_ips: Some(form.lines("denied_ips")),
    })
}

/// Changes an account.
pub async fn update(ctx: Ctx, Path((slug, account)): Path<(String, String)>, form: FormData) -> PageResult {
    let account = service_accounts::get(ctx.core(), ctx.caller(), &slug, &id(&account)?).await?;
    let to = OrgRoutes(&slug);
    let updated = match patch(&form, &account) {
        _ if form.has("more") => refusal(&ctx, &slug, Error::Invalid(Vec::new())).await,
        Ok(patch) => service_accounts::update(ctx.core(), ctx.caller(), &slug, &account.id, patch).await,
        Err(error) => refusal(&ctx, &slug, error).await,
    };
    match updated {
        Ok(_) => Ok(done(&to.service_account(&account.id), Flash::Saved)),
        Err(error) => ctx.refuse(&to.service_account_edit(&account.id), form, error).await,
    }
}

async fn answer(
    ctx: &Ctx,
    page: &str,
    form: FormData,
    result: Result<ServiceAccount, Error>,
    flash: Flash,
) -> PageResult {
    match result {
        Ok(_) => Ok(done(page, flash)),
        Err(error) => ctx.refuse(page, form, error).await,
    }
}

/// Switches an account off.
pub async fn disable(ctx: Ctx, Path((slug, account)): Path<(String, String)>) -> PageResult {
    let account: ServiceAccountId = id(&account)?;
    let result = service_accounts::disable(ctx.core(), ctx.caller(), &slug, &account).await;
    answer(&ctx, &OrgRoutes(&slug).service_account(&account), FormData::default(), result, Flash::AccountDisabled).await
}

/// Switches an account on.
pub async fn enable(ctx: Ctx, Path((slug, account)): Path<(String, String)>) -> PageResult {
    let account = id(&account)?;
    let result = service_accounts::enable(ctx.core(), ctx.caller(), &slug, &account).await;
    answer(&ctx, &OrgRoutes(&slug).service_account(&account), FormData::default(), result, Flash::AccountEnabled).await
}

/// Ends an account.
pub async fn revoke(ctx: Ctx, Path((slug, account)): Path<(String, String)>, form: FormData) -> PageResult {
    let account = id(&account)?;
    let result = service_accounts::revoke(ctx.core(), ctx.caller(), &slug, &account, form.some("reason")).await;
    answer(&ctx, &OrgRoutes(&slug).service_account(&account), form, result, Flash::AccountRevoked).await
}

/// Deletes an account that never got a token.
pub async fn delete(ctx: Ctx, Path((slug, account)): Path<(String, String)>) -> PageResult {
    let account = id(&account)?;
    let to = OrgRoutes(&slug);
    match service_accounts::delete(ctx.core(), ctx.caller(), &slug, &account).await {
        Ok(()) => Ok(done(&to.service_accounts(), Flash::AccountDeleted)),
        Err(error) => ctx.refuse(&to.service_account(&account), FormData::default(), error).await,
    }
}

/// Registers a public key.
pub async fn create_key(ctx: Ctx, Path((slug, account)): Path<(String, String)>, mut form: FormData) -> PageResult {
    let account = id(&account)?;
    let page = OrgRoutes(&slug).service_account(&account);
    let created = match new_key(&form, ctx.now) {
        Ok(new) => service_accounts::create_key(ctx.core(), ctx.caller(), &slug, &account, new).await,
        Err(error) => refusal(&ctx, &slug, error).await,
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
pub async fn delete_key(ctx: Ctx, Path((slug, account, key)): Path<(String, String, String)>) -> PageResult {
    let account = id(&account)?;
    service_accounts::delete_key(ctx.core(), ctx.caller(), &slug, &account, &id(&key)?).await?;
    Ok(done(&OrgRoutes(&slug).service_account(&account), Flash::PublicKeyDeleted))
}
