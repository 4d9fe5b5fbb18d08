use latchkey_types::{OrgId, Timestamp, TrustedIssuerId};

/// The most identity providers that an organisation may trust.
pub const MAX_TRUSTED_ISSUERS: usize = 50;

/// An identity provider whose tokens for its users an organisation's apps may exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// Its id.
    pub id: TrustedIssuerId,
    /// Who trusts it.
    pub org: OrgId,
    /// `iss`, byte for byte; an organisation has each issuer once.
    pub issuer: String,
    /// What `aud` is, or holds where it is a list; byte for byte.
    pub audience: String,
    /// The issuer's keys, a JWK Set as JSON; `None`: by discovery.
    pub jwks: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: the actor's id.
    pub created_by: String,
}
