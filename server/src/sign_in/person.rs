//! Who a provider says a person is.

use openidconnect::core::{CoreIdTokenClaims, CoreUserInfoClaims};

/// What the provider says of a person.
pub(super) struct Person {
    pub(super) subject: String,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) email_verified: bool,
}

impl Person {
    /// As the ID token says.
    pub(super) fn of(claims: &CoreIdTokenClaims) -> Self {
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let name = name.or_else(|| claims.preferred_username().map(|name| name.as_str()));
        Self {
            subject: claims.subject().as_str().to_owned(),
            name: name.and_then(presentable),
            email: claims.email().and_then(|email| presentable(email.as_str())),
            email_verified: claims.email_verified().unwrap_or(false),
        }
    }

    /// With what the userinfo endpoint says besides.
    pub(super) fn or(self, claims: &CoreUserInfoClaims) -> Self {
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let name = name.or_else(|| claims.preferred_username().map(|name| name.as_str()));
        let own_email = self.email.is_some();
        Self {
            subject: self.subject,
            name: self.name.or_else(|| name.and_then(presentable)),
            // an address and whether it is verified come from one place
            email_verified: if own_email { self.email_verified } else { claims.email_verified().unwrap_or(false) },
            email: self.email.or_else(|| claims.email().and_then(|email| presentable(email.as_str()))),
        }
    }
}

/// At most 200 characters and no control characters: it is shown, stored and logged (F-27, F-28).
fn presentable(text: &str) -> Option<String> {
    const LONGEST: usize = 200;
    let text: String = text.chars().filter(|character| !character.is_control()).take(LONGEST).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
