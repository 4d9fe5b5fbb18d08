//! People.

use async_trait::async_trait;
use latchkey_core::accounts::{Identity, User};
use latchkey_core::ports::{AccountStore, AuditEntry, StoreError};
use latchkey_types::{Timestamp, UserId};

use super::columns::{get, parsed, time};
use super::{Row, Store, invitations};
use crate::error::failed;
use crate::task::in_task;

fn user(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: parsed(row, "id")?,
        identity: Identity {
            issuer: get(row, "issuer")?,
            subject: get(row, "subject")?,
            name: get(row, "name")?,
            email: get(row, "email")?,
            email_verified: get(row, "email_verified")?,
        },
        created_at: time(row, "created_at")?,
        last_sign_in_at: time(row, "last_sign_in_at")?,
    })
}

#[async_trait]
impl AccountStore for Store {
    async fn upsert_user(&self, new: &User, audit: &AuditEntry) -> Result<User, StoreError> {
        let (store, new, mut audit) = (self.clone(), new.clone(), audit.clone());
        in_task(async move {
            let mut write = store.begin_write().await?;
            let row = sqlx::query(
                "INSERT INTO users (id, issuer, subject, name, email, email_verified, created_at, last_sign_in_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                 ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name, email = excluded.email, \
                 email_verified = excluded.email_verified, last_sign_in_at = excluded.last_sign_in_at \
                 RETURNING id, issuer, subject, name, email, email_verified, created_at, last_sign_in_at",
            )
            .bind(new.id.as_str())
            .bind(&new.identity.issuer)
            .bind(&new.identity.subject)
            .bind(&new.identity.name)
            .bind(&new.identity.email)
            .bind(new.identity.email_verified)
            .bind(new.created_at.as_millis())
            .bind(new.last_sign_in_at.as_millis())
            .fetch_one(&mut *write)
            .await
            .map_err(failed)?;
            let stored = user(&row)?;
            // The caller couldn't know the id of the first sign-in.
            audit.actor_id = Some(stored.id.to_string());
            audit.target_id = stored.id.to_string();
            write.changed(&stored.id);
            write.commit(&audit).await?;
            Ok(stored)
        })
        .await
    }

    async fn find_user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        sqlx::query(
            "SELECT id, issuer, subject, name, email, email_verified, created_at, last_sign_in_at FROM users WHERE id = $1",
        )
        .bind(id.as_str())
            .fetch_optional(self.reader())
            .await
            .map_err(failed)?
            .as_ref()
            .map(user)
            .transpose()
    }

    async fn claim_owner_invitations(
        &self,
        user: &UserId,
        email: &str,
        now: Timestamp,
        audit: &AuditEntry,
    ) -> Result<u64, StoreError> {
        let (store, user, email, audit) = (self.clone(), user.clone(), email.to_owned(), audit.clone());
        in_task(async move { invitations::claim(store.begin_write().await?, &user, &email, now, &audit).await }).await
    }
}
