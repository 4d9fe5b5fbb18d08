//! `/orgs/{slug}/apis/{id}`: scopes, verification keys, consumers, access requests.

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::apis::{
    self, AccessRequest, AccessRequestStatus, Api, CallGraph, ConsumerDetail, ScopeGrant, TokenFormat, TwoToken,
    VerificationKey, Visibility,
};
use latchkey_core::{Action, Error};
use latchkey_types::{CredentialStatus, Environment, Timestamp};
use leptos::prelude::*;

use super::call_paths;
use super::operations::{self, Operations};
use crate::components::{
    Column, Confirm, Field, FormState, OrgNav, Section, Tone, ago, ago_or_never, badge, copyable, definitions,
    environment_badge, error_summary, moment, page_header, scope_list, secret_box, status_badge, table,
};
use crate::pages::limits;
use crate::request::{Ctx, PageError, id};
use crate::routes::{OrgRoutes, with_query};

/// What the page shows.
pub struct ApiDetail {
    /// The organisation.
    pub nav: OrgNav,
    /// The API.
    pub api: Api,
    /// Who may call whom on the way to it.
    pub graph: CallGraph,
    /// What it can be called for.
    pub operations: Operations,
    /// Its verification keys; `None`: this role doesn't see them.
    pub verification_keys: Option<Vec<VerificationKey>>,
    /// Who holds credentials for it.
    pub consumers: Vec<ConsumerDetail>,
    /// Who asks for access.
    pub requests: Vec<AccessRequest>,
    /// A refused form.
    pub form: FormState,
    /// A verification key's secret, once.
    pub secret: Option<String>,
    /// What time it is.
    pub now: Timestamp,
}

/// What a role may not see is left out.
fn if_allowed<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The page.
pub async fn show(ctx: Ctx, Path((slug, api)): Path<(String, String)>) -> Result<Response, PageError> {
    let nav = ctx.org(&slug, Action::ReadApis, Section::Apis).await?;
    let (core, caller) = (ctx.core(), ctx.caller());
    let api = apis::get(core, caller, &slug, &id(&api)?).await?;
    let secret = ctx.one_time("vk_").await?.map(|one_time| one_time.secret.expose().to_owned());
    let model = ApiDetail {
        nav: nav.clone(),
        graph: apis::call_graph(core, caller, &slug, &api.id).await?,
        operations: Operations::load(&ctx, &slug, &api).await?,
        verification_keys: if_allowed(apis::list_verification_keys(core, caller, &slug, &api.id).await)?,
        consumers: if_allowed(apis::consumers(core, caller, &slug, &api.id).await)?.unwrap_or_default(),
        requests: if_allowed(apis::access_requests(core, caller, &slug, &api.id).await)?.unwrap_or_default(),
        form: ctx.form().await?,
        secret,
        now: ctx.now,
        api,
    };
    let title = model.api.name.clone();
    ctx.org_page_with_secret(nav, &title, model.secret.is_some(), move || content(&model))
}

/// The page's content.
pub fn content(model: &ApiDetail) -> AnyView {
    let ApiDetail { nav, api, form, .. } = model;
    let to = OrgRoutes(&nav.org.slug);
    let may = nav.may(Action::ManageApis);
    let actions = view! {
        {nav.may(Action::ManageCredentials).then(|| {
            let href = with_query(&to.new_key(), &[("api", api.id.as_str())]);
            view! { <a class="button primary" href=href>"Create key"</a> }
        })}
        <a class="button" href=with_query(&to.usage(), &[("api", api.id.as_str()), ("side", "owner")])>"Usage"</a>
        {may.then(|| view! { <a class="button" href=to.api_edit(&api.id)>"Edit"</a> })}
    };
    let visibility = match api.visibility {
        Visibility::Public => badge(Tone::Good, "Public"),
        Visibility::Private => badge(Tone::Neutral, "Private"),
    };
    let secret = model.secret.clone().map(|secret| {
        secret_box("Your verification key", secret, "Your API presents it when it asks about a credential. It is shown this once: keep it in your secret store.")
    });
    view! {
        {page_header(Some(("APIs", to.apis())), &api.name, None, actions.into_any())}
        {error_summary(form, &[("name", "Name"), ("environments", "Environments")])}
        {secret}
        {definitions(vec![
            ("Audience", copyable("audience", api.audience.clone())),
            ("Id", copyable("api-id", api.id.to_string())),
            ("Visibility", visibility),
            ("Access tokens", tokens(api)),
            ("Calls with two tokens", two_tokens(api)),
            ("Plans", limits::plans_fact(&api.plans)),
            ("Created", moment(api.created_at)),
        ])}
        {scopes(api)}
        {operations::section(nav, api, &model.operations)}
        {call_paths::section(nav, api, &model.graph)}
        {model.verification_keys.as_ref().map(|keys| verification_keys(model, keys))}
        {requests(model)}
        {consumers(model)}
        {may.then(|| delete(model))}
    }
    .into_any()
}

/// Where a required scope must be.
fn two_tokens(api: &Api) -> AnyView {
    match api.two_token {
        TwoToken::Either => "A scope in one of them is enough",
        TwoToken::Both => "A scope must be in both",
    }
    .into_any()
}

fn scopes(api: &Api) -> AnyView {
    let body = if api.scopes.is_empty() {
        view! { <p class="quiet">"No scopes: a credential for this API may all or nothing. Edit the API to add some."</p> }.into_any()
    } else {
        let rows = api
            .scopes
            .iter()
            .map(|scope| {
                vec![
                    view! { <code class="scope">{scope.name.to_string()}</code> }.into_any(),
                    scope.description.clone().into_any(),
                    match scope.grant {
                        ScopeGrant::SelfService => badge(Tone::Neutral, "Self-service"),
                        ScopeGrant::Approval => badge(Tone::Warning, "By approval"),
                    },
                ]
            })
            .collect();
        table(
            "Scopes",
            &[Column::text("Scope"), Column::text("What it allows"), Column::text("For other organisations")],
            rows,
        )
    };
    view! { <section class="section"><h2>"Scopes"</h2>{body}</section> }.into_any()
}

/// How its tokens look, what signs them, how long they live.
fn tokens(api: &Api) -> AnyView {
    let format = match api.token_format {
        TokenFormat::Jwt => format!("JWT, {}", api.signing_alg.as_str()),
        TokenFormat::Opaque => "Opaque".to_owned(),
    };
    format!("{format}, {} seconds", api.token_ttl_seconds).into_any()
}

/// One that leaked may end by itself.
fn ends(end: Option<Timestamp>, now: Timestamp) -> Option<AnyView> {
    end.map(|end| {
        let text = if end <= now { "Ended " } else { "Ends " };
        view! { <small>{text}{ago(end, now)}</small> }.into_any()
    })
}

fn verification_keys(model: &ApiDetail, keys: &[VerificationKey]) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let may = model.nav.may(Action::ManageApis);
    let rows: Vec<Vec<AnyView>> = keys
        .iter()
        .map(|key| {
            let delete = may.then(|| {
                Confirm {
                    id: format!("delete-{}", key.id),
                    open: "Delete…".to_owned(),
                    title: format!("Delete {}?", key.name),
                    text: "Programs that present it get 401 at once and can verify nothing until they have another one.".to_owned(),
                    action: to.delete_verification_key(&model.api.id, &key.id),
                    submit: "Delete verification key".to_owned(),
                    danger: true,
                }
                .view()
            });
            vec![
                view! { {key.name.clone()}<small><code>{key.id.to_string()}</code></small>{ends(key.ends_at, model.now)} }.into_any(),
                view! { <span class="badges">{key.environments.iter().map(|environment| environment_badge(*environment)).collect_view()}</span> }.into_any(),
                ago_or_never(key.last_used_at, model.now),
                ago(key.created_at, model.now),
                view! { <span class="row-actions">{delete}</span> }.into_any(),
            ]
        })
        .collect();
    let list = if rows.is_empty() {
        view! { <p class="quiet">"None yet. Your API needs one to ask Latchkey about a caller's credential."</p> }
            .into_any()
    } else {
        let columns = [
            Column::text("Name"),
            Column::text("Takes keys of"),
            Column::text("Last used"),
            Column::text("Created"),
            Column::text(""),
        ];
        table("Verification keys", &columns, rows)
    };
    let form = model.form.only("verification-key");
    let environments = [(Environment::Live, "Live"), (Environment::Test, "Test")]
        .map(|(environment, text)| (environment.as_str().to_owned(), text.to_owned(), String::new()))
        .to_vec();
    let create = may.then(|| {
        view! {
            <details class="more" open=!form.is_empty() || keys.is_empty()>
                <summary>"New verification key"</summary>
                <form method="post" action=to.create_verification_key(&model.api.id) class="form">
                    <input type="hidden" name="form" value="verification-key"/>
                    {Field::new(&form, "name", "Name").required().max(100).placeholder("Production gateway").text()}
                    {Field::new(&form, "environments", "Takes API keys of").required().default("live").choices("checkbox", &environments)}
                    <div class="actions"><button type="submit" class="button primary">"Create verification key"</button></div>
                </form>
            </details>
        }
    });
    view! {
        <section class="section" id="verification-keys">
            <div class="section-head"><h2>"Verification keys"</h2><p>"What this API presents to POST /v1/verify."</p></div>
            {list}
            {create}
        </section>
    }
    .into_any()
}

fn requests(model: &ApiDetail) -> Option<AnyView> {
    if model.requests.is_empty() {
        return None;
    }
    let to = OrgRoutes(&model.nav.org.slug);
    let may = model.nav.may(Action::ManageApis);
    let rows = model
        .requests
        .iter()
        .map(|request| {
            let state = match request.status {
                AccessRequestStatus::Pending => badge(Tone::Warning, "Waiting"),
                AccessRequestStatus::Approved => badge(Tone::Good, "Approved"),
                AccessRequestStatus::Denied => badge(Tone::Neutral, "Denied"),
            };
            let decide = (may && request.status == AccessRequestStatus::Pending).then(|| {
                let action = |decision| to.request_action(&model.api.id, &request.id, decision);
                view! {
                    <form method="post" action=action("approve")><button type="submit" class="button">"Approve"</button></form>
                    <form method="post" action=action("deny")><button type="submit" class="button danger-quiet">"Deny"</button></form>
                }
            });
            vec![
                view! { {request.org_slug.clone()}<small>{request.reason.clone()}</small> }.into_any(),
                scope_list(&request.scopes),
                ago(request.created_at, model.now),
                state,
                view! { <span class="row-actions">{decide}</span> }.into_any(),
            ]
        })
        .collect();
    let columns = [
        Column::text("Organisation"),
        Column::text("Scopes"),
        Column::text("Asked"),
        Column::text("State"),
        Column::text(""),
    ];
    Some(
        view! { <section class="section" id="requests"><h2>"Access requests"</h2>{table("Access requests", &columns, rows)}</section> }
            .into_any(),
    )
}

fn consumers(model: &ApiDetail) -> Option<AnyView> {
    if model.api.visibility == Visibility::Private && model.consumers.is_empty() {
        return None;
    }
    let body = if model.consumers.is_empty() {
        view! { <p class="quiet">"No other organisation holds credentials for this API yet. They find it in the catalogue."</p> }.into_any()
    } else {
        model.consumers.iter().map(|consumer| consumer_view(model, consumer)).collect_view().into_any()
    };
    Some(
        view! {
            <section class="section" id="consumers">
                <div class="section-head"><h2>"Consumers"</h2><p>"Other organisations with credentials for this API."</p></div>
                {body}
            </section>
        }
        .into_any(),
    )
}

fn consumer_view(model: &ApiDetail, detail: &ConsumerDetail) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let consumer = &detail.consumer;
    let slug = consumer.org.slug.clone();
    let blocked = consumer.policy.blocked_at.is_some();
    let rows = detail
        .credentials
        .iter()
        .map(|credential| {
            let status = if credential.revoked_at.is_some() {
                CredentialStatus::Revoked
            } else if credential.expires_at.is_some_and(|end| end <= model.now) {
                CredentialStatus::Expired
            } else if credential.disabled_at.is_some() {
                CredentialStatus::Disabled
            } else {
                CredentialStatus::Active
            };
            vec![
                view! { {credential.name.clone()}<small><code>{credential.id.clone()}</code></small> }.into_any(),
                status_badge(status),
                ago_or_never(credential.last_used_at, model.now),
            ]
        })
        .collect();
    let credentials =
        table("Credentials", &[Column::text("Credential"), Column::text("State"), Column::text("Last used")], rows);
    let manage = model.nav.may(Action::ManageApis).then(|| {
        let action = |verb| to.consumer_action(&model.api.id, &slug, verb);
        let block = if blocked {
            view! { <form method="post" action=action("unblock")><button type="submit" class="button">"Unblock"</button></form> }.into_any()
        } else {
            Confirm {
                id: format!("block-{}", consumer.org.id),
                open: "Block…".to_owned(),
                title: format!("Block {}?", consumer.org.name),
                text: "All its credentials for this API answer DISABLED until you unblock it.".to_owned(),
                action: action("block"),
                submit: "Block organisation".to_owned(),
                danger: true,
            }
            .view()
        };
        view! { {block}{policy_form(model, detail, action("update"))} }
    });
    let state = blocked.then(|| badge(Tone::Bad, "Blocked"));
    view! {
        <div class="panel">
            <div class="section-head"><h3>{consumer.org.name.clone()}" "{state}</h3><span class="quiet small">{slug.clone()}</span></div>
            {credentials}
            {consumer_limits(detail)}
            {manage}
        </div>
    }
    .into_any()
}

/// Its limits with those of its plan.
fn consumer_limits(detail: &ConsumerDetail) -> Option<AnyView> {
    let left = &detail.left;
    (!left.rate_limits.is_empty() || left.credits.is_some()).then(|| {
        definitions(vec![
            ("Rate limits", limits::limits_fact(left)),
            ("Credits", limits::credits_fact(detail.consumer.policy.credits, left)),
        ])
    })
}

/// The API's plans, where it has any.
fn plan_field(api: &Api, form: &FormState) -> Option<AnyView> {
    let plans = api.plans.iter().map(|plan| (plan.name.clone(), plan.name.clone()));
    let choices = [(String::new(), "None of its own".to_owned())].into_iter().chain(plans).collect();
    (!api.plans.is_empty()).then(|| Field::new(form, "plan", "Plan").select(choices))
}

fn policy_form(model: &ApiDetail, detail: &ConsumerDetail, action: String) -> AnyView {
    let policy = &detail.consumer.policy;
    let name = format!("consumer-{}", detail.consumer.org.slug);
    let mut form = model.form.only(&name);
    let open = !form.is_empty();
    if !open {
        form.values = policy.scopes.iter().map(|scope| ("scopes".to_owned(), scope.to_string())).collect();
        let metadata = policy.metadata.clone().map(|metadata| serde_json::Value::Object(metadata).to_string());
        form.values.push(("metadata".to_owned(), metadata.unwrap_or_default()));
        form.values.push(("plan".to_owned(), policy.plan.clone().unwrap_or_default()));
        form.values.extend(limits::stored(&policy.rate_limits, policy.credits, &detail.left));
    }
    let by_approval = model
        .api
        .scopes
        .iter()
        .filter(|scope| scope.grant == ScopeGrant::Approval)
        .map(|scope| (scope.name.to_string(), scope.name.to_string(), scope.description.clone()))
        .collect::<Vec<_>>();
    let scopes = (!by_approval.is_empty()).then(|| {
        Field::new(&form, "scopes", "Scopes by approval")
            .hint("What it may hold beyond the self-service scopes.")
            .choices("checkbox", &by_approval)
    });
    view! {
        <details class="more" open=open>
            <summary>"Limits, metadata and scopes"</summary>
            <form method="post" action=action class="form">
                <input type="hidden" name="form" value=name/>
                {scopes}
                {plan_field(&model.api, &form)}
                {limits::fields(&form)}
                {Field::new(&form, "metadata", "Metadata").mono().hint("A JSON object, answered by every verification of its credentials.").area(3)}
                <div class="actions"><button type="submit" class="button primary">"Save"</button></div>
            </form>
        </details>
    }
    .into_any()
}

fn delete(model: &ApiDetail) -> AnyView {
    let confirm = Confirm {
        id: "delete-api".to_owned(),
        open: "Delete API…".to_owned(),
        title: format!("Delete {}?", model.api.name),
        text: "Its verification keys stop working. Its id is never used again, and nobody else can take its audience. An API with live credentials can't be deleted.".to_owned(),
        action: OrgRoutes(&model.nav.org.slug).api_action(&model.api.id, "delete"),
        submit: "Delete API".to_owned(),
        danger: true,
    };
    view! {
        <section class="section">
            <h2>"Delete this API"</h2>
            <p class="quiet">"For good, with its verification keys. First revoke every credential for it."</p>
            <div class="actions">{confirm.view()}</div>
        </section>
    }
    .into_any()
}
