//! Identifiers: a prefix that names the kind, `_`, and 16 base62 characters.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::secret::{ID_LENGTH, is_base62};

/// The text is not an id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id that starts with `{prefix}_`")]
pub struct IdError {
    /// What the id should have started with.
    pub prefix: &'static str,
}

/// A kind of thing that has ids.
pub trait Kind {
    /// What stands before the `_`.
    const PREFIX: &'static str;
}

/// An identifier of one kind of thing, `<prefix>_<16 base62 characters>`.
pub struct Id<K> {
    text: Box<str>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// The id with this random part (16 base62 characters).
    ///
    /// # Errors
    /// [`IdError`] where `random` has another length or alphabet.
    pub fn from_random(random: &str) -> Result<Self, IdError> {
        if random.len() != ID_LENGTH || !is_base62(random) {
            return Err(IdError { prefix: K::PREFIX });
        }
        let text = format!("{}_{random}", K::PREFIX).into_boxed_str();
        Ok(Self { text, kind: PhantomData })
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The 16 characters behind the prefix; they stand in the credential's secret too.
    pub fn random_part(&self) -> &str {
        &self.text[K::PREFIX.len() + 1..]
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(IdError { prefix: K::PREFIX })
            .and_then(Self::from_random)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $kind:ident, $prefix:literal;)*) => {$(
        #[doc = concat!("What `", $prefix, "_…` names.")]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $name = Id<$kind>;
    )*};
}

ids! {
    /// An organisation.
    OrgId, OrgKind, "org";
    /// A person who signs in.
    UserId, UserKind, "usr";
    /// A protected resource server.
    ApiId, ApiKind, "api";
    /// An API key or a JWT key.
    KeyId, KeyKind, "key";
    /// An OAuth2 client; its `client_id`.
    AppId, AppKind, "app";
    /// One client secret of an app.
    AppSecretId, AppSecretKind, "sec";
    /// What an API presents when it asks about a credential.
    VerificationKeyId, VerificationKeyKind, "vk";
    /// What drives the management API.
    ManagementKeyId, ManagementKeyKind, "mk";
    /// An invitation to an organisation.
    InvitationId, InvitationKind, "inv";
    /// A request for access to another organisation's API.
    RequestId, RequestKind, "req";
    /// A row of the audit log.
    AuditId, AuditKind, "aud";
    /// A service account: a user that is a program; the `sub` of its tokens.
    ServiceAccountId, ServiceAccountKind, "sa";
    /// A public key by which an app or service account proves who it is.
    PublicKeyId, PublicKeyKind, "pk";
    /// An opaque access token; its `jti`.
    AccessTokenId, AccessTokenKind, "at";
    /// A rule that lets tokens of an outside issuer stand for an app or service account.
    WorkloadRuleId, WorkloadRuleKind, "wr";
    /// An identity provider whose tokens an organisation takes as subject tokens.
    TrustedIssuerId, TrustedIssuerKind, "ti";
    /// An initial access token (RFC 7591 section 1.2).
    InitialAccessTokenId, InitialAccessTokenKind, "iat";
    /// Something that an organisation is told; the `webhook-id` of what is sent of it.
    NoticeId, NoticeKind, "ntc";
    /// An address that notices are posted to.
    WebhookId, WebhookKind, "wh";
    /// One notice on its way to one receiver.
    DeliveryId, DeliveryKind, "dlv";
    /// A place where a secret was seen that leaked.
    LeakId, LeakKind, "leak";
    /// An action token; the `sub` and `client_id` of the access token that it is swapped for.
    ActionTokenId, ActionTokenKind, "once";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_shows_its_random_part() {
        let id: KeyId = "key_7Gk2mPq9XzRtA1b2".parse().unwrap();
        assert_eq!(id.random_part(), "7Gk2mPq9XzRtA1b2");
        assert_eq!(id.to_string(), "key_7Gk2mPq9XzRtA1b2");
        assert_eq!(serde_json::from_str::<KeyId>("\"key_7Gk2mPq9XzRtA1b2\"").unwrap(), id);
    }

    #[test]
    fn other_kinds_lengths_and_alphabets_are_refused() {
        for text in [
            "",
            "key_",
            "app_7Gk2mPq9XzRtA1b2",
            "key_7Gk2mPq9XzRtA1b",
            "key_7Gk2mPq9XzRtA1b22",
            "key_7Gk2mPq9XzRtA1-2",
            "key7Gk2mPq9XzRtA1b2",
        ] {
            assert_eq!(text.parse::<KeyId>(), Err(IdError { prefix: "key" }), "{text}");
        }
    }
}
