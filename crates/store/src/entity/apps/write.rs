//! Rows of apps that are made and changed.

use latchkey_core::apps::{App, AppChange, AppGrant, ClientKey, NewAppSecret};
use latchkey_core::ports::StoreError;
use latchkey_types::{AppId, OrgId};

use super::super::columns::{millis, to_json};
use super::super::{Connection, addresses, app_secrets, client_keys, grants, limits, status};
use crate::error::failed;
use crate::search::folded;

const SET_ADDRESSES: &str = "UPDATE apps SET allowed_ips = $2, denied_ips = $3 WHERE id = $1";
const SET_RATE_LIMITS: &str = "UPDATE apps SET rate_limits = $2 WHERE id = $1";

async fn insert(connection: &mut Connection, app: &App) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO apps (id, org_id, name, search_name, token_endpoint_auth_method, jwks_uri, certificate, token_binding, \
         secret_use, tokens_per_day, repeated_request, rate_limits, created_at, created_by, disabled_at, revoked_at, \
         revoke_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(app.id.as_str())
    .bind(app.org.as_str())
    .bind(&app.name)
    .bind(folded(&app.name))
    .bind(app.auth_method.as_str())
    .bind(&app.jwks_uri)
    .bind(to_json(app.certificate.as_ref())?)
    .bind(app.token_binding.as_str())
    .bind(app.secret_use.as_str())
    .bind(app.tokens_per_day)
    .bind(app.repeated_request.as_str())
    .bind(limits::list_json(&app.rate_limits)?)
    .bind(app.created_at.as_millis())
    .bind(&app.created_by)
    .bind(millis(app.disabled_at))
    .bind(millis(app.revoked_at))
    .bind(&app.revoke_reason)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    addresses::set(connection, SET_ADDRESSES, app.id.as_str(), &app.addresses).await?;
    grants::insert(connection, app.id.as_str(), &app.grants).await
}

/// The app with its grants, its first secret and its keys.
pub(in super::super) async fn insert_whole(
    connection: &mut Connection,
    app: &App,
    secret: Option<&NewAppSecret>,
    keys: &[ClientKey],
) -> Result<(), StoreError> {
    insert(connection, app).await?;
    if let Some(secret) = secret {
        app_secrets::insert(connection, &app.id, secret).await?;
    }
    for key in keys {
        client_keys::insert(connection, app.id.as_str(), key).await?;
    }
    Ok(())
}

pub(super) async fn update(
    connection: &mut Connection,
    org: &OrgId,
    id: &AppId,
    change: AppChange,
) -> Result<(), StoreError> {
    if let Some(grants) = &change.grants {
        // before the app's own rows: who changes an API's operations takes the rows in this order, too
        grants::share_apis(connection, grants).await?;
    }
    let mut app: App = status::lock_live(connection, org, id).await?;
    app.name = change.name.unwrap_or(app.name);
    app.auth_method = change.auth_method.unwrap_or(app.auth_method);
    app.jwks_uri = change.jwks_uri.unwrap_or(app.jwks_uri);
    app.certificate = change.certificate.unwrap_or(app.certificate);
    app.token_binding = change.token_binding.unwrap_or(app.token_binding);
    app.secret_use = change.secret_use.unwrap_or(app.secret_use);
    app.tokens_per_day = change.tokens_per_day.unwrap_or(app.tokens_per_day);
    app.repeated_request = change.repeated_request.unwrap_or(app.repeated_request);
    sqlx::query(
        "UPDATE apps SET name = $2, search_name = $3, token_endpoint_auth_method = $4, jwks_uri = $5, certificate = $6, \
         token_binding = $7, secret_use = $8, tokens_per_day = $9, repeated_request = $10 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(&app.name)
    .bind(folded(&app.name))
    .bind(app.auth_method.as_str())
    .bind(&app.jwks_uri)
    .bind(to_json(app.certificate.as_ref())?)
    .bind(app.token_binding.as_str())
    .bind(app.secret_use.as_str())
    .bind(app.tokens_per_day)
    .bind(app.repeated_request.as_str())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    app.addresses.allowed = change.allowed_ips.unwrap_or(app.addresses.allowed);
    app.addresses.denied = change.denied_ips.unwrap_or(app.addresses.denied);
    addresses::set(connection, SET_ADDRESSES, id.as_str(), &app.addresses).await?;
    if let Some(rate_limits) = change.rate_limits {
        limits::set(connection, SET_RATE_LIMITS, id.as_str(), &rate_limits).await?;
    }
    if let Some(keys) = change.keys {
        client_keys::replace(connection, id.as_str(), &keys).await?;
    }
    if let Some(grants) = change.grants {
        grants::delete::<AppGrant>(connection, id.as_str()).await?;
        grants::insert(connection, id.as_str(), &grants).await?;
    }
    Ok(())
}
