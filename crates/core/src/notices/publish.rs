//! Makes a notice, and what goes out of it.

use latchkey_types::{OrgId, UserId};

use super::payload::payload;
use super::{Notice, NoticeSettings, clean, details, title};
use crate::core::Core;
use crate::deliveries::{DeliveryTarget, NewDelivery};
use crate::error::Error;
use crate::orgs::Org;
use crate::random;
use crate::webhooks::Webhook;

/// How long a mail waits for more of its kind.
const GATHER_SECONDS: i64 = 60;

/// To whom an organisation's notices go.
pub(super) struct Receivers {
    pub(super) org: Org,
    webhooks: Vec<Webhook>,
    settings: NoticeSettings,
    people: Vec<UserId>,
}

impl Receivers {
    /// `None` where the organisation is gone.
    pub(super) async fn load(core: &Core, org: &OrgId) -> Result<Option<Self>, Error> {
        let Some(org) = core.store.find_org_by_id(org).await? else { return Ok(None) };
        let webhooks = core.store.list_webhooks(&org.id).await?;
        let settings = core.store.notice_settings(&org.id).await?;
        let people = if core.mailer.is_configured() { core.store.mail_readers(&org.id).await? } else { Vec::new() };
        Ok(Some(Self { org, webhooks, settings, people }))
    }
}

/// Stores a notice and everything that is to be sent of it, in one transaction. `Ok(false)` where another replica did.
pub(super) async fn publish(core: &Core, to: &Receivers, notice: &Notice) -> Result<bool, Error> {
    let now = core.clock.now();
    let delivery = |target: DeliveryTarget, body: &str, wait: i64| NewDelivery {
        id: random::id(core.random.as_ref()),
        org: notice.org.clone(),
        message: notice.id.clone(),
        event: notice.kind.as_str().to_owned(),
        target,
        title: title(notice),
        body: body.to_owned(),
        next_at: now.plus_seconds(wait),
        created_at: now,
    };
    let (body, text) = (payload(notice, &to.org, &core.settings.issuer), mail_text(notice));
    let webhooks = to.webhooks.iter().filter(|webhook| webhook.takes(notice.kind));
    let posts = webhooks.map(|webhook| delivery(DeliveryTarget::Webhook(webhook.id.clone()), &body, 0));
    let people = to.people.iter().filter(|_| to.settings.email_kinds.contains(&notice.kind));
    let mails = people.map(|user| delivery(DeliveryTarget::Mail(user.clone()), &text, GATHER_SECONDS));
    let deliveries: Vec<NewDelivery> = posts.chain(mails).collect();
    Ok(core.store.insert_notice(notice, &deliveries).await?)
}

/// A notice as it stands in a mail.
fn mail_text(notice: &Notice) -> String {
    let mut text = format!("{}\n{}  {}\n", title(notice), notice.at, clean(&notice.subject_id));
    for (name, value) in details(notice) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text
}
