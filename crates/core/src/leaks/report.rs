//! Reports of secrets that were seen where they don't belong.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use latchkey_types::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::find::{Asker, find};
use super::{Ending, HeldSecret, LeakResponse, NewLeak, ProvenReporter, SecretTarget, USE};
use crate::audit::AuditEntry;
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::random;

/// Why a key was revoked, where its last secret leaked.
const REASON: &str = "its secret leaked";
/// Bytes that are kept of an address: PostgreSQL's indexes take no more than 2 700.
const LONGEST_URL: usize = 2_000;
/// Bytes that are kept of other words of a report.
const LONGEST_WORD: usize = 100;
/// Reports that may wait for their turn.
const WAITING: usize = 8;
/// How long one waits: a reporter gives up after 30 s.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// A secret that was seen, as reported.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// What was seen.
    pub token: PlainSecret,
    /// The name of its kind, in the reporter's words.
    pub token_type: String,
    /// Where; may be empty.
    pub url: String,
    /// In what: `commit`.
    pub source: String,
}

/// What the reporter is told of one sighting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// SHA-256 of what was seen.
    pub token_hash: [u8; 32],
    /// As reported.
    pub token_type: String,
    /// Whether it is, or was, a secret of ours.
    pub is_ours: bool,
}

/// Lets one report be worked at at once: what somebody else wrote into a public place mustn't take the cores.
pub(crate) struct Turns {
    turn: Semaphore,
    places: Semaphore,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { turn: Semaphore::new(1), places: Semaphore::new(WAITING) }
    }

    async fn wait(&self) -> Result<SemaphorePermit<'_>, Error> {
        let busy = || Error::TooMany(u32::try_from(LONGEST_WAIT.as_secs()).unwrap_or(u32::MAX));
        let _place = self.places.try_acquire().map_err(|_| busy())?;
        let turn = tokio::time::timeout(LONGEST_WAIT, self.turn.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or_else(busy)
    }
}

/// Does with each secret of ours what its organisation decided, in the order of the report. Doing it again is fine.
///
/// # Errors
/// [`Error::TooMany`] where many reports wait; [`Error::Unavailable`] where something couldn't be looked up or stored:
/// what comes before it in the report was done.
pub async fn report(
    core: &Core,
    reporter: &ProvenReporter<'_>,
    sightings: Vec<Sighting>,
    ip: Option<IpAddr>,
) -> Result<Vec<Feedback>, Error> {
    let _turn = core.leak_turns.wait().await?;
    let mut known: HashMap<[u8; 32], Option<HeldSecret>> = HashMap::new();
    let mut feedback = Vec::with_capacity(sightings.len());
    for sighting in sightings {
        let token_hash: [u8; 32] = Sha256::digest(sighting.token.expose()).into();
        let secret = match known.get(&token_hash) {
            Some(secret) => secret.clone(),
            None => {
                let secret = recognise(core, sighting.token.expose()).await?;
                known.insert(token_hash, secret.clone());
                secret
            }
        };
        if let Some(secret) = &secret {
            respond(core, reporter, &sighting, secret, ip).await?;
        }
        feedback.push(Feedback { token_hash, token_type: sighting.token_type, is_ours: secret.is_some() });
    }
    Ok(feedback)
}

/// A secret of ours, also one that was reported before and whose row is gone since.
async fn recognise(core: &Core, token: &str) -> Result<Option<HeldSecret>, Error> {
    if let Some(secret) = find(core, token, Asker::Reporter).await? {
        return Ok(Some(secret));
    }
    if let Some(secret) = core.store.find_leaked_secret(&core.hasher.mac(USE, token)).await? {
        return Ok(Some(secret));
    }
    match core.hasher.previous_mac(USE, token) {
        Some(mac) => Ok(core.store.find_leaked_secret(&mac).await?),
        None => Ok(None),
    }
}

async fn respond(
    core: &Core,
    reporter: &ProvenReporter<'_>,
    sighting: &Sighting,
    secret: &HeldSecret,
    ip: Option<IpAddr>,
) -> Result<(), Error> {
    let now = core.clock.now();
    let ends_at = wanted_end(core, secret, now).await?;
    let token = sighting.token.expose();
    let leak = NewLeak {
        id: random::id(core.random.as_ref()),
        mac: core.hasher.mac(USE, token),
        reporter: reporter.name.to_owned(),
        url: clean(&sighting.url, token, LONGEST_URL),
        source: clean(&sighting.source, token, LONGEST_WORD),
        at: now,
    };
    let system = Caller { actor: Actor::System, ip };
    let (kind, id) = secret.target.audited();
    let audit = core
        .audit_entry(&system, secret.org.as_ref(), "leak.report", (kind, id))
        .with("url", leak.url.as_str())
        .with("source", leak.source.as_str());
    let audit = AuditEntry {
        at: now,
        actor_kind: "leak_reporter".to_owned(),
        actor_id: Some(leak.reporter.clone()),
        ..with_part(audit, &secret.target)
    };
    let ending: Ending = core.store.end_secret(secret, ends_at, REASON, Some(&leak), &audit).await?;
    tracing::warn!(reporter = reporter.name, secret.of = id, outcome = ending.as_str(), "a secret leaked");
    Ok(())
}

/// When the secret's organisation wants it to end. A leaked secret of the operators ends at once: whoever has it has every
/// organisation.
async fn wanted_end(core: &Core, secret: &HeldSecret, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let Some(org) = &secret.org else { return Ok(Some(now)) };
    let settings = core.store.find_org_by_id(org).await?.map(|org| org.settings).unwrap_or_default();
    Ok(match settings.leak_response {
        LeakResponse::Notify => None,
        LeakResponse::Grace => Some(now.plus_seconds(i64::from(settings.leak_grace_hours) * 3_600)),
        LeakResponse::Revoke => Some(now),
    })
}

/// The row with which of several secrets it is.
pub(super) fn with_part(audit: AuditEntry, target: &SecretTarget) -> AuditEntry {
    match target {
        SecretTarget::Key { generation, .. } => audit.with("generation", *generation),
        SecretTarget::AppSecret { id, .. } => audit.with("secret", id.as_str()),
        SecretTarget::VerificationKey { api, .. } => audit.with("api", api.as_str()),
        SecretTarget::AccessToken { client, .. } => audit.with("client", client.as_str()),
        SecretTarget::ManagementKey { .. }
        | SecretTarget::ActionToken { .. }
        | SecretTarget::InitialAccessToken { .. } => audit,
    }
}

/// At most so many bytes of what somebody else wrote, on one line and without the secret, as it is or as it stands in an
/// address (F-19).
fn clean(text: &str, token: &str, longest: usize) -> String {
    // first of all: without them what stands between may be the secret
    let mut text: String = text.chars().filter(|character| !character.is_control()).collect();
    for written in [token.to_owned(), encoded(token, str::to_uppercase), encoded(token, str::to_lowercase)] {
        if !written.is_empty() {
            text = text.replace(&written, "…");
        }
    }
    let mut kept = String::new();
    for character in text.chars() {
        if kept.len() + character.len_utf8() > longest {
            break;
        }
        kept.push(character);
    }
    kept
}

/// Percent-encoded (RFC 3986 section 2.1), but for what needn't be anywhere.
fn encoded(text: &str, digits: fn(&str) -> String) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&digits(&format!("%{byte:02X}"))),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    // F-19, F-27
    #[test]
    fn what_is_kept_is_one_short_line_without_the_secret() {
        assert_eq!(clean("https://git.example/a?key=lk_live_x#1", "lk_live_x", 100), "https://git.example/a?key=…#1");
        assert_eq!(clean("a\0b\r\nc\u{1b}", "token", 100), "abc");
        assert_eq!(clean("https://x/?a=lk_\0live_\nx&b", "lk_live_x", 100), "https://x/?a=…&b");
        assert_eq!(
            clean("https://x/?a=s+c/r=t&b=s%2Bc%2Fr%3Dt&c=s%2bc%2fr%3dt", "s+c/r=t", 100),
            "https://x/?a=…&b=…&c=…"
        );
        assert_eq!(clean("ääää", "", 5), "ää");
        assert_eq!(clean("", "", 5), "");
    }
}
