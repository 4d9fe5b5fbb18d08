//! `/orgs/{slug}/settings`: name, slug, longest life of keys, management keys.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::leaks::LeakResponse;
use latchkey_core::management_keys::{self, ManagementKey};
use latchkey_types::{Role, Timestamp};
use leptos::prelude::*;

use crate::components::{
    Column, Confirm, Field, FormState, OrgNav, Section, Tone, ago, ago_or_never, badge, copyable, definitions,
    error_summary, moment, page_header, role_text, secret_box, table,
};
use crate::pages::security_tier::tier_text;
use crate::request::{Ctx, PageResult};
use crate::routes::{self, OrgRoutes};

/// What the page shows.
pub struct SettingsPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Its management keys.
    pub keys: Vec<ManagementKey>,
    /// A refused form.
    pub form: FormState,
    /// A management key's secret, once.
    pub secret: Option<String>,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn show(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageSettings, Section::Settings).await?;
    let secret = ctx.one_time("mk_").await?.map(|one_time| one_time.secret.expose().to_owned());
    let model = SettingsPage {
        nav: nav.clone(),
        keys: management_keys::list(ctx.core(), ctx.caller(), Some(&slug)).await?,
        form: ctx.form().await?,
        secret,
        now: ctx.now,
    };
    ctx.org_page_with_secret(nav, "Settings", model.secret.is_some(), move || content(&model))
}

/// The page's content.
pub fn content(model: &SettingsPage) -> AnyView {
    let secret = model.secret.clone().map(|secret| {
        secret_box(
            "Your management key",
            secret,
            "It drives the management API for this organisation. It is shown this once: keep it in a secret store.",
        )
    });
    let fields = [
        ("name", "Name"),
        ("slug", "Slug"),
        ("max_key_lifetime_days", "Longest life of a key"),
        ("leak_response", "A secret that leaked"),
        ("leak_grace_hours", "Grace"),
        ("role", "Role"),
        ("expires_at", "Ends"),
    ];
    view! {
        {page_header(None, "Settings", None, ().into_any())}
        {error_summary(&model.form, &fields)}
        {secret}
        {general(model)}
        {management_keys_view(model)}
    }
    .into_any()
}

fn general(model: &SettingsPage) -> AnyView {
    let org = &model.nav.org;
    let mut form = model.form.only("settings");
    if form.is_empty() {
        let days = org.settings.max_key_lifetime_days.map(|days| days.to_string()).unwrap_or_default();
        let stored = [
            ("name", org.name.clone()),
            ("slug", org.slug.clone()),
            ("max_key_lifetime_days", days),
            ("leak_response", org.settings.leak_response.as_str().to_owned()),
            ("leak_grace_hours", org.settings.leak_grace_hours.to_string()),
        ];
        form.values = FormState::of(stored).values;
    }
    view! {
        {definitions(vec![
            ("Id", copyable("org-id", org.id.to_string())),
            ("Security tier", tier(model)),
            ("Created", moment(org.created_at)),
        ])}
        <form method="post" action=OrgRoutes(&org.slug).update_settings() class="form">
            <input type="hidden" name="form" value="settings"/>
            {Field::new(&form, "name", "Name").required().max(100).text()}
            {Field::new(&form, "slug", "Slug").required().max(40).mono().hint("Stands in addresses: links and programs that use the old one stop working.").text()}
            {Field::new(&form, "max_key_lifetime_days", "Longest life of a key, in days")
                .hint("Empty: API keys may live for ever, JWT keys 365 days. It holds for keys made or changed from now on.").input("number")}
            <div class="columns" id="response">
                {Field::new(&form, "leak_response", "A secret that leaked").hint("What happens when somebody reports one: see Leaks.").select(leak_responses())}
                {Field::new(&form, "leak_grace_hours", "Grace, in hours").required().hint("1 to 168; for the second choice alone.").input("number")}
            </div>
            <div class="actions"><button type="submit" class="button primary">"Save settings"</button></div>
        </form>
    }
    .into_any()
}

fn leak_responses() -> Vec<(String, String)> {
    let all = [
        (LeakResponse::Revoke, "Ends at once"),
        (LeakResponse::Grace, "Ends after a grace"),
        (LeakResponse::Notify, "Stays good; we are told"),
    ];
    all.map(|(response, text)| (response.as_str().to_owned(), text.to_owned())).to_vec()
}

fn tier(model: &SettingsPage) -> AnyView {
    let current = tier_text(model.nav.org.security_tier);
    let change = model.nav.may(Action::ManageSecurityTier).then(|| {
        view! { <small><a href=OrgRoutes(&model.nav.org.slug).security_tier()>"What it demands, and change it"</a></small> }
    });
    view! { {current}{change} }.into_any()
}

fn management_keys_view(model: &SettingsPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let rows: Vec<Vec<AnyView>> = model.keys.iter().map(|key| key_row(model, key)).collect();
    let list = if rows.is_empty() {
        view! { <p class="quiet">"None yet. A management key lets a program do what you do here, by the management API."</p> }.into_any()
    } else {
        let columns = [
            Column::text("Name"),
            Column::text("Role"),
            Column::text("State"),
            Column::text("Last used"),
            Column::text(""),
        ];
        table("Management keys", &columns, rows)
    };
    let form = model.form.only("management-key");
    let roles = Role::ALL
        .into_iter()
        .filter(|role| *role <= model.nav.role)
        .map(|role| (role.as_str().to_owned(), role_text(role).to_owned()))
        .collect();
    let ends = [("90d", "In 90 days"), ("30d", "In 30 days"), ("365d", "In 365 days"), ("never", "Never")]
        .map(|(value, text)| (value.to_owned(), text.to_owned()))
        .to_vec();
    let create = model.nav.may(Action::ManageManagementKeys).then(|| {
        view! {
            <details class="more" open=!form.is_empty()>
                <summary>"New management key"</summary>
                <form method="post" action=to.create_management_key() class="form">
                    <input type="hidden" name="form" value="management-key"/>
                    {Field::new(&form, "name", "Name").required().max(100).placeholder("Deployment pipeline").text()}
                    <div class="columns">
                        {Field::new(&form, "role", "Role").default("developer").select(roles)}
                        {Field::new(&form, "expires_at", "Ends").default("90d").select(ends)}
                    </div>
                    <div class="actions"><button type="submit" class="button primary">"Create management key"</button></div>
                </form>
            </details>
        }
    });
    view! {
        <section class="section" id="management-keys">
            <div class="section-head"><h2>"Management keys"</h2><p><a href=routes::API_DOCS>"API reference"</a></p></div>
            {list}
            {create}
        </section>
    }
    .into_any()
}

fn key_row(model: &SettingsPage, key: &ManagementKey) -> Vec<AnyView> {
    let expired = key.expires_at.is_some_and(|end| end <= model.now);
    let state = if key.revoked_at.is_some() {
        badge(Tone::Bad, "Revoked")
    } else if expired {
        badge(Tone::Neutral, "Expired")
    } else {
        badge(Tone::Good, "Active")
    };
    let ends = key
        .expires_at
        .filter(|_| key.revoked_at.is_none())
        .map(|end| view! { <small>"Ends "{ago(end, model.now)}</small> });
    let revoke = key.revoked_at.is_none().then(|| {
        Confirm {
            id: format!("revoke-{}", key.id),
            open: "Revoke…".to_owned(),
            title: format!("Revoke {}?", key.name),
            text: "Programs that use it get 401 from then on. This can't be undone.".to_owned(),
            action: OrgRoutes(&model.nav.org.slug).revoke_management_key(&key.id),
            submit: "Revoke management key".to_owned(),
            danger: true,
        }
        .view()
    });
    vec![
        view! { {key.name.clone()}<small><code>{key.id.to_string()}</code></small> }.into_any(),
        role_text(key.role).into_any(),
        view! { <span>{state}{ends}</span> }.into_any(),
        ago_or_never(key.last_used_at, model.now),
        view! { <span class="row-actions">{revoke}</span> }.into_any(),
    ]
}
