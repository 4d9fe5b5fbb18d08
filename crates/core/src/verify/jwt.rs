//! First sight of a JWT: Ed25519, then the row of the key or app that it was issued to.

use std::sync::Arc;

use latchkey_jose::{AccessToken, CompactJws, Cred};
use latchkey_types::{AppId, CredentialKind, Environment, KeyId, Outcome};

use super::Verified;
use super::api_caller::ApiCaller;
use super::api_key;
use super::entry::{Entry, standing, subjects};
use crate::apps::VerifiableApp;
use crate::core::Core;
use crate::error::Error;
use crate::signing;
use crate::usage::Counted;

/// Proves a JWT of ours for this API.
pub(super) async fn load(core: &Core, api: &ApiCaller, token: &str) -> Result<Result<Entry, Outcome>, Error> {
    let Ok(jws) = CompactJws::parse(token) else { return Ok(Err(Outcome::Malformed)) };
    if !core.verifier.is_fresh(core.clock.monotonic()) {
        // the change log is out of sight: a signing key may have been revoked elsewhere
        core.keyring.mark_stale();
    }
    let ring = signing::current(core).await?;
    let Some(kid) = jws.header().kid() else { return Ok(Err(Outcome::BadSignature)) };
    let Some(key) = ring.public(kid) else { return Ok(Err(Outcome::BadSignature)) };
    let Ok(claims) = AccessToken::verify(&jws, key) else { return Ok(Err(Outcome::BadSignature)) };
    if claims.check_issuer(&core.settings.issuer).is_err() {
        return Ok(Err(Outcome::BadSignature));
    }
    if claims.check_audience(&api.api.audience).is_err() {
        return Ok(Err(Outcome::WrongAudience));
    }
    match claims.cred {
        Cred::JwtKey => of_key(core, &claims, kid).await,
        Cred::ClientCredentials => of_app(core, api, &claims, kid).await,
        // nothing of ours issues these yet
        Cred::JwtBearer | Cred::TokenExchange | Cred::ActionToken | Cred::Phantom => Ok(Err(Outcome::BadSignature)),
    }
}

async fn of_key(core: &Core, claims: &AccessToken, kid: &str) -> Result<Result<Entry, Outcome>, Error> {
    let Ok(id) = claims.client_id.parse::<KeyId>() else { return Ok(Err(Outcome::NotFound)) };
    let Some(row) = core.store.find_verifiable_key(&id).await? else { return Ok(Err(Outcome::NotFound)) };
    let of_this_token = |generation: &crate::keys::Generation| generation.jti.as_deref() == Some(&claims.jti);
    let Some(position) = row.key.generations.iter().position(of_this_token) else {
        return Ok(Err(Outcome::NotFound));
    };
    let mut entry = api_key::entry(core, &row, position, Some(claims.exp), Some(kid));
    entry.not_before = Some(claims.nbf.max(claims.iat));
    Ok(Ok(entry))
}

async fn of_app(
    core: &Core,
    api: &ApiCaller,
    claims: &AccessToken,
    kid: &str,
) -> Result<Result<Entry, Outcome>, Error> {
    let Ok(id) = claims.client_id.parse::<AppId>() else { return Ok(Err(Outcome::NotFound)) };
    let Some(row) = core.store.find_verifiable_app(&id).await? else { return Ok(Err(Outcome::NotFound)) };
    let VerifiableApp { app, holder, apis, .. } = &row;
    let granted = app.grants.iter().zip(apis).find(|(grant, _)| grant.api == api.api.id);
    // the grant was withdrawn after the token was issued
    let Some((grant, (api, policy))) = granted else { return Ok(Err(Outcome::Revoked)) };
    let scopes = claims.scope.intersection(&grant.scopes).intersection(&api.scopes_open_to(&holder.id, policy));
    let verified = Verified {
        id: claims.jti.clone(),
        kind: CredentialKind::AccessToken,
        environment: Environment::Live,
        name: app.name.clone(),
        generation: None,
        expires_at: Some(claims.exp),
        org_id: holder.id.to_string(),
        org_slug: holder.slug.clone(),
        subject: app.id.to_string(),
        api: api.audience.clone(),
        scopes,
        owner: None,
        metadata: policy.metadata.clone().unwrap_or_default(),
    };
    Ok(Ok(Entry {
        api: api.id.clone(),
        api_owner: api.org.clone(),
        holder: holder.id.clone(),
        credential: app.id.to_string(),
        standing: standing(app.revoked_at, app.disabled_at, holder, api, policy),
        not_before: Some(claims.nbf.max(claims.iat)),
        ends_at: Some(claims.exp),
        allowed_ips: Vec::new(),
        verified: Arc::new(verified),
        valid_uses: core.recorder.counter(Counted {
            credential: Some(app.id.to_string()),
            generation: 0,
            holder: Some(holder.id.clone()),
            api: api.id.clone(),
            api_owner: api.org.clone(),
            outcome: Outcome::Valid,
        }),
        subjects: subjects(app.id.as_str(), holder, api, Some(kid)),
    }))
}
