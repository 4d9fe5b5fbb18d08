//! `/orgs/{slug}/apps/{id}`: grants, secrets, usage, and what can be done.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::apps::{self, App, AppSecret};
use latchkey_core::keys::{GrantableApi, grantable_apis};
use latchkey_core::usage::{GroupBy, ReportRequest, Side};
use latchkey_core::{Action, usage};
use latchkey_types::{CredentialStatus, Timestamp};
use leptos::prelude::*;

use super::form::{fields, scopes_name};
use crate::components::{
    Chart, ChartRange, Column, Confirm, Field, FormState, OrgNav, Section, ago, ago_or_never, copyable, definitions,
    error_summary, moment, page_header, scope_list, status_badge, table, token_snippets,
};
use crate::pages::keys::api_name;
use crate::pages::usage::{by_result, range_tabs};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// What the page shows.
pub struct AppDetail {
    /// The organisation.
    pub nav: OrgNav,
    /// The app.
    pub app: App,
    /// Its live secrets.
    pub secrets: Vec<AppSecret>,
    /// What the organisation's credentials are for.
    pub apis: Vec<GrantableApi>,
    /// Its calls.
    pub chart: Chart,
    /// A refused form.
    pub form: FormState,
    /// Where tokens are had.
    pub public_url: String,
    /// What time it is.
    pub now: Timestamp,
}

/// The audience of an app's first grant, for examples.
pub(super) fn first_audience(app: &App, apis: &[GrantableApi]) -> Option<String> {
    let first = app.grants.first()?;
    apis.iter().find(|known| known.api.id == first.api).map(|known| known.api.audience.clone())
}

/// The page.
pub async fn show(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Apps).await?;
    let (core, caller) = (ctx.core(), ctx.caller());
    let app = apps::get(core, caller, &slug, &id(&app)?).await?;
    let secrets = apps::list_secrets(core, caller, &slug, &app.id).await?;
    let range = ChartRange::from_code(ctx.query("range"));
    let (from, to) = range.window(ctx.now);
    let group_by = GroupBy { outcome: true, ..GroupBy::default() };
    let (credential, bucket) = (Some(app.id.to_string()), range.bucket());
    let request = ReportRequest { from, to, bucket, group_by, side: Side::Holder, credential, api: None };
    let points = usage::report(core, caller, &slug, request).await?;
    let model = AppDetail {
        nav: nav.clone(),
        secrets,
        apis: grantable_apis(ctx.core(), ctx.caller(), &slug).await?,
        chart: Chart::new(range, ctx.now, &points, &by_result),
        form: ctx.form().await?,
        public_url: ctx.state.public_url().to_owned(),
        now: ctx.now,
        app,
    };
    let title = model.app.name.clone();
    Ok(ctx.org_page(nav, &title, move || content(&model)))
}

/// The page's content.
pub fn content(model: &AppDetail) -> AnyView {
    let AppDetail { nav, app, form, now, .. } = model;
    let to = OrgRoutes(&nav.org.slug);
    let may = nav.may(Action::ManageCredentials) && app.revoked_at.is_none();
    let ended = app.revoked_at.map(|at| {
        let reason = app.revoke_reason.clone().map(|reason| format!(": {reason}")).unwrap_or_default();
        view! { <p class="notice bad">"Revoked "{ago(at, *now)}{reason}</p> }
    });
    let facts = definitions(vec![
        ("State", status_badge(app.status())),
        ("client_id", copyable("client-id", app.id.to_string())),
        ("Client authentication", view! { <code>{app.auth_method.as_str()}</code> }.into_any()),
        ("Last token", ago_or_never(app.last_used_at, *now)),
        ("Created", view! { {moment(app.created_at)}" "<small class="quiet">"by "<code>{app.created_by.clone()}</code></small> }.into_any()),
    ]);
    view! {
        {page_header(Some(("Apps", to.apps())), &app.name, None, may.then(|| actions(model)).into_any())}
        {error_summary(form, &[("name", "Name"), ("grants", "Grants"), ("reason", "Reason")])}
        {ended}
        {facts}
        {grants(model)}
        {secrets(model, may)}
        <section class="section">
            <h2>"Get a token"</h2>
            {token_snippets(&model.public_url, app.id.as_str(), first_audience(app, &model.apis).as_deref())}
        </section>
        <section class="section">
            <div class="toolbar"><h2>"Usage"</h2>{range_tabs(&to.app(&app.id), &[], model.chart.range)}</div>
            {model.chart.view("chart", "call")}
        </section>
        {may.then(|| edit(model))}
    }
    .into_any()
}

fn grants(model: &AppDetail) -> AnyView {
    let rows: Vec<Vec<AnyView>> = model
        .app
        .grants
        .iter()
        .map(|grant| vec![api_name(&model.apis, &grant.api).into_any(), scope_list(&grant.scopes)])
        .collect();
    let body = if rows.is_empty() {
        view! { <p class="quiet">"None: it can't get any token. Edit the app to grant it an API."</p> }.into_any()
    } else {
        table("Grants", &[Column::text("API"), Column::text("Scopes")], rows)
    };
    view! { <section class="section"><h2>"Grants"</h2>{body}</section> }.into_any()
}

fn secrets(model: &AppDetail, may: bool) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let app = &model.app;
    let rows = model
        .secrets
        .iter()
        .map(|secret| {
            let delete = may.then(|| {
                Confirm {
                    id: format!("delete-{}", secret.id),
                    open: "Delete…".to_owned(),
                    title: "Delete this client secret?".to_owned(),
                    text: "Programs that still use it get invalid_client from then on. Tokens that they hold stay good until they expire.".to_owned(),
                    action: to.delete_app_secret(&app.id, &secret.id),
                    submit: "Delete secret".to_owned(),
                    danger: true,
                }
                .view()
            });
            vec![
                view! { <code>{secret.id.to_string()}</code> }.into_any(),
                ago(secret.created_at, model.now),
                ago_or_never(secret.last_used_at, model.now),
                view! { <span class="row-actions">{delete}</span> }.into_any(),
            ]
        })
        .collect();
    let columns = [Column::text("Secret"), Column::text("Created"), Column::text("Last used"), Column::text("")];
    let create = (may && model.secrets.len() < 2).then(|| {
        view! {
            <form method="post" action=to.app_action(&app.id, "secrets")><button type="submit" class="button">"Add a client secret"</button></form>
        }
    });
    view! {
        <section class="section" id="secrets">
            <div class="section-head"><h2>"Client secrets"</h2><p>"Two may live at once, so that one can be changed without a break."</p></div>
            {table("Client secrets", &columns, rows)}
            {create}
        </section>
    }
    .into_any()
}

fn actions(model: &AppDetail) -> AnyView {
    let app = &model.app;
    let action = |verb| OrgRoutes(&model.nav.org.slug).app_action(&app.id, verb);
    let (verb, label) =
        if app.status() == CredentialStatus::Disabled { ("enable", "Enable") } else { ("disable", "Disable") };
    let revoke = Confirm {
        id: "revoke".to_owned(),
        open: "Revoke…".to_owned(),
        title: "Revoke this app?".to_owned(),
        text: "It gets no more tokens, and those it has are refused. This can't be undone.".to_owned(),
        action: action("revoke"),
        submit: "Revoke app".to_owned(),
        danger: true,
    }
    .with_fields(
        view! {
            <input type="hidden" name="form" value="revoke"/>
            {Field::new(&model.form.only("revoke"), "reason", "Reason").max(200).text()}
        }
        .into_any(),
    );
    // an app that was used stays in the log and in usage: it can be revoked, not deleted
    let delete = app.last_used_at.is_none().then(|| {
        Confirm {
            id: "delete".to_owned(),
            open: "Delete…".to_owned(),
            title: "Delete this app?".to_owned(),
            text: "It never got a token, so nothing depends on it.".to_owned(),
            action: action("delete"),
            submit: "Delete app".to_owned(),
            danger: true,
        }
        .view()
    });
    view! {
        <form method="post" action=action(verb)><button type="submit" class="button">{label}</button></form>
        {revoke}
        {delete}
    }
    .into_any()
}

fn edit(model: &AppDetail) -> AnyView {
    let app = &model.app;
    let mut form = model.form.only("edit");
    let open = !form.is_empty();
    if !open {
        form.values = vec![
            ("name".to_owned(), app.name.clone()),
            ("auth_method".to_owned(), app.auth_method.as_str().to_owned()),
        ];
        for grant in &app.grants {
            form.values.push(("api".to_owned(), grant.api.to_string()));
            form.values.extend(grant.scopes.iter().map(|scope| (scopes_name(&grant.api), scope.to_string())));
        }
    }
    view! {
        <section class="section">
            <details class="more" open=open>
                <summary>"Edit this app"</summary>
                <form method="post" action=OrgRoutes(&model.nav.org.slug).app_action(&app.id, "update") class="form">
                    <input type="hidden" name="form" value="edit"/>
                    {fields(&model.apis, &form)}
                    <div class="actions"><button type="submit" class="button primary">"Save changes"</button></div>
                </form>
            </details>
        </section>
    }
    .into_any()
}
