use latchkey_types::InitialAccessTokenId;
use latchkey_types::secret::{self, SecretKind};

use super::{InitialAccessToken, PURPOSE};
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;

/// The initial access token that this is, and its organisation; `None` for one that is unknown, wrong, revoked, expired
/// or used up, or whose organisation is suspended: all alike. Using it up is for the store to decide.
pub(crate) async fn authenticate(core: &Core, presented: &str) -> Result<Option<(InitialAccessToken, Org)>, Error> {
    let Some(token) = prove(core, presented).await?.filter(|token| token.holds_at(core.clock.now())) else {
        return Ok(None);
    };
    let org = core.store.find_org_by_id(&token.org).await?.filter(|org| org.suspended_at.is_none());
    Ok(org.map(|org| (token, org)))
}

/// The initial access token that this is, whether or not it holds.
pub(crate) async fn prove(core: &Core, presented: &str) -> Result<Option<InitialAccessToken>, Error> {
    let Ok(parsed) = secret::parse(&core.settings.brand, presented) else { return Ok(None) };
    if parsed.kind != SecretKind::AccessToken {
        return Ok(None);
    }
    let Ok(id) = InitialAccessTokenId::from_random(parsed.id) else { return Ok(None) };
    let row = core.store.find_initial_access_token(&id).await?;
    let is_proven = core.hasher.check_mac(PURPOSE, presented, row.as_ref().map(|row| &row.mac));
    Ok(row.filter(|_| is_proven).map(|row| row.token))
}
