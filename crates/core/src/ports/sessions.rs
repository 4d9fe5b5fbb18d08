//! Browser sessions, and slots that are read once.

use std::net::IpAddr;

use async_trait::async_trait;
use latchkey_types::{Timestamp, UserId};

use super::{AuditEntry, StoreError};

/// A session as stored: only the hash of its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the id in the cookie.
    pub id_hash: [u8; 32],
    /// Who is signed in.
    pub user: Option<UserId>,
    /// What the session layer keeps, as JSON.
    pub data: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last seen, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The browser's own words about itself, at most 256 characters.
    pub user_agent: Option<String>,
    /// From where it was last seen.
    pub ip: Option<IpAddr>,
}

/// A value that is read once: a form's content after an error, a sealed one-time secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// SHA-256 of the slot's name.
    pub name_hash: [u8; 32],
    /// What it holds. A secret only as ciphertext.
    pub content: Vec<u8>,
    /// When it is thrown away.
    pub expires_at: Timestamp,
}

/// Sessions and slots.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Inserts; `Ok(false)` where the hash is taken.
    async fn insert_session(&self, session: &SessionRow) -> Result<bool, StoreError>;
    /// Writes data and whereabouts anew, where the session still is: one that was ended meanwhile must not come back.
    async fn save_session(&self, session: &SessionRow) -> Result<(), StoreError>;
    /// By hash, where it hasn't ended.
    async fn find_session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRow>, StoreError>;
    /// Notes that it was seen.
    async fn touch_session(&self, id_hash: &[u8; 32], now: Timestamp, ip: Option<IpAddr>) -> Result<(), StoreError>;
    /// A person's live sessions, last seen first.
    async fn list_sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<SessionRow>, StoreError>;
    /// Deletes one; missing is fine.
    async fn delete_session(&self, id_hash: &[u8; 32]) -> Result<(), StoreError>;
    /// Ends one of a person's sessions. [`StoreError::NotFound`] where it isn't theirs.
    async fn end_session(&self, user: &UserId, id_hash: &[u8; 32], audit: &AuditEntry) -> Result<(), StoreError>;
    /// Ends a person's sessions but for one. Answers how many; `sessions` in the audit row says it too, which isn't
    /// written where there were none.
    async fn end_other_sessions(&self, user: &UserId, keep: &[u8; 32], audit: &AuditEntry) -> Result<u64, StoreError>;

    /// Fills a slot.
    async fn put_slot(&self, slot: &Slot) -> Result<(), StoreError>;
    /// Reads a slot and empties it in one statement: of two readers one gets it.
    async fn take_slot(&self, name_hash: &[u8; 32], now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    /// Deletes sessions and slots whose time is over. Answers how many.
    async fn delete_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError>;
}
