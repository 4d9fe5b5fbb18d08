//! `/orgs/{slug}/action-tokens`: tokens for links, each swapped once for a short access token.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::action_tokens::{self, ActionToken, ActionTokenStatus};
use latchkey_core::keys::{GrantableApi, grantable_apis};
use latchkey_core::ports::Listed;
use latchkey_types::Timestamp;
use leptos::prelude::*;

use super::keys::api_name;
use crate::components::{
    Column, Confirm, Field, FormState, OrgNav, Section, Tone, ago, badge, code_block, empty_state, error_summary,
    page_header, pagination, scope_list, secret_box, table,
};
use crate::request::{Ctx, PageResult};
use crate::routes::OrgRoutes;

/// What the page behind a link runs.
const LANDING_PAGE: &str = include_str!("action-token.js");

/// What the page shows.
pub struct ActionTokensPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Its tokens, newest first.
    pub tokens: Listed<ActionToken>,
    /// Which page of them.
    pub cursor: String,
    /// What they can be for.
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
    let nav = ctx.org(&slug, Action::ReadCredentials, Section::Keys).await?;
    let secret = ctx.one_time("once_").await?.map(|one_time| one_time.secret.expose().to_owned());
    let model = ActionTokensPage {
        nav: nav.clone(),
        tokens: action_tokens::list(ctx.core(), ctx.caller(), &slug, &ctx.list_page()).await?,
        cursor: ctx.query("cursor").to_owned(),
        apis: grantable_apis(ctx.core(), ctx.caller(), &slug).await?,
        form: ctx.form().await?,
        secret,
        public_url: ctx.state.public_url().to_owned(),
        now: ctx.now,
    };
    ctx.org_page_with_secret(nav, "Action tokens", model.secret.is_some(), move || content(&model))
}

/// The page's content.
pub fn content(model: &ActionTokensPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let fields = [
        ("api", "API"),
        ("scopes", "Scopes"),
        ("purpose", "Purpose"),
        ("expires_in_seconds", "Can be swapped for"),
        ("max_access_seconds", "Access lasts at most"),
    ];
    let secret = model.secret.clone().map(|secret| {
        secret_box(
            "Your action token",
            secret,
            "Put it behind the # of a link. Whoever has it can swap it, once. It is shown this once.",
        )
    });
    let list = if model.tokens.items.is_empty() && model.cursor.is_empty() {
        empty_state(
            "No action tokens",
            "A server puts one into a link, of a mail say; the page behind the link swaps it, once, for an access token that may do that one thing for some minutes.",
            None,
        )
    } else {
        let rows = model.tokens.items.iter().map(|token| row(model, token)).collect();
        let columns = [
            Column::text("Purpose"),
            Column::text("For"),
            Column::text("Scopes"),
            Column::text("State"),
            Column::text("When"),
            Column::text(""),
        ];
        view! {
            {table("Action tokens", &columns, rows)}
            {pagination(&to.action_tokens(), &[], Some(&model.cursor), model.tokens.next_cursor.as_deref())}
        }
        .into_any()
    };
    view! {
        {page_header(Some(("Keys", to.keys())), "Action tokens", Some("Tokens for links. Each is swapped once, for a short access token of few scopes."), ().into_any())}
        {error_summary(&model.form, &fields)}
        {secret}
        {list}
        {model.nav.may(Action::ManageCredentials).then(|| new_token(model))}
        {landing_page(model)}
    }
    .into_any()
}

fn row(model: &ActionTokensPage, token: &ActionToken) -> Vec<AnyView> {
    let status = token.status(model.now);
    let (tone, text, at) = match status {
        ActionTokenStatus::Pending => (Tone::Good, "Waits", token.expires_at),
        ActionTokenStatus::Redeemed => (Tone::Neutral, "Swapped", token.redeemed_at.unwrap_or(token.created_at)),
        ActionTokenStatus::Revoked => (Tone::Bad, "Revoked", token.revoked_at.unwrap_or(token.created_at)),
        ActionTokenStatus::Expired => (Tone::Neutral, "Expired", token.expires_at),
    };
    let may_revoke = status != ActionTokenStatus::Revoked
        && status != ActionTokenStatus::Expired
        && model.nav.may(Action::ManageCredentials);
    let revoke = may_revoke.then(|| {
        let confirm = Confirm {
            id: format!("revoke-{}", token.id),
            open: "Revoke…".to_owned(),
            title: format!("Revoke {}?", token.purpose),
            text: "The link is good no more, and what it was swapped for is refused.".to_owned(),
            action: OrgRoutes(&model.nav.org.slug).revoke_action_token(&token.id),
            submit: "Revoke token".to_owned(),
            danger: true,
        };
        view! { <span class="row-actions">{confirm.view()}</span> }
    });
    vec![
        view! { {token.purpose.clone()}<small><code>{token.id.to_string()}</code></small> }.into_any(),
        api_name(&model.apis, &token.api).into_any(),
        scope_list(&token.scopes),
        badge(tone, text),
        ago(at, model.now),
        revoke.into_any(),
    ]
}

fn new_token(model: &ActionTokensPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let form = &model.form;
    if model.apis.is_empty() {
        return view! { <p class="quiet">"It is for one API, and there is none yet that this organisation may hold credentials for."</p> }
            .into_any();
    }
    let own = |(value, text): (&str, &str)| (value.to_owned(), text.to_owned());
    let apis: Vec<_> = model.apis.iter().map(|known| (known.api.id.to_string(), known.api.name.clone())).collect();
    let first = apis.first().map(|(id, _)| id.clone()).unwrap_or_default();
    let waits = [("600", "10 minutes"), ("3600", "An hour"), ("86400", "A day")].map(own).to_vec();
    let lasts =
        [("60", "A minute"), ("300", "5 minutes"), ("900", "15 minutes"), ("3600", "An hour")].map(own).to_vec();
    view! {
        <section class="section">
            <details class="more" open=!form.is_empty() || model.tokens.items.is_empty()>
                <summary>"New action token"</summary>
                <form method="post" action=to.create_action_token() class="form">
                    {Field::new(form, "purpose", "Purpose").required().max(100).placeholder("confirm-order")
                        .hint("The API is told it with each call. Nothing about a person belongs here.").text()}
                    {Field::new(form, "api", "API").required().default(first).select(apis)}
                    {Field::new(form, "scopes", "Scopes").mono().placeholder("orders:confirm").hint("One a line, as few as it takes.").area(2)}
                    <div class="columns">
                        {Field::new(form, "expires_in_seconds", "Can be swapped for").default("600").select(waits)}
                        {Field::new(form, "max_access_seconds", "Access lasts at most").default("300").select(lasts)}
                    </div>
                    <div class="actions"><button type="submit" class="button primary">"Create action token"</button></div>
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn landing_page(model: &ActionTokensPage) -> AnyView {
    let slug = &model.nav.org.slug;
    let url = &model.public_url;
    let make = format!(
        "curl {url}/api/v1/orgs/{slug}/action-tokens \\\n  -H \"Authorization: Bearer $LATCHKEY_MANAGEMENT_KEY\" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{{\"api\": \"https://orders.example\", \"scopes\": [\"orders:confirm\"], \"purpose\": \"confirm-order\", \"expires_in_seconds\": 600, \"max_access_seconds\": 300}}'"
    );
    let use_it = format!(
        "import {{ takeActionToken, redeemActionToken }} from \"./action-token.js\";\n\nconst token = takeActionToken();\ndocument.querySelector(\"#confirm\").addEventListener(\"click\", async () => {{\n  const {{ access_token }} = await redeemActionToken(\"{url}\", token);\n  await fetch(\"https://orders.example/confirm\", {{ method: \"POST\", headers: {{ Authorization: `Bearer ${{access_token}}` }} }});\n}});"
    );
    view! {
        <section class="section">
            <h2>"In your programs"</h2>
            <p>"A server makes the token, with a management key of a developer, and sends the link."</p>
            {code_block("make", make)}
            <p>"The page behind the link serves this file:"</p>
            {code_block("landing", LANDING_PAGE.to_owned())}
            <p>"It swaps the token when somebody presses a button: programs that look into mails open links, too."</p>
            {code_block("use", use_it)}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::LANDING_PAGE;

    #[test]
    fn the_guide_has_the_same_program() {
        let guide = include_str!("../../../../docs/action-tokens.md");
        assert!(guide.contains(LANDING_PAGE), "docs/action-tokens.md has another action-token.js");
    }
}
