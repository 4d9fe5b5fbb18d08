//! `/orgs/{slug}/service-accounts/{id}`: role, keys, grants, a call to copy, and what can be done.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::Action;
use latchkey_core::apps::ClientKey;
use latchkey_core::keys::{GrantableApi, grantable_apis};
use latchkey_core::limits::{Left, left_of_parties};
use latchkey_core::service_accounts::{self, AccountGrants, ServiceAccount};
use latchkey_types::{CredentialStatus, Role, Timestamp};
use leptos::prelude::*;

use crate::components::{
    Column, Confirm, Field, FormState, OrgNav, Section, TokenCalls, ago, ago_or_never, calls_view, copyable,
    definitions, error_summary, moment, page_header, role_text, scope_list, status_badge, table,
};
use crate::pages::client_keys;
use crate::pages::keys::api_name;
use crate::pages::{addresses, limits};
use crate::request::{Ctx, PageError, id};
use crate::routes::{OrgRoutes, with_query};

/// What the page shows.
pub struct AccountDetail {
    /// The organisation.
    pub nav: OrgNav,
    /// The account.
    pub account: ServiceAccount,
    /// Its public keys.
    pub keys: Vec<ClientKey>,
    /// What the organisation's credentials are for.
    pub apis: Vec<GrantableApi>,
    /// What is left to it of its rate limits.
    pub left: Left,
    /// A refused form.
    pub form: FormState,
    /// Where tokens are had.
    pub public_url: String,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn show(ctx: Ctx, Path((slug, account)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::ServiceAccounts).await?;
    let (core, caller) = (ctx.core(), ctx.caller());
    let account = service_accounts::get(core, caller, &slug, &id(&account)?).await?;
    let model = AccountDetail {
        nav: nav.clone(),
        keys: service_accounts::list_keys(core, caller, &slug, &account.id).await?,
        apis: grantable_apis(core, caller, &slug).await?,
        left: left_of_parties(core, &[(account.id.as_str(), &account.rate_limits)]).await?.pop().unwrap_or_default(),
        form: ctx.form().await?,
        public_url: ctx.state.public_url().to_owned(),
        now: ctx.now,
        account,
    };
    let title = model.account.name.clone();
    Ok(ctx.org_page(nav, &title, move || content(&model)))
}

/// The page's content.
pub fn content(model: &AccountDetail) -> AnyView {
    let AccountDetail { nav, account, form, now, .. } = model;
    let to = OrgRoutes(&nav.org.slug);
    // nobody manages what may more than they
    let may = nav.may(Action::ManageServiceAccounts)
        && account.role() <= nav.role
        && account.status() != CredentialStatus::Revoked;
    let ended = account.revoked_at.map(|at| {
        let reason = account.revoke_reason.clone().map(|reason| format!(": {reason}")).unwrap_or_default();
        view! { <p class="notice bad">"Revoked "{ago(at, *now)}{reason}</p> }
    });
    let advice = client_keys::advice(&model.keys, *now)
        .into_iter()
        .filter(|_| account.status() != CredentialStatus::Revoked)
        .map(|text| view! { <p class="notice">{text}</p> })
        .collect_view();
    let roles: Vec<&str> = account.roles.iter().map(|role| role_text(*role)).collect();
    let limits = (!account.rate_limits.is_empty()).then(|| ("Rate limits", limits::limits_fact(&model.left)));
    let mut facts = vec![
        ("State", status_badge(account.status())),
        ("Id, its client_id and sub", copyable("account-id", account.id.to_string())),
        ("Role", roles.join(", ").into_any()),
    ];
    facts.extend(limits);
    facts.extend([
        ("From where", addresses::fact(&account.addresses)),
        ("Last token", ago_or_never(account.last_used_at, *now)),
        ("Created", view! { {moment(account.created_at)}" "<small class="quiet">"by "<code>{account.created_by.clone()}</code></small> }.into_any()),
    ]);
    let usage = with_query(&to.usage(), &[("credential", account.id.as_str())]);
    let actions = view! {
        <a class="button" href=usage>"Usage"</a>
        {may.then(|| actions(model))}
    };
    let fields = [("reason", "Reason"), ("jwk", "Public key"), ("expires_at", "Ends")];
    view! {
        {page_header(Some(("Service accounts", to.service_accounts())), &account.name, None, actions.into_any())}
        {error_summary(form, &fields)}
        {ended}
        {advice}
        {definitions(facts)}
        {grants(model)}
        {keys(model, may)}
        {token(model)}
    }
    .into_any()
}

fn grants(model: &AccountDetail) -> AnyView {
    let body = match &model.account.grants {
        AccountGrants::ByRole if model.account.role() == Role::Viewer => {
            view! { <p class="quiet">"By its role: a viewer gets tokens for the management API only."</p> }.into_any()
        }
        AccountGrants::ByRole => {
            view! { <p>"By its role: all scopes of every API of this organisation."</p> }.into_any()
        }
        AccountGrants::Listed(grants) if grants.is_empty() => {
            view! { <p class="quiet">"None: it gets tokens for the management API only."</p> }.into_any()
        }
        AccountGrants::Listed(grants) => {
            let rows = grants
                .iter()
                .map(|grant| vec![api_name(&model.apis, &grant.api).into_any(), scope_list(&grant.scopes)])
                .collect();
            table("Grants", &[Column::text("API"), Column::text("Scopes")], rows)
        }
    };
    view! { <section class="section"><h2>"Grants"</h2>{body}</section> }.into_any()
}

fn keys(model: &AccountDetail, may: bool) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let account = &model.account;
    let rows: Vec<Vec<AnyView>> = model
        .keys
        .iter()
        .map(|key| client_keys::row(key, model.now, may.then(|| to.delete_account_key(&account.id, &key.id))))
        .collect();
    let list = if rows.is_empty() {
        view! { <p class="quiet">"None: it gets tokens only by a workload rule that names it."</p> }.into_any()
    } else {
        let columns = [
            Column::text("What"),
            Column::text("Created"),
            Column::text("Ends"),
            Column::text("Last used"),
            Column::text(""),
        ];
        table("Public keys", &columns, rows)
    };
    let add =
        may.then(|| client_keys::add_form(&model.form, to.create_account_key(&account.id), model.keys.len())).flatten();
    view! {
        <section class="section" id="credentials">
            <div class="section-head"><h2>"Public keys"</h2><p>"Several may hold at once, so that one can be changed without a break."</p></div>
            {list}
            {add}
        </section>
    }
    .into_any()
}

fn token(model: &AccountDetail) -> AnyView {
    let first = match &model.account.grants {
        AccountGrants::ByRole => {
            model.apis.iter().find(|known| known.own).filter(|_| model.account.role() > Role::Viewer)
        }
        AccountGrants::Listed(grants) => {
            grants.first().and_then(|grant| model.apis.iter().find(|known| known.api.id == grant.api))
        }
    };
    let calls = |audience: String| TokenCalls {
        public_url: model.public_url.clone(),
        certificate_url: model.public_url.clone(),
        client_id: model.account.id.to_string(),
        audience,
    };
    let key = client_keys::example_key(&model.keys, model.now);
    let api = first.map(|known| ("For an API", calls(known.api.audience.clone()).jwt_bearer(&key)));
    let management = ("For the management API", calls(format!("{}/api/v1", model.public_url)).jwt_bearer(&key));
    view! {
        <section class="section">
            <div class="section-head"><h2>"Get a token"</h2><p>"The jwt-bearer grant (RFC 7523), for a shell."</p></div>
            {calls_view("call", api.into_iter().chain([management]).collect())}
        </section>
    }
    .into_any()
}

fn actions(model: &AccountDetail) -> AnyView {
    let account = &model.account;
    let to = OrgRoutes(&model.nav.org.slug);
    let action = |verb| to.service_account_action(&account.id, verb);
    let (verb, label) =
        if account.status() == CredentialStatus::Disabled { ("enable", "Enable") } else { ("disable", "Disable") };
    let revoke = Confirm {
        id: "revoke".to_owned(),
        open: "Revoke…".to_owned(),
        title: "Revoke this service account?".to_owned(),
        text: "It gets no more tokens, and those it has are refused. This can't be undone.".to_owned(),
        action: action("revoke"),
        submit: "Revoke service account".to_owned(),
        danger: true,
    }
    .with_fields(
        view! {
            <input type="hidden" name="form" value="revoke"/>
            {Field::new(&model.form.only("revoke"), "reason", "Reason").max(200).text()}
        }
        .into_any(),
    );
    let delete = account.last_used_at.is_none().then(|| {
        Confirm {
            id: "delete".to_owned(),
            open: "Delete…".to_owned(),
            title: "Delete this service account?".to_owned(),
            text: "It never got a token. The workload rules that name it are deleted with it.".to_owned(),
            action: action("delete"),
            submit: "Delete service account".to_owned(),
            danger: true,
        }
        .view()
    });
    view! {
        <a class="button" href=to.service_account_edit(&account.id)>"Edit"</a>
        <form method="post" action=action(verb)><button type="submit" class="button">{label}</button></form>
        {revoke}
        {delete}
    }
    .into_any()
}
