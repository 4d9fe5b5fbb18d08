//! The key that a token is bound to (RFC 7800).

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use crate::base64url;

/// `cnf`: who holds the token must hold this key too. Other members are refused: a token bound in a way that nobody
/// checks would pass as one that isn't bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Members")]
pub struct Confirmation {
    /// The RFC 7638 thumbprint of a DPoP key (RFC 9449 section 6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// SHA-256 of a client certificate's DER, base64url (RFC 8705 section 3.1).
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
}

impl Confirmation {
    /// Bound to a DPoP key.
    pub fn dpop(jkt: impl Into<String>) -> Self {
        Self { jkt: Some(jkt.into()), x5t_s256: None }
    }

    /// Bound to a client certificate.
    pub fn certificate(x5t_s256: impl Into<String>) -> Self {
        Self { jkt: None, x5t_s256: Some(x5t_s256.into()) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    #[serde(default, deserialize_with = "thumbprint")]
    jkt: Option<String>,
    #[serde(default, rename = "x5t#S256", deserialize_with = "thumbprint")]
    x5t_s256: Option<String>,
}

impl TryFrom<Members> for Confirmation {
    type Error = &'static str;

    fn try_from(members: Members) -> Result<Self, &'static str> {
        if members.jkt.is_none() && members.x5t_s256.is_none() {
            return Err("a confirmation names a key");
        }
        Ok(Self { jkt: members.jkt, x5t_s256: members.x5t_s256 })
    }
}

fn thumbprint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match base64url::decode(&text) {
        Some(bytes) if bytes.len() == 32 => Ok(Some(text)),
        _ => Err(D::Error::custom("not a SHA-256 thumbprint")),
    }
}
