//! Every path of the portal, in one place: patterns for the router, builders for links.

use std::fmt::Write;

use latchkey_types::{
    ActionTokenId, ApiId, AppId, AppSecretId, DeliveryId, InitialAccessTokenId, InvitationId, KeyId, ManagementKeyId,
    PublicKeyId, RequestId, ServiceAccountId, TrustedIssuerId, UserId, VerificationKeyId, WebhookId, WorkloadRuleId,
};

/// Percent-encodes all but RFC 3986's unreserved characters.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A path with a query of the pairs that have a value.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", encode(value)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// `/`
pub const HOME: &str = "/";
/// The sign-in page.
pub const SIGN_IN: &str = "/sign-in";
/// Ends the session; POST, the server's.
pub const SIGN_OUT: &str = "/sign-out";
/// Where a sign-out ends. The server may answer it first, with a redirect to the provider's logout.
pub const SIGNED_OUT: &str = "/signed-out";
/// The form for a new organisation.
pub const NEW_ORG: &str = "/orgs/new";
/// The public APIs.
pub const CATALOGUE: &str = "/catalogue";
/// The operator desk.
pub const OPERATOR: &str = "/operator";
/// Own sessions.
pub const ACCOUNT: &str = "/account";
/// The management API's reference.
pub const API_DOCS: &str = "/docs/api";
/// The `OpenAPI` document; the server's.
pub const OPENAPI: &str = "/api/openapi.json";

/// The sign-in page that leads back to a path of ours.
pub fn sign_in_to(path: &str) -> String {
    with_query(SIGN_IN, &[("to", path)])
}

/// The sign-in page with the text for an error.
#[cfg(feature = "ssr")]
pub fn sign_in_error(error: crate::context::SignInError, to: Option<&str>) -> String {
    with_query(SIGN_IN, &[("error", error.code()), ("to", to.unwrap_or_default())])
}

/// Starts the sign-in with a provider; the server's. It checks `to` (security.md F-29).
pub fn sign_in_with(provider: &str, to: &str) -> String {
    with_query(&format!("{SIGN_IN}/{}", encode(provider)), &[("to", to)])
}

/// Accepts an invitation.
pub fn invitation(token: &str) -> String {
    format!("/invitations/{}", encode(token))
}

/// The page of a key, app or service account, by its id as text.
pub fn credential(slug: &str, id: &str) -> Option<String> {
    let to = OrgRoutes(slug);
    let key = id.parse().ok().map(|id| to.key(&id));
    let app = || id.parse().ok().map(|id| to.app(&id));
    key.or_else(app).or_else(|| id.parse().ok().map(|id| to.service_account(&id)))
}

/// The pages of one organisation.
#[derive(Clone, Copy, Debug)]
pub struct OrgRoutes<'a>(pub &'a str);

impl OrgRoutes<'_> {
    fn page(self, rest: &str) -> String {
        format!("/orgs/{}{rest}", encode(self.0))
    }

    fn post(self, rest: &str) -> String {
        format!("/_portal/orgs/{}{rest}", encode(self.0))
    }

    /// Overview.
    pub fn overview(self) -> String {
        self.page("")
    }
    /// APIs.
    pub fn apis(self) -> String {
        self.page("/apis")
    }
    /// The form for a new API.
    pub fn new_api(self) -> String {
        self.page("/apis/new")
    }
    /// An API.
    pub fn api(self, id: &ApiId) -> String {
        self.page(&format!("/apis/{id}"))
    }
    /// The form that changes an API.
    pub fn api_edit(self, id: &ApiId) -> String {
        self.page(&format!("/apis/{id}/edit"))
    }
    /// The form that says which chains of callers may reach an API.
    pub fn call_paths(self, id: &ApiId) -> String {
        self.page(&format!("/apis/{id}/call-paths"))
    }
    /// An API's operations.
    pub fn operations(self, id: &ApiId) -> String {
        self.page(&format!("/apis/{id}/operations"))
    }
    /// What the document that was uploaded for an API would change.
    pub fn review_operations(self, id: &ApiId) -> String {
        self.page(&format!("/apis/{id}/operations/review"))
    }
    /// The form that says what verification answers to a credential.
    pub fn check_credential(self) -> String {
        self.page("/check-credential")
    }
    /// The same for an API.
    pub fn check_for(self, api: &ApiId) -> String {
        with_query(&self.check_credential(), &[("api", api.as_str())])
    }
    /// Keys.
    pub fn keys(self) -> String {
        self.page("/keys")
    }
    /// The form for a new key.
    pub fn new_key(self) -> String {
        self.page("/keys/new")
    }
    /// A key.
    pub fn key(self, id: &KeyId) -> String {
        self.page(&format!("/keys/{id}"))
    }
    /// The page that shows a key's secret once.
    pub fn key_created(self, id: &KeyId) -> String {
        self.page(&format!("/keys/{id}/created"))
    }
    /// Apps.
    pub fn apps(self) -> String {
        self.page("/apps")
    }
    /// The form for a new app.
    pub fn new_app(self) -> String {
        self.page("/apps/new")
    }
    /// An app.
    pub fn app(self, id: &AppId) -> String {
        self.page(&format!("/apps/{id}"))
    }
    /// The form that changes an app.
    pub fn app_edit(self, id: &AppId) -> String {
        self.page(&format!("/apps/{id}/edit"))
    }
    /// The page that shows an app's secret once.
    pub fn app_created(self, id: &AppId) -> String {
        self.page(&format!("/apps/{id}/created"))
    }
    /// Initial access tokens, with which programs register apps.
    pub fn initial_access_tokens(self) -> String {
        self.page("/initial-access-tokens")
    }
    /// Action tokens, for links.
    pub fn action_tokens(self) -> String {
        self.page("/action-tokens")
    }
    /// Service accounts.
    pub fn service_accounts(self) -> String {
        self.page("/service-accounts")
    }
    /// The form for a new service account.
    pub fn new_service_account(self) -> String {
        self.page("/service-accounts/new")
    }
    /// A service account.
    pub fn service_account(self, id: &ServiceAccountId) -> String {
        self.page(&format!("/service-accounts/{id}"))
    }
    /// The form that changes a service account.
    pub fn service_account_edit(self, id: &ServiceAccountId) -> String {
        self.page(&format!("/service-accounts/{id}/edit"))
    }
    /// Workload rules.
    pub fn workload_rules(self) -> String {
        self.page("/workload-rules")
    }
    /// The form that says which workload rule takes a token.
    pub fn workload_test(self) -> String {
        self.page("/workload-rules/test")
    }
    /// Trusted identity providers.
    pub fn trusted_issuers(self) -> String {
        self.page("/trusted-issuers")
    }
    /// Usage.
    pub fn usage(self) -> String {
        self.page("/usage")
    }
    /// Usage as CSV.
    pub fn usage_csv(self) -> String {
        self.page("/usage.csv")
    }
    /// The usage chart alone, as the live island fetches it.
    pub fn usage_live(self) -> String {
        self.page("/usage/live")
    }
    /// Audit log.
    pub fn audit(self) -> String {
        self.page("/audit")
    }
    /// Notices.
    pub fn notices(self) -> String {
        self.page("/notices")
    }
    /// Where notices go: webhooks and mails.
    pub fn webhooks(self) -> String {
        self.page("/webhooks")
    }
    /// A webhook with what was sent to it.
    pub fn webhook(self, id: &WebhookId) -> String {
        self.page(&format!("/webhooks/{id}"))
    }
    /// Members and invitations.
    pub fn members(self) -> String {
        self.page("/members")
    }
    /// Settings and management keys.
    pub fn settings(self) -> String {
        self.page("/settings")
    }

    /// What each security tier demands, and what another one would break.
    pub fn security_tier(self) -> String {
        self.page("/security-tier")
    }
    /// Where secrets were seen that leaked.
    pub fn leaks(self) -> String {
        self.page("/leaks")
    }
    /// Credentials that somebody should look at.
    pub fn hygiene(self) -> String {
        self.page("/hygiene")
    }
    /// Takes another security tier.
    pub fn set_security_tier(self) -> String {
        self.post("/security-tier")
    }

    /// Creates an API.
    pub fn create_api(self) -> String {
        self.post("/apis")
    }
    /// One of `update`, `delete`.
    pub fn api_action(self, id: &ApiId, action: &str) -> String {
        self.post(&format!("/apis/{id}/{action}"))
    }
    /// Creates a verification key.
    pub fn create_verification_key(self, api: &ApiId) -> String {
        self.post(&format!("/apis/{api}/verification-keys"))
    }
    /// Deletes a verification key.
    pub fn delete_verification_key(self, api: &ApiId, id: &VerificationKeyId) -> String {
        self.post(&format!("/apis/{api}/verification-keys/{id}/delete"))
    }
    /// One of `block`, `unblock`, `update`, for an organisation that holds credentials.
    pub fn consumer_action(self, api: &ApiId, consumer: &str, action: &str) -> String {
        self.post(&format!("/apis/{api}/consumers/{}/{action}", encode(consumer)))
    }
    /// One of `approve`, `deny`.
    pub fn request_action(self, api: &ApiId, id: &RequestId, action: &str) -> String {
        self.post(&format!("/apis/{api}/access-requests/{id}/{action}"))
    }
    /// Says what verification answers to a credential.
    pub fn run_check(self) -> String {
        self.post("/check-credential")
    }
    /// Creates a key.
    pub fn create_key(self) -> String {
        self.post("/keys")
    }
    /// One of `update`, `rotate`, `revoke`, `disable`, `enable`.
    pub fn key_action(self, id: &KeyId, action: &str) -> String {
        self.post(&format!("/keys/{id}/{action}"))
    }
    /// Creates an app.
    pub fn create_app(self) -> String {
        self.post("/apps")
    }
    /// One of `update`, `revoke`, `disable`, `enable`, `delete`, `secrets`.
    pub fn app_action(self, id: &AppId, action: &str) -> String {
        self.post(&format!("/apps/{id}/{action}"))
    }
    /// Deletes a client secret.
    pub fn delete_app_secret(self, app: &AppId, id: &AppSecretId) -> String {
        self.post(&format!("/apps/{app}/secrets/{id}/delete"))
    }
    /// Registers a public key of an app.
    pub fn create_app_key(self, app: &AppId) -> String {
        self.post(&format!("/apps/{app}/keys"))
    }
    /// Deletes a public key of an app.
    pub fn delete_app_key(self, app: &AppId, id: &PublicKeyId) -> String {
        self.post(&format!("/apps/{app}/keys/{id}/delete"))
    }
    /// Says which chains of callers may reach an API.
    pub fn set_call_paths(self, api: &ApiId) -> String {
        self.post(&format!("/apis/{api}/call-paths"))
    }
    /// One of `upload`, `apply`, `discard`: the `OpenAPI` document of an API.
    pub fn operations_action(self, api: &ApiId, action: &str) -> String {
        self.post(&format!("/apis/{api}/operations/{action}"))
    }
    /// Creates a service account.
    pub fn create_service_account(self) -> String {
        self.post("/service-accounts")
    }
    /// One of `update`, `revoke`, `disable`, `enable`, `delete`.
    pub fn service_account_action(self, id: &ServiceAccountId, action: &str) -> String {
        self.post(&format!("/service-accounts/{id}/{action}"))
    }
    /// Registers a public key of a service account.
    pub fn create_account_key(self, account: &ServiceAccountId) -> String {
        self.post(&format!("/service-accounts/{account}/keys"))
    }
    /// Deletes a public key of a service account.
    pub fn delete_account_key(self, account: &ServiceAccountId, id: &PublicKeyId) -> String {
        self.post(&format!("/service-accounts/{account}/keys/{id}/delete"))
    }
    /// Creates an initial access token.
    pub fn create_initial_access_token(self) -> String {
        self.post("/initial-access-tokens")
    }
    /// Revokes an initial access token.
    pub fn revoke_initial_access_token(self, id: &InitialAccessTokenId) -> String {
        self.post(&format!("/initial-access-tokens/{id}/revoke"))
    }
    /// Creates an action token.
    pub fn create_action_token(self) -> String {
        self.post("/action-tokens")
    }
    /// Revokes an action token.
    pub fn revoke_action_token(self, id: &ActionTokenId) -> String {
        self.post(&format!("/action-tokens/{id}/revoke"))
    }
    /// Creates a workload rule.
    pub fn create_workload_rule(self) -> String {
        self.post("/workload-rules")
    }
    /// Says which workload rule takes a token.
    pub fn test_workload_rules(self) -> String {
        self.post("/workload-rules/test")
    }
    /// Deletes a workload rule.
    pub fn delete_workload_rule(self, id: &WorkloadRuleId) -> String {
        self.post(&format!("/workload-rules/{id}/delete"))
    }
    /// Trusts an identity provider.
    pub fn create_trusted_issuer(self) -> String {
        self.post("/trusted-issuers")
    }
    /// Trusts an identity provider no longer.
    pub fn delete_trusted_issuer(self, id: &TrustedIssuerId) -> String {
        self.post(&format!("/trusted-issuers/{id}/delete"))
    }
    /// Notes that notices were read.
    pub fn mark_notices_read(self) -> String {
        self.post("/notices/read")
    }
    /// Chooses what goes by mail.
    pub fn notice_settings(self) -> String {
        self.post("/notices/settings")
    }
    /// Says whether one wants mails.
    pub fn notice_mail(self) -> String {
        self.post("/notices/mail")
    }
    /// Creates a webhook.
    pub fn create_webhook(self) -> String {
        self.post("/webhooks")
    }
    /// One of `update`, `enable`, `disable`, `rotate`, `test`, `delete`.
    pub fn webhook_action(self, id: &WebhookId, action: &str) -> String {
        self.post(&format!("/webhooks/{id}/{action}"))
    }
    /// Sends again what was sent to a webhook.
    pub fn send_again(self, webhook: &WebhookId, id: &DeliveryId) -> String {
        self.post(&format!("/webhooks/{webhook}/deliveries/{id}/send-again"))
    }
    /// Sends a mail again.
    pub fn send_mail_again(self, id: &DeliveryId) -> String {
        self.post(&format!("/mails/{id}/send-again"))
    }
    /// One of `role`, `remove`.
    pub fn member_action(self, user: &UserId, action: &str) -> String {
        self.post(&format!("/members/{user}/{action}"))
    }
    /// Invites somebody.
    pub fn invite(self) -> String {
        self.post("/invitations")
    }
    /// Takes an invitation back.
    pub fn revoke_invitation(self, id: &InvitationId) -> String {
        self.post(&format!("/invitations/{id}/revoke"))
    }
    /// Changes the settings.
    pub fn update_settings(self) -> String {
        self.post("/settings")
    }
    /// Creates a management key.
    pub fn create_management_key(self) -> String {
        self.post("/management-keys")
    }
    /// Revokes a management key.
    pub fn revoke_management_key(self, id: &ManagementKeyId) -> String {
        self.post(&format!("/management-keys/{id}/revoke"))
    }
}

/// Creates an organisation.
pub const CREATE_ORG: &str = "/_portal/orgs";
/// Asks for access to another organisation's API; the form names the organisation that asks.
pub const REQUEST_ACCESS: &str = "/_portal/access-requests";
/// Ends one of one's own sessions.
pub const END_SESSION: &str = "/_portal/account/sessions/end";
/// Ends all of one's own sessions but this one.
pub const END_OTHER_SESSIONS: &str = "/_portal/account/sessions/end-others";
/// Revokes any credential.
pub const OPERATOR_REVOKE: &str = "/_portal/operator/revoke";

/// Accepts an invitation.
pub fn accept_invitation(token: &str) -> String {
    format!("/_portal/invitations/{}/accept", encode(token))
}

/// Suspends (`suspend`) or unsuspends (`unsuspend`) an organisation.
pub fn operator_org_action(slug: &str, action: &str) -> String {
    format!("/_portal/operator/orgs/{}/{action}", encode(slug))
}
