//! The whole flow through the `openidconnect` client, which the portal uses.

use std::convert::Infallible;

use axum::body::Body;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreUserInfoClaims};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse,
};

use crate::{CALLBACK, ISSUER, Provider, SECRET, SIGNED_OUT};

// C3, C5, O1
#[tokio::test]
async fn the_portal_s_client_signs_in_and_out() {
    let provider = Provider::new();
    let http = |request: openidconnect::HttpRequest| {
        let answer = provider.send(request.map(Body::from));
        async {
            let answer = answer.await;
            let mut response = openidconnect::HttpResponse::new(answer.body);
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers;
            Ok::<_, Infallible>(response)
        }
    };
    let issuer = IssuerUrl::new(ISSUER.into()).unwrap();
    let metadata = ProviderMetadataWithLogout::discover_async(issuer, &http).await.unwrap();
    let end_session = metadata.additional_metadata().end_session_endpoint.clone().unwrap();
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new("portal".into()),
        Some(ClientSecret::new(SECRET.into())),
    )
    .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".into()))
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(challenge)
        .url();

    let page = provider.get(&url[openidconnect::url::Position::BeforePath..]).await;
    let link = page.text().split("href=\"").find(|part| part.starts_with("/authorize/ada?")).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let answer = provider.get(&link).await;
    assert_eq!(answer.location().as_str().split('?').next(), Some(CALLBACK));
    assert_eq!(answer.parameter("state").as_ref(), Some(state.secret()));
    assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));

    let code = AuthorizationCode::new(answer.parameter("code").unwrap());
    let tokens = client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&http).await.unwrap();
    let claims = tokens.id_token().unwrap().claims(&client.id_token_verifier(), &nonce).unwrap();
    assert_eq!(claims.subject().as_str(), "ada");
    assert_eq!(claims.email().unwrap().as_str(), "ada@example.com");
    assert_eq!(claims.email_verified(), Some(true));
    assert_eq!(claims.name().unwrap().get(None).unwrap().as_str(), "Ada");
    assert!(tokens.id_token().unwrap().claims(&client.id_token_verifier(), &Nonce::new("other".into())).is_err());

    let userinfo: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&http)
        .await
        .unwrap();
    assert_eq!(userinfo.email().unwrap().as_str(), "ada@example.com");

    let url = LogoutRequest::from(end_session)
        .set_id_token_hint(tokens.id_token().unwrap())
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(SIGNED_OUT.into()).unwrap())
        .set_state(CsrfToken::new("bye".into()))
        .http_get_url();
    let answer = provider.get(&url[openidconnect::url::Position::BeforePath..]).await;
    assert_eq!(answer.location().as_str(), format!("{SIGNED_OUT}?state=bye"));
}
