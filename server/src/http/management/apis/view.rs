//! APIs as the management API shows them.

use latchkey_core::apis::{self, Principals};
use latchkey_types::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::http::management::call_paths::view::CallPaths;
use crate::http::management::extract::given;
use crate::http::management::limits::{NewPlan, Plan};
use crate::http::management::words::{
    PrincipalKind, ScopeGrant, SigningAlg, TokenFormat, TwoToken, UnknownOperations, Visibility,
};

/// A protected resource server.
#[derive(Debug, Serialize, ToSchema)]
pub struct Api {
    /// `api_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its identifier, an absolute URI: the `aud` of its tokens.
    pub audience: String,
    /// Who may hold credentials for it.
    pub visibility: Visibility,
    /// Its scopes, by name.
    pub scopes: Vec<Scope>,
    /// How tokens for it are signed.
    pub signing_alg: SigningAlg,
    /// How long an access token for it lives, in seconds.
    pub token_ttl_seconds: u32,
    /// What an access token for it looks like.
    pub token_format: TokenFormat,
    /// Which chains of callers may reach it.
    pub call_paths: CallPaths,
    /// Limits that organisations may be put on.
    pub plans: Vec<Plan>,
    /// Where a required scope must be, of a call that comes with two tokens.
    pub two_token: TwoToken,
    /// What becomes of calls of operations that its `OpenAPI` document doesn't have.
    pub unknown_operations: UnknownOperations,
    /// For whom those may act who call it: `service` (programs for themselves), `user` (programs for people), or both.
    pub principals: Vec<PrincipalKind>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A scope of an API.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// 1 to 128 characters of RFC 6749 section 3.3.
    pub name: String,
    /// What it allows, for people.
    #[serde(default)]
    pub description: String,
    /// How another organisation comes by it.
    #[serde(default)]
    pub grant: ScopeGrant,
}

impl From<apis::Api> for Api {
    fn from(api: apis::Api) -> Self {
        Self {
            id: api.id.to_string(),
            name: api.name,
            audience: api.audience,
            visibility: api.visibility.into(),
            scopes: api.scopes.into_iter().map(Scope::from).collect(),
            signing_alg: api.signing_alg.into(),
            token_ttl_seconds: api.token_ttl_seconds,
            token_format: api.token_format.into(),
            call_paths: api.call_paths.unwrap_or_default().into(),
            plans: api.plans.into_iter().map(Plan::from).collect(),
            two_token: api.two_token.into(),
            unknown_operations: api.unknown_operations.into(),
            principals: api.principals.kinds().iter().copied().map(Into::into).collect(),
            created_at: api.created_at,
        }
    }
}

impl From<apis::ApiScope> for Scope {
    fn from(scope: apis::ApiScope) -> Self {
        Self { name: scope.name.to_string(), description: scope.description, grant: scope.grant.into() }
    }
}

impl From<Scope> for apis::NewScope {
    fn from(scope: Scope) -> Self {
        Self { name: scope.name, description: scope.description, grant: scope.grant.into() }
    }
}

/// A new API.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApi {
    /// What people call it.
    pub name: String,
    /// Its identifier: an absolute URI without fragment, unique in the installation.
    pub audience: String,
    /// Who may hold credentials for it; `private` unless said.
    pub visibility: Option<Visibility>,
    /// Its scopes, at most 512.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// What its tokens are signed with; `EdDSA` unless said.
    pub signing_alg: Option<SigningAlg>,
    /// 60 to 3 600; 300 unless said.
    pub token_ttl_seconds: Option<i64>,
    /// What its access tokens look like; `jwt` unless said.
    pub token_format: Option<TokenFormat>,
    /// Limits that organisations may be put on, at most twenty; one called `default` holds for every organisation that has no other.
    #[serde(default)]
    pub plans: Vec<NewPlan>,
    /// Where a required scope must be, of a call that comes with two tokens; `either` unless said.
    pub two_token: Option<TwoToken>,
    /// What becomes of calls of operations that its `OpenAPI` document doesn't have; `lenient` unless said.
    pub unknown_operations: Option<UnknownOperations>,
    /// For whom those may act who call it; both unless said.
    #[serde(default, deserialize_with = "principals")]
    #[schema(value_type = Option<Vec<PrincipalKind>>, min_items = 1)]
    pub principals: Option<Principals>,
}

impl From<NewApi> for apis::NewApi {
    fn from(new: NewApi) -> Self {
        Self {
            name: new.name,
            audience: new.audience,
            visibility: new.visibility.unwrap_or(Visibility::Private).into(),
            scopes: new.scopes.into_iter().map(apis::NewScope::from).collect(),
            token_ttl_seconds: new.token_ttl_seconds,
            signing_alg: new.signing_alg.map(Into::into),
            token_format: new.token_format.map(Into::into),
            plans: new.plans.into_iter().map(Into::into).collect(),
            two_token: new.two_token.map(Into::into),
            unknown_operations: new.unknown_operations.map(Into::into),
            principals: new.principals.unwrap_or_default(),
        }
    }
}

/// Members to change; what is left out stays as it is. The audience stays for ever.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Another visibility.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    /// All scopes, anew.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub scopes: Option<Vec<Scope>>,
    /// Another signature for tokens made from now on.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub signing_alg: Option<SigningAlg>,
    /// 60 to 3 600.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub token_ttl_seconds: Option<i64>,
    /// Another look of access tokens made from now on.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub token_format: Option<TokenFormat>,
    /// All plans, anew. A plan's use is kept by its name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub plans: Option<Vec<NewPlan>>,
    /// Another place for required scopes, of calls that come with two tokens.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub two_token: Option<TwoToken>,
    /// Another choice of what becomes of calls of unknown operations.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub unknown_operations: Option<UnknownOperations>,
    /// All kinds of whom callers may act for, anew.
    #[serde(default, deserialize_with = "given_principals")]
    #[schema(value_type = Option<Vec<PrincipalKind>>, min_items = 1, nullable = false)]
    pub principals: Option<Principals>,
}

impl From<ApiPatch> for apis::ApiPatch {
    fn from(patch: ApiPatch) -> Self {
        Self {
            name: patch.name,
            visibility: patch.visibility.map(Into::into),
            scopes: patch.scopes.map(|scopes| scopes.into_iter().map(apis::NewScope::from).collect()),
            token_ttl_seconds: patch.token_ttl_seconds,
            signing_alg: patch.signing_alg.map(Into::into),
            token_format: patch.token_format.map(Into::into),
            plans: patch.plans.map(|plans| plans.into_iter().map(Into::into).collect()),
            two_token: patch.two_token.map(Into::into),
            unknown_operations: patch.unknown_operations.map(Into::into),
            principals: patch.principals,
        }
    }
}

/// At least one kind; JSON that names none is refused where it stands.
fn principals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Principals>, D::Error> {
    Option::<Vec<PrincipalKind>>::deserialize(deserializer)?.map(principals_of).transpose()
}

/// The same, never null.
fn given_principals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Principals>, D::Error> {
    given(deserializer)?.map(principals_of).transpose()
}

fn principals_of<E: serde::de::Error>(kinds: Vec<PrincipalKind>) -> Result<Principals, E> {
    let kinds: Vec<latchkey_jose::Principal> = kinds.into_iter().map(Into::into).collect();
    Principals::of(&kinds).ok_or_else(|| E::custom("name service, user, or both"))
}
