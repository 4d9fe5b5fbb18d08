//! Whom tokens are issued to.

use std::net::IpAddr;

use latchkey_jose::{AccessToken, AddressRules, Cred};
use latchkey_types::{ActionTokenId, AppId, OrgId, ScopeSet, ServiceAccountId, Timestamp};

use crate::action_tokens::VerifiableActionToken;
use crate::apis::{Api, ConsumerPolicy, Visibility};
use crate::apps::{Exchange, RepeatedRequest, TokenBinding, VerifiableApp};
use crate::core::Core;
use crate::error::Error;
use crate::limits::RateLimit;
use crate::orgs::Org;
use crate::service_accounts::VerifiableServiceAccount;
use crate::tiers::SecurityTier;

/// An app or a service account, or an action token, as tokens for it need it: when they are issued, and when they are
/// checked.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    /// `app_…` or `sa_…`: the `client_id` of its tokens.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// Who holds it.
    pub(crate) holder: Org,
    /// When it was switched off.
    pub(crate) disabled_at: Option<Timestamp>,
    /// When it was ended.
    pub(crate) revoked_at: Option<Timestamp>,
    /// What its tokens are bound to, always.
    pub(crate) token_binding: TokenBinding,
    /// How many tokens it may get a day (UTC); `None`: any number.
    pub(crate) tokens_per_day: Option<i64>,
    /// What it gets that asks again while its last token is good.
    pub(crate) repeated_request: RepeatedRequest,
    /// Where it may get tokens from, and use them.
    pub(crate) addresses: AddressRules,
    /// How often its tokens may be used, all together, at the APIs of its own organisation.
    pub(crate) rate_limits: Vec<RateLimit>,
    /// What it may ask for.
    pub(crate) granted: Vec<Granted>,
}

/// What a party may ask for at one API.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// Where.
    pub(crate) api: Api,
    /// What the API's owner decided for the holder.
    pub(crate) policy: ConsumerPolicy,
    /// What was granted; see [`Self::scopes_open_to`].
    pub(crate) scopes: ScopeSet,
    /// How it may exchange tokens for this API.
    pub(crate) exchange: Vec<Exchange>,
}

impl Party {
    /// The party of this `client_id`; `None` for what is no id of one, too.
    pub(crate) async fn find(core: &Core, client_id: &str) -> Result<Option<Self>, Error> {
        if let Ok(id) = client_id.parse::<AppId>() {
            return Ok(core.store.find_verifiable_app(&id).await?.map(Self::from));
        }
        let Ok(id) = client_id.parse::<ServiceAccountId>() else { return Ok(None) };
        Ok(core.store.find_verifiable_service_account(&id).await?.map(Self::from))
    }

    /// Who holds this access token: the party of its `client_id`, or the action token that it was swapped for.
    pub(crate) async fn of_token(core: &Core, token: &AccessToken) -> Result<Option<Self>, Error> {
        if token.cred != Cred::ActionToken {
            return Self::find(core, &token.client_id).await;
        }
        let Ok(id) = token.client_id.parse::<ActionTokenId>() else { return Ok(None) };
        Ok(core.store.find_verifiable_action_token(&id).await?.map(Self::from))
    }

    /// [`Self::is_active`] of an app before it is a party.
    pub(crate) fn is_active_app(row: &VerifiableApp) -> bool {
        row.app.disabled_at.is_none() && row.app.revoked_at.is_none() && row.holder.suspended_at.is_none()
    }

    /// Whether it may ask for a token from here. Who may not is told no more than who has a wrong secret; the log says it.
    pub(crate) fn may_come_from(&self, ip: Option<IpAddr>) -> bool {
        let may = self.addresses.admit(ip);
        if !may {
            tracing::info!(client.id = %self.id, ?ip, "a token was asked for from an address that isn't allowed");
        }
        may
    }

    /// The strictest tier among its holder's and those of the owners of the APIs that it may ask for.
    pub(crate) fn tier(&self) -> SecurityTier {
        let of_apis = self.granted.iter().map(|granted| granted.api.owner_tier);
        of_apis.fold(self.holder.security_tier, SecurityTier::max)
    }

    /// Whether it may act at all: neither it nor its organisation is switched off or ended.
    pub(crate) fn is_active(&self) -> bool {
        self.disabled_at.is_none() && self.revoked_at.is_none() && self.holder.suspended_at.is_none()
    }
}

impl From<VerifiableApp> for Party {
    fn from(row: VerifiableApp) -> Self {
        let granted = row
            .app
            .grants
            .into_iter()
            .zip(row.apis)
            .map(|(grant, (api, policy))| Granted { api, policy, scopes: grant.scopes, exchange: grant.exchange })
            .collect();
        Self {
            id: row.app.id.to_string(),
            name: row.app.name,
            holder: row.holder,
            disabled_at: row.app.disabled_at,
            revoked_at: row.app.revoked_at,
            token_binding: row.app.token_binding,
            tokens_per_day: row.app.tokens_per_day,
            repeated_request: row.app.repeated_request,
            rate_limits: row.app.rate_limits,
            addresses: row.app.addresses,
            granted,
        }
    }
}

impl From<VerifiableServiceAccount> for Party {
    fn from(row: VerifiableServiceAccount) -> Self {
        // an account acts for itself alone: it exchanges nothing
        let granted = |(api, policy, scopes)| Granted { api, policy, scopes, exchange: Vec::new() };
        Self {
            id: row.account.id.to_string(),
            name: row.account.name,
            holder: row.holder,
            disabled_at: row.account.disabled_at,
            revoked_at: row.account.revoked_at,
            token_binding: TokenBinding::None,
            tokens_per_day: None,
            repeated_request: RepeatedRequest::NewToken,
            rate_limits: row.account.rate_limits,
            addresses: row.account.addresses,
            granted: row.apis.into_iter().map(granted).collect(),
        }
    }
}

impl From<VerifiableActionToken> for Party {
    fn from(row: VerifiableActionToken) -> Self {
        let VerifiableActionToken { token, holder, api, policy, .. } = row;
        let granted = Granted { api, policy, scopes: token.scopes, exchange: Vec::new() };
        Self {
            id: token.id.to_string(),
            name: token.purpose,
            holder,
            disabled_at: None,
            revoked_at: token.revoked_at,
            token_binding: TokenBinding::None,
            tokens_per_day: None,
            repeated_request: RepeatedRequest::NewToken,
            rate_limits: Vec::new(),
            addresses: AddressRules::default(),
            granted: vec![granted],
        }
    }
}

impl Granted {
    /// The scopes that were granted, as far as the API's owner still allows them to this holder.
    pub(crate) fn scopes_open_to(&self, holder: &OrgId) -> ScopeSet {
        self.scopes.intersection(&self.api.scopes_open_to(holder, &self.policy))
    }

    /// Whether the API's owner lets this holder in at all.
    pub(crate) fn is_open_to(&self, holder: &OrgId) -> bool {
        let own = self.api.org == *holder;
        self.policy.blocked_at.is_none() && (own || self.api.visibility == Visibility::Public)
    }
}
