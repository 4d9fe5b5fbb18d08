//! `OAuth2` clients.

use async_trait::async_trait;
use latchkey_core::apps::{
    App, AppChange, AppGrant, AppSecret, AuthMethod, ClientKey, Exchange, MAX_CLIENT_KEYS, NewAppSecret,
    OwnedAppSecret, RepeatedRequest, SecretUse, TokenBinding, VerifiableApp,
};
use latchkey_core::hashing::SecretHash;
use latchkey_core::ports::{AppStore, AuditEntry, Listed, Page, StoreError};
use latchkey_types::{ApiId, AppId, AppSecretId, CredentialStatus, OrgId, Timestamp};
use sqlx::QueryBuilder;

use super::addresses::{self, addresses};
use super::apis::{self, api, api_columns};
use super::columns::{find_word, get, json_option, millis, one_of, parsed, scopes, time, time_option, to_json};
use super::consumers::{policy, policy_columns};
use super::orgs::{org, org_columns};
use super::status::{self, Credential, Deletable, Standing};
use super::{Connection, Db, Row, Store, app_secrets, client_keys, limits, operations};
use crate::cursor;
use crate::error::{corrupt, failed};
use crate::search::{Prefix, folded, is_storable};
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

fn grant(row: &Row) -> Result<AppGrant, StoreError> {
    let exchange = get::<&str>(row, "exchange")?
        .split_ascii_whitespace()
        .map(|word| find_word(word, &[Exchange::Delegation, Exchange::Impersonation], Exchange::as_str))
        .collect::<Option<_>>()
        .ok_or_else(|| corrupt("exchange: unknown word"))?;
    let operations = operations::granted(row, "operations")?;
    Ok(AppGrant { api: parsed(row, "api_id")?, scopes: scopes(row, "scopes")?, operations, exchange })
}

async fn load(connection: &mut Connection, org: &OrgId, id: &AppId) -> Result<Option<App>, StoreError> {
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
    let rows =
        sqlx::query("SELECT api_id, scopes, operations, exchange FROM app_grants WHERE app_id = $1 ORDER BY api_id")
            .bind(id.as_str())
            .fetch_all(connection)
            .await
            .map_err(failed)?;
    app.grants = rows.iter().map(grant).collect::<Result<_, _>>()?;
    Ok(Some(app))
}

impl Credential for App {
    type Id = AppId;
    const DISABLE: &'static str = "UPDATE apps SET disabled_at = $2 WHERE id = $1";
    const REVOKE: &'static str = "UPDATE apps SET revoked_at = $2, revoke_reason = $3 WHERE id = $1";

    async fn lock(connection: &mut Connection, org: &OrgId, id: &AppId) -> Result<Self, StoreError> {
        lock(connection, org, id).await
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

/// Makes this transaction the only one that changes the app and its secrets.
pub(super) async fn lock(connection: &mut Connection, org: &OrgId, id: &AppId) -> Result<App, StoreError> {
    sqlx::query(concat!(
        "SELECT p.id FROM apps p WHERE p.id = $1 AND p.org_id = $2 AND p.deleted_at IS NULL",
        for_update!()
    ))
    .bind(id.as_str())
    .bind(org.as_str())
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed)?
    .ok_or(StoreError::NotFound)?;
    load(connection, org, id).await?.ok_or(StoreError::NotFound)
}

const SET_ADDRESSES: &str = "UPDATE apps SET allowed_ips = $2, denied_ips = $3 WHERE id = $1";

async fn insert(connection: &mut Connection, app: &App) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO apps (id, org_id, name, search_name, token_endpoint_auth_method, jwks_uri, certificate, token_binding, \
         secret_use, tokens_per_day, repeated_request, created_at, created_by, disabled_at, revoked_at, revoke_reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
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
    .bind(app.created_at.as_millis())
    .bind(&app.created_by)
    .bind(millis(app.disabled_at))
    .bind(millis(app.revoked_at))
    .bind(&app.revoke_reason)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    addresses::set(connection, SET_ADDRESSES, app.id.as_str(), &app.addresses).await?;
    insert_grants(connection, &app.id, &app.grants).await
}

/// The app with its grants, its first secret and its keys.
pub(super) async fn insert_whole(
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

/// Keeps live APIs from being deleted, and their operations from changing, until this transaction ends: in the order of
/// their ids, so that two writers never wait for each other.
pub(super) async fn share_apis<'a>(
    connection: &mut Connection,
    apis: impl Iterator<Item = &'a ApiId>,
) -> Result<(), StoreError> {
    for api in apis.collect::<std::collections::BTreeSet<_>>() {
        apis::share(connection, api).await?;
    }
    Ok(())
}

/// In the order of the APIs' ids, so that two writers never wait for each other.
async fn insert_grants(connection: &mut Connection, id: &AppId, grants: &[AppGrant]) -> Result<(), StoreError> {
    let mut grants: Vec<&AppGrant> = grants.iter().collect();
    grants.sort_by(|left, right| left.api.cmp(&right.api));
    for grant in grants {
        apis::share(connection, &grant.api).await?;
        let (scopes, operations) =
            operations::in_force(connection, &grant.api, &grant.scopes, grant.operations.as_ref()).await?;
        let exchange: Vec<&str> = grant.exchange.iter().map(|way| way.as_str()).collect();
        sqlx::query(
            "INSERT INTO app_grants (app_id, api_id, scopes, exchange, operations) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.as_str())
        .bind(grant.api.as_str())
        .bind(scopes.to_string())
        .bind(exchange.join(" "))
        .bind(operations)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn update(connection: &mut Connection, org: &OrgId, id: &AppId, change: AppChange) -> Result<App, StoreError> {
    if let Some(grants) = &change.grants {
        // before the app's own rows: who changes an API's operations takes the rows in this order, too
        share_apis(connection, grants.iter().map(|grant| &grant.api)).await?;
    }
    let mut app = lock(connection, org, id).await?;
    if app.revoked_at.is_some() {
        return Err(StoreError::Stale);
    }
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
        sqlx::query("UPDATE apps SET rate_limits = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(limits::list_json(&rate_limits)?)
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    if let Some(keys) = change.keys {
        client_keys::replace(connection, id.as_str(), &keys).await?;
    }
    if let Some(grants) = change.grants {
        sqlx::query("DELETE FROM app_grants WHERE app_id = $1")
            .bind(id.as_str())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        insert_grants(connection, id, &grants).await?;
    }
    load(connection, org, id).await?.ok_or(StoreError::NotFound)
}

/// The grants of each app of a page.
async fn add_grants(store: &Store, apps: &mut [App]) -> Result<(), StoreError> {
    if apps.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Db>::new(
        "SELECT app_id, api_id, scopes, operations, exchange FROM app_grants WHERE app_id IN (",
    );
    let mut ids = query.separated(", ");
    for app in apps.iter() {
        ids.push_bind(app.id.as_str());
    }
    query.push(") ORDER BY app_id, api_id");
    let rows = query.build().fetch_all(store.reader()).await.map_err(failed)?;
    let mut grants: std::collections::HashMap<AppId, Vec<AppGrant>> = std::collections::HashMap::new();
    for row in &rows {
        grants.entry(parsed(row, "app_id")?).or_default().push(grant(row)?);
    }
    for app in apps {
        app.grants = grants.remove(&app.id).unwrap_or_default();
    }
    Ok(())
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
        load(&mut connection, org, id).await
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
        app.grants = rows.iter().map(grant).collect::<Result<_, _>>()?;
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
        let (at, id) = cursor::by_time(page)?;
        let mut query = QueryBuilder::<Db>::new(concat!(
            "SELECT ",
            app_columns!(),
            app_tables!(),
            " WHERE p.deleted_at IS NULL AND p.org_id = "
        ));
        query
            .push_bind(org.as_str())
            .push(" AND (p.created_at, p.id) < (")
            .push_bind(at)
            .push(", ")
            .push_bind(id)
            .push(")");
        if let Some(search) = search {
            if !is_storable(search) {
                return Ok(Listed { items: Vec::new(), next_cursor: None });
            }
            let prefix = Prefix::folded(search);
            query.push(" AND (p.id = ").push_bind(search);
            query.push(" OR p.search_name >= ").push_bind(prefix.from);
            query.push(" AND p.search_name < ").push_bind(prefix.to).push(")");
        }
        if let Some(api) = api {
            query
                .push(" AND p.id IN (SELECT g.app_id FROM app_grants g WHERE g.api_id = ")
                .push_bind(api.as_str())
                .push(")");
        }
        query.push(" ORDER BY p.created_at DESC, p.id DESC LIMIT ").push_bind(cursor::fetch_limit(page));
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        let apps = rows.iter().map(app).collect::<Result<Vec<_>, _>>()?;
        let mut listed = cursor::listed(page, apps, |app| cursor::at_time(app.created_at, app.id.as_str()));
        add_grants(self, &mut listed.items).await?;
        Ok(listed)
    }

    async fn update_app(
        &self,
        org: &OrgId,
        id: &AppId,
        change: &AppChange,
        audit: &AuditEntry,
    ) -> Result<App, StoreError> {
        let (store, org, id, change, audit) = (self.clone(), org.clone(), id.clone(), change.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let app = update(&mut write, &org, &id, change).await?;
            write.changed(&id);
            write.commit(&audit).await?;
            Ok(app)
        })
        .await
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
            let found = lock(&mut write, &org, &app).await?;
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
