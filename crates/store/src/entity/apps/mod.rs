//! `OAuth2` clients.

mod grants;
mod list;
mod write;

use async_trait::async_trait;
use latchkey_core::apps::{
    App, AppChange, AppGrant, AppSecret, AuthMethod, ClientKey, MAX_CLIENT_KEYS, NewAppSecret, OwnedAppSecret,
    RepeatedRequest, SecretUse, TokenBinding, VerifiableApp,
};
use latchkey_core::hashing::SecretHash;
use latchkey_core::ports::{AppStore, AuditEntry, Listed, Page, StoreError};
use latchkey_types::{ApiId, AppId, AppSecretId, CredentialStatus, OrgId, Timestamp};

pub(super) use self::write::insert_whole;
use super::addresses::addresses;
use super::apis::{api, api_columns};
use super::columns::{get, json_option, one_of, parsed, time, time_option};
use super::consumers::{policy, policy_columns};
use super::grants::Grant as _;
use super::orgs::{org, org_columns};
use super::status::{self, Credential, Deletable, Standing};
use super::{Connection, Row, Store, app_secrets, client_keys, limits};
use crate::error::failed;
use crate::task::in_task;

/// The columns of `apps p` with `last_uses l` that [`app`] reads.
macro_rules! app_columns {
    () => {
        "p.id AS p_id, p.org_id AS p_org_id, p.name AS p_name, p.token_endpoint_auth_method AS p_auth_method, \
         p.jwks_uri AS p_jwks_uri, p.certificate AS p_certificate, p.token_binding AS p_token_binding, \
         p.secret_use AS p_secret_use, p.tokens_per_day AS p_tokens_per_day, \
         p.repeated_request AS p_repeated_request, p.rate_limits AS p_rate_limits, p.allowed_ips AS p_allowed_ips, p.denied_ips AS p_denied_ips, p.created_at AS p_created_at, \
         p.created_by AS p_created_by, p.disabled_at AS p_disabled_at, p.revoked_at AS p_revoked_at, \
         p.revoke_reason AS p_revoke_reason, l.used_at AS p_last_used_at"
    };
}
macro_rules! app_tables {
    () => {
        " FROM apps p LEFT JOIN last_uses l ON l.id = p.id AND l.generation = 0"
    };
}
use {app_columns, app_tables};

/// An app whose grants come by another statement.
fn app(row: &Row) -> Result<App, StoreError> {
    let bindings = [TokenBinding::None, TokenBinding::Dpop, TokenBinding::Certificate];
    let secret_uses = [SecretUse::Authenticate, SecretUse::Bootstrap];
    let answers = [RepeatedRequest::NewToken, RepeatedRequest::SameToken];
    Ok(App {
        id: parsed(row, "p_id")?,
        org: parsed(row, "p_org_id")?,
        name: get(row, "p_name")?,
        grants: Vec::new(),
        auth_method: one_of(row, "p_auth_method", &AuthMethod::ALL, AuthMethod::as_str)?,
        jwks_uri: get(row, "p_jwks_uri")?,
        certificate: json_option(row, "p_certificate")?,
        token_binding: one_of(row, "p_token_binding", &bindings, TokenBinding::as_str)?,
        secret_use: one_of(row, "p_secret_use", &secret_uses, SecretUse::as_str)?,
        tokens_per_day: get(row, "p_tokens_per_day")?,
        repeated_request: one_of(row, "p_repeated_request", &answers, RepeatedRequest::as_str)?,
        rate_limits: limits::list(row, "p_rate_limits")?,
        addresses: addresses(row, "p_allowed_ips", "p_denied_ips")?,
        created_at: time(row, "p_created_at")?,
        created_by: get(row, "p_created_by")?,
        disabled_at: time_option(row, "p_disabled_at")?,
        revoked_at: time_option(row, "p_revoked_at")?,
        revoke_reason: get(row, "p_revoke_reason")?,
        last_used_at: time_option(row, "p_last_used_at")?,
    })
}

impl Credential for App {
    type Id = AppId;
    type Change = AppChange;
    const LOCK: &'static str =
        concat!("SELECT p.id FROM apps p WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL", for_update!());
    const DISABLE: &'static str = "UPDATE apps SET disabled_at = $2 WHERE id = $1";
    const REVOKE: &'static str = "UPDATE apps SET revoked_at = $2, revoke_reason = $3 WHERE id = $1";

    async fn load(connection: &mut Connection, org: &OrgId, id: &AppId) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query(concat!(
            "SELECT ",
            app_columns!(),
            app_tables!(),
            " WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL"
        ))
        .bind(id.as_str())
        .bind(org.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let mut app = app(&row)?;
        app.grants = super::grants::of(connection, id.as_str()).await?;
        Ok(Some(app))
    }

    async fn write_change(
        connection: &mut Connection,
        org: &OrgId,
        id: &AppId,
        change: AppChange,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        write::update(connection, org, id, change).await
    }

    fn standing(&mut self) -> Standing<'_> {
        Standing {
            disabled_at: &mut self.disabled_at,
            revoked_at: &mut self.revoked_at,
            revoke_reason: &mut self.revoke_reason,
        }
    }
}

impl Deletable for App {
    const REMOVE: &'static [&'static str] = &[
        "DELETE FROM app_secrets WHERE app_id = $1",
        "DELETE FROM app_grants WHERE app_id = $1",
        "DELETE FROM public_keys WHERE holder = $1",
        "DELETE FROM workload_rules WHERE principal = $1",
    ];
    const BURY: &'static str = "UPDATE apps SET deleted_at = $2 WHERE id = $1";

    fn last_used_at(&self) -> Option<Timestamp> {
        self.last_used_at
    }
}

#[async_trait]
impl AppStore for Store {
    async fn insert_app(
        &self,
        app: &App,
        secret: Option<&NewAppSecret>,
        keys: &[ClientKey],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, app, secret, audit) = (self.clone(), app.clone(), secret.cloned(), audit.clone());
        let keys = keys.to_vec();
        in_task(async move {
            let mut write = store.begin_write().await?;
            insert_whole(&mut write, &app, secret.as_ref(), &keys).await?;
            write.changed(&app.id);
            write.commit(&audit).await
        })
        .await
    }

    async fn find_app(&self, org: &OrgId, id: &AppId) -> Result<Option<App>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        App::load(&mut connection, org, id).await
    }

    async fn find_verifiable_app(&self, id: &AppId) -> Result<Option<VerifiableApp>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        let row = sqlx::query(concat!(
            "SELECT ",
            app_columns!(),
            ", ",
            org_columns!(),
            app_tables!(),
            " JOIN orgs o ON o.id = p.org_id WHERE p.id = $1 AND p.deleted_at IS NULL"
        ))
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let (mut app, holder) = (app(&row)?, org(&row)?);
        let secrets = app_secrets::load(&mut connection, id).await?;
        let keys = client_keys::load(&mut connection, id.as_str()).await?;
        let rows = sqlx::query(concat!(
            "SELECT g.api_id, g.scopes, g.operations, g.exchange, ",
            api_columns!(),
            ", ",
            policy_columns!(),
            " FROM app_grants g JOIN apis a ON a.id = g.api_id \
             LEFT JOIN consumer_policies c ON c.api_id = g.api_id AND c.org_id = $2 WHERE g.app_id = $1 ORDER BY g.api_id"
        ))
        .bind(id.as_str())
        .bind(app.org.as_str())
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
        app.grants = rows.iter().map(AppGrant::read).collect::<Result<_, _>>()?;
        let apis = rows.iter().map(|row| Ok((api(row)?, policy(row)?))).collect::<Result<_, StoreError>>()?;
        Ok(Some(VerifiableApp { app, secrets, keys, holder, apis }))
    }

    async fn list_apps(
        &self,
        org: &OrgId,
        search: Option<&str>,
        api: Option<&ApiId>,
        page: &Page,
    ) -> Result<Listed<App>, StoreError> {
        list::of_org(self, org, search, api, page).await
    }

    async fn update_app(
        &self,
        org: &OrgId,
        id: &AppId,
        change: &AppChange,
        audit: &AuditEntry,
    ) -> Result<App, StoreError> {
        status::change(self, org, id, change, audit).await
    }

    async fn delete_app(&self, org: &OrgId, id: &AppId, audit: &AuditEntry) -> Result<bool, StoreError> {
        status::delete::<App>(self, org, id, audit).await
    }

    async fn set_app_disabled(
        &self,
        org: &OrgId,
        id: &AppId,
        at: Option<Timestamp>,
        audit: &AuditEntry,
    ) -> Result<Option<App>, StoreError> {
        status::set_disabled(self, org, id, at, audit).await
    }

    async fn revoke_app(
        &self,
        org: &OrgId,
        id: &AppId,
        at: Timestamp,
        reason: Option<&str>,
        audit: &AuditEntry,
    ) -> Result<App, StoreError> {
        status::revoke(self, org, id, at, reason, audit).await
    }

    async fn list_app_secrets(&self, org: &OrgId, app: &AppId) -> Result<Vec<AppSecret>, StoreError> {
        app_secrets::list(self, org, app).await
    }

    async fn find_app_secret(&self, id: &AppSecretId) -> Result<Option<OwnedAppSecret>, StoreError> {
        app_secrets::find(self, id).await
    }

    async fn insert_app_secret(
        &self,
        org: &OrgId,
        app: &AppId,
        secret: &NewAppSecret,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        app_secrets::add(self, org, app, secret, audit).await
    }

    async fn delete_app_secret(
        &self,
        org: &OrgId,
        app: &AppId,
        secret: &AppSecretId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        app_secrets::delete(self, org, app, secret, audit).await
    }

    async fn bootstrap_app(
        &self,
        org: &OrgId,
        app: &AppId,
        secret: &AppSecretId,
        key: &ClientKey,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, org, app, audit) = (self.clone(), org.clone(), app.clone(), audit.clone());
        let (secret, key) = (secret.clone(), key.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let found: App = status::lock(&mut write, &org, &app).await?;
            let secrets = app_secrets::load(&mut write, &app).await?;
            let may = found.trades_secret_for_key() && found.status() == CredentialStatus::Active;
            let has_room = client_keys::load(&mut write, app.as_str()).await?.len() < MAX_CLIENT_KEYS;
            if !may || !has_room || !secrets.iter().any(|stored| stored.secret.id == secret) {
                return Ok(false);
            }
            client_keys::insert(&mut write, app.as_str(), &key).await?;
            app_secrets::delete_all(&mut write, &app).await?;
            write.changed(&app);
            write.commit(&audit).await?;
            Ok(true)
        })
        .await
    }

    async fn upgrade_app_secret_hash(
        &self,
        id: &AppSecretId,
        old: &SecretHash,
        new: &SecretHash,
    ) -> Result<bool, StoreError> {
        app_secrets::upgrade_hash(self, id, old, new).await
    }
}
