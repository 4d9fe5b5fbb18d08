//! Management keys.

use axum::extract::Path;
use latchkey_core::Error;
use latchkey_core::management_keys::{self, NewKey};
use latchkey_types::{Role, Timestamp};

use crate::components::Flash;
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

fn new_key(form: &FormData, now: Timestamp) -> Result<NewKey, Error> {
    Ok(NewKey {
        name: form.text("name").to_owned(),
        role: form.parse::<Role>("role")?,
        expires_at: form.end("expires_at", now)?,
    })
}

/// Creates a management key and shows its secret once.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let page = OrgRoutes(&slug).settings();
    let created = match new_key(&form, ctx.now) {
        Ok(new) => management_keys::create(ctx.core(), ctx.caller(), Some(&slug), new).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(created) => ctx.show_once(&page, created.key.id.to_string(), created.secret).await,
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// Revokes a management key.
pub async fn revoke(ctx: Ctx, Path((slug, key)): Path<(String, String)>) -> PageResult {
    management_keys::revoke(ctx.core(), ctx.caller(), Some(&slug), &id(&key)?).await?;
    Ok(done(&OrgRoutes(&slug).settings(), Flash::ManagementKeyRevoked))
}
