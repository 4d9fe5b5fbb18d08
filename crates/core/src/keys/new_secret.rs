use latchkey_jose::{AccessToken, Cred, Principal};
use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{CredentialKind, Environment, KeyId, OrgId, ScopeSet, Timestamp};

use super::GenerationSecret;
use crate::apis::Api;
use crate::core::Core;
use crate::error::Error;
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

/// Makes the secret or JWT of a new generation.
#[expect(clippy::too_many_arguments, reason = "a key that isn't stored yet, in its parts")]
pub(super) async fn new_secret(
    core: &Core,
    kind: CredentialKind,
    environment: Environment,
    id: &KeyId,
    org: &OrgId,
    api: &Api,
    scopes: &ScopeSet,
    expires_at: Option<Timestamp>,
) -> Result<NewSecret, Error> {
    if kind == CredentialKind::JwtKey {
        // of a JWT key the lifetime rule always gives an end
        let exp = expires_at.ok_or_else(|| Error::invalid("expires_at", "a JWT key has an end"))?;
        return new_jwt(core, id, org, api, scopes, exp).await;
    }
    let kind = match environment {
        Environment::Live => SecretKind::Live,
        Environment::Test => SecretKind::Test,
    };
    let plain = PlainSecret::new(compose(&core.settings.brand, kind, id.random_part(), &bits(core.random.as_ref())));
    let hash = core.hasher.hash(&plain, core.random.as_ref()).await?;
    Ok(NewSecret { plain, proof: GenerationSecret::Hash(hash), jti: None })
}

/// Signs a JWT key (contract section 5; RFC 9068).
async fn new_jwt(
    core: &Core,
    id: &KeyId,
    org: &OrgId,
    api: &Api,
    scopes: &ScopeSet,
    exp: Timestamp,
) -> Result<NewSecret, Error> {
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
        org: org.clone(),
        principal: Principal::Service,
        cred: Cred::JwtKey,
        act: None,
        may_act: None,
        cnf: None,
    };
    let jwt = claims.sign(&signer).map_err(|error| Error::invalid("scopes", error.to_string()))?;
    let proof = GenerationSecret::SignedBy(signer.kid().to_owned());
    Ok(NewSecret { plain: PlainSecret::new(jwt), proof, jti: Some(jti) })
}
