//! Keys.

use axum::extract::Path;
use axum::response::IntoResponse;
use latchkey_core::keys::{self, Key, KeyPatch, NewKey};
use latchkey_core::{Core, Error};
use latchkey_types::{CredentialKind, Environment, KeyId, Timestamp};

use crate::components::Flash;
use crate::pages::limits;
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

fn new_key(form: &FormData, now: Timestamp) -> Result<NewKey, Error> {
    Ok(NewKey {
        kind: form.parse::<CredentialKind>("kind")?,
        name: form.text("name").to_owned(),
        api: form.text("api").to_owned(),
        environment: form.parse::<Environment>("environment")?,
        scopes: form.list("scopes"),
        operations: form.rows("operations"),
        expires_at: form.end("expires_at", now)?,
        owner: form.some("owner"),
        metadata: form.object("metadata")?,
        labels: form.object("labels")?,
        rate_limits: limits::read_limits(form)?.unwrap_or_default(),
        credits: limits::read_credits(form)?.flatten(),
        allowed_ips: form.lines("allowed_ips"),
        denied_ips: form.lines("denied_ips"),
    })
}

/// Creates a key and shows its secret once.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let to = OrgRoutes(&slug);
    let created = match new_key(&form, ctx.now) {
        Ok(new) => keys::create(ctx.core(), ctx.caller(), &slug, new).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(created) => {
            ctx.show_once(&to.key_created(&created.key.id), created.key.id.to_string(), created.secret).await
        }
        Err(error) => ctx.refuse(&to.new_key(), form, error).await,
    }
}

/// What the form leaves out stays as it is; what it sends empty is emptied.
fn patch(form: &FormData, now: Timestamp) -> Result<KeyPatch, Error> {
    let sent = |name: &str| form.has(name);
    Ok(KeyPatch {
        name: sent("name").then(|| form.text("name").to_owned()),
        scopes: (form.text("with_scopes") == "1").then(|| form.list("scopes")),
        operations: (form.text("with_operations") == "1").then(|| form.rows("operations")),
        expires_at: if sent("expires_at") && form.text("expires_at") != "keep" {
            Some(form.end("expires_at", now)?)
        } else {
            None
        },
        owner: sent("owner").then(|| form.some("owner")),
        metadata: if sent("metadata") { Some(form.object("metadata")?.unwrap_or_default()) } else { None },
        labels: if sent("labels") { Some(form.object("labels")?.unwrap_or_default()) } else { None },
        rate_limits: limits::read_limits(form)?,
        credits: limits::read_credits(form)?,
        allowed_ips: sent("allowed_ips").then(|| form.lines("allowed_ips")),
        denied_ips: sent("denied_ips").then(|| form.lines("denied_ips")),
    })
}

/// Changes a key.
pub async fn update(ctx: Ctx, Path((slug, key)): Path<(String, String)>, form: FormData) -> PageResult {
    let key = id(&key)?;
    let page = OrgRoutes(&slug).key(&key);
    let updated = match patch(&form, ctx.now) {
        Ok(patch) => keys::update(ctx.core(), ctx.caller(), &slug, &key, patch).await,
        Err(error) => Err(error),
    };
    answer(&ctx, &page, form, updated, Flash::Saved).await
}

/// Back to the key's page: with what was done, or with what was wrong.
async fn answer(ctx: &Ctx, page: &str, form: FormData, result: Result<Key, Error>, flash: Flash) -> PageResult {
    match result {
        Ok(_) => Ok(done(page, flash).into_response()),
        Err(error) => ctx.refuse(page, form, error).await,
    }
}

/// Rotates a key and shows the new secret once.
pub async fn rotate(ctx: Ctx, Path((slug, key)): Path<(String, String)>, form: FormData) -> PageResult {
    let key: KeyId = id(&key)?;
    let to = OrgRoutes(&slug);
    let overlap = form
        .text("overlap_seconds")
        .parse::<i64>()
        .map_err(|_| Error::invalid("overlap_seconds", "Choose when the old secret ends."));
    let rotated = match overlap {
        Ok(overlap) => keys::rotate(ctx.core(), ctx.caller(), &slug, &key, overlap).await,
        Err(error) => Err(error),
    };
    match rotated {
        Ok(created) => ctx.show_once(&to.key_created(&key), key.to_string(), created.secret).await,
        Err(error) => ctx.refuse(&to.key(&key), form, error).await,
    }
}

/// Switches a key off.
pub async fn disable(ctx: Ctx, Path((slug, key)): Path<(String, String)>) -> PageResult {
    let key = id(&key)?;
    let result = keys::disable(ctx.core(), ctx.caller(), &slug, &key).await;
    answer(&ctx, &OrgRoutes(&slug).key(&key), FormData::default(), result, Flash::KeyDisabled).await
}

/// Switches a key on.
pub async fn enable(ctx: Ctx, Path((slug, key)): Path<(String, String)>) -> PageResult {
    let key = id(&key)?;
    let result = keys::enable(ctx.core(), ctx.caller(), &slug, &key).await;
    answer(&ctx, &OrgRoutes(&slug).key(&key), FormData::default(), result, Flash::KeyEnabled).await
}

/// Ends a key.
pub async fn revoke(ctx: Ctx, Path((slug, key)): Path<(String, String)>, form: FormData) -> PageResult {
    let key = id(&key)?;
    let core: &Core = ctx.core();
    let result = keys::revoke(core, ctx.caller(), &slug, &key, form.some("reason")).await;
    answer(&ctx, &OrgRoutes(&slug).key(&key), form, result, Flash::KeyRevoked).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_touches_only_what_the_form_sent() {
        let now = Timestamp::from_seconds(0);
        let form = FormData(vec![
            ("name".into(), "n".into()),
            ("expires_at".into(), "keep".into()),
            ("labels".into(), String::new()),
        ]);
        let patch = patch(&form, now).unwrap();
        assert_eq!(patch.name.as_deref(), Some("n"));
        assert!(
            patch.expires_at.is_none() && patch.scopes.is_none() && patch.owner.is_none() && patch.metadata.is_none()
        );
        assert_eq!(patch.labels.map(|labels| labels.len()), Some(0));
    }
}
