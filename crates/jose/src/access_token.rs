//! The access tokens and JWT keys that Latchkey signs (RFC 9068; contract section 5).

use latchkey_types::{OrgId, ScopeSet, Timestamp};
use serde::de::{Deserializer, IntoDeserializer};
use serde::{Deserialize, Serialize};

use crate::actor::{self, Actor, MayAct};
use crate::addresses::AddressRules;
use crate::claims::{self, ClaimError, numeric_date};
use crate::compact::CompactJws;
use crate::confirmation::Confirmation;
use crate::public_key::PublicKey;
use crate::sign::{SignError, SigningKey};
use crate::verify::VerifyError;

/// For whom a token acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Principal {
    /// A program acts for itself.
    Service,
    /// A program acts for a person.
    User,
}

/// By what a token was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cred {
    /// It is itself a long-lived key.
    JwtKey,
    /// The client credentials grant (RFC 6749 section 4.4).
    ClientCredentials,
    /// The JWT bearer grant (RFC 7523).
    JwtBearer,
    /// Token exchange (RFC 8693).
    TokenExchange,
    /// An action token, redeemed.
    ActionToken,
    /// Made by a gateway's check for the upstream.
    Phantom,
}

/// The claims of an access token or JWT key. All but the optional ones are required; claims beyond these are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The issuer: the public URL, byte for byte.
    pub iss: String,
    /// Who acts.
    pub sub: String,
    /// The one API that it is for: its audience.
    pub aud: String,
    /// From when on it no longer holds, to the second.
    #[serde(with = "numeric_date")]
    pub exp: Timestamp,
    /// When it was made, to the second.
    #[serde(with = "numeric_date")]
    pub iat: Timestamp,
    /// From when on it holds, to the second.
    #[serde(with = "numeric_date")]
    pub nbf: Timestamp,
    /// Its own id.
    pub jti: String,
    /// The client that it was issued to.
    pub client_id: String,
    /// What it allows. An empty text is no scope.
    #[serde(with = "scope_parameter")]
    pub scope: ScopeSet,
    /// The organisation that holds the credential.
    pub org: OrgId,
    /// For whom it acts.
    #[serde(deserialize_with = "word")]
    pub principal: Principal,
    /// By what it was got.
    #[serde(deserialize_with = "word")]
    pub cred: Cred,
    /// Who acts for `sub`, and whoever acted before (RFC 8693 section 4.1), at most [`crate::MAX_ACTORS`] of them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "actor::read_chain")]
    pub act: Option<Actor>,
    /// Who may become its actor (RFC 8693 section 4.4).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "actor::present_object")]
    pub may_act: Option<MayAct>,
    /// The key that it is bound to. A bearer token has none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "actor::present_object")]
    pub cnf: Option<Confirmation>,
    /// Of what came from an action token: what it is for, in its maker's words (a private claim, RFC 7519 section 4.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Where it may be used from: every one of these rules must admit a call (a private claim).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<AddressRules>,
}

impl AccessToken {
    /// The header's `typ` (RFC 9068 section 2.1).
    pub const TYPE: &'static str = "at+jwt";

    /// Signs the token.
    ///
    /// # Errors
    /// [`SignError::TooLong`] where it has too many scopes or networks.
    pub fn sign(&self, key: &SigningKey) -> Result<String, SignError> {
        key.sign(Self::TYPE, self)
    }

    /// Checks that `jws` is an access token of ours, signed by `key`, and reads its claims. Issuer, audience and times
    /// are left to [`Self::check`], or to [`Self::check_issuer`], [`Self::check_audience`] and [`Self::check_times`].
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(jws: &CompactJws<'_>, key: &PublicKey) -> Result<Self, VerifyError> {
        if jws.header().brings_a_key() {
            return Err(VerifyError::BringsAKey);
        }
        jws.verify(key, Self::TYPE)?.into_typed()
    }

    /// The ids of the actors, the latest first; empty where `sub` acts by itself.
    pub fn call_chain(&self) -> Vec<&str> {
        self.act.iter().flat_map(Actor::chain).map(|actor| &*actor.sub).collect()
    }

    /// Checks issuer, audience and times (RFC 9068 section 4).
    ///
    /// # Errors
    /// The first [`ClaimError`].
    pub fn check(&self, issuer: &str, audience: &str, now: Timestamp) -> Result<(), ClaimError> {
        self.check_issuer(issuer)?;
        self.check_audience(audience)?;
        self.check_times(now)
    }

    /// See [`claims::check_issuer`].
    ///
    /// # Errors
    /// [`ClaimError::WrongIssuer`].
    pub fn check_issuer(&self, expected: &str) -> Result<(), ClaimError> {
        claims::check_issuer(&self.iss, expected)
    }

    /// See [`claims::check_audience`].
    ///
    /// # Errors
    /// [`ClaimError::WrongAudience`].
    pub fn check_audience(&self, expected: &str) -> Result<(), ClaimError> {
        claims::check_audience(&self.aud, expected)
    }

    /// See [`claims::check_times`].
    ///
    /// # Errors
    /// [`ClaimError::NotYetValid`], [`ClaimError::Expired`].
    pub fn check_times(&self, now: Timestamp) -> Result<(), ClaimError> {
        claims::check_times(now, Some(self.nbf), self.iat, self.exp)
    }
}

/// Reads an enum from a JSON string only; serde by itself would also take `{"service": null}`.
fn word<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::deserialize(IntoDeserializer::<D::Error>::into_deserializer(text))
}

/// A set of scopes as the one text of RFC 6749 section 3.3 (RFC 8693 section 4.2).
mod scope_parameter {
    use latchkey_types::ScopeSet;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub fn serialize<S: Serializer>(scopes: &ScopeSet, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(scopes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ScopeSet, D::Error> {
        let text = String::deserialize(deserializer)?;
        ScopeSet::from_parameter(&text).map_err(D::Error::custom)
    }
}
