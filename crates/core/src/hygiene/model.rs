use latchkey_types::{ApiId, CredentialKind, OrgId, Timestamp};

use crate::tiers::{Misfit, SecretLife, SecurityTier, misfit_of_secret};

/// What is known of a live credential, for whoever judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialFacts {
    /// `key_…`, `app_…` or `sa_…`.
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// What its holder calls it.
    pub name: String,
    /// Who holds it.
    pub holder: OrgId,
    /// The holder's slug.
    pub holder_slug: String,
    /// The holder's tier.
    pub holder_tier: SecurityTier,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it was switched off.
    pub disabled_at: Option<Timestamp>,
    /// What proves it, newest first: a key's live generations, an app's secrets and registered public keys, an account's
    /// public keys.
    pub secrets: Vec<SecretLife>,
    /// What it may be used for: a key's API, and those that an app or account is granted by name.
    pub apis: Vec<ServedApi>,
    /// Whether its tokens may come without a key that they are bound to; of keys: no, they have none.
    pub may_be_unbound: bool,
    /// Whether a client secret is what proves it at the token endpoint.
    pub is_by_secret: bool,
    /// Whether it says where it may be used from.
    pub has_addresses: bool,
    /// From how many networks it was used lately.
    pub networks: u32,
    /// How many tokens it got lately.
    pub tokens: i64,
}

/// An API that a credential is for, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedApi {
    /// The API.
    pub id: ApiId,
    /// Its owner.
    pub owner: OrgId,
    /// The owner's tier.
    pub owner_tier: SecurityTier,
}

/// Whose credentials to look at; neither revoked nor expired ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactsQuery {
    /// Those that this organisation holds.
    pub org: OrgId,
    /// Those of others for its APIs, too.
    pub for_its_apis: bool,
    /// What time it is.
    pub now: Timestamp,
    /// Networks and tokens count from here on.
    pub networks_since: Timestamp,
    /// Tokens count from here on.
    pub tokens_since: Timestamp,
}

impl CredentialFacts {
    /// What of it isn't taken where the tiers are what `tier_of` makes of them, each once.
    pub fn misfits(&self, tier_of: impl Fn(&OrgId, SecurityTier) -> SecurityTier) -> Vec<Misfit> {
        let of_apis = self.apis.iter().map(|api| tier_of(&api.owner, api.owner_tier));
        let tier = of_apis.fold(tier_of(&self.holder, self.holder_tier), SecurityTier::max);
        let mut misfits: Vec<Misfit> = match self.kind {
            CredentialKind::ApiKey | CredentialKind::JwtKey => {
                self.secrets.iter().filter_map(|secret| misfit_of_secret(tier, self.kind, *secret)).collect()
            }
            _ if self.may_be_unbound && tier.demands().bound_tokens => vec![Misfit::UnboundTokens],
            _ => Vec::new(),
        };
        misfits.sort_unstable();
        misfits.dedup();
        misfits
    }

    /// What of it isn't taken today.
    pub fn misfits_now(&self) -> Vec<Misfit> {
        self.misfits(|_, tier| tier)
    }
}
