use latchkey_types::Timestamp;

/// Where a signing key stands (contract section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningKeyState {
    /// Published, doesn't sign yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more; published until its last token has expired.
    Retired,
    /// Ended: nothing that it signed holds.
    Revoked,
}

impl SigningKeyState {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }
}

/// A signing key as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// Where it stands.
    pub state: SigningKeyState,
    /// The 32 bytes of the Ed25519 public key.
    pub public: [u8; 32],
    /// The Ed25519 seed, sealed under the master key (nonce first).
    pub sealed: Vec<u8>,
    /// The id of the master key that sealed it.
    pub sealed_by: String,
    /// When it was made, and so published.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it stopped.
    pub retired_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKeyRow({}, {})", self.kid, self.state.as_str())
    }
}
