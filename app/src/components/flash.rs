//! What was just done. The word travels in the URL's query (`?done=…`), so that a redirect needs no state.

use leptos::prelude::*;

macro_rules! flashes {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        /// Something that was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flash {
            $(#[doc = $text] $name,)*
        }

        impl Flash {
            /// The word in the URL.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What the person reads.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// By the word in the URL; no other text can be shown by a link.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

flashes! {
    Saved = "saved", "Saved.";
    OrgCreated = "org-created", "Organisation created.";
    ApiCreated = "api-created", "API created. Next, make a verification key for it below.";
    ApiDeleted = "api-deleted", "API deleted.";
    VerificationKeyDeleted = "verification-key-deleted", "Verification key deleted. Programs that use it get 401 from now on.";
    OperationsApplied = "operations-applied", "The document is in force.";
    OperationsDiscarded = "operations-discarded", "The document was discarded.";
    ConsumerBlocked = "consumer-blocked", "Organisation blocked. Its credentials for this API answer DISABLED.";
    ConsumerUnblocked = "consumer-unblocked", "Organisation unblocked.";
    RequestApproved = "request-approved", "Access request approved.";
    RequestDenied = "request-denied", "Access request denied.";
    AccessRequested = "access-requested", "Access requested. The API's owner decides; the state shows here.";
    KeyDisabled = "key-disabled", "Key disabled. It is refused from now on; enable it at any time.";
    KeyEnabled = "key-enabled", "Key enabled.";
    KeyRevoked = "key-revoked", "Key revoked. It is refused from now on.";
    AppCreated = "app-created", "App created.";
    AppDisabled = "app-disabled", "App disabled. It gets no tokens, and those it has are refused.";
    AppEnabled = "app-enabled", "App enabled.";
    AppRevoked = "app-revoked", "App revoked. It gets no tokens, and those it has are refused.";
    AppDeleted = "app-deleted", "App deleted.";
    SecretDeleted = "secret-deleted", "Client secret deleted.";
    PublicKeyAdded = "public-key-added", "Public key added. What is signed with it is taken from now on.";
    PublicKeyDeleted = "public-key-deleted", "Public key deleted. What is signed with it is refused from now on.";
    AccountCreated = "account-created", "Service account created.";
    AccountDisabled = "account-disabled", "Service account disabled. It gets no tokens, and those it has are refused.";
    AccountEnabled = "account-enabled", "Service account enabled.";
    AccountRevoked = "account-revoked", "Service account revoked. It gets no tokens, and those it has are refused.";
    AccountDeleted = "account-deleted", "Service account deleted.";
    RegistrationRevoked = "registration-revoked", "Initial access token revoked. What it registered stays.";
    ActionTokenRevoked = "action-token-revoked", "Action token revoked. What it was swapped for is refused from now on.";
    RuleCreated = "rule-created", "Workload rule created. Try a token on it with Test a token.";
    RuleDeleted = "rule-deleted", "Workload rule deleted. Tokens of the issuer that only it took are refused from now on.";
    IssuerTrusted = "issuer-trusted", "Identity provider trusted. Apps may exchange its users' tokens from now on.";
    IssuerDeleted = "issuer-deleted", "Identity provider no longer trusted.";
    NoticesRead = "notices-read", "All marked as read.";
    WebhookChanged = "webhook-changed", "Webhook changed.";
    WebhookEnabled = "webhook-enabled", "Webhook switched on. Notices are posted from now on.";
    WebhookDisabled = "webhook-disabled", "Webhook switched off. What waited for it can be sent again later.";
    WebhookDeleted = "webhook-deleted", "Webhook deleted.";
    TestSent = "test-sent", "A test is on its way. Reload this page to see how it went.";
    SentAgain = "sent-again", "It is on its way again. Reload this page to see how it went.";
    MailsChosen = "mails-chosen", "Saved what goes by mail.";
    MailWanted = "mail-wanted", "You get the notices of this organisation by mail from now on.";
    MailUnwanted = "mail-unwanted", "You get no more mails of this organisation.";
    MemberChanged = "member-changed", "Role changed.";
    MemberRemoved = "member-removed", "Member removed.";
    InvitationRevoked = "invitation-revoked", "Invitation taken back.";
    InvitationAccepted = "invitation-accepted", "Welcome. You are a member of this organisation now.";
    ManagementKeyRevoked = "management-key-revoked", "Management key revoked.";
    SessionEnded = "session-ended", "Session ended.";
    OtherSessionsEnded = "other-sessions-ended", "All other sessions ended.";
    CredentialRevoked = "credential-revoked", "Credential revoked. It is refused from now on.";
    OrgSuspended = "org-suspended", "Organisation suspended.";
    OrgUnsuspended = "org-unsuspended", "Organisation unsuspended.";
    SecretGone = "secret-gone", "The secret was shown already, or too long ago. If nobody kept it, rotate it to get a new one.";
}

/// What was just done, above the page.
pub fn flash(flash: Option<Flash>) -> Option<AnyView> {
    flash.map(|flash| view! { <p class="flash" role="status">{flash.text()}</p> }.into_any())
}

/// Something to know, in the page.
pub fn notice(text: impl Into<String>) -> AnyView {
    let text = text.into();
    view! { <p class="notice">{text}</p> }.into_any()
}
