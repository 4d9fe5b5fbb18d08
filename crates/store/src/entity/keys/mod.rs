//! API keys and JWT keys.

mod generations;
mod imported;
mod list;
mod write;

use async_trait::async_trait;
use latchkey_core::hashing::{SecretHash, SecretIndex};
use latchkey_core::keys::{GenerationSecret, ImportedKey, Key, KeyChange, KeyFilter, Rotation, VerifiableKey};
use latchkey_core::ports::{AuditEntry, KeyStore, Listed, Page, StoreError};
use latchkey_types::{ApiId, CredentialKind, KeyId, OrgId, Timestamp};

use super::addresses::addresses;
use super::apis::{self, api, api_columns};
use super::columns::{get, json_option, object, one_of, parsed, scopes, time, time_option};
use super::consumers::{policy, policy_columns};
use super::orgs::{org, org_columns};
use super::status::{self, Credential, Standing};
use super::{Connection, Row, Store, limits, operations};
use crate::error::{corrupt, failed};
use crate::task::in_task;

/// The columns of `keys k` that [`key`] reads.
macro_rules! key_columns {
    () => {
        "k.id AS k_id, k.org_id AS k_org_id, k.api_id AS k_api_id, k.kind AS k_kind, k.environment AS k_environment, \
         k.name AS k_name, k.scopes AS k_scopes, k.operations AS k_operations, k.expires_at AS k_expires_at, k.owner AS k_owner, k.metadata AS k_metadata, \
         k.labels AS k_labels, k.allowed_ips AS k_allowed_ips, k.denied_ips AS k_denied_ips, k.rate_limits AS k_rate_limits, k.credits AS k_credits, \
         k.created_at AS k_created_at, k.created_by AS k_created_by, \
         k.disabled_at AS k_disabled_at, k.revoked_at AS k_revoked_at, k.revoke_reason AS k_revoke_reason, \
         (SELECT MAX(u.used_at) FROM last_uses u WHERE u.id = k.id) AS k_last_used_at"
    };
}
use key_columns;

/// A key whose generations come by another statement.
fn key(row: &Row) -> Result<Key, StoreError> {
    let kinds = [CredentialKind::ApiKey, CredentialKind::JwtKey];
    Ok(Key {
        id: parsed(row, "k_id")?,
        org: parsed(row, "k_org_id")?,
        api: parsed(row, "k_api_id")?,
        kind: one_of(row, "k_kind", &kinds, CredentialKind::as_str)?,
        environment: parsed(row, "k_environment")?,
        name: get(row, "k_name")?,
        scopes: scopes(row, "k_scopes")?,
        operations: operations::granted(row, "k_operations")?,
        expires_at: time_option(row, "k_expires_at")?,
        owner: get(row, "k_owner")?,
        metadata: object(row, "k_metadata")?,
        labels: object(row, "k_labels")?,
        addresses: addresses(row, "k_allowed_ips", "k_denied_ips")?,
        rate_limits: limits::list(row, "k_rate_limits")?,
        credits: json_option(row, "k_credits")?,
        created_at: time(row, "k_created_at")?,
        created_by: get(row, "k_created_by")?,
        disabled_at: time_option(row, "k_disabled_at")?,
        revoked_at: time_option(row, "k_revoked_at")?,
        revoke_reason: get(row, "k_revoke_reason")?,
        last_used_at: time_option(row, "k_last_used_at")?,
        generations: Vec::new(),
    })
}

impl Credential for Key {
    type Id = KeyId;
    type Change = KeyChange;
    const LOCK: &'static str = concat!("SELECT k.id FROM keys k WHERE k.id = $1 AND k.org_id = $2", for_update!());
    const DISABLE: &'static str = "UPDATE keys SET disabled_at = $2 WHERE id = $1";
    const REVOKE: &'static str = "UPDATE keys SET revoked_at = $2, revoke_reason = $3 WHERE id = $1";

    async fn load(connection: &mut Connection, org: &OrgId, id: &KeyId) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query(concat!("SELECT ", key_columns!(), " FROM keys k WHERE k.id = $1 AND k.org_id = $2"))
            .bind(id.as_str())
            .bind(org.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let mut key = key(&row)?;
        let rows = generations::rows(connection, id, generations::LIVE).await?;
        key.generations =
            rows.iter().map(|row| generations::generation(row, key.expires_at)).collect::<Result<_, _>>()?;
        Ok(Some(key))
    }

    async fn write_change(
        connection: &mut Connection,
        org: &OrgId,
        id: &KeyId,
        change: KeyChange,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        write::update(connection, org, id, change, now).await
    }

    fn standing(&mut self) -> Standing<'_> {
        Standing {
            disabled_at: &mut self.disabled_at,
            revoked_at: &mut self.revoked_at,
            revoke_reason: &mut self.revoke_reason,
        }
    }
}

async fn find_verifiable(store: &Store, id: &KeyId) -> Result<Option<VerifiableKey>, StoreError> {
    let mut connection = store.reader().acquire().await.map_err(failed)?;
    let row = sqlx::query(concat!(
        "SELECT ",
        key_columns!(),
        ", ",
        org_columns!(),
        ", ",
        api_columns!(),
        ", ",
        policy_columns!(),
        " FROM keys k JOIN orgs o ON o.id = k.org_id JOIN apis a ON a.id = k.api_id \
         LEFT JOIN consumer_policies c ON c.api_id = k.api_id AND c.org_id = k.org_id WHERE k.id = $1"
    ))
    .bind(id.as_str())
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let mut key = key(&row)?;
    let rows = generations::rows(&mut connection, id, generations::KNOWN).await?;
    key.generations = rows.iter().map(|row| generations::generation(row, key.expires_at)).collect::<Result<_, _>>()?;
    let secrets = rows.iter().map(generations::secret).collect::<Result<_, _>>()?;
    Ok(Some(VerifiableKey { key, secrets, holder: org(&row)?, api: api(&row)?, policy: policy(&row)? }))
}

#[async_trait]
impl KeyStore for Store {
    async fn insert_key(&self, key: &Key, secret: &GenerationSecret, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, key, secret, audit) = (self.clone(), key.clone(), secret.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            apis::share(&mut write, &key.api).await?;
            write::insert(&mut write, &key).await?;
            let first = key.generations.first().ok_or_else(|| corrupt("a key without generations"))?;
            generations::insert(&mut write, &key.id, first, &secret).await?;
            write.changed(&key.id);
            write.commit(&audit).await
        })
        .await
    }

    async fn find_key(&self, org: &OrgId, id: &KeyId) -> Result<Option<Key>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        Key::load(&mut connection, org, id).await
    }

    async fn find_verifiable_key(&self, id: &KeyId) -> Result<Option<VerifiableKey>, StoreError> {
        find_verifiable(self, id).await
    }

    async fn find_imported_key(&self, index: &SecretIndex) -> Result<Option<VerifiableKey>, StoreError> {
        imported::find(self, index).await
    }

    async fn has_imported_keys(&self, api: &ApiId) -> Result<bool, StoreError> {
        imported::has_any(self, api).await
    }

    async fn import_keys(&self, keys: &[ImportedKey]) -> Result<(), StoreError> {
        imported::insert(self, keys).await
    }

    async fn known_indexes(&self, indexes: &[SecretIndex]) -> Result<Vec<SecretIndex>, StoreError> {
        imported::known(self, indexes).await
    }

    async fn upgrade_imported_hash(
        &self,
        id: &KeyId,
        generation: u32,
        old: &SecretHash,
        new: &SecretHash,
        index: &SecretIndex,
    ) -> Result<bool, StoreError> {
        imported::upgrade_hash(self, id, generation, old, new, index).await
    }

    async fn list_keys(&self, org: &OrgId, filter: &KeyFilter, page: &Page) -> Result<Listed<Key>, StoreError> {
        list::of_org(self, org, filter, page).await
    }

    async fn update_key(
        &self,
        org: &OrgId,
        id: &KeyId,
        change: &KeyChange,
        audit: &AuditEntry,
    ) -> Result<Key, StoreError> {
        status::change(self, org, id, change, audit).await
    }

    async fn rotate_key(
        &self,
        org: &OrgId,
        id: &KeyId,
        rotation: &Rotation,
        audit: &AuditEntry,
    ) -> Result<Key, StoreError> {
        let (store, org, id, audit) = (self.clone(), org.clone(), id.clone(), audit.clone());
        let rotation = rotation.clone();
        in_task(async move {
            let mut write = store.begin_write().await?;
            write::rotate(&mut write, &org, &id, &rotation).await?;
            let key = Key::load(&mut write, &org, &id).await?.ok_or(StoreError::NotFound)?;
            write.changed(&id);
            write.commit(&audit).await?;
            Ok(key)
        })
        .await
    }

    async fn set_key_disabled(
        &self,
        org: &OrgId,
        id: &KeyId,
        at: Option<Timestamp>,
        audit: &AuditEntry,
    ) -> Result<Option<Key>, StoreError> {
        status::set_disabled(self, org, id, at, audit).await
    }

    async fn revoke_key(
        &self,
        org: &OrgId,
        id: &KeyId,
        at: Timestamp,
        reason: Option<&str>,
        audit: &AuditEntry,
    ) -> Result<Key, StoreError> {
        status::revoke(self, org, id, at, reason, audit).await
    }

    async fn upgrade_key_hash(
        &self,
        id: &KeyId,
        generation: u32,
        old: &SecretHash,
        new: &SecretHash,
    ) -> Result<bool, StoreError> {
        generations::upgrade_hash(self, id, generation, old, new).await
    }
}
