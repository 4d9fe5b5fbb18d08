//! What tower-sessions asks of a store, over the core's port. The database sees only SHA-256 of a session's id.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use latchkey_core::Core;
use latchkey_core::ports::{SessionRow, SessionStore as SessionRows};
use latchkey_types::{Timestamp, UserId};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use crate::config::SessionLimits;

/// Members of a session's record that are columns of their own.
pub(super) const USER: &str = "user";
pub(super) const USER_AGENT: &str = "user_agent";
pub(super) const IP: &str = "ip";
pub(super) const LAST_SEEN: &str = "last_seen";

/// The store. Time is the core's: tower-sessions reads the machine's clock for a record's end, which doesn't count here.
#[derive(Clone)]
pub struct PortalSessions {
    core: Arc<Core>,
    limits: SessionLimits,
}

impl PortalSessions {
    /// Over the core's store.
    pub fn new(core: Arc<Core>, limits: SessionLimits) -> Self {
        Self { core, limits }
    }

    fn rows(&self) -> &dyn SessionRows {
        self.core.store.as_ref()
    }

    fn row(&self, record: &Record, created_at: Timestamp) -> Result<SessionRow> {
        let text = |name: &str| record.data.get(name).and_then(|value| value.as_str());
        let user: Option<UserId> = text(USER).and_then(|id| id.parse().ok());
        let rest: serde_json::Map<_, _> = record
            .data
            .iter()
            .filter(|(name, _)| ![USER, USER_AGENT, IP, LAST_SEEN].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Ok(SessionRow {
            id_hash: hash(&record.id),
            user,
            data: serde_json::to_string(&rest).map_err(|error| Error::Encode(error.to_string()))?,
            created_at,
            last_seen_at: self.core.clock.now(),
            expires_at: created_at.plus_millis(millis(self.limits.absolute)),
            user_agent: text(USER_AGENT).map(str::to_owned),
            ip: text(IP).and_then(|ip| ip.parse().ok()),
        })
    }

    fn record(&self, id: Id, row: SessionRow) -> Result<Record> {
        let mut data: std::collections::HashMap<String, serde_json::Value> =
            serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
        if let Some(user) = row.user {
            data.insert(USER.to_owned(), user.as_str().into());
        }
        if let Some(user_agent) = row.user_agent {
            data.insert(USER_AGENT.to_owned(), user_agent.into());
        }
        if let Some(ip) = row.ip {
            data.insert(IP.to_owned(), ip.to_string().into());
        }
        data.insert(LAST_SEEN.to_owned(), row.last_seen_at.as_millis().into());
        Ok(Record { id, data, expiry_date: far_away() })
    }
}

#[async_trait]
impl SessionStore for PortalSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let now = self.core.clock.now();
        while !self.rows().insert_session(&self.row(record, now)?).await.map_err(backend)? {
            // taken by another session: 2^-128 a time, but then it must not be shared
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let now = self.core.clock.now();
        // only where it still is: a session that was ended meanwhile must not come back
        match self.rows().find_session(&hash(&record.id), now).await.map_err(backend)? {
            Some(row) => self.rows().save_session(&self.row(record, row.created_at)?).await.map_err(backend),
            None => Ok(()),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.core.clock.now();
        let Some(row) = self.rows().find_session(&hash(id), now).await.map_err(backend)? else { return Ok(None) };
        let idle_until = row.last_seen_at.plus_millis(millis(self.limits.idle));
        let ends = idle_until.min(row.created_at.plus_millis(millis(self.limits.absolute)));
        if ends <= now {
            self.rows().delete_session(&row.id_hash).await.map_err(backend)?;
            return Ok(None);
        }
        self.record(*id, row).map(Some)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.rows().delete_session(&hash(id)).await.map_err(backend)
    }
}

impl fmt::Debug for PortalSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PortalSessions")
    }
}

/// SHA-256 of the id as it stands in the cookie.
pub(super) fn hash(id: &Id) -> [u8; 32] {
    Sha256::digest(id.to_string().as_bytes()).into()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn far_away() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(Timestamp::MAX.as_seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn backend(error: latchkey_core::ports::StoreError) -> Error {
    Error::Backend(error.to_string())
}
