//! Who belongs to an organisation.

use latchkey_core::orgs::Member;
use latchkey_core::ports::{AuditEntry, Listed, Page, StoreError};
use latchkey_types::{OrgId, Role, Timestamp, UserId};

use super::columns::{get, parsed, time};
use super::{Connection, Row, Store, orgs};
use crate::cursor;
use crate::error::failed;
use crate::task::in_task;

/// [`StoreError::Taken`] where the person is a member already.
pub(super) async fn insert(
    connection: &mut Connection,
    org: &OrgId,
    user: &UserId,
    role: Role,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO members (org_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)")
        .bind(org.as_str())
        .bind(user.as_str())
        .bind(role.as_str())
        .bind(at.as_millis())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

fn member(row: &Row) -> Result<Member, StoreError> {
    Ok(Member {
        user: parsed(row, "user_id")?,
        name: get(row, "name")?,
        email: get(row, "email")?,
        email_verified: get(row, "email_verified")?,
        role: parsed(row, "role")?,
        joined_at: time(row, "joined_at")?,
    })
}

macro_rules! select {
    () => {
        "SELECT m.user_id, u.name, u.email, u.email_verified, m.role, m.joined_at \
         FROM members m JOIN users u ON u.id = m.user_id WHERE m.org_id = $1 AND "
    };
}

pub(super) async fn list(store: &Store, org: &OrgId, page: &Page) -> Result<Listed<Member>, StoreError> {
    let (name, id) = cursor::by_name(page)?;
    let rows = sqlx::query(concat!(select!(), "(u.name, u.id) > ($2, $3) ORDER BY u.name, u.id LIMIT $4"))
        .bind(org.as_str())
        .bind(name)
        .bind(id)
        .bind(cursor::fetch_limit(page))
        .fetch_all(store.reader())
        .await
        .map_err(failed)?;
    let members = rows.iter().map(member).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::listed(page, members, |member| cursor::at_name(&member.name, member.user.as_str())))
}

pub(super) async fn find(store: &Store, org: &OrgId, user: &UserId) -> Result<Option<Member>, StoreError> {
    let row = sqlx::query(concat!(select!(), "m.user_id = $2"))
        .bind(org.as_str())
        .bind(user.as_str())
        .fetch_optional(store.reader())
        .await
        .map_err(failed)?;
    row.as_ref().map(member).transpose()
}

/// `LOWER` folds the ASCII letters alone: in SQLite always, in PostgreSQL by the column's collation.
pub(super) async fn is_address(store: &Store, org: &OrgId, email: &str) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM members m JOIN users u ON u.id = m.user_id WHERE m.org_id = $1 \
         AND u.email_verified AND LOWER(u.email) = $2)",
    )
    .bind(org.as_str())
    .bind(email.to_ascii_lowercase())
    .fetch_one(store.reader())
    .await
    .map_err(failed)
}

/// Gives a member another role, or removes them, where their role is still the one that the caller judged. `Ok(false)`
/// where that would leave no owner.
pub(super) async fn change(
    store: &Store,
    org: &OrgId,
    user: &UserId,
    from: Role,
    to: Option<Role>,
    audit: &AuditEntry,
) -> Result<bool, StoreError> {
    let (store, org, user, audit) = (store.clone(), org.clone(), user.clone(), audit.clone());
    in_task(async move {
        let mut write = store.begin_write().await?;
        // Two owners who unmake each other at the same time take turns here (F-16).
        orgs::lock(&mut write, &org).await?;
        let before: String = sqlx::query_scalar("SELECT role FROM members WHERE org_id = $1 AND user_id = $2")
            .bind(org.as_str())
            .bind(user.as_str())
            .fetch_one(&mut *write)
            .await
            .map_err(failed)?;
        if before != from.as_str() {
            return Err(StoreError::Stale);
        }
        if from == Role::Owner && to != Some(Role::Owner) && !has_another_owner(&mut write, &org, &user).await? {
            return Ok(false);
        }
        let change = match to {
            Some(role) => sqlx::query("UPDATE members SET role = $3 WHERE org_id = $1 AND user_id = $2")
                .bind(org.as_str())
                .bind(user.as_str())
                .bind(role.as_str()),
            None => sqlx::query("DELETE FROM members WHERE org_id = $1 AND user_id = $2")
                .bind(org.as_str())
                .bind(user.as_str()),
        };
        change.execute(&mut *write).await.map_err(failed)?;
        write.changed(&user);
        write.commit(&audit).await?;
        Ok(true)
    })
    .await
}

async fn has_another_owner(connection: &mut Connection, org: &OrgId, user: &UserId) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM members WHERE org_id = $1 AND user_id <> $2 AND role = 'owner')")
        .bind(org.as_str())
        .bind(user.as_str())
        .fetch_one(connection)
        .await
        .map_err(failed)
}
