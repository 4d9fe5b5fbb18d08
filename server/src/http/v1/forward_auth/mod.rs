//! `ANY /v1/forward-auth` (contract section 7): a gateway asks whether to let a call through, and with which identity.
//!
//! Whose fault a refusal is decides its status. The caller's: 401, 403 or 429, which every gateway hands on. The gateway's
//! own (its key, or how it is set up): 500, and a line in the log. What can't be known: 503. Only 200 lets anybody in.

mod answer;
mod credential;
mod gateway;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use latchkey_core::verify::{ForwardError, VerifyRequest, forward};

use self::credential::Presented;
use self::gateway::{Call, GatewayFault};
use crate::http::{AppState, ClientCertificate, ClientIp, Problem};

/// `/v1/forward-auth`: method and path of the call stand in `X-Forwarded-Method` and `X-Forwarded-Uri`.
pub async fn by_headers(
    State(state): State<AppState>,
    ip: ClientIp,
    certificate: ClientCertificate,
    request: Request,
) -> Response {
    let call = Call::from_headers(request.headers(), request.uri());
    respond(&state, ip, &certificate, request.headers(), call).await
}

/// `/v1/forward-auth/{*path}`: the request itself has the method and the path of the call, for Envoy's HTTP `ext_authz`.
pub async fn by_path(
    State(state): State<AppState>,
    ip: ClientIp,
    certificate: ClientCertificate,
    request: Request,
) -> Response {
    let call = Call::from_request(request.headers(), request.method(), request.uri());
    respond(&state, ip, &certificate, request.headers(), call).await
}

async fn respond(
    state: &AppState,
    ip: ClientIp,
    certificate: &ClientCertificate,
    headers: &HeaderMap,
    call: Result<Call<'_>, GatewayFault>,
) -> Response {
    match ask(state, ip, certificate, headers, call).await {
        Ok(response) => response,
        Err(fault) => fault.into_response(state, headers),
    }
}

async fn ask(
    state: &AppState,
    ip: ClientIp,
    certificate: &ClientCertificate,
    headers: &HeaderMap,
    call: Result<Call<'_>, GatewayFault>,
) -> Result<Response, GatewayFault> {
    let call = call?;
    let verification_key = gateway::verification_key(headers)?;
    let presented = credential::read(headers);
    let scope_token = credential::scope_token(headers);
    // what can't be read asks too, as an empty text: the gateway's key is checked, and the refusal is counted
    let readable = presented.is_readable() && scope_token.is_ok() && !gateway::strips_ours(headers);
    let scope_token = scope_token.ok().flatten();
    let dpop = presented.proof().or_else(|| scope_token?.proof);
    let request = VerifyRequest {
        credential: if readable { presented.text() } else { "" },
        scopes: &call.scopes,
        operation: call.operation(),
        scope_token: scope_token.map(|beside| beside.token),
        ip: ip.0,
        dpop: dpop.map(|proof| call.shown(proof)),
        certificate: certificate.0.as_deref().map(|presented| presented.certificate.thumbprint.as_str()),
        cost: 1,
        explain: false,
    };
    let presented = if readable { presented } else { Presented::Unreadable };
    match forward(&state.core, verification_key, &request).await {
        Ok(forwarded) => {
            state.metrics.verifications.count(forwarded.answer.code);
            Ok(answer::judged(state, &forwarded, presented, call.is_for_nginx))
        }
        Err(ForwardError::BadVerificationKey) => Err(GatewayFault::BadVerificationKey),
        Err(ForwardError::NoOperation) => Err(GatewayFault::NoOperation),
        Err(ForwardError::TooMany(seconds)) => Ok(answer::too_many(seconds, call.is_for_nginx)),
        Err(ForwardError::Other(error)) => Ok(Problem::from(error).into_response()),
    }
}
