//! Notices and mails.

use axum::extract::Path;
use latchkey_core::Error;
use latchkey_core::deliveries;
use latchkey_core::notices::{self, NoticeKind};

use crate::components::Flash;
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

/// Kinds of notices that are ticked.
pub(super) fn kinds(form: &FormData, name: &str) -> Result<Vec<NoticeKind>, Error> {
    let kind = |word: &str| word.parse().map_err(|_| Error::invalid(name, "Choose from the list."));
    form.all(name).map(kind).collect()
}

/// Marks as read all that the page showed.
pub async fn mark_read(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    notices::mark_read(ctx.core(), ctx.caller(), &slug, &id(form.text("until"))?).await?;
    Ok(done(&OrgRoutes(&slug).notices(), Flash::NoticesRead))
}

/// Chooses what goes by mail.
pub async fn set_email_kinds(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    notices::set_email_kinds(ctx.core(), ctx.caller(), &slug, kinds(&form, "email_kinds")?).await?;
    Ok(done(&OrgRoutes(&slug).webhooks(), Flash::MailsChosen))
}

/// Says whether the person wants mails.
pub async fn set_wants_mail(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let wants = form.text("wants") == "yes";
    notices::set_wants_mail(ctx.core(), ctx.caller(), &slug, wants).await?;
    Ok(done(&OrgRoutes(&slug).webhooks(), if wants { Flash::MailWanted } else { Flash::MailUnwanted }))
}

/// Sends a mail again.
pub async fn send_mail_again(ctx: Ctx, Path((slug, mail)): Path<(String, String)>) -> PageResult {
    deliveries::send_mail_again(ctx.core(), ctx.caller(), &slug, &id(&mail)?).await?;
    Ok(done(&OrgRoutes(&slug).webhooks(), Flash::SentAgain))
}
