//! Organisations.

use async_trait::async_trait;
use latchkey_core::hashing::SecretHash;
use latchkey_core::leaks::LeakResponse;
use latchkey_core::management_keys::{ManagementKey, NewManagementKey};
use latchkey_core::orgs::{Invitation, Member, NewInvitation, Org, OrgChange, OrgSettings};
use latchkey_core::ports::{AuditEntry, Listed, Membership, OrgStore, Page, StoreError};
use latchkey_core::tiers::SecurityTier;
use latchkey_types::{InvitationId, ManagementKeyId, OrgId, Role, Timestamp, UserId};
use sqlx::QueryBuilder;

use super::columns::{get, millis, number, one_of, parsed, time, time_option};
use super::{Connection, Db, Row, Store, invitations, management_keys, members};
use crate::cursor;
use crate::error::{corrupt, failed};
use crate::search::{Prefix, folded, is_storable};
use crate::task::in_task;

/// The columns of `orgs o` that [`org`] reads.
macro_rules! org_columns {
    () => {
        "o.id AS o_id, o.slug AS o_slug, o.name AS o_name, o.search_name AS o_search_name, \
         o.suspended_at AS o_suspended_at, o.security_tier AS o_security_tier, o.max_key_lifetime_days AS o_max_key_lifetime_days, \
         o.leak_response AS o_leak_response, o.leak_grace_hours AS o_leak_grace_hours, o.created_at AS o_created_at"
    };
}
pub(super) use org_columns;

pub(super) fn org(row: &Row) -> Result<Org, StoreError> {
    let days: Option<i64> = get(row, "o_max_key_lifetime_days")?;
    Ok(Org {
        id: parsed(row, "o_id")?,
        slug: get(row, "o_slug")?,
        name: get(row, "o_name")?,
        suspended_at: time_option(row, "o_suspended_at")?,
        security_tier: one_of(row, "o_security_tier", &SecurityTier::ALL, SecurityTier::as_str)?,
        settings: OrgSettings {
            max_key_lifetime_days: days.map(u32::try_from).transpose().map_err(corrupt)?,
            leak_response: one_of(row, "o_leak_response", &LeakResponse::ALL, LeakResponse::as_str)?,
            leak_grace_hours: number(row, "o_leak_grace_hours")?,
        },
        created_at: time(row, "o_created_at")?,
    })
}

async fn load(connection: &mut Connection, id: &OrgId) -> Result<Option<Org>, StoreError> {
    sqlx::query(concat!("SELECT ", org_columns!(), " FROM orgs o WHERE o.id = $1"))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed)?
        .as_ref()
        .map(org)
        .transpose()
}

/// Makes this transaction the only one that changes the organisation and who belongs to it.
pub(super) async fn lock(connection: &mut Connection, id: &OrgId) -> Result<(), StoreError> {
    sqlx::query(concat!("SELECT o.id FROM orgs o WHERE o.id = $1", for_update!()))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed)?
        .map(|_| ())
        .ok_or(StoreError::NotFound)
}

/// How many of something an organisation ($1) has, by a statement that counts them.
pub(super) async fn count(
    connection: &mut Connection,
    statement: &'static str,
    org: &OrgId,
) -> Result<usize, StoreError> {
    let count: i64 = sqlx::query_scalar(statement).bind(org.as_str()).fetch_one(connection).await.map_err(failed)?;
    usize::try_from(count).map_err(corrupt)
}

async fn insert(connection: &mut Connection, org: &Org) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO orgs (id, slug, name, search_name, suspended_at, max_key_lifetime_days, created_at, leak_response, \
         leak_grace_hours, security_tier) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(org.id.as_str())
    .bind(&org.slug)
    .bind(&org.name)
    .bind(folded(&org.name))
    .bind(millis(org.suspended_at))
    .bind(org.settings.max_key_lifetime_days.map(i64::from))
    .bind(org.created_at.as_millis())
    .bind(org.settings.leak_response.as_str())
    .bind(i64::from(org.settings.leak_grace_hours))
    .bind(org.security_tier.as_str())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn update(connection: &mut Connection, id: &OrgId, change: OrgChange) -> Result<Org, StoreError> {
    lock(connection, id).await?;
    let mut org = load(connection, id).await?.ok_or(StoreError::NotFound)?;
    org.name = change.name.unwrap_or(org.name);
    org.slug = change.slug.unwrap_or(org.slug);
    org.security_tier = change.security_tier.map_or(org.security_tier, |wanted| wanted.tier);
    org.settings = change.settings.applied_to(&org.settings);
    sqlx::query(
        "UPDATE orgs SET name = $2, search_name = $3, slug = $4, max_key_lifetime_days = $5, leak_response = $6, \
         leak_grace_hours = $7, security_tier = $8 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(&org.name)
    .bind(folded(&org.name))
    .bind(&org.slug)
    .bind(org.settings.max_key_lifetime_days.map(i64::from))
    .bind(org.settings.leak_response.as_str())
    .bind(i64::from(org.settings.leak_grace_hours))
    .bind(org.security_tier.as_str())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(org)
}

fn membership(row: &Row) -> Result<Membership, StoreError> {
    Ok(Membership { org: org(row)?, role: parsed(row, "role")? })
}

#[async_trait]
impl OrgStore for Store {
    async fn insert_org(
        &self,
        org: &Org,
        owner: Option<&UserId>,
        invitation: Option<&NewInvitation>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (store, org, audit) = (self.clone(), org.clone(), audit.clone());
        let (owner, invitation) = (owner.cloned(), invitation.cloned());
        in_task(async move {
            let mut write = store.begin_write().await?;
            insert(&mut write, &org).await?;
            if let Some(owner) = &owner {
                members::insert(&mut write, &org.id, owner, Role::Owner, org.created_at).await?;
                write.changed(owner);
            }
            if let Some(invitation) = &invitation {
                invitations::insert(&mut write, invitation).await?;
            }
            write.changed(&org.id);
            write.commit(&audit).await
        })
        .await
    }

    async fn find_org(&self, slug: &str) -> Result<Option<Org>, StoreError> {
        if !is_storable(slug) {
            return Ok(None);
        }
        sqlx::query(concat!("SELECT ", org_columns!(), " FROM orgs o WHERE o.slug = $1"))
            .bind(slug)
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?
            .as_ref()
            .map(org)
            .transpose()
    }

    async fn find_org_by_id(&self, id: &OrgId) -> Result<Option<Org>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        load(&mut connection, id).await
    }

    async fn list_orgs(&self, search: Option<&str>, page: &Page) -> Result<Listed<Org>, StoreError> {
        let (slug, id) = cursor::by_name(page)?;
        let mut query =
            QueryBuilder::<Db>::new(concat!("SELECT ", org_columns!(), " FROM orgs o WHERE (o.slug, o.id) > ("));
        query.push_bind(slug).push(", ").push_bind(id).push(")");
        if let Some(search) = search {
            if !is_storable(search) {
                return Ok(Listed { items: Vec::new(), next_cursor: None });
            }
            let prefix = Prefix::folded(search);
            query.push(" AND (o.slug >= ").push_bind(prefix.from.clone());
            query.push(" AND o.slug < ").push_bind(prefix.to.clone());
            query.push(" OR o.search_name >= ").push_bind(prefix.from);
            query.push(" AND o.search_name < ").push_bind(prefix.to).push(")");
        }
        query.push(" ORDER BY o.slug, o.id LIMIT ").push_bind(cursor::fetch_limit(page));
        let rows = query.build().fetch_all(self.reader()).await.map_err(failed)?;
        let orgs = rows.iter().map(org).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::listed(page, orgs, |org| cursor::at_name(&org.slug, org.id.as_str())))
    }

    async fn memberships(&self, user: &UserId) -> Result<Vec<Membership>, StoreError> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            org_columns!(),
            ", m.role AS role FROM members m JOIN orgs o ON o.id = m.org_id WHERE m.user_id = $1 \
             ORDER BY o.search_name, o.id"
        ))
        .bind(user.as_str())
        .fetch_all(self.reader())
        .await
        .map_err(failed)?;
        rows.iter().map(membership).collect()
    }

    async fn membership(&self, slug: &str, user: &UserId) -> Result<Option<Membership>, StoreError> {
        if !is_storable(slug) {
            return Ok(None);
        }
        sqlx::query(concat!(
            "SELECT ",
            org_columns!(),
            ", m.role AS role FROM members m JOIN orgs o ON o.id = m.org_id WHERE o.slug = $1 AND m.user_id = $2"
        ))
        .bind(slug)
        .bind(user.as_str())
        .fetch_optional(self.reader())
        .await
        .map_err(failed)?
        .as_ref()
        .map(membership)
        .transpose()
    }

    async fn update_org(&self, id: &OrgId, change: &OrgChange, audit: &AuditEntry) -> Result<Org, StoreError> {
        let (store, id, change, audit) = (self.clone(), id.clone(), change.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let org = update(&mut write, &id, change).await?;
            write.changed(&id);
            write.commit(&audit).await?;
            Ok(org)
        })
        .await
    }

    async fn set_org_suspended(&self, id: &OrgId, at: Option<Timestamp>, audit: &AuditEntry) -> Result<(), StoreError> {
        let (store, id, audit) = (self.clone(), id.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let done = sqlx::query("UPDATE orgs SET suspended_at = $2 WHERE id = $1")
                .bind(id.as_str())
                .bind(millis(at))
                .execute(&mut *write)
                .await
                .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Err(StoreError::NotFound);
            }
            write.changed(&id);
            write.commit(&audit).await
        })
        .await
    }

    async fn list_members(&self, org: &OrgId, page: &Page) -> Result<Listed<Member>, StoreError> {
        members::list(self, org, page).await
    }

    async fn find_member(&self, org: &OrgId, user: &UserId) -> Result<Option<Member>, StoreError> {
        members::find(self, org, user).await
    }

    async fn is_address_of_member(&self, org: &OrgId, email: &str) -> Result<bool, StoreError> {
        members::is_address(self, org, email).await
    }

    async fn set_member_role(
        &self,
        org: &OrgId,
        user: &UserId,
        from: Role,
        to: Role,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        members::change(self, org, user, from, Some(to), audit).await
    }

    async fn remove_member(
        &self,
        org: &OrgId,
        user: &UserId,
        from: Role,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        members::change(self, org, user, from, None, audit).await
    }

    async fn insert_invitation(
        &self,
        new: &NewInvitation,
        replaced: &[InvitationId],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, new, replaced, audit) = (self.clone(), new.clone(), replaced.to_vec(), audit.clone());
        in_task(async move { invitations::replace(store.begin_write().await?, &new, &replaced, &audit).await }).await
    }

    async fn list_invitations(&self, org: &OrgId, page: &Page) -> Result<Listed<Invitation>, StoreError> {
        invitations::list(self, org, page).await
    }

    async fn find_invitation_of(&self, org: &OrgId, id: &InvitationId) -> Result<Option<Invitation>, StoreError> {
        invitations::find_of(self, org, id).await
    }

    async fn open_links_for(&self, org: &OrgId, email: &str, now: Timestamp) -> Result<Vec<Invitation>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(failed)?;
        invitations::open_links(&mut connection, org, email, now).await
    }

    async fn find_invitation(&self, token_hash: &[u8; 32]) -> Result<Option<(Invitation, Org)>, StoreError> {
        invitations::find(self, token_hash).await
    }

    async fn revoke_invitation(
        &self,
        org: &OrgId,
        id: &InvitationId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, org, id, audit) = (self.clone(), org.clone(), id.clone(), audit.clone());
        in_task(async move { invitations::revoke(store.begin_write().await?, &org, &id, now, &audit).await }).await
    }

    async fn accept_invitation(
        &self,
        id: &InvitationId,
        user: &UserId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let (store, id, user, audit) = (self.clone(), id.clone(), user.clone(), audit.clone());
        in_task(async move { invitations::accept(store.begin_write().await?, &id, &user, now, &audit).await }).await
    }

    async fn insert_management_key(&self, new: &NewManagementKey, audit: &AuditEntry) -> Result<(), StoreError> {
        management_keys::insert(self, new, audit).await
    }

    async fn find_management_key(&self, id: &ManagementKeyId) -> Result<Option<NewManagementKey>, StoreError> {
        management_keys::find(self, id).await
    }

    async fn list_management_keys(&self, org: Option<&OrgId>) -> Result<Vec<ManagementKey>, StoreError> {
        management_keys::list(self, org).await
    }

    async fn revoke_management_key(
        &self,
        org: Option<&OrgId>,
        id: &ManagementKeyId,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        management_keys::revoke(self, org, id, now, audit).await
    }

    async fn upgrade_management_key_hash(
        &self,
        id: &ManagementKeyId,
        old: &SecretHash,
        new: &SecretHash,
    ) -> Result<bool, StoreError> {
        management_keys::upgrade_hash(self, id, old, new).await
    }

    async fn touch_management_key(&self, id: &ManagementKeyId, now: Timestamp) -> Result<(), StoreError> {
        management_keys::touch(self, id, now).await
    }
}
