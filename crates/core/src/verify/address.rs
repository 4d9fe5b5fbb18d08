//! Where a call may come from: what the credential seals, and what its holder says now.

use std::net::IpAddr;

use latchkey_jose::AddressRules;

/// Every rule that applies; each must admit a call.
#[derive(Debug, Default)]
pub(super) struct Addresses(Vec<AddressRules>);

impl Addresses {
    /// What a token seals, and what is said now of whoever holds it.
    pub(super) fn new(sealed: &[AddressRules], present: &AddressRules) -> Self {
        Self(AddressRules::sealed(sealed.iter().chain([present])))
    }

    /// Whether a call from here is in order. Of most credentials there is no rule, which costs nothing.
    pub(super) fn admit(&self, from: Option<IpAddr>) -> bool {
        self.0.iter().all(|rules| rules.admit(from))
    }

    /// What a token that is made of this credential seals.
    pub(super) fn sealed(&self) -> &[AddressRules] {
        &self.0
    }
}
