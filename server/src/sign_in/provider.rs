//! An OpenID provider: what it says of itself, and who it says a person is.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use latchkey_core::Core;
use latchkey_core::accounts::Identity;
use latchkey_core::clock::Clock;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGrantType, CoreIdTokenClaims, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm as Alg, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, ProviderMetadata, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use super::http_client::{ProviderCallError, ProviderClient};
use super::pending::Handshake;
use super::person::Person;
use crate::config::{ConfigError, ProviderSettings, PublicUrl};
use crate::http::problem::Chain;

/// How long what a provider says of itself is believed.
const METADATA_LIFETIME: Duration = Duration::from_secs(3_600);
/// How long to wait before asking again for keys that weren't there, whatever the flood (F-30).
const REFETCH_AFTER: Duration = Duration::from_secs(30);
/// How long nobody else waits for a provider that just didn't answer.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The algorithms that an ID token may be signed with; none whose key the provider and we share (D1).
const ALGORITHMS: [Alg; 10] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EcdsaP521Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EdDsa,
];

/// What `openidconnect` doesn't read by itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Further {
    /// RFC 9207 section 3.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    /// OpenID Connect RP-Initiated Logout 1.0 section 2.1.
    end_session_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for Further {}

type Metadata = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Why a sign-in came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// The person or the provider said no.
    Denied,
    /// The provider doesn't answer.
    Unreachable(UnreachableProvider),
    /// Its answer doesn't hold. The cause is for the log.
    Answer(Box<dyn std::error::Error + Send + Sync>),
    /// The person's address isn't of an allowed domain.
    DomainNotAllowed,
}

impl Failure {
    /// One line for the operator.
    pub fn log(&self, provider: &str) {
        match self {
            Self::Denied => tracing::info!(provider, "a sign-in was refused at the provider"),
            Self::Unreachable(error) => error.log(provider),
            Self::Answer(cause) => {
                tracing::warn!(provider, cause = %Chain(cause.as_ref()), "a provider's answer doesn't hold");
            }
            Self::DomainNotAllowed => tracing::info!(provider, "an address is not of an allowed domain"),
        }
    }
}

/// The provider doesn't answer, or says of itself what can't be.
#[derive(Debug, thiserror::Error)]
#[error("the provider can't be asked: {0}")]
pub struct UnreachableProvider(String);

impl UnreachableProvider {
    /// One line for the operator.
    pub fn log(&self, provider: &str) {
        tracing::warn!(provider, cause = %self, "sign-in isn't possible now");
    }
}

/// The configured providers. None of them is asked at start: the server needs none to run (F-31).
#[derive(Debug, Default)]
pub struct Providers(Vec<Provider>);

impl Providers {
    /// From the settings.
    ///
    /// # Errors
    /// Where a provider can't be spoken to at all.
    pub fn new(settings: Vec<ProviderSettings>) -> Result<Self, ConfigError> {
        settings.into_iter().map(Provider::new).collect::<Result<_, _>>().map(Self)
    }

    /// In the order of the settings.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }

    /// The provider of this id.
    pub fn find(&self, id: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.id == id)
    }

    /// The provider of this issuer.
    pub fn of_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.issuer == issuer)
    }
}

/// One provider.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    client: ProviderClient,
    known: Mutex<Known>,
}

/// What was heard from a provider, and when, on the monotonic clock.
#[derive(Debug, Default)]
struct Known {
    metadata: Option<(Arc<Metadata>, Duration)>,
    asked: Option<Duration>,
    failed: Option<Duration>,
}

impl Provider {
    fn new(settings: ProviderSettings) -> Result<Self, ConfigError> {
        let client = ProviderClient::new(&settings.issuer)
            .map_err(|error| ConfigError::new(format!("oidc.{}", settings.id), format!("no HTTPS client: {error}")))?;
        Ok(Self { settings, client, known: Mutex::default() })
    }

    /// Stands in `/sign-in/{id}`.
    pub fn id(&self) -> &str {
        &self.settings.id
    }

    /// Stands on the button.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Where to send the browser (OpenID Connect Core 1.0 section 3.1.2.1).
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn authorization_url(
        &self,
        core: &Core,
        handshake: &Handshake,
        public_url: &PublicUrl,
    ) -> Result<Url, UnreachableProvider> {
        let metadata = self.metadata(core.clock.as_ref()).await?;
        let verifier = PkceCodeVerifier::new(handshake.pkce_verifier());
        let (state, nonce) = (handshake.state.clone(), handshake.nonce());
        let (url, _, _) = self
            .client_of(&metadata, public_url)?
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || CsrfToken::new(state), || Nonce::new(nonce))
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    /// Whether the answer comes from this provider (RFC 9207 section 2.4): `iss` must be there where it says that it
    /// sends it, and where it is there it must be its issuer.
    ///
    /// # Errors
    /// [`Failure::Answer`] where it isn't, [`Failure::Unreachable`] where the provider can't be asked.
    pub async fn check_issuer(&self, core: &Core, iss: Option<&str>) -> Result<(), Failure> {
        let metadata = self.metadata(core.clock.as_ref()).await.map_err(Failure::Unreachable)?;
        let required = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss == self.settings.issuer => Ok(()),
            Some(_) => Err(Failure::Answer("iss names another provider".into())),
            None if required => Err(Failure::Answer("iss is missing".into())),
            None => Ok(()),
        }
    }

    /// Swaps the code for an ID token and reads who the person is.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn identify(
        &self,
        core: &Core,
        handshake: &Handshake,
        code: &str,
        public_url: &PublicUrl,
    ) -> Result<Identity, Failure> {
        let metadata = self.metadata(core.clock.as_ref()).await.map_err(Failure::Unreachable)?;
        let client = self.client_of(&metadata, public_url).map_err(Failure::Unreachable)?;
        let tokens = self.exchange(&client, handshake, code).await?;
        let claims = match self.id_token_claims(core, &client, &tokens, handshake) {
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                // the provider may have new keys
                let fresh = self.refetched(core.clock.as_ref()).await.map_err(Failure::Unreachable)?;
                let client = self.client_of(&fresh, public_url).map_err(Failure::Unreachable)?;
                self.id_token_claims(core, &client, &tokens, handshake)
            }
            other => other,
        };
        let claims = claims.map_err(|error| Failure::Answer(Box::new(error)))?;
        let person = self.complete(&client, &tokens, Person::of(&claims)).await?;
        self.accept(person)
    }

    async fn exchange(&self, client: &Client, handshake: &Handshake, code: &str) -> Result<CoreTokenResponse, Failure> {
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| Failure::Answer(Box::new(error)))?
            .set_pkce_verifier(PkceCodeVerifier::new(handshake.pkce_verifier()));
        request.request_async(&self.client).await.map_err(|error| match error {
            RequestTokenError::Request(error) => Failure::Unreachable(UnreachableProvider(Chain(&error).to_string())),
            RequestTokenError::ServerResponse(answer) => {
                Failure::Answer(format!("the token endpoint says {:?}", answer.error()).into())
            }
            RequestTokenError::Parse(..) => Failure::Answer("the token endpoint's answer can't be read".into()),
            RequestTokenError::Other(text) => Failure::Answer(text.into()),
        })
    }

    /// Signature, issuer, audience, expiry and nonce (OpenID Connect Core 1.0 section 3.1.3.7).
    fn id_token_claims(
        &self,
        core: &Core,
        client: &Client,
        tokens: &CoreTokenResponse,
        handshake: &Handshake,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let token = tokens.id_token().ok_or_else(|| ClaimsVerificationError::Other("no ID token".to_owned()))?;
        let now = now(core.clock.as_ref());
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now);
        token.claims(&verifier, &Nonce::new(handshake.nonce())).cloned()
    }

    /// Asks the userinfo endpoint for what the ID token leaves out (OpenID Connect Core 1.0 section 5.4).
    async fn complete(&self, client: &Client, tokens: &CoreTokenResponse, person: Person) -> Result<Person, Failure> {
        if person.name.is_some() && person.email.is_some() {
            return Ok(person);
        }
        let subject = openidconnect::SubjectIdentifier::new(person.subject.clone());
        let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) else { return Ok(person) };
        let claims: CoreUserInfoClaims =
            request.request_async(&self.client).await.map_err(|error| Failure::Answer(Box::new(error)))?;
        Ok(person.or(&claims))
    }

    fn accept(&self, person: Person) -> Result<Identity, Failure> {
        let email_verified = self.settings.trust_email && person.email_verified && person.email.is_some();
        let allowed = &self.settings.allowed_domains;
        let domain = person
            .email
            .as_deref()
            .and_then(|email| email.rsplit_once('@'))
            .map(|(_, domain)| domain.to_ascii_lowercase());
        let domain_is_good =
            allowed.is_empty() || (email_verified && domain.is_some_and(|domain| allowed.contains(&domain)));
        if !domain_is_good {
            return Err(Failure::DomainNotAllowed);
        }
        Ok(Identity {
            issuer: self.settings.issuer.clone(),
            name: person.name.or_else(|| person.email.clone()).unwrap_or_else(|| person.subject.clone()),
            subject: person.subject,
            email: person.email,
            email_verified,
        })
    }

    /// The provider's logout, with the way back to us, where it has one.
    pub async fn logout_url(&self, core: &Core, back: &str) -> Option<Url> {
        let metadata = self.metadata(core.clock.as_ref()).await.ok()?;
        let mut url = Url::parse(metadata.additional_metadata().end_session_endpoint.as_deref()?).ok()?;
        if !matches!(url.scheme(), "https" | "http") {
            return None;
        }
        url.query_pairs_mut()
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", back);
        Some(url)
    }

    fn client_of(&self, metadata: &Metadata, public_url: &PublicUrl) -> Result<Client, UnreachableProvider> {
        let secret = self.settings.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let redirect = RedirectUrl::new(format!("{public_url}/sign-in/{}/callback", self.settings.id))
            .map_err(|error| UnreachableProvider(error.to_string()))?;
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.settings.client_id.clone()),
            secret,
        );
        // OpenID Connect Discovery 1.0 section 3: Basic where nothing else is said
        let methods = metadata.token_endpoint_auth_methods_supported();
        let basic = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth_type = if basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth_type))
    }

    async fn metadata(&self, clock: &dyn Clock) -> Result<Arc<Metadata>, UnreachableProvider> {
        self.heard(clock, METADATA_LIFETIME).await
    }

    async fn refetched(&self, clock: &dyn Clock) -> Result<Arc<Metadata>, UnreachableProvider> {
        self.heard(clock, REFETCH_AFTER).await
    }

    /// What the provider says of itself, not older than this where it can be asked; else what it said before. One
    /// caller asks, the others wait for its answer or for its failure.
    async fn heard(&self, clock: &dyn Clock, lifetime: Duration) -> Result<Arc<Metadata>, UnreachableProvider> {
        let mut known = self.known.lock().await;
        let now = clock.monotonic();
        let younger = |then: Duration, age: Duration| now.saturating_sub(then) < age;
        if let Some((metadata, at)) = &known.metadata
            && (younger(*at, lifetime) || known.asked.is_some_and(|asked| younger(asked, REFETCH_AFTER)))
        {
            return Ok(Arc::clone(metadata));
        }
        if known.failed.is_some_and(|failed| younger(failed, RETRY_AFTER)) {
            return Err(UnreachableProvider("it didn't answer a moment ago".to_owned()));
        }
        known.asked = Some(now);
        match self.discover().await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *known = Known { metadata: Some((Arc::clone(&metadata), now)), asked: Some(now), failed: None };
                Ok(metadata)
            }
            Err(error) => {
                known.failed = Some(clock.monotonic());
                known.metadata.as_ref().map(|(metadata, _)| Arc::clone(metadata)).ok_or(error)
            }
        }
    }

    async fn discover(&self) -> Result<Metadata, UnreachableProvider> {
        let issuer =
            IssuerUrl::new(self.settings.issuer.clone()).map_err(|error| UnreachableProvider(error.to_string()))?;
        let metadata: Result<Metadata, openidconnect::DiscoveryError<ProviderCallError>> =
            Metadata::discover_async(issuer, &self.client).await;
        metadata.map_err(|error| UnreachableProvider(Chain(&error).to_string()))
    }
}

fn now(clock: &dyn Clock) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(clock.now().as_millis()).unwrap_or_default()
}
