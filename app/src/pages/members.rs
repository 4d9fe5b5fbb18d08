//! `/orgs/{slug}/members`: people, roles, invitations; and the page that an invitation's link opens.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::accounts::Identity;
use latchkey_core::orgs::{self, Invitation, InvitationStatus, Member, Org};
use latchkey_core::ports::{Listed, Page};
use latchkey_core::{Action, Error};
use latchkey_types::{Role, Timestamp, UserId};
use leptos::prelude::*;

use crate::components::{
    Column, Confirm, Field, FormState, OrgNav, Section, Tone, ago, badge, error_summary, moment, page_header,
    pagination, role_text, secret_box, table,
};
use crate::request::{Ctx, PageError};
use crate::routes::{self, OrgRoutes};

/// What the page shows.
pub struct MembersPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Who looks.
    pub me: UserId,
    /// Who belongs to it.
    pub members: Listed<Member>,
    /// Where this page of them starts.
    pub cursor: String,
    /// Who was last invited; `None`: this role doesn't see it.
    pub invitations: Option<Vec<Invitation>>,
    /// A refused form.
    pub form: FormState,
    /// An invitation's link, once.
    pub link: Option<String>,
    /// What time it is.
    pub now: Timestamp,
}

/// How many invitations the page shows: as many as may be open at once.
const INVITATIONS_SHOWN: u32 = orgs::MAX_OPEN_INVITATIONS;

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadMembers, Section::Members).await?;
    let (core, caller) = (ctx.core(), ctx.caller());
    let token = ctx.one_time("inv_").await?;
    let newest = Page { limit: INVITATIONS_SHOWN, cursor: None };
    let invitations = match orgs::invitations(core, caller, &slug, &newest).await {
        Ok(invitations) => Some(invitations.items),
        Err(Error::Forbidden(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let model = MembersPage {
        nav: nav.clone(),
        me: ctx.person.user.id.clone(),
        members: orgs::members(core, caller, &slug, &ctx.list_page()).await?,
        cursor: ctx.query("cursor").to_owned(),
        invitations,
        form: ctx.form().await?,
        link: token.map(|token| format!("{}{}", ctx.state.public_url(), routes::invitation(token.secret.expose()))),
        now: ctx.now,
    };
    ctx.org_page_with_secret(nav, "Members", model.link.is_some(), move || content(&model))
}

/// The roles that this role may give.
fn roles_up_to(role: Role) -> impl Iterator<Item = Role> {
    let most = if role == Role::Owner { Role::Owner } else { Role::Admin };
    Role::ALL.into_iter().filter(move |role| *role <= most)
}

/// A role and what it may.
const fn role_meaning(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer: sees, changes nothing",
        Role::Developer => "Developer: also keys and apps",
        Role::Admin => "Admin: also APIs, members, settings",
        Role::Owner => "Owner: everything",
    }
}

/// The page's content.
pub fn content(model: &MembersPage) -> AnyView {
    let may = model.nav.may(Action::ManageMembers);
    let link = model.link.clone().map(|link| {
        secret_box("Invitation link", link, "Send it to the person. It is shown this once, holds seven days and works once, for somebody who signs in with that verified address.")
    });
    view! {
        {page_header(None, "Members", Some("People of this organisation and what they may do."), ().into_any())}
        {error_summary(&model.form, &[("email", "E-mail address"), ("role", "Role")])}
        {link}
        {members(model, may)}
        {model.invitations.as_ref().map(|invitations| invitations_view(model, invitations, may))}
    }
    .into_any()
}

fn members(model: &MembersPage, may: bool) -> AnyView {
    let rows = model.members.items.iter().map(|member| member_row(model, member, may)).collect();
    let columns = [Column::text("Name"), Column::text("Role"), Column::text("Joined"), Column::text("")];
    let path = OrgRoutes(&model.nav.org.slug).members();
    view! {
        {table("Members", &columns, rows)}
        {pagination(&path, &[], Some(&model.cursor), model.members.next_cursor.as_deref())}
    }
    .into_any()
}

fn member_row(model: &MembersPage, member: &Member, may: bool) -> Vec<AnyView> {
    let to = OrgRoutes(&model.nav.org.slug);
    let me = member.user == model.me;
    let email = member.email.clone().map(|email| {
        let doubt = (!member.email_verified).then_some(" (not verified)");
        view! { <small>{email}{doubt}</small> }
    });
    // an admin doesn't touch owners
    let may_change = may && (member.role < Role::Owner || model.nav.may(Action::ManageOwners));
    let role = if may_change {
        let options = roles_up_to(model.nav.role)
            .map(|role| view! { <option value=role.as_str() selected=role == member.role>{role_text(role)}</option> })
            .collect_view();
        view! {
            <form method="post" action=to.member_action(&member.user, "role") class="actions">
                <select name="role" class="narrow" aria-label=format!("Role of {}", member.name)>{options}</select>
                <button type="submit" class="link">"Change"</button>
            </form>
        }
        .into_any()
    } else {
        role_text(member.role).into_any()
    };
    let remove = (may_change || me).then(|| {
        let (open, title, submit) = if me {
            ("Leave…", "Leave this organisation?".to_owned(), "Leave organisation")
        } else {
            ("Remove…", format!("Remove {}?", member.name), "Remove member")
        };
        Confirm {
            id: format!("remove-{}", member.user),
            open: open.to_owned(),
            title,
            text: "Access ends at once. Keys and apps that they made stay.".to_owned(),
            action: to.member_action(&member.user, "remove"),
            submit: submit.to_owned(),
            danger: true,
        }
        .view()
    });
    let you = me.then(|| badge(Tone::Neutral, "You"));
    vec![
        view! { {member.name.clone()}" "{you}{email} }.into_any(),
        role,
        ago(member.joined_at, model.now),
        view! { <span class="row-actions">{remove}</span> }.into_any(),
    ]
}

fn invitations_view(model: &MembersPage, invitations: &[Invitation], may: bool) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let rows: Vec<Vec<AnyView>> = invitations
        .iter()
        .map(|invitation| {
            let status = invitation.status(model.now);
            let state = match status {
                InvitationStatus::Open => badge(Tone::Warning, "Open"),
                InvitationStatus::Accepted => badge(Tone::Good, "Accepted"),
                InvitationStatus::Revoked => badge(Tone::Neutral, "Taken back"),
                InvitationStatus::Expired => badge(Tone::Neutral, "Expired"),
            };
            let ends = (status == InvitationStatus::Open).then(|| ago(invitation.expires_at, model.now));
            let revoke = (may && status == InvitationStatus::Open).then(|| {
                view! { <form method="post" action=to.revoke_invitation(&invitation.id)><button type="submit" class="button">"Take back"</button></form> }
            });
            vec![
                invitation.email.clone().into_any(),
                role_text(invitation.role).into_any(),
                state,
                ends.into_any(),
                view! { <span class="row-actions">{revoke}</span> }.into_any(),
            ]
        })
        .collect();
    let columns =
        [Column::text("Address"), Column::text("Role"), Column::text("State"), Column::text("Ends"), Column::text("")];
    let list = (!rows.is_empty()).then(|| table("Invitations", &columns, rows));
    let form = model.form.only("invite");
    let roles =
        roles_up_to(model.nav.role).map(|role| (role.as_str().to_owned(), role_meaning(role).to_owned())).collect();
    let heading = list.is_some().then(|| view! { <h3>"Invite somebody"</h3> });
    let invite = may.then(|| {
        view! {
            <form method="post" action=to.invite() class="form">
                {heading}
                <input type="hidden" name="form" value="invite"/>
                {Field::new(&form, "email", "E-mail address").required().max(254).placeholder("grace@acme.example").input("email")}
                {Field::new(&form, "role", "Role").default("developer").select(roles)}
                <div class="actions"><button type="submit" class="button primary">"Make invitation link"</button></div>
            </form>
        }
    });
    view! {
        <section class="section" id="invitations">
            <div class="section-head"><h2>"Invitations"</h2><p>"By link, for seven days. Inviting an address again makes a new link, and ends the one before."</p></div>
            {list}
            {invite}
        </section>
    }
    .into_any()
}

/// `/invitations/{token}`: what an invitation says, and the button that accepts it.
pub async fn invitation(ctx: Ctx, Path(token): Path<String>) -> Result<Response, PageError> {
    let (invitation, org) = orgs::open_invitation(ctx.core(), ctx.caller(), &token).await?;
    let form = ctx.form().await?;
    let identity = ctx.person.user.identity.clone();
    Ok(ctx.plain_page(Section::Other, "Invitation", move || {
        invitation_content(&invitation, &org, &token, &identity, &form)
    }))
}

pub(crate) fn invitation_content(
    invitation: &Invitation,
    org: &Org,
    token: &str,
    identity: &Identity,
    form: &FormState,
) -> AnyView {
    let article = if matches!(invitation.role, Role::Admin | Role::Owner) { "an" } else { "a" };
    let lead = format!("You are invited as {article} {}.", invitation.role);
    let answer = match why_not(invitation, identity) {
        Some(reason) => view! {
            <p class="notice">{reason}</p>
            <form method="post" action=routes::SIGN_OUT><button type="submit" class="button">"Sign out"</button></form>
        }
        .into_any(),
        None => view! {
            <form method="post" action=routes::accept_invitation(token)>
                <button type="submit" class="button primary">"Accept invitation"</button>
            </form>
        }
        .into_any(),
    };
    view! {
        {page_header(None, &format!("Join {}", org.name), Some(&lead), ().into_any())}
        {error_summary(form, &[])}
        <p>"For "<b>{invitation.email.clone()}</b>", until "{moment(invitation.expires_at)}"."</p>
        {answer}
    }
    .into_any()
}

/// What to tell somebody who can't accept; the use case decides it by itself.
fn why_not(invitation: &Invitation, identity: &Identity) -> Option<String> {
    match &identity.email {
        Some(email) if !email.eq_ignore_ascii_case(&invitation.email) => {
            Some(format!("You are signed in as {email}. Sign out, and open this link again as {}.", invitation.email))
        }
        Some(_) if identity.email_verified => None,
        _ => Some(format!(
            "Your sign-in provider doesn't vouch that {} is your address. Sign in with another one, or ask your operator.",
            invitation.email
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_invited_and_verified_address_is_offered_to_accept() {
        let at = Timestamp::from_seconds(0);
        let invitation = Invitation {
            id: "inv_7Gk2mPq9XzRtA101".parse().unwrap(),
            org: "org_7Gk2mPq9XzRtA101".parse().unwrap(),
            email: "grace@acme.example".to_owned(),
            role: Role::Viewer,
            created_at: at,
            expires_at: at,
            accepted_at: None,
            revoked_at: None,
        };
        let cases = [
            (Some("Grace@ACME.example"), true, None),
            (Some("grace@acme.example"), false, Some("doesn't vouch")),
            (Some("ben@acme.example"), true, Some("signed in as ben@acme.example")),
            (None, false, Some("doesn't vouch")),
        ];
        for (email, email_verified, said) in cases {
            let identity = Identity {
                issuer: "https://id.example".to_owned(),
                subject: "1".to_owned(),
                name: String::new(),
                email: email.map(str::to_owned),
                email_verified,
            };
            let reason = why_not(&invitation, &identity);
            assert_eq!(reason.is_some(), said.is_some(), "{email:?}");
            assert!(said.is_none_or(|said| reason.unwrap_or_default().contains(said)), "{email:?}");
        }
    }
}
