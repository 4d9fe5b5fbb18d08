use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a notice is about. The word is also the `type` of the webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NoticeKind {
    /// A credential expires in 30, 7 or 1 days.
    #[serde(rename = "credential.expiring")]
    Expiring,
    /// A credential was revoked.
    #[serde(rename = "credential.revoked")]
    Revoked,
    /// A rate limit, credits or a quota of tokens are used up to 80 or 100 %.
    #[serde(rename = "limit.warning")]
    Limit,
    /// A secret was found where it doesn't belong.
    #[serde(rename = "leak.reported")]
    Leak,
}

/// The word names no kind of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of credential.expiring, credential.revoked, limit.warning, leak.reported")]
pub struct UnknownNoticeKind;

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Expiring, Self::Revoked, Self::Limit, Self::Leak];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expiring => "credential.expiring",
            Self::Revoked => "credential.revoked",
            Self::Limit => "limit.warning",
            Self::Leak => "leak.reported",
        }
    }
}

impl FromStr for NoticeKind {
    type Err = UnknownNoticeKind;

    fn from_str(text: &str) -> Result<Self, UnknownNoticeKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownNoticeKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for kind in NoticeKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!("expiring".parse::<NoticeKind>(), Err(UnknownNoticeKind));
    }
}
