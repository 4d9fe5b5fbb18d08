//! Mails to people.

use async_trait::async_trait;
use latchkey_types::Timestamp;

/// A mail of plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// What its `Message-ID` is made of; the same when it is sent again.
    pub id: String,
    /// One address, as an identity provider said it.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// Its `Date`.
    pub at: Timestamp,
}

/// Why a mail wasn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// There is no `LATCHKEY_SMTP_URL`.
    #[error("there is no mail server")]
    NotConfigured,
    /// The server won't ever take it (a code of 500 and more), or the address is none.
    #[error("the mail server refused it")]
    Refused(Option<u16>),
    /// The server doesn't take it now (a code of 400 and more).
    #[error("the mail server didn't take it now")]
    TryAgain(Option<u16>),
    /// No answer in time, no connection, no TLS.
    #[error("the mail server doesn't answer")]
    NoAnswer,
}

/// Hands mails to a server that sends them on.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Whether there is a server at all: else no mails are made.
    fn is_configured(&self) -> bool;
    /// Hands a mail over, within 10 s. `Ok` where the server took it.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// Sends nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMailer;

#[async_trait]
impl Mailer for NoMailer {
    fn is_configured(&self) -> bool {
        false
    }

    async fn send(&self, _: &Mail) -> Result<(), MailError> {
        Err(MailError::NotConfigured)
    }
}
