//! API keys and JWT keys.

use async_trait::async_trait;
use latchkey_core::hashing::{SecretHash, SecretIndex};
use latchkey_core::keys::{
    Generation, GenerationSecret, ImportedKey, Key, KeyChange, KeyFilter, Rotation, VerifiableKey,
};
use latchkey_core::limits::CreditChange;
use latchkey_core::ports::{AuditEntry, KeyStore, Listed, Page, StoreError};
use latchkey_types::{CredentialKind, KeyId, OrgId, Timestamp};

use super::addresses::{self, addresses};
use super::apis::{self, api, api_columns};
use super::columns::{get, hash, json, json_option, millis, number, object, one_of, parsed, scopes, time, time_option};
use super::consumers::{policy, policy_columns};
use super::orgs::{org, org_columns};
use super::status::{self, Credential, Standing};
use super::{Connection, Row, Store, imported_keys, keys_list, limits, operations};
use crate::error::{corrupt, failed};
use crate::search::folded;
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
pub(super) use key_columns;

/// The columns of `key_generations g` with `last_uses l` that [`generation`] and [`secret`] read.
macro_rules! select_generations {
    () => {
        "SELECT g.key_id, g.number, g.created_at, g.ends_at, g.revoked_at, g.hash, g.jti, g.signed_by, g.imported_index, \
         l.used_at AS last_used_at \
         FROM key_generations g LEFT JOIN last_uses l ON l.id = g.key_id AND l.generation = g.number WHERE "
    };
}
pub(super) use select_generations;

/// A key whose generations come by another statement.
pub(super) fn key(row: &Row) -> Result<Key, StoreError> {
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

/// A generation; the current one ends with its key.
pub(super) fn generation(row: &Row, key_expires_at: Option<Timestamp>) -> Result<Generation, StoreError> {
    Ok(Generation {
        number: number(row, "number")?,
        created_at: time(row, "created_at")?,
        ends_at: time_option(row, "ends_at")?.or(key_expires_at),
        last_used_at: time_option(row, "last_used_at")?,
        jti: get(row, "jti")?,
        imported: index(row)?.is_some(),
        revoked_at: time_option(row, "revoked_at")?,
    })
}

fn index(row: &Row) -> Result<Option<SecretIndex>, StoreError> {
    let bytes: Option<&[u8]> = get(row, "imported_index")?;
    bytes.map(|bytes| bytes.try_into().map(SecretIndex::from_bytes).map_err(corrupt)).transpose()
}

fn secret(row: &Row) -> Result<GenerationSecret, StoreError> {
    let signed_by: Option<String> = get(row, "signed_by")?;
    match (signed_by, index(row)?) {
        (Some(kid), _) => Ok(GenerationSecret::SignedBy(kid)),
        (None, Some(index)) => Ok(GenerationSecret::Imported { hash: hash(row, "hash")?, index }),
        (None, None) => hash(row, "hash").map(GenerationSecret::Hash),
    }
}

/// How many generations can hold at once.
const LIVE_GENERATIONS: i64 = 2;
/// How many generations verification still knows by their secrets: one that has ended answers `EXPIRED`. Each costs
/// a wrong secret one comparison more.
const KNOWN_GENERATIONS: i64 = 8;

/// The last generations' rows, newest first.
async fn generation_rows(connection: &mut Connection, id: &KeyId, limit: i64) -> Result<Vec<Row>, StoreError> {
    sqlx::query(concat!(select_generations!(), "g.key_id = $1 ORDER BY g.number DESC LIMIT $2"))
        .bind(id.as_str())
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(failed)
}

async fn load(connection: &mut Connection, org: &OrgId, id: &KeyId) -> Result<Option<Key>, StoreError> {
    let row = sqlx::query(concat!("SELECT ", key_columns!(), " FROM keys k WHERE k.id = $1 AND k.org_id = $2"))
        .bind(id.as_str())
        .bind(org.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let mut key = key(&row)?;
    let rows = generation_rows(connection, id, LIVE_GENERATIONS).await?;
    key.generations = rows.iter().map(|row| generation(row, key.expires_at)).collect::<Result<_, _>>()?;
    Ok(Some(key))
}

impl Credential for Key {
    type Id = KeyId;
    const DISABLE: &'static str = "UPDATE keys SET disabled_at = $2 WHERE id = $1";
    const REVOKE: &'static str = "UPDATE keys SET revoked_at = $2, revoke_reason = $3 WHERE id = $1";

    async fn lock(connection: &mut Connection, org: &OrgId, id: &KeyId) -> Result<Self, StoreError> {
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

/// Makes this transaction the only one that changes the key.
pub(super) async fn lock(connection: &mut Connection, org: &OrgId, id: &KeyId) -> Result<Key, StoreError> {
    sqlx::query(concat!("SELECT k.id FROM keys k WHERE k.id = $1 AND k.org_id = $2", for_update!()))
        .bind(id.as_str())
        .bind(org.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?
        .ok_or(StoreError::NotFound)?;
    load(connection, org, id).await?.ok_or(StoreError::NotFound)
}

const SET_ADDRESSES: &str = "UPDATE keys SET allowed_ips = $2, denied_ips = $3 WHERE id = $1";

pub(super) async fn insert(connection: &mut Connection, key: &Key) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO keys (id, org_id, api_id, kind, environment, name, search_name, scopes, expires_at, owner, search_owner, \
         metadata, labels, allowed_ips, created_at, created_by, disabled_at, revoked_at, revoke_reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(key.id.as_str())
    .bind(key.org.as_str())
    .bind(key.api.as_str())
    .bind(key.kind.as_str())
    .bind(key.environment.as_str())
    .bind(&key.name)
    .bind(folded(&key.name))
    .bind(key.scopes.to_string())
    .bind(millis(key.expires_at))
    .bind(&key.owner)
    .bind(key.owner.as_deref().map(folded))
    .bind(json(&key.metadata))
    .bind(json(&key.labels))
    .bind(addresses::networks(&key.addresses.allowed))
    .bind(key.created_at.as_millis())
    .bind(&key.created_by)
    .bind(millis(key.disabled_at))
    .bind(millis(key.revoked_at))
    .bind(&key.revoke_reason)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    addresses::set(connection, SET_ADDRESSES, key.id.as_str(), &key.addresses).await?;
    operations::save_of_key(connection, key).await?;
    limits::save_of_key(connection, key.id.as_str(), &key.rate_limits, key.credits.as_ref()).await?;
    let first = key.credits.map(|rule| CreditChange { rule, remaining: Some(rule.granted) });
    limits::set_credits(connection, key.id.as_str(), first.as_ref(), key.created_at).await
}

pub(super) async fn insert_generation(
    connection: &mut Connection,
    id: &KeyId,
    generation: &Generation,
    secret: &GenerationSecret,
) -> Result<(), StoreError> {
    let (hash, index, signed_by) = match secret {
        GenerationSecret::Hash(hash) => (Some(hash.expose_phc()), None, None),
        GenerationSecret::Imported { hash, index } => {
            (Some(hash.expose_phc()), Some(index.as_bytes().as_slice()), None)
        }
        GenerationSecret::SignedBy(kid) => (None, None, Some(kid.as_str())),
    };
    sqlx::query(
        "INSERT INTO key_generations (key_id, number, created_at, hash, jti, signed_by, imported_index) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.as_str())
    .bind(i64::from(generation.number))
    .bind(generation.created_at.as_millis())
    .bind(hash)
    .bind(&generation.jti)
    .bind(signed_by)
    .bind(index)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn update(
    connection: &mut Connection,
    org: &OrgId,
    id: &KeyId,
    change: KeyChange,
    now: Timestamp,
) -> Result<Key, StoreError> {
    let regrants = change.scopes.is_some() || change.operations.is_some();
    if regrants {
        // before the key's own row: who changes an API's operations takes the rows in this order, too
        operations::hold_of_key(connection, org, id).await?;
    }
    let mut key = lock(connection, org, id).await?;
    if key.revoked_at.is_some() {
        return Err(StoreError::Stale);
    }
    key.name = change.name.unwrap_or(key.name);
    key.rate_limits = change.rate_limits.unwrap_or(key.rate_limits);
    if let Some(change) = &change.credits {
        key.credits = change.map(|change| change.rule);
        limits::set_credits(connection, id.as_str(), change.as_ref(), now).await?;
    }
    limits::save_of_key(connection, id.as_str(), &key.rate_limits, key.credits.as_ref()).await?;
    key.scopes = change.scopes.unwrap_or(key.scopes);
    key.operations = change.operations.unwrap_or(key.operations);
    key.expires_at = change.expires_at.unwrap_or(key.expires_at);
    key.owner = change.owner.unwrap_or(key.owner);
    key.metadata = change.metadata.unwrap_or(key.metadata);
    key.labels = change.labels.unwrap_or(key.labels);
    key.addresses.allowed = change.allowed_ips.unwrap_or(key.addresses.allowed);
    key.addresses.denied = change.denied_ips.unwrap_or(key.addresses.denied);
    sqlx::query(
        "UPDATE keys SET name = $2, search_name = $3, scopes = $4, expires_at = $5, owner = $6, search_owner = $7, \
         metadata = $8, labels = $9 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(&key.name)
    .bind(folded(&key.name))
    .bind(key.scopes.to_string())
    .bind(millis(key.expires_at))
    .bind(&key.owner)
    .bind(key.owner.as_deref().map(folded))
    .bind(json(&key.metadata))
    .bind(json(&key.labels))
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    addresses::set(connection, SET_ADDRESSES, id.as_str(), &key.addresses).await?;
    if regrants {
        operations::save_of_key(connection, &key).await?;
    }
    load(connection, org, id).await?.ok_or(StoreError::NotFound)
}

async fn rotate(connection: &mut Connection, org: &OrgId, id: &KeyId, rotation: &Rotation) -> Result<(), StoreError> {
    let key = lock(connection, org, id).await?;
    let newest = key.generations.first().ok_or_else(|| corrupt("a key without generations"))?.number;
    if key.revoked_at.is_some() || rotation.generation.number != newest + 1 {
        return Err(StoreError::Stale);
    }
    // The one before ends when its overlap does, every older one now, and none later than it would have.
    let old_ends_at = key.expires_at.map_or(rotation.old_ends_at, |end| end.min(rotation.old_ends_at));
    sqlx::query(
        "UPDATE key_generations SET ends_at = CASE \
         WHEN number = $2 THEN CASE WHEN ends_at < $3 THEN ends_at ELSE $3 END \
         WHEN ends_at < $4 THEN ends_at ELSE $4 END WHERE key_id = $1",
    )
    .bind(id.as_str())
    .bind(i64::from(newest))
    .bind(old_ends_at.as_millis())
    .bind(rotation.generation.created_at.as_millis())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    insert_generation(connection, id, &rotation.generation, &rotation.secret).await?;
    if let Some(end) = rotation.key_expires_at {
        sqlx::query("UPDATE keys SET expires_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(end.as_millis())
            .execute(connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn find_verifiable(store: &Store, id: &KeyId) -> Result<Option<VerifiableKey>, StoreError> {
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
    let rows = generation_rows(&mut connection, id, KNOWN_GENERATIONS).await?;
    key.generations = rows.iter().map(|row| generation(row, key.expires_at)).collect::<Result<_, _>>()?;
    let secrets = rows.iter().map(secret).collect::<Result<_, _>>()?;
    Ok(Some(VerifiableKey { key, secrets, holder: org(&row)?, api: api(&row)?, policy: policy(&row)? }))
}

#[async_trait]
impl KeyStore for Store {
    async fn insert_key(&self, key: &Key, secret: &GenerationSecret, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, key, secret, audit) = (self.clone(), key.clone(), secret.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            apis::share(&mut write, &key.api).await?;
            insert(&mut write, &key).await?;
            let first = key.generations.first().ok_or_else(|| corrupt("a key without generations"))?;
            insert_generation(&mut write, &key.id, first, &secret).await?;
            write.changed(&key.id);
            write.commit(&audit).await
        })
        .await
    }

    async fn find_key(&self, org: &OrgId, id: &KeyId) -> Result<Option<Key>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        load(&mut connection, org, id).await
    }

    async fn find_verifiable_key(&self, id: &KeyId) -> Result<Option<VerifiableKey>, StoreError> {
        find_verifiable(self, id).await
    }

    async fn find_imported_key(&self, index: &SecretIndex) -> Result<Option<VerifiableKey>, StoreError> {
        imported_keys::find(self, index).await
    }

    async fn import_keys(&self, keys: &[ImportedKey]) -> Result<(), StoreError> {
        imported_keys::insert(self, keys).await
    }

    async fn known_indexes(&self, indexes: &[SecretIndex]) -> Result<Vec<SecretIndex>, StoreError> {
        imported_keys::known(self, indexes).await
    }

    async fn upgrade_imported_hash(
        &self,
        id: &KeyId,
        generation: u32,
        old: &SecretHash,
        new: &SecretHash,
        index: &SecretIndex,
    ) -> Result<bool, StoreError> {
        imported_keys::upgrade_hash(self, id, generation, old, new, index).await
    }

    async fn list_keys(&self, org: &OrgId, filter: &KeyFilter, page: &Page) -> Result<Listed<Key>, StoreError> {
        keys_list::list(self, org, filter, page).await
    }

    async fn update_key(
        &self,
        org: &OrgId,
        id: &KeyId,
        change: &KeyChange,
        audit: &AuditEntry,
    ) -> Result<Key, StoreError> {
        let (store, org, id, change, audit) = (self.clone(), org.clone(), id.clone(), change.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let key = update(&mut write, &org, &id, change, audit.at).await?;
            write.changed(&id);
            write.commit(&audit).await?;
            Ok(key)
        })
        .await
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
            rotate(&mut write, &org, &id, &rotation).await?;
            let key = load(&mut write, &org, &id).await?.ok_or(StoreError::NotFound)?;
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
        let (store, id, old, new) = (self.clone(), id.clone(), old.clone(), new.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done =
                sqlx::query("UPDATE key_generations SET hash = $4 WHERE key_id = $1 AND number = $2 AND hash = $3")
                    .bind(id.as_str())
                    .bind(i64::from(generation))
                    .bind(old.expose_phc())
                    .bind(new.expose_phc())
                    .execute(&mut *write)
                    .await
                    .map_err(failed)?;
            write.commit_unaudited().await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }
}
