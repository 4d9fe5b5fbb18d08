//! Mails by SMTP (RFC 5321), each over a connection of its own.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use latchkey_core::ports::{Mail, MailError, Mailer};
use latchkey_types::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::config::{SmtpSettings, SmtpTls};

/// From the first step to the server's last word.
const DEADLINE: Duration = Duration::from_secs(10);
/// Answers that say that we aren't let in (RFC 4954): the operator's to mend, and then the mail goes out.
const NOT_LET_IN: [u16; 5] = [530, 534, 535, 538, 454];

/// Hands mails to the operator's mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// A mailer by these settings; nothing is connected to yet. `hello`: the name that we say we have.
    ///
    /// # Errors
    /// Where the host's name can't be one of a certificate, or the system's authorities can't be read.
    pub fn new(settings: &SmtpSettings, hello: &str) -> Result<Self, lettre::transport::smtp::Error> {
        // the process's choice of crypto; a second call changes nothing
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let tls = match settings.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::StartTls => Tls::Required(TlsParameters::new(settings.host.clone())?),
            SmtpTls::Implicit => Tls::Wrapper(TlsParameters::new(settings.host.clone())?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(hello.to_owned()))
            .timeout(Some(DEADLINE));
        if let Some((user, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(Self { transport: builder.build(), from: settings.from.clone() })
    }

    fn message(&self, mail: &Mail) -> Option<Message> {
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let made_by_a_program = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"), // RFC 3834
            "auto-generated".to_owned(),
        );
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, mail.to.parse().ok()?))
            .subject(one_line(&mail.subject))
            .date(system_time(mail.at))
            .message_id(Some(id))
            .raw_header(made_by_a_program)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .ok()
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    fn is_configured(&self) -> bool {
        true
    }

    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail).ok_or(MailError::Refused(None))?;
        match tokio::time::timeout(DEADLINE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => {
                tracing::warn!("the mail server doesn't answer in time");
                Err(MailError::NoAnswer)
            }
        }
    }
}

/// The server's own words may hold the address: of an answer only the code is logged.
fn failed(error: &lettre::transport::smtp::Error) -> MailError {
    let Some(code) = error.status().map(u16::from) else {
        tracing::warn!(%error, "a mail could not be handed over");
        return MailError::NoAnswer;
    };
    tracing::warn!(smtp.code = code, "the mail server didn't take a mail");
    if error.is_permanent() && !NOT_LET_IN.contains(&code) {
        MailError::Refused(Some(code))
    } else {
        MailError::TryAgain(Some(code))
    }
}

/// F-28: whatever stands in a name, it begins no header.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_seconds()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
