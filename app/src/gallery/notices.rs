//! Pages about notices and where they go.
use latchkey_core::deliveries::{Delivery, DeliveryState, DeliveryTarget};
use latchkey_core::notices::{Notice, NoticeKind, NoticeList, NoticeSettings, ReadPosition};
use latchkey_core::ports::Listed;
use latchkey_core::webhooks::{DisabledReason, Webhook};

use super::rendered::in_org;
use super::samples::{HOSTILE, ago, id, now};
use crate::components::{FormState, Section};
use crate::pages;
use crate::pages::notices::NoticesPage;
use crate::pages::webhooks::detail::WebhookDetail;
use crate::pages::webhooks::list::{MailState, WebhooksPage};

fn notice(number: u8) -> Notice {
    let kind = NoticeKind::ALL[usize::from(number) % NoticeKind::ALL.len()];
    let mut detail = serde_json::Map::new();
    for (name, value) in
        [("percent", 80.into()), ("days", 7.into()), ("reason", HOSTILE.into()), (HOSTILE, HOSTILE.into())]
    {
        detail.insert(name.to_owned(), value);
    }
    Notice {
        id: id(number),
        org: id(1),
        kind,
        source: number.to_string(),
        subject_type: "key".to_owned(),
        subject_id: "key_7Gk2mPq9XzRtA101".to_owned(),
        subject_name: (number != 2).then(|| HOSTILE.to_owned()),
        at: ago(i64::from(number) * 60),
        created_at: ago(i64::from(number) * 60),
        detail,
    }
}

fn webhook(number: u8) -> Webhook {
    Webhook {
        id: id(number),
        org: id(1),
        url: format!("https://hooks.acme.example/{number}?{HOSTILE}"),
        kinds: vec![NoticeKind::Revoked, NoticeKind::Leak],
        created_at: ago(9_000),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
        disabled: (number == 2).then(|| (ago(5), DisabledReason::Gone)),
        previous_secret_until: (number == 1).then(|| now().plus_seconds(50_000)),
    }
}

fn delivery(number: u8) -> Delivery {
    let state = DeliveryState::ALL[usize::from(number) % 3];
    Delivery {
        id: id(number),
        message: id(number),
        event: "credential.revoked".to_owned(),
        target: DeliveryTarget::Webhook(id(1)),
        title: format!("Key {HOSTILE} was revoked"),
        state,
        attempts: u32::from(number),
        next_at: now().plus_seconds(300),
        created_at: ago(i64::from(number)),
        finished_at: None,
        last_status: (number > 2).then_some(503),
        last_error: (state == DeliveryState::Failed).then(|| HOSTILE.to_owned()),
    }
}

fn notices_page(count: u8) -> String {
    in_org(Section::Notices, None, |nav| {
        let items = (0..count).map(notice).collect();
        pages::notices::content(&NoticesPage {
            nav: nav.clone(),
            list: NoticeList {
                listed: Listed { items, next_cursor: (count > 0).then(|| "next".to_owned()) },
                read_until: Some(ReadPosition { at: ago(100), id: id(1) }),
            },
            cursor: String::new(),
            now: now(),
        })
    })
}

fn webhooks_page(webhooks: Vec<Webhook>, mail: MailState, form: FormState) -> String {
    in_org(Section::Notices, None, |nav| {
        let mails = [5, 2].map(|number| Delivery { target: DeliveryTarget::Mail(id(1)), ..delivery(number) });
        pages::webhooks::list::content(&WebhooksPage {
            nav: nav.clone(),
            stuck_mails: if webhooks.is_empty() { Vec::new() } else { mails.to_vec() },
            webhooks,
            settings: NoticeSettings { email_kinds: vec![NoticeKind::Leak] },
            mail,
            form,
            now: now(),
        })
    })
}

fn webhook_page(number: u8, deliveries: u8, secret: bool) -> String {
    in_org(Section::Notices, None, |nav| {
        pages::webhooks::detail::content(&WebhookDetail {
            nav: nav.clone(),
            webhook: webhook(number),
            deliveries: Listed { items: (0..deliveries).map(delivery).collect(), next_cursor: None },
            cursor: String::new(),
            form: FormState::default(),
            secret: secret.then(|| "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            now: now(),
        })
    })
}

pub(super) fn notice_pages() -> Vec<(&'static str, String)> {
    let possible = |wants| MailState::Possible { address: format!("{HOSTILE}@acme.example"), wants };
    let refused = FormState::of([("form", "webhook".to_owned()), ("url", HOSTILE.to_owned())])
        .with_error("url", HOSTILE)
        .with_error("kinds", "choose at least one kind of notice");
    vec![
        ("notices", notices_page(6)),
        ("notices-empty", notices_page(0)),
        ("webhooks", webhooks_page(vec![webhook(1), webhook(2)], possible(true), FormState::default())),
        ("webhooks-empty", webhooks_page(Vec::new(), MailState::NoServer, FormState::default())),
        ("webhooks-refused", webhooks_page(vec![webhook(1)], MailState::NotVerified, refused)),
        ("webhook", webhook_page(1, 6, true)),
        ("webhook-off", webhook_page(2, 6, false)),
        ("webhook-unused", webhook_page(3, 0, false)),
    ]
}
