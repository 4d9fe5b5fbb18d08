//! `/orgs/{slug}/initial-access-tokens`: tokens with which programs register apps by themselves (RFC 7591).

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::initial_access_tokens::{self, InitialAccessToken, MAX_INITIAL_ACCESS_TOKENS};
use latchkey_core::keys::GrantableApi;
use latchkey_types::Timestamp;
use leptos::prelude::*;

use super::grants::{enter_key, grant, grantable};
use super::keys::api_name;
use crate::components::{
    Column, Confirm, Field, FormState, OrgNav, Section, Tone, ago, badge, code_block, empty_state, error_summary,
    page_header, secret_box, table,
};
use crate::request::{Ctx, PageResult};
use crate::routes::OrgRoutes;

/// What the page shows.
pub struct RegistrationPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Its tokens, newest first.
    pub tokens: Vec<InitialAccessToken>,
    /// What registered apps may be granted.
    pub apis: Vec<GrantableApi>,
    /// A refused form.
    pub form: FormState,
    /// A token, once.
    pub secret: Option<String>,
    /// The installation's URL.
    pub public_url: String,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageInitialAccessTokens, Section::Apps).await?;
    let secret = ctx.one_time("iat_").await?.map(|one_time| one_time.secret.expose().to_owned());
    let form = ctx.form().await?;
    let model = RegistrationPage {
        nav: nav.clone(),
        tokens: initial_access_tokens::list(ctx.core(), ctx.caller(), &slug).await?,
        apis: grantable(&ctx, &slug, &form, true).await?,
        form,
        secret,
        public_url: ctx.state.public_url().to_owned(),
        now: ctx.now,
    };
    ctx.org_page_with_secret(nav, "Let programs register", model.secret.is_some(), move || content(&model))
}

/// The page's content.
pub fn content(model: &RegistrationPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let fields = [("name", "Name"), ("uses", "Apps"), ("expires_at", "Ends"), ("grants", "What each may ask for")];
    let secret = model.secret.clone().map(|secret| {
        secret_box(
            "Your initial access token",
            secret,
            "Whoever has it registers apps in this organisation. It is shown this once: give it to the program that needs it, by way of a secret store.",
        )
    });
    let list = if model.tokens.is_empty() {
        empty_state(
            "No initial access tokens",
            "With one, a program registers apps by itself, as many as you say, for the APIs that you tick: a deployment that gives each of its services an identity of its own.",
            None,
        )
    } else {
        let rows = model.tokens.iter().map(|token| row(model, token)).collect();
        let columns = [
            Column::text("Name"),
            Column::text("For"),
            Column::number("Apps left"),
            Column::text("Ends"),
            Column::text(""),
        ];
        table("Initial access tokens", &columns, rows)
    };
    view! {
        {page_header(Some(("Apps", to.apps())), "Let programs register", Some("Tokens with which programs register apps by themselves (RFC 7591)."), ().into_any())}
        {error_summary(&model.form, &fields)}
        {secret}
        {list}
        {(model.tokens.len() < MAX_INITIAL_ACCESS_TOKENS).then(|| new_token(model))}
        {register(model)}
    }
    .into_any()
}

fn row(model: &RegistrationPage, token: &InitialAccessToken) -> Vec<AnyView> {
    let revoke = Confirm {
        id: format!("revoke-{}", token.id),
        open: "Revoke…".to_owned(),
        title: format!("Revoke {}?", token.name),
        text: "It registers no more apps. Those that it registered stay.".to_owned(),
        action: OrgRoutes(&model.nav.org.slug).revoke_initial_access_token(&token.id),
        submit: "Revoke token".to_owned(),
        danger: true,
    };
    let apis: Vec<String> = token.grants.iter().map(|grant| api_name(&model.apis, &grant.api)).collect();
    let left =
        if token.uses_left > 0 { token.uses_left.to_string().into_any() } else { badge(Tone::Neutral, "Used up") };
    vec![
        view! { {token.name.clone()}<small><code>{token.id.to_string()}</code></small> }.into_any(),
        apis.join(", ").into_any(),
        left,
        ago(token.expires_at, model.now),
        view! { <span class="row-actions">{revoke.view()}</span> }.into_any(),
    ]
}

fn new_token(model: &RegistrationPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let form = &model.form;
    if model.apis.is_empty() {
        return view! { <p class="quiet">"It names APIs that the apps may ask for, and there is none yet. "<a href=to.new_api()>"Create an API"</a>" first."</p> }
            .into_any();
    }
    let ends = [
        ("1d", "In a day"),
        ("7d", "In 7 days"),
        ("30d", "In 30 days"),
        ("90d", "In 90 days"),
        ("365d", "In 365 days"),
    ]
    .map(|(value, text)| (value.to_owned(), text.to_owned()))
    .to_vec();
    let alone = model.apis.len() == 1;
    let boxes = model.apis.iter().map(|known| grant(known, alone, true, form)).collect_view();
    let error = form.error("grants").map(|error| view! { <p class="error" id=form.id("grants-error")>{error}</p> });
    view! {
        <section class="section">
            <details class="more" open=!form.is_empty() || model.tokens.is_empty()>
                <summary>"New initial access token"</summary>
                <form method="post" action=to.create_initial_access_token() class="form">
                    {enter_key("Create initial access token")}
                    {Field::new(form, "name", "Name").required().max(100).placeholder("Deployment of the shop").text()}
                    <div class="columns">
                        {Field::new(form, "uses", "Apps that it may register").required().default("1").input("number")}
                        {Field::new(form, "expires_at", "Ends").default("7d").select(ends)}
                    </div>
                    <fieldset class="field">
                        <legend id=form.id("grants")>"What each app may ask for, at most"</legend>
                        {error}
                        {boxes}
                    </fieldset>
                    <div class="actions"><button type="submit" class="button primary">"Create initial access token"</button></div>
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn register(model: &RegistrationPage) -> AnyView {
    let call = format!(
        "curl {}/oauth/register \\\n  -H \"Authorization: Bearer $INITIAL_ACCESS_TOKEN\" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{{\"client_name\": \"cart\", \"token_endpoint_auth_method\": \"client_secret_basic\", \"grant_types\": [\"client_credentials\"]}}'",
        model.public_url
    );
    view! {
        <section class="section">
            <h2>"Register an app"</h2>
            {code_block("register", call)}
        </section>
    }
    .into_any()
}
