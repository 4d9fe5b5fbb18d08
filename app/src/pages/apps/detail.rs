//! `/orgs/{slug}/apps/{id}`: how it proves who it is, grants, calls to copy, usage, and what can be done.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::apps::{self, App, AppSecret, ClientCertificate, ClientKey, RepeatedRequest, TokenBinding};
use latchkey_core::keys::{GrantableApi, grantable_apis};
use latchkey_core::leaks::{self, Leak};
use latchkey_core::limits::{Left, left_of_parties};
use latchkey_core::usage::{Bucket, GroupBy, ReportRequest, Side, UsagePoint};
use latchkey_core::{Action, Error, usage};
use latchkey_types::{CredentialStatus, Outcome, Timestamp};
use leptos::prelude::*;

use super::calls::{CallsOf, calls};
use super::form::certificate_name;
use super::warnings::{InUse, warnings};
use crate::components::{
    Chart, ChartRange, Column, Confirm, Field, FormState, OrgNav, Section, ago, ago_or_never, copyable, definitions,
    error_summary, moment, page_header, scope_list, status_badge, table,
};
use crate::pages::client_keys;
use crate::pages::keys::api_name;
use crate::pages::leaks::mark as leak_mark;
use crate::pages::usage::{by_result, range_tabs};
use crate::pages::{addresses, limits};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

const DAY: i64 = 86_400;

/// What the page shows.
pub struct AppDetail {
    /// The organisation.
    pub nav: OrgNav,
    /// The app.
    pub app: App,
    /// Its live secrets.
    pub secrets: Vec<AppSecret>,
    /// Its public keys.
    pub keys: Vec<ClientKey>,
    /// What the organisation's credentials are for.
    pub apis: Vec<GrantableApi>,
    /// What is left to it of its rate limits.
    pub left: Left,
    /// Its calls.
    pub chart: Chart,
    /// Tokens that it got lately.
    pub tokens: RecentTokens,
    /// Where its secrets were seen.
    pub leaks: Vec<Leak>,
    /// A refused form.
    pub form: FormState,
    /// Where tokens are had.
    pub public_url: String,
    /// Where clients with certificates come.
    pub certificate_url: String,
    /// What time it is.
    pub now: Timestamp,
}

/// How many tokens an app got.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecentTokens {
    /// Since midnight, UTC, as quotas count.
    pub today: i64,
    /// Within the last 24 hours.
    pub last_day: i64,
}

impl RecentTokens {
    fn of(points: &[UsagePoint], now: Timestamp) -> Self {
        let since = |start: Timestamp| {
            let issued = points.iter().filter(|point| point.outcome == Some(Outcome::Issued) && point.from >= start);
            issued.map(|point| point.count).sum()
        };
        Self { today: since(now.floor_to(DAY)), last_day: since(now.plus_seconds(-DAY)) }
    }
}

/// The page.
pub async fn show(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Apps).await?;
    let (core, caller) = (ctx.core(), ctx.caller());
    let app = apps::get(core, caller, &slug, &id(&app)?).await?;
    let range = ChartRange::from_code(ctx.query("range"));
    let points = points(&ctx, &slug, &app, range.window(ctx.now), range.bucket()).await?;
    let hours = (ctx.now.floor_to(3_600).plus_seconds(-DAY), ctx.now.floor_to(3_600).plus_seconds(3_600));
    let model = AppDetail {
        nav: nav.clone(),
        secrets: apps::list_secrets(core, caller, &slug, &app.id).await?,
        keys: apps::list_keys(core, caller, &slug, &app.id).await?,
        apis: grantable_apis(core, caller, &slug).await?,
        left: left_of_parties(core, &[(app.id.as_str(), &app.rate_limits)]).await?.pop().unwrap_or_default(),
        chart: Chart::new(range, ctx.now, &points, &by_result),
        tokens: RecentTokens::of(&self::points(&ctx, &slug, &app, hours, Bucket::Hour).await?, ctx.now),
        leaks: leaks::of_credential(core, caller, &slug, app.id.as_str()).await?,
        form: ctx.form().await?,
        public_url: ctx.state.public_url().to_owned(),
        certificate_url: ctx.state.certificate_url().to_owned(),
        now: ctx.now,
        app,
    };
    let title = model.app.name.clone();
    Ok(ctx.org_page(nav, &title, move || content(&model)))
}

async fn points(
    ctx: &Ctx,
    slug: &str,
    app: &App,
    (from, to): (Timestamp, Timestamp),
    bucket: Bucket,
) -> Result<Vec<UsagePoint>, Error> {
    let group_by = GroupBy { outcome: true, ..GroupBy::default() };
    let credential = Some(app.id.to_string());
    let request = ReportRequest { from, to, bucket, group_by, side: Side::Holder, credential, api: None };
    usage::report(ctx.core(), ctx.caller(), slug, request).await
}

/// The page's content.
pub fn content(model: &AppDetail) -> AnyView {
    let AppDetail { nav, app, form, now, .. } = model;
    let to = OrgRoutes(&nav.org.slug);
    let may = nav.may(Action::ManageCredentials) && app.status() != CredentialStatus::Revoked;
    let ended = app.revoked_at.map(|at| {
        let reason = app.revoke_reason.clone().map(|reason| format!(": {reason}")).unwrap_or_default();
        view! { <p class="notice bad">"Revoked "{ago(at, *now)}{reason}</p> }
    });
    let in_use = InUse {
        app,
        secrets: &model.secrets,
        keys: &model.keys,
        tokens: model.tokens.last_day,
        today: model.tokens.today,
    };
    let advice = warnings(&in_use, *now).into_iter().map(|text| view! { <p class="notice">{text}</p> }).collect_view();
    let calls_of = CallsOf {
        app,
        keys: &model.keys,
        apis: &model.apis,
        public_url: &model.public_url,
        certificate_url: &model.certificate_url,
        now: *now,
    };
    let bound = (app.token_binding == TokenBinding::Dpop)
        .then(|| view! { <p class="quiet">"Its tokens are bound by DPoP: send a proof in the DPoP header as well, made by a library for it."</p> });
    let fields =
        [("name", "Name"), ("grants", "Grants"), ("reason", "Reason"), ("jwk", "Public key"), ("expires_at", "Ends")];
    view! {
        {page_header(Some(("Apps", to.apps())), &app.name, None, may.then(|| actions(model)).into_any())}
        {error_summary(form, &fields)}
        {ended}
        {leak_mark(&nav.org.slug, &model.leaks, *now)}
        {advice}
        {facts(model)}
        {grants(model)}
        {credentials(model, may)}
        <section class="section">
            <div class="section-head"><h2>"Get a token"</h2><p>"For a shell; your library does the same."</p></div>
            {calls(&calls_of)}
            {bound}
        </section>
        <section class="section">
            <div class="toolbar"><h2>"Usage"</h2>{range_tabs(&to.app(&app.id), &[], model.chart.range)}</div>
            {model.chart.view("chart", "call")}
        </section>
    }
    .into_any()
}

fn facts(model: &AppDetail) -> AnyView {
    let AppDetail { app, now, .. } = model;
    let mut facts = vec![
        ("State", status_badge(app.status())),
        ("client_id", copyable("client-id", app.id.to_string())),
        ("Client authentication", proof(app)),
        ("Tokens bound to", binding(app.token_binding).into_any()),
    ];
    if let Some(most) = app.tokens_per_day {
        facts.push(("Tokens today", quota(model.tokens.today, most)));
    }
    if app.repeated_request == RepeatedRequest::SameToken {
        facts.push(("Asked again", "The same token, until half of its life is over".into_any()));
    }
    if !app.rate_limits.is_empty() {
        facts.push(("Rate limits", limits::limits_fact(&model.left)));
    }
    facts.push(("From where", addresses::fact(&app.addresses)));
    facts.push(("Last token", ago_or_never(app.last_used_at, *now)));
    facts.push((
        "Created",
        view! { {moment(app.created_at)}" "<small class="quiet">"by "<code>{app.created_by.clone()}</code></small> }
            .into_any(),
    ));
    definitions(facts)
}

fn proof(app: &App) -> AnyView {
    let detail = if let Some(uri) = &app.jwks_uri {
        Some(view! { "Keys from "<code>{uri.clone()}</code> }.into_any())
    } else if app.trades_secret_for_key() {
        Some("Trades its secret for a key first".into_any())
    } else {
        app.certificate.as_ref().map(certificate)
    };
    let detail = detail.map(|detail| view! { <small class="quiet">{detail}</small> });
    // the header and the body are two places for the same secret
    let method = if app.auth_method.is_by_secret() { "client secret" } else { app.auth_method.as_str() };
    view! { <code>{method}</code>{detail} }.into_any()
}

fn certificate(certificate: &ClientCertificate) -> AnyView {
    match (certificate, certificate_name(certificate)) {
        (ClientCertificate::SelfSigned(thumbprints), _) => thumbprints
            .iter()
            .map(|thumbprint| view! { <span class="line">"SHA-256 "<code>{thumbprint.clone()}</code></span> })
            .collect_view()
            .into_any(),
        (_, Some((kind, name))) => view! { {kind}" "<code>{name}</code> }.into_any(),
        (_, None) => ().into_any(),
    }
}

const fn binding(binding: TokenBinding) -> &'static str {
    match binding {
        TokenBinding::None => "Nothing",
        TokenBinding::Dpop => "A key (DPoP)",
        TokenBinding::Certificate => "Its certificate",
    }
}

/// Use of a quota; at 60, 80 and 100 % it catches the eye.
fn quota(used: i64, most: i64) -> AnyView {
    let percent = used.saturating_mul(100) / most.max(1);
    let class = match percent {
        ..60 => "badge good",
        60..80 => "badge",
        80..100 => "badge warning",
        _ => "badge bad",
    };
    view! { {format!("{used} of {most} ")}<span class=class>{format!("{percent} %")}</span> }.into_any()
}

fn grants(model: &AppDetail) -> AnyView {
    let rows: Vec<Vec<AnyView>> = model
        .app
        .grants
        .iter()
        .map(|grant| {
            let exchange: Vec<&str> = grant.exchange.iter().map(|way| way.as_str()).collect();
            let exchange = if exchange.is_empty() { "none".to_owned() } else { exchange.join(", ") };
            vec![api_name(&model.apis, &grant.api).into_any(), scope_list(&grant.scopes), exchange.into_any()]
        })
        .collect();
    let body = if rows.is_empty() {
        view! { <p class="quiet">"None: it can't get any token. Edit the app to grant it an API."</p> }.into_any()
    } else {
        table("Grants", &[Column::text("API"), Column::text("Scopes"), Column::text("Token exchange")], rows)
    };
    view! { <section class="section"><h2>"Grants"</h2>{body}</section> }.into_any()
}

/// Secrets and keys, with what can be added.
fn credentials(model: &AppDetail, may: bool) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let app = &model.app;
    let secrets = model.secrets.iter().map(|secret| secret_row(model, secret, may));
    let keys =
        model.keys.iter().map(|key| client_keys::row(key, model.now, may.then(|| to.delete_app_key(&app.id, &key.id))));
    let rows: Vec<Vec<AnyView>> = secrets.chain(keys).collect();
    let list = if rows.is_empty() {
        let text = if app.jwks_uri.is_some() {
            "None here: its keys are fetched from its address."
        } else if app.certificate.is_some() {
            "None: its certificate proves who it is."
        } else {
            "None yet."
        };
        view! { <p class="quiet">{text}</p> }.into_any()
    } else {
        let columns = [
            Column::text("What"),
            Column::text("Created"),
            Column::text("Ends"),
            Column::text("Last used"),
            Column::text(""),
        ];
        table("Secrets and keys", &columns, rows)
    };
    let takes_secrets = app.auth_method.is_by_secret() || app.trades_secret_for_key();
    let add_secret = (may && takes_secrets && model.secrets.len() < 2).then(|| {
        view! {
            <form method="post" action=to.app_action(&app.id, "secrets")><button type="submit" class="button">"Add a client secret"</button></form>
        }
    });
    let add_key = (may && app.jwks_uri.is_none() && app.certificate.is_none())
        .then(|| client_keys::add_form(&model.form, to.create_app_key(&app.id), model.keys.len()))
        .flatten();
    let waiting = (app.auth_method.is_by_secret() && !model.keys.is_empty())
        .then(|| view! { <p class="quiet">"The keys wait: edit the app to let them prove who it is."</p> });
    // of what isn't kept here, nothing can be changed here
    let lead = (app.jwks_uri.is_none() && app.certificate.is_none())
        .then(|| view! { <p>"Several may live at once, so that one can be changed without a break."</p> });
    view! {
        <section class="section" id="credentials">
            <div class="section-head"><h2>"Secrets and keys"</h2>{lead}</div>
            {list}
            {waiting}
            {add_secret}
            {add_key}
        </section>
    }
    .into_any()
}

fn secret_row(model: &AppDetail, secret: &AppSecret, may: bool) -> Vec<AnyView> {
    let delete = may.then(|| {
        Confirm {
            id: format!("delete-{}", secret.id),
            open: "Delete…".to_owned(),
            title: "Delete this client secret?".to_owned(),
            text: "Programs that still use it get invalid_client from then on. Tokens that they hold stay good until they expire.".to_owned(),
            action: OrgRoutes(&model.nav.org.slug).delete_app_secret(&model.app.id, &secret.id),
            submit: "Delete secret".to_owned(),
            danger: true,
        }
        .view()
    });
    vec![
        view! { "Client secret"<small><code>{secret.id.to_string()}</code></small> }.into_any(),
        ago(secret.created_at, model.now),
        secret
            .ends_at
            .map_or_else(|| view! { <span class="quiet">"Never"</span> }.into_any(), |end| ago(end, model.now)),
        ago_or_never(secret.last_used_at, model.now),
        view! { <span class="row-actions">{delete}</span> }.into_any(),
    ]
}

fn actions(model: &AppDetail) -> AnyView {
    let app = &model.app;
    let to = OrgRoutes(&model.nav.org.slug);
    let action = |verb| to.app_action(&app.id, verb);
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
        <a class="button" href=to.app_edit(&app.id)>"Edit"</a>
        <form method="post" action=action(verb)><button type="submit" class="button">{label}</button></form>
        {revoke}
        {delete}
    }
    .into_any()
}
