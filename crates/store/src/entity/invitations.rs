//! Invitations. What is open is accepted or taken back once, by one conditional update (F-17).

use latchkey_core::orgs::{Invitation, MAX_OPEN_INVITATIONS, NewInvitation, Org};
use latchkey_core::ports::{AuditEntry, Listed, Page, StoreError};
use latchkey_types::{AuditId, InvitationId, OrgId, Role, Timestamp, UserId};

use super::columns::{get, millis, parsed, time, time_option};
use super::orgs::{org, org_columns};
use super::write::Write;
use super::{Connection, Row, Store, audit, members, orgs};
use crate::cursor;
use crate::error::{corrupt, failed};

/// The columns of `invitations i` that [`invitation`] reads.
macro_rules! invitation_columns {
    () => {
        "i.id, i.org_id, i.email, i.role, i.created_at, i.expires_at, i.accepted_at, i.revoked_at"
    };
}

pub(super) async fn insert(connection: &mut Connection, new: &NewInvitation) -> Result<(), StoreError> {
    let invitation = &new.invitation;
    sqlx::query(
        "INSERT INTO invitations (id, org_id, email, search_email, role, token_hash, claim_at_sign_in, created_at, \
         expires_at, accepted_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(invitation.id.as_str())
    .bind(invitation.org.as_str())
    .bind(&invitation.email)
    .bind(invitation.email.to_ascii_lowercase())
    .bind(invitation.role.as_str())
    .bind(&new.token_hash[..])
    .bind(new.claim_at_sign_in)
    .bind(invitation.created_at.as_millis())
    .bind(invitation.expires_at.as_millis())
    .bind(millis(invitation.accepted_at))
    .bind(millis(invitation.revoked_at))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

fn invitation(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: parsed(row, "id")?,
        org: parsed(row, "org_id")?,
        email: get(row, "email")?,
        role: parsed(row, "role")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        accepted_at: time_option(row, "accepted_at")?,
        revoked_at: time_option(row, "revoked_at")?,
    })
}

pub(super) async fn list(store: &Store, org: &OrgId, page: &Page) -> Result<Listed<Invitation>, StoreError> {
    let (at, id) = cursor::by_time(page)?;
    let rows = sqlx::query(concat!(
        "SELECT ",
        invitation_columns!(),
        " FROM invitations i WHERE i.org_id = $1 AND (i.created_at, i.id) < ($2, $3) \
         ORDER BY i.created_at DESC, i.id DESC LIMIT $4"
    ))
    .bind(org.as_str())
    .bind(at)
    .bind(id)
    .bind(cursor::fetch_limit(page))
    .fetch_all(store.reader())
    .await
    .map_err(failed)?;
    let invitations = rows.iter().map(invitation).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::listed(page, invitations, |listed| cursor::at_time(listed.created_at, listed.id.as_str())))
}

pub(super) async fn find_of(store: &Store, org: &OrgId, id: &InvitationId) -> Result<Option<Invitation>, StoreError> {
    let row =
        sqlx::query(concat!("SELECT ", invitation_columns!(), " FROM invitations i WHERE i.org_id = $1 AND i.id = $2"))
            .bind(org.as_str())
            .bind(id.as_str())
            .fetch_optional(store.reader())
            .await
            .map_err(failed)?;
    row.as_ref().map(invitation).transpose()
}

/// The links for an address that are open. What waits for a sign-in is no link: only [`claim`] accepts it, and no other
/// invitation takes its place.
pub(super) async fn open_links(
    connection: &mut Connection,
    org: &OrgId,
    email: &str,
    now: Timestamp,
) -> Result<Vec<Invitation>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        invitation_columns!(),
        " FROM invitations i WHERE i.org_id = $1 AND i.search_email = $2 AND NOT i.claim_at_sign_in \
         AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $3 ORDER BY i.created_at DESC, i.id DESC"
    ))
    .bind(org.as_str())
    .bind(email.to_ascii_lowercase())
    .bind(now.as_millis())
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.iter().map(invitation).collect()
}

/// Puts a link in the place of those that are open for its address. `Ok(false)` where too many others are open.
pub(super) async fn replace(
    mut write: Write,
    new: &NewInvitation,
    replaced: &[InvitationId],
    audit: &AuditEntry,
) -> Result<bool, StoreError> {
    let Invitation { org, email, created_at: now, .. } = &new.invitation;
    // Two who invite at the same time take turns here.
    orgs::lock(&mut write, org).await?;
    let open = open_links(&mut write, org, email, *now).await?;
    if open.len() != replaced.len() || !open.iter().all(|link| replaced.contains(&link.id)) {
        return Err(StoreError::Stale);
    }
    for link in &open {
        sqlx::query("UPDATE invitations SET revoked_at = $2 WHERE id = $1")
            .bind(link.id.as_str())
            .bind(now.as_millis())
            .execute(&mut *write)
            .await
            .map_err(failed)?;
    }
    if count_open(&mut write, org, *now).await? >= i64::from(MAX_OPEN_INVITATIONS) {
        return Ok(false);
    }
    insert(&mut write, new).await?;
    write.commit(audit).await?;
    Ok(true)
}

async fn count_open(connection: &mut Connection, org: &OrgId, now: Timestamp) -> Result<i64, StoreError> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM invitations WHERE org_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL \
         AND expires_at > $2",
    )
    .bind(org.as_str())
    .bind(now.as_millis())
    .fetch_one(connection)
    .await
    .map_err(failed)
}

pub(super) async fn find(store: &Store, token_hash: &[u8; 32]) -> Result<Option<(Invitation, Org)>, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT ",
        invitation_columns!(),
        ", ",
        org_columns!(),
        " FROM invitations i JOIN orgs o ON o.id = i.org_id WHERE i.token_hash = $1"
    ))
    .bind(&token_hash[..])
    .fetch_optional(store.reader())
    .await
    .map_err(failed)?;
    row.map(|row| Ok((invitation(&row)?, org(&row)?))).transpose()
}

pub(super) async fn revoke(
    mut write: Write,
    org: &OrgId,
    id: &InvitationId,
    now: Timestamp,
    audit: &AuditEntry,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE invitations SET revoked_at = $3 WHERE id = $1 AND org_id = $2 \
         AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3",
    )
    .bind(id.as_str())
    .bind(org.as_str())
    .bind(now.as_millis())
    .execute(&mut *write)
    .await
    .map_err(failed)?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    write.commit(audit).await?;
    Ok(true)
}

/// Marks an open invitation as accepted. `None` where it isn't open any more.
async fn close(
    connection: &mut Connection,
    id: &InvitationId,
    user: &UserId,
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    sqlx::query(
        "UPDATE invitations SET accepted_at = $2, accepted_by = $3 WHERE id = $1 \
         AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2 \
         RETURNING id, org_id, email, role, created_at, expires_at, accepted_at, revoked_at",
    )
    .bind(id.as_str())
    .bind(now.as_millis())
    .bind(user.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed)?
    .as_ref()
    .map(invitation)
    .transpose()
}

pub(super) async fn accept(
    mut write: Write,
    id: &InvitationId,
    user: &UserId,
    now: Timestamp,
    audit: &AuditEntry,
) -> Result<bool, StoreError> {
    let Some(accepted) = close(&mut write, id, user, now).await? else {
        return Ok(false);
    };
    members::insert(&mut write, &accepted.org, user, accepted.role, now).await?;
    write.changed(user);
    write.commit(audit).await?;
    Ok(true)
}

/// Accepts the owner invitations for this address that wait for a sign-in. Each has an audit row in its organisation's log.
pub(super) async fn claim(
    mut write: Write,
    user: &UserId,
    email: &str,
    now: Timestamp,
    entry: &AuditEntry,
) -> Result<u64, StoreError> {
    let waiting: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM invitations WHERE search_email = $1 AND claim_at_sign_in AND role = 'owner' \
         AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2 ORDER BY id",
    )
    .bind(email.to_ascii_lowercase())
    .bind(now.as_millis())
    .fetch_all(&mut *write)
    .await
    .map_err(failed)?;
    let mut claimed = 0;
    for id in waiting {
        let id: InvitationId = id.parse().map_err(corrupt)?;
        let Some(accepted) = close(&mut write, &id, user, now).await? else {
            continue;
        };
        make_owner(&mut write, &accepted.org, user, now).await?;
        // An invitation is accepted once, so its random part makes an id that no other row has.
        let id = AuditId::from_random(id.random_part()).map_err(corrupt)?;
        audit::insert(&mut write, &AuditEntry { id, org: Some(accepted.org), ..entry.clone() }).await?;
        claimed += 1;
    }
    if claimed > 0 {
        write.changed(user);
        write.commit_unaudited().await?;
    }
    Ok(claimed)
}

async fn make_owner(connection: &mut Connection, org: &OrgId, user: &UserId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO members (org_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (org_id, user_id) DO UPDATE SET role = excluded.role",
    )
    .bind(org.as_str())
    .bind(user.as_str())
    .bind(Role::Owner.as_str())
    .bind(now.as_millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}
