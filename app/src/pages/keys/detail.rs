//! `/orgs/{slug}/keys/{id}`: state, generations, usage, and what can be done.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::keys::{self, Generation, GrantableApi, Key, grantable_apis, load_operations};
use latchkey_core::leaks::{self, Leak};
use latchkey_core::limits::{Left, left_of_keys};
use latchkey_core::usage::{GroupBy, ReportRequest, Side, UsagePoint};
use latchkey_core::{Action, usage};
use latchkey_types::{CredentialKind, CredentialStatus, Timestamp};
use leptos::prelude::*;

use super::form::{common_fields, ends, own_fields, scopes};
use super::{api_name, kind_text};
use crate::components::{
    Chart, ChartRange, Column, Confirm, Field, FormState, OrgNav, Section, Tone, ago, ago_or_never, badge, copyable,
    definitions, environment_badge, error_summary, moment, page_header, scope_list, status_badge, stored_grant, table,
};
use crate::pages::leaks::mark as leak_mark;
use crate::pages::usage::{by_result, range_tabs};
use crate::pages::{addresses, limits};
use crate::request::{Ctx, PageError, id};
use crate::routes::OrgRoutes;

/// What the page shows.
pub struct KeyDetail {
    /// The organisation.
    pub nav: OrgNav,
    /// The key.
    pub key: Key,
    /// What the organisation's credentials are for.
    pub apis: Vec<GrantableApi>,
    /// What is left of its limits and credits.
    pub left: Left,
    /// Where its secrets were seen.
    pub leaks: Vec<Leak>,
    /// Its calls.
    pub chart: Chart,
    /// A refused form.
    pub form: FormState,
    /// What time it is.
    pub now: Timestamp,
}

/// With one generation in sight by result, else by generation, so that the old one's last calls show.
fn chart(range: ChartRange, now: Timestamp, key: &Key, points: &[UsagePoint]) -> Chart {
    if key.generations.len() < 2 {
        return Chart::new(range, now, points, &by_result);
    }
    let by_generation =
        |point: &UsagePoint| (format!("Generation {}", point.generation.unwrap_or_default()), None, None);
    Chart::new(range, now, points, &by_generation)
}

/// The page.
pub async fn show(ctx: Ctx, Path((slug, key)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Keys).await?;
    let key = keys::get(ctx.core(), ctx.caller(), &slug, &id(&key)?).await?;
    let range = ChartRange::from_code(ctx.query("range"));
    let (from, to) = range.window(ctx.now);
    let group_by = GroupBy { generation: true, outcome: true, ..GroupBy::default() };
    let (credential, bucket) = (Some(key.id.to_string()), range.bucket());
    let request = ReportRequest { from, to, bucket, group_by, side: Side::Holder, credential, api: None };
    let points = usage::report(ctx.core(), ctx.caller(), &slug, request).await?;
    let mut apis = grantable_apis(ctx.core(), ctx.caller(), &slug).await?;
    load_operations(ctx.core(), &mut apis, |api| api.id == key.api).await?;
    let model = KeyDetail {
        nav: nav.clone(),
        chart: chart(range, ctx.now, &key, &points),
        apis,
        left: left_of_keys(ctx.core(), std::slice::from_ref(&key)).await?.pop().unwrap_or_default(),
        leaks: leaks::of_credential(ctx.core(), ctx.caller(), &slug, key.id.as_str()).await?,
        form: ctx.form().await?,
        now: ctx.now,
        key,
    };
    let title = model.key.name.clone();
    Ok(ctx.org_page(nav, &title, move || content(&model)))
}

/// The page's content.
pub fn content(model: &KeyDetail) -> AnyView {
    let KeyDetail { nav, key, form, now, .. } = model;
    let to = OrgRoutes(&nav.org.slug);
    let alive = key.revoked_at.is_none();
    let may = nav.may(Action::ManageCredentials) && alive;
    let fields = [
        ("name", "Name"),
        limits::LABELS[0],
        limits::LABELS[1],
        ("scopes", "Scopes"),
        ("operations", "Operations"),
        ("expires_at", "Ends"),
        ("overlap_seconds", "Overlap"),
        ("reason", "Reason"),
    ];
    let ended = key.revoked_at.map(|at| {
        let reason = key.revoke_reason.clone().map(|reason| format!(": {reason}")).unwrap_or_default();
        view! { <p class="notice bad">"Revoked "{ago(at, *now)}{reason}</p> }
    });
    view! {
        {page_header(Some(("Keys", to.keys())), &key.name, None, may.then(|| actions(model)).into_any())}
        {error_summary(form, &fields)}
        {ended}
        {leak_mark(&nav.org.slug, &model.leaks, *now)}
        {facts(model)}
        {generations(model)}
        <section class="section">
            <div class="toolbar"><h2>"Usage"</h2>{range_tabs(&to.key(&key.id), &[], model.chart.range)}</div>
            {model.chart.view("chart", "call")}
        </section>
        {may.then(|| edit(model))}
    }
    .into_any()
}

fn facts(model: &KeyDetail) -> AnyView {
    let KeyDetail { nav, key, now, apis, .. } = model;
    let own_api = apis.iter().any(|known| known.own && known.api.id == key.api);
    let name = api_name(apis, &key.api);
    let api = if own_api {
        view! { <a href=OrgRoutes(&nav.org.slug).api(&key.api)>{name}</a> }.into_any()
    } else {
        name.into_any()
    };
    let none = || view! { <span class="quiet">"None"</span> }.into_any();
    let json = |map: &serde_json::Map<String, serde_json::Value>| {
        if map.is_empty() {
            none()
        } else {
            view! { <code>{serde_json::Value::Object(map.clone()).to_string()}</code> }.into_any()
        }
    };
    let mut items = vec![
        (
            "State",
            view! {
                <span class="badges">{status_badge(key.status(*now))}{environment_badge(key.environment)}{imported(key.generations.first())}</span>
            }
            .into_any(),
        ),
        ("Kind", kind_text(key.kind).into_any()),
        ("Id", copyable("key-id", key.id.to_string())),
        ("API", api),
        ("Last used", ago_or_never(key.last_used_at, *now)),
        ("Ends", key.expires_at.map_or_else(|| view! { <span class="quiet">"Never"</span> }.into_any(), moment)),
        ("Scopes", scope_list(&key.scopes)),
        ("Owner", key.owner.clone().map_or_else(none, IntoAny::into_any)),
        ("Metadata", json(&key.metadata)),
        ("Labels", json(&key.labels)),
        ("Rate limits", limits::limits_fact(&model.left)),
        ("Credits", limits::credits_fact(key.credits, &model.left)),
        ("From where", addresses::fact(&key.addresses)),
        (
            "Created",
            view! { {moment(key.created_at)}<small class="quiet">"by "<code>{key.created_by.clone()}</code></small> }
                .into_any(),
        ),
    ];
    if let Some(at) = key.disabled_at {
        items.push(("Disabled", moment(at)));
    }
    definitions(items)
}

/// A secret that came from elsewhere: nobody here knows how strong it is.
fn imported(generation: Option<&Generation>) -> Option<AnyView> {
    generation.filter(|generation| generation.imported).map(|_| badge(Tone::Neutral, "Imported"))
}

fn generations(model: &KeyDetail) -> Option<AnyView> {
    let [current, old] = model.key.generations.as_slice() else { return None };
    let now = model.now;
    let ended = model.key.revoked_at.is_some() || old.revoked_at.is_some() || old.ends_at.is_some_and(|end| end <= now);
    let text = match (ended, old.last_used_at) {
        (false, Some(_)) => {
            "The old one still holds and was used: whoever has it must take the new one before it ends."
        }
        (false, None) => "The old one still holds, but was never used.",
        (true, _) => "The old one has ended.",
    };
    let rows = [current, old]
        .map(|generation| {
            vec![
                view! { {format!("Generation {} ", generation.number)}{imported(Some(generation))} }.into_any(),
                ago(generation.created_at, now),
                ago_or_never(generation.last_used_at, now),
                generation
                    .revoked_at
                    .or(generation.ends_at)
                    .map_or_else(|| view! { <span class="quiet">"Never"</span> }.into_any(), |end| ago(end, now)),
            ]
        })
        .into_iter()
        .collect();
    let columns = [Column::text("Secret"), Column::text("Created"), Column::text("Last used"), Column::text("Ends")];
    Some(
        view! {
            <section class="section">
                <h2>"Generations"</h2>
                <p class="quiet">{text}</p>
                {table("Generations", &columns, rows)}
            </section>
        }
        .into_any(),
    )
}

fn actions(model: &KeyDetail) -> AnyView {
    let KeyDetail { nav, key, now, .. } = model;
    let action = |verb| OrgRoutes(&nav.org.slug).key_action(&key.id, verb);
    let form = model.form.only("rotate");
    let overlaps = [
        ("0", "At once"),
        ("3600", "In 1 hour"),
        ("86400", "In 1 day"),
        ("604800", "In 7 days"),
        ("2592000", "In 30 days"),
    ]
    .map(|(value, text)| (value.to_owned(), text.to_owned()))
    .to_vec();
    let rotate = Confirm {
        id: "rotate".to_owned(),
        open: "Rotate…".to_owned(),
        title: "Rotate this key?".to_owned(),
        text: "You get a new secret, shown once. Id, scopes and settings stay.".to_owned(),
        action: action("rotate"),
        submit: "Rotate key".to_owned(),
        danger: false,
    }
    .with_fields(
        view! {
            <input type="hidden" name="form" value="rotate"/>
            {Field::new(&form, "overlap_seconds", "The old secret ends").default("86400").select(overlaps)}
        }
        .into_any(),
    );
    let switch = match key.status(*now) {
        CredentialStatus::Disabled => Some(("enable", "Enable")),
        CredentialStatus::Active => Some(("disable", "Disable")),
        CredentialStatus::Expired | CredentialStatus::Revoked => None,
    };
    let switch = switch.map(|(verb, label)| {
        view! { <form method="post" action=action(verb)><button type="submit" class="button">{label}</button></form> }
    });
    let warning = if key.kind == CredentialKind::JwtKey {
        "It is refused here from then on; programs that check it offline learn it from their next look at us."
    } else {
        "Every call with it is refused from then on. This can't be undone."
    };
    let revoke = Confirm {
        id: "revoke".to_owned(),
        open: "Revoke…".to_owned(),
        title: "Revoke this key?".to_owned(),
        text: warning.to_owned(),
        action: action("revoke"),
        submit: "Revoke key".to_owned(),
        danger: true,
    }
    .with_fields(
        view! {
            <input type="hidden" name="form" value="revoke"/>
            {Field::new(&model.form.only("revoke"), "reason", "Reason").max(200).placeholder("Leaked in a log").text()}
        }
        .into_any(),
    );
    view! { {rotate}{switch}{revoke} }.into_any()
}

/// A key as the form would send it.
fn stored(key: &Key, left: &Left) -> Vec<(String, String)> {
    let json = |map: &serde_json::Map<String, serde_json::Value>| {
        if map.is_empty() { String::new() } else { serde_json::to_string_pretty(map).unwrap_or_default() }
    };
    let mut values: Vec<(String, String)> = [
        ("name", key.name.clone()),
        ("expires_at", "keep".to_owned()),
        ("owner", key.owner.clone().unwrap_or_default()),
        ("metadata", json(&key.metadata)),
        ("labels", json(&key.labels)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    values.extend(addresses::stored(&key.addresses));
    values.extend(limits::stored(&key.rate_limits, key.credits, left));
    let (operations, scopes) = stored_grant(&key.scopes, key.operations.as_ref());
    values.extend(operations.into_iter().map(|name| ("operations".to_owned(), name)));
    values.extend(scopes.iter().map(|scope| ("scopes".to_owned(), scope.to_string())));
    values
}

fn edit(model: &KeyDetail) -> AnyView {
    let key = &model.key;
    let mut form = model.form.only("edit");
    let open = !form.is_empty();
    if !open {
        form.values = stored(key, &model.left);
    }
    let known = model.apis.iter().find(|known| known.api.id == key.api);
    let own = known.is_some_and(|known| known.own);
    // what stands in a JWT is signed: only what Latchkey itself keeps can change
    let changeable = key.kind == CredentialKind::ApiKey;
    let signed = changeable.then(|| {
        let mut choices = ends(("keep", "As it is"));
        choices.insert(1, ("never".to_owned(), "Never".to_owned()));
        view! {
            {known.map(|known| scopes(known, &form))}
            <input type="hidden" name="with_scopes" value=if known.is_some() { "1" } else { "" }/>
            <input type="hidden" name="with_operations" value=if known.is_some_and(|known| !known.operations.is_empty()) { "1" } else { "" }/>
            <div class="columns">
                {Field::new(&form, "expires_at", "Ends").select(choices)}
                {Field::new(&form, "expires_at_on", "Day").hint("For “On a day…”; to its end, UTC.").input("date")}
            </div>
        }
    });
    view! {
        <section class="section">
            <details class="more" open=open>
                <summary>"Edit this key"</summary>
                <form method="post" action=OrgRoutes(&model.nav.org.slug).key_action(&key.id, "update") class="form">
                    <input type="hidden" name="form" value="edit"/>
                    {Field::new(&form, "name", "Name").required().max(100).text()}
                    {signed}
                    {own_fields(own, &form)}
                    {common_fields(&form)}
                    <div class="actions"><button type="submit" class="button primary">"Save changes"</button></div>
                </form>
            </details>
        </section>
    }
    .into_any()
}
