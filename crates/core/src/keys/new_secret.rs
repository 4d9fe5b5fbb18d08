use latchkey_jose::{AccessToken, AddressRules, Cred, Principal};
use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{CredentialKind, Environment, KeyId, ScopeSet, Timestamp};

use super::GenerationSecret;
use crate::apis::Api;
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;
use crate::plain_secret::PlainSecret;
use crate::random::{bits, token_id};
use crate::signing;

/// A secret or JWT that was just made, and what will prove it.
pub(super) struct NewSecret {
    pub(super) plain: PlainSecret,
    pub(super) proof: GenerationSecret,
    /// Of a JWT.
    pub(super) jti: Option<String>,
}

/// A generation that has no secret yet, and the key that it is to belong to.
pub(super) struct SecretDraft<'a> {
    pub(super) kind: CredentialKind,
    pub(super) environment: Environment,
    pub(super) id: &'a KeyId,
    /// Who holds the key.
    pub(super) org: &'a Org,
    pub(super) api: &'a Api,
    pub(super) scopes: &'a ScopeSet,
    pub(super) addresses: &'a AddressRules,
    pub(super) expires_at: Option<Timestamp>,
}

/// Makes the secret or JWT of a new generation.
pub(super) async fn new_secret(core: &Core, draft: SecretDraft<'_>) -> Result<NewSecret, Error> {
    if draft.kind == CredentialKind::JwtKey {
        return new_jwt(core, draft).await;
    }
    let kind = match draft.environment {
        Environment::Live => SecretKind::Live,
        Environment::Test => SecretKind::Test,
    };
    let bits = bits(core.random.as_ref());
    let plain = PlainSecret::new(compose(&core.settings.brand, kind, draft.id.random_part(), &bits));
    let profile = draft.api.tier_for(draft.org).demands().hashing;
    let hash = core.hasher.hash_with(profile, &plain, core.random.as_ref()).await?;
    Ok(NewSecret { plain, proof: GenerationSecret::Hash(hash), jti: None })
}

/// Signs a JWT key (contract section 5; RFC 9068).
async fn new_jwt(core: &Core, draft: SecretDraft<'_>) -> Result<NewSecret, Error> {
    let SecretDraft { id, org, api, scopes, addresses, .. } = draft;
    // of a JWT key the lifetime rule always gives an end
    let exp = draft.expires_at.ok_or_else(|| Error::invalid("expires_at", "a JWT key has an end"))?;
    let signer = signing::signer(core, api.signing_alg).await?;
    let now = core.clock.now();
    let jti = token_id(core.random.as_ref());
    let claims = AccessToken {
        iss: core.settings.issuer.clone(),
        sub: id.to_string(),
        aud: api.audience.clone(),
        exp,
        iat: now,
        nbf: now,
        jti: jti.clone(),
        client_id: id.to_string(),
        scope: scopes.clone(),
        org: org.id.clone(),
        principal: Principal::Service,
        cred: Cred::JwtKey,
        act: None,
        may_act: None,
        cnf: None,
        addresses: AddressRules::sealed([addresses]),
        purpose: None,
    };
    let jwt = claims.sign(&signer).map_err(|error| Error::invalid("scopes", error.to_string()))?;
    let proof = GenerationSecret::SignedBy(signer.kid().to_owned());
    Ok(NewSecret { plain: PlainSecret::new(jwt), proof, jti: Some(jti) })
}
