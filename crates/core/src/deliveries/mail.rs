//! Notices by mail.

use latchkey_types::UserId;

use super::attempt::{failed, given_up};
use super::{Attempt, Claimed, Outcome};
use crate::core::Core;
use crate::error::Error;
use crate::notices::clean;
use crate::orgs::Org;
use crate::ports::{Mail, MailError};

/// Sends a mail to a person who still wants it: an owner or admin with a verified address.
pub(super) async fn send(core: &Core, delivery: &Claimed, user: &UserId) -> Result<Attempt, Error> {
    let address = core.store.mail_address(&delivery.org, user).await?;
    let org = core.store.find_org_by_id(&delivery.org).await?;
    let (Some(to), Some(org)) = (address, org) else {
        return Ok(given_up("the person takes no mails of this organisation any more", None));
    };
    match core.mailer.send(&mail(core, delivery, &org, to)).await {
        Ok(()) => Ok(Attempt { outcome: Outcome::Delivered, status: None, error: None }),
        Err(MailError::Refused(code)) => Ok(given_up("the mail server refused it", code)),
        Err(error @ MailError::NotConfigured) => Ok(given_up(&error.to_string(), None)),
        Err(MailError::TryAgain(code)) => {
            Ok(failed(core, delivery, code, "the mail server didn't take it now".to_owned(), None))
        }
        Err(error @ MailError::NoAnswer) => Ok(failed(core, delivery, None, error.to_string(), None)),
    }
}

fn mail(core: &Core, delivery: &Claimed, org: &Org, to: String) -> Mail {
    let name = clean(&org.name);
    let what = if delivery.parts > 1 { format!("{} notices", delivery.parts) } else { clean(&delivery.title) };
    let portal = &core.settings.issuer;
    let text = format!(
        "{}\nAll notices: {portal}/orgs/{slug}/notices\nTo get no more of these mails: {portal}/orgs/{slug}/webhooks\n",
        delivery.body,
        slug = org.slug,
    );
    Mail { id: delivery.message.to_string(), to, subject: format!("{name}: {what}"), text, at: core.clock.now() }
}
