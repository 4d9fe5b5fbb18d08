//! Over real sockets: a mail server on loopback that keeps what it gets.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;

/// What a server was told: the commands, and the message.
#[derive(Clone, Default)]
struct Sink {
    commands: Arc<Mutex<Vec<String>>>,
    messages: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    fn commands(&self) -> String {
        self.commands.lock().unwrap().join("\n")
    }

    fn message(&self) -> String {
        self.messages.lock().unwrap().join("")
    }
}

/// A mail server (RFC 5321) that answers `answer` to commands that begin so, and takes everything else; its port.
async fn serve(answer: &'static [(&'static str, &'static str)]) -> (u16, Sink) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sink = Sink::default();
    let kept = sink.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::spawn(async move {
                let (reader, mut writer) = stream.into_split();
                let mut lines = BufReader::new(reader).lines();
                let _ = writer.write_all(b"220 sink\r\n").await;
                let mut in_data = false;
                while let Ok(Some(line)) = lines.next_line().await {
                    if in_data && line != "." {
                        kept.messages.lock().unwrap().push(format!("{line}\n"));
                        continue;
                    }
                    let said = if in_data { "END OF DATA".to_owned() } else { line };
                    kept.commands.lock().unwrap().push(said.clone());
                    let known = answer.iter().find(|(command, _)| said.starts_with(command)).map(|(_, answer)| *answer);
                    let usual = match said.split(' ').next().unwrap_or_default() {
                        "EHLO" => "250-sink\r\n250 AUTH PLAIN",
                        "DATA" => "354 go on",
                        "AUTH" => "235 welcome",
                        "QUIT" => "221 bye",
                        _ => "250 fine",
                    };
                    let answered = known.unwrap_or(usual);
                    in_data = said == "DATA" && answered.starts_with("354");
                    if writer.write_all(format!("{answered}\r\n").as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, sink)
}

fn settings(port: u16, tls: SmtpTls) -> SmtpSettings {
    let from = "Latchkey <latchkey@portal.example>".parse().unwrap();
    SmtpSettings { host: "localhost".to_owned(), port, tls, login: None, from }
}

fn mailer(settings: &SmtpSettings) -> SmtpMailer {
    SmtpMailer::new(settings, "portal.example").unwrap()
}

fn mail() -> Mail {
    Mail {
        id: "ntc_0000000000000001".to_owned(),
        to: "ada@acme.example".to_owned(),
        subject: "Acme: Key “checkout” was revoked".to_owned(),
        text: "Key “checkout” was revoked\n.\nby: usr_1\n".to_owned(),
        at: Timestamp::from_seconds(1_800_000_000),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let (port, sink) = serve(&[]).await;
    mailer(&settings(port, SmtpTls::None)).send(&mail()).await.unwrap();
    let commands = sink.commands();
    assert!(commands.contains("EHLO portal.example"), "{commands}");
    assert!(commands.contains("MAIL FROM:<latchkey@portal.example>"), "{commands}");
    assert!(commands.contains("RCPT TO:<ada@acme.example>"), "{commands}");
    let message = sink.message();
    for header in [
        "From: Latchkey <latchkey@portal.example>",
        "To: ada@acme.example",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000",
        "Message-ID: <ntc_0000000000000001@portal.example>",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(message.contains(&format!("{header}\n")), "{header}: {message}");
    }
    assert!(message.contains("Subject: Acme: Key"), "{message}");
    assert!(message.contains("by: usr_1") || message.contains("Ynk6IHVzcl8x"), "{message}");
}

// F-28: a name, an address or a text that would begin a header or a command
#[tokio::test]
async fn nothing_can_add_a_header_a_receiver_or_a_command() {
    let (port, sink) = serve(&[]).await;
    let mailer = mailer(&settings(port, SmtpTls::None));
    let hostile = "x\r\nBcc: evil@example.com\r\n\r\nhello\r\n.\r\nMAIL FROM:<evil@example.com>";
    let subject = Mail { subject: hostile.to_owned(), ..mail() };
    mailer.send(&subject).await.unwrap();
    let text = Mail { text: hostile.to_owned(), ..mail() };
    mailer.send(&text).await.unwrap();
    let commands = sink.commands();
    assert_eq!(commands.matches("MAIL FROM:").count(), 2, "{commands}");
    assert_eq!(commands.matches("RCPT TO:").count(), 2, "{commands}");
    assert!(!commands.contains("evil"), "{commands}");
    let message = sink.message();
    let heads: Vec<&str> =
        message.split("From: Latchkey").skip(1).map(|one| one.split("\n\n").next().unwrap()).collect();
    assert!(heads.len() == 2 && !heads.iter().any(|head| head.contains("\nBcc:")), "{message}");
    for to in
        ["ada@acme.example\r\nRCPT TO:<evil@example.com>", "ada@acme.example, evil@example.com", "<>", "nobody", ""]
    {
        let mail = Mail { to: to.to_owned(), ..mail() };
        assert_eq!(mailer.send(&mail).await, Err(MailError::Refused(None)), "{to}");
    }
    assert_eq!(sink.commands(), commands);
}

#[tokio::test]
async fn the_servers_answers_are_told_apart() {
    for (answers, expected) in [
        (&[("RCPT", "550 no such user")][..], MailError::Refused(Some(550))),
        (&[("RCPT", "450 try later")], MailError::TryAgain(Some(450))),
        (&[("MAIL", "530 log in first")], MailError::TryAgain(Some(530))),
        (&[("END OF DATA", "552 too large")], MailError::Refused(Some(552))),
        (&[("END OF DATA", "451 try later")], MailError::TryAgain(Some(451))),
    ] {
        let (port, _) = serve(answers).await;
        assert_eq!(mailer(&settings(port, SmtpTls::None)).send(&mail()).await, Err(expected));
    }
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert_eq!(mailer(&settings(gone, SmtpTls::None)).send(&mail()).await, Err(MailError::NoAnswer));
}

#[tokio::test]
async fn a_wrong_password_is_the_operators_to_mend() {
    let login = || {
        let password = crate::config::SecretText::new("x", zeroize::Zeroizing::new("canary".to_owned())).unwrap();
        Some(("ada".to_owned(), password))
    };
    let (port, sink) = serve(&[]).await;
    mailer(&SmtpSettings { login: login(), ..settings(port, SmtpTls::None) }).send(&mail()).await.unwrap();
    assert!(sink.commands().contains("AUTH PLAIN"), "{}", sink.commands());
    let (port, _) = serve(&[("AUTH", "535 wrong")]).await;
    let refused = mailer(&SmtpSettings { login: login(), ..settings(port, SmtpTls::None) }).send(&mail()).await;
    assert_eq!(refused, Err(MailError::TryAgain(Some(535))));
}

// a server that offers no STARTTLS, or somebody between who strikes it out, gets neither a mail nor a password
#[tokio::test]
async fn nothing_is_sent_in_the_clear_where_tls_is_needed() {
    for tls in [SmtpTls::StartTls, SmtpTls::Implicit] {
        let (port, sink) = serve(&[]).await;
        assert_eq!(mailer(&settings(port, tls)).send(&mail()).await, Err(MailError::NoAnswer));
        let commands = sink.commands();
        assert!(!commands.contains("MAIL") && !commands.contains("AUTH PLAIN "), "{commands}");
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mailer = mailer(&settings(port, SmtpTls::None));
    let mail = mail();
    let sending = mailer.send(&mail);
    let accepted = async {
        let (silent, _) = listener.accept().await.unwrap();
        tokio::time::pause();
        silent
    };
    let (result, _silent) = tokio::join!(sending, accepted);
    assert_eq!(result, Err(MailError::NoAnswer));
}
