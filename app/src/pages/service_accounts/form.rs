//! `/orgs/{slug}/service-accounts/new` and `…/{id}/edit`: one form.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::keys::GrantableApi;
use latchkey_core::service_accounts::{self, AccountGrants, ServiceAccount};
use latchkey_core::{Action, Error};
use latchkey_types::Role;
use leptos::prelude::*;

use crate::components::{Field, FormState, OrgNav, Section, error_summary, page_header, role_text, stored_grant};
use crate::pages::grants::{enter_key, grant, grantable, operations_name, scopes_name};
use crate::pages::{addresses, limits};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// What the radio buttons say where its role decides.
pub(crate) const BY_ROLE: &str = "by_role";
/// What they say where the ticked boxes do.
pub(crate) const LISTED: &str = "listed";

/// The form for a new account.
pub async fn new(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageServiceAccounts, Section::ServiceAccounts).await?;
    let form = ctx.form().await?;
    let apis = grantable(&ctx, &slug, &form, false).await?;
    let shown = nav.clone();
    Ok(ctx.org_page(nav, "New service account", move || content(&shown, None, &apis, &form)))
}

/// The form that changes an account.
pub async fn edit(ctx: Ctx, Path((slug, account)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ManageServiceAccounts, Section::ServiceAccounts).await?;
    let account = service_accounts::get(ctx.core(), ctx.caller(), &slug, &id(&account)?).await?;
    if account.role() > nav.role {
        return Err(Error::Forbidden("a service account of a higher role is managed by who has that role").into());
    }
    let mut form = ctx.form().await?;
    if form.values.is_empty() {
        form.values = stored(&account);
    }
    let apis = grantable(&ctx, &slug, &form, false).await?;
    let shown = nav.clone();
    let title = format!("Edit {}", account.name);
    Ok(ctx.org_page(nav, &title, move || content(&shown, Some(&account), &apis, &form)))
}

/// An account as the form would send it.
fn stored(account: &ServiceAccount) -> Vec<(String, String)> {
    let mut values = vec![
        ("name".to_owned(), account.name.clone()),
        ("role".to_owned(), account.role().as_str().to_owned()),
        ("grants".to_owned(), account.grants.as_str().to_owned()),
    ];
    values.push(limits::stored_limits(&account.rate_limits));
    values.extend(addresses::stored(&account.addresses));
    if let AccountGrants::Listed(grants) = &account.grants {
        for grant in grants {
            values.push(("api".to_owned(), grant.api.to_string()));
            let (operations, scopes) = stored_grant(&grant.scopes, grant.operations.as_ref());
            values.extend(operations.into_iter().map(|name| (operations_name(&grant.api), name)));
            values.extend(scopes.iter().map(|scope| (scopes_name(&grant.api), scope.to_string())));
        }
    }
    values
}

/// A role and what an account of it may.
const fn meaning(role: Role) -> &'static str {
    match role {
        Role::Viewer => {
            "Sees in the management API, changes nothing; tokens for APIs only where they are listed below."
        }
        Role::Developer => "Also makes and ends keys and apps; tokens for every API of this organisation.",
        Role::Admin => "Also APIs, members, service accounts, settings.",
        Role::Owner => "Everything.",
    }
}

/// The page's content.
pub fn content(nav: &OrgNav, account: Option<&ServiceAccount>, apis: &[GrantableApi], form: &FormState) -> AnyView {
    let to = OrgRoutes(&nav.org.slug);
    let (title, action, back, parent, submit) = match account {
        None => (
            "New service account".to_owned(),
            to.create_service_account(),
            to.service_accounts(),
            "Service accounts",
            "Create service account",
        ),
        Some(account) => (
            format!("Edit {}", account.name),
            to.service_account_action(&account.id, "update"),
            to.service_account(&account.id),
            account.name.as_str(),
            "Save changes",
        ),
    };
    let roles: Vec<_> = Role::ALL
        .into_iter()
        .filter(|role| *role <= nav.role)
        .map(|role| (role.as_str().to_owned(), role_text(role).to_owned(), meaning(role).to_owned()))
        .collect();
    let keys = account.is_none().then(|| {
        Field::new(form, "jwks", "Public keys").mono().placeholder(r#"{"kty": "OKP", "crv": "Ed25519", "x": "…"}"#)
            .hint("A JWK or a JWK Set (RFC 7517), public members only; more can be added later. Without one it gets tokens only by a workload rule.").area(5)
    });
    let fields = [
        ("name", "Name"),
        ("role", "Role"),
        ("jwks", "Public keys"),
        ("grants", "What it may ask for"),
        limits::LABELS[0],
        addresses::LABELS[0],
        addresses::LABELS[1],
    ];
    let [allowed, denied] = addresses::NAMES;
    let open = [limits::NAMES[0], allowed, denied]
        .iter()
        .any(|name| form.error(name).is_some() || !form.value(name).is_empty());
    let lead = account.is_none().then_some("A user that is a program. It signs with a private key that stays with it.");
    view! {
        {page_header(Some((parent, back.clone())), &title, lead, ().into_any())}
        {error_summary(form, &fields)}
        <form method="post" action=action class="form">
            {enter_key(submit)}
            {Field::new(form, "name", "Name").required().max(100).placeholder("Deployment").text()}
            {Field::new(form, "role", "Role").required().default("developer").choices("radio", &roles)}
            {keys}
            {grants(apis, form)}
            <details class="more" open=open>
                <summary>"Advanced: rate limits, addresses"</summary>
                <div class="form-part">{limits::party_limit_field(form)}{addresses::fields(form)}</div>
            </details>
            <div class="actions">
                <button type="submit" class="button primary">{submit}</button>
                <a class="button" href=back>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

fn grants(apis: &[GrantableApi], form: &FormState) -> AnyView {
    let ways = [
        (
            BY_ROLE.to_owned(),
            "What its role says".to_owned(),
            "From developer on, all scopes of every API of this organisation.".to_owned(),
        ),
        (LISTED.to_owned(), "Only what is ticked".to_owned(), "Also APIs of other organisations.".to_owned()),
    ];
    let boxes = apis.iter().map(|known| grant(known, false, false, form)).collect_view();
    let list = if apis.is_empty() {
        view! { <p class="hint">"There is no API yet that it could get tokens for."</p> }.into_any()
    } else {
        boxes.into_any()
    };
    view! {
        <div class="proof">
            {Field::new(form, "grants", "What it may ask for").required().default(BY_ROLE).choices("radio", &ways)}
            <div class="proof-part for-listed">{list}</div>
        </div>
    }
    .into_any()
}
