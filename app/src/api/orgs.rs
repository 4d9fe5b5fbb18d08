//! Organisations, members, invitations, settings.

use axum::extract::Path;
use latchkey_core::Error;
use latchkey_core::leaks::LeakResponse;
use latchkey_core::orgs::{self, OrgChange, OrgSettingsChange};
use latchkey_types::Role;

use crate::components::Flash;
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::{self, OrgRoutes};

/// Creates an organisation; the person becomes its owner.
pub async fn create(ctx: Ctx, form: FormData) -> PageResult {
    match orgs::create(ctx.core(), ctx.caller(), form.text("name"), form.text("slug"), None).await {
        Ok(org) => Ok(done(&OrgRoutes(&org.slug).overview(), Flash::OrgCreated)),
        Err(error) => ctx.refuse(routes::NEW_ORG, form, error).await,
    }
}

fn change(form: &FormData) -> Result<OrgChange, Error> {
    let number = |text: String| {
        text.parse().map_err(|_| Error::invalid("max_key_lifetime_days", "Write a whole number of days, or nothing."))
    };
    let hours =
        |text: String| text.parse().map_err(|_| Error::invalid("leak_grace_hours", "Write a whole number of hours."));
    let response = |word: String| {
        LeakResponse::from_word(&word).ok_or_else(|| Error::invalid("leak_response", "Choose what happens."))
    };
    Ok(OrgChange {
        name: Some(form.text("name").to_owned()),
        slug: Some(form.text("slug").to_owned()),
        settings: OrgSettingsChange {
            max_key_lifetime_days: Some(form.some("max_key_lifetime_days").map(number).transpose()?),
            leak_response: form.some("leak_response").map(response).transpose()?,
            leak_grace_hours: form.some("leak_grace_hours").map(hours).transpose()?,
        },
        ..OrgChange::default()
    })
}

/// Changes the settings.
pub async fn update(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let updated = match change(&form) {
        Ok(change) => orgs::update(ctx.core(), ctx.caller(), &slug, change).await,
        Err(error) => Err(error),
    };
    match updated {
        Ok(org) => Ok(done(&OrgRoutes(&org.slug).settings(), Flash::Saved)),
        Err(error) => ctx.refuse(&OrgRoutes(&slug).settings(), form, by_field(error)).await,
    }
}

/// The management API's names of settings, as the form's fields are called.
fn by_field(error: Error) -> Error {
    let Error::Invalid(mut errors) = error else { return error };
    for error in &mut errors {
        if let Some(name) = error.field.strip_prefix("settings/") {
            error.field = name.to_owned();
        }
    }
    Error::Invalid(errors)
}

/// Gives a member another role.
pub async fn set_role(ctx: Ctx, Path((slug, user)): Path<(String, String)>, form: FormData) -> PageResult {
    let page = OrgRoutes(&slug).members();
    let result = match form.parse::<Role>("role") {
        Ok(role) => orgs::set_role(ctx.core(), ctx.caller(), &slug, &id(&user)?, role).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => Ok(done(&page, Flash::MemberChanged)),
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// Removes a member; who removes themselves goes home.
pub async fn remove_member(ctx: Ctx, Path((slug, user)): Path<(String, String)>) -> PageResult {
    let page = OrgRoutes(&slug).members();
    let user = id(&user)?;
    match orgs::remove_member(ctx.core(), ctx.caller(), &slug, &user).await {
        Ok(()) if user == ctx.person.user.id => Ok(done(routes::HOME, Flash::MemberRemoved)),
        Ok(()) => Ok(done(&page, Flash::MemberRemoved)),
        Err(error) => ctx.refuse(&page, FormData::default(), error).await,
    }
}

/// Makes an invitation and shows its link once.
pub async fn invite(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let page = OrgRoutes(&slug).members();
    let created = match form.parse::<Role>("role") {
        Ok(role) => orgs::invite(ctx.core(), ctx.caller(), &slug, form.text("email"), role).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(created) => ctx.show_once(&page, created.invitation.id.to_string(), created.token).await,
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}

/// Takes an invitation back.
pub async fn revoke_invitation(ctx: Ctx, Path((slug, invitation)): Path<(String, String)>) -> PageResult {
    let page = OrgRoutes(&slug).members();
    match orgs::revoke_invitation(ctx.core(), ctx.caller(), &slug, &id(&invitation)?).await {
        Ok(()) => Ok(done(&page, Flash::InvitationRevoked)),
        Err(error) => ctx.refuse(&page, FormData::default(), error).await,
    }
}

/// Accepts an invitation.
pub async fn accept_invitation(ctx: Ctx, Path(token): Path<String>) -> PageResult {
    match orgs::accept_invitation(ctx.core(), ctx.caller(), &token).await {
        Ok(org) => Ok(done(&OrgRoutes(&org.slug).overview(), Flash::InvitationAccepted)),
        Err(error) => ctx.refuse(&routes::invitation(&token), FormData::default(), error).await,
    }
}
