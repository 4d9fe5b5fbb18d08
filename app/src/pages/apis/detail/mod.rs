//! `/orgs/{slug}/apis/{id}`: scopes, verification keys, consumers, access requests.

mod consumers;
mod facts;
mod requests;
mod verification_keys;

use axum::extract::Path;
use axum::response::Response;
use latchkey_core::apis::{self, AccessRequest, Api, CallGraph, ConsumerDetail, VerificationKey};
use latchkey_core::ports::{Listed, Page};
use latchkey_core::{Action, Error};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use super::call_paths;
use super::operations::{self, Operations};
use crate::components::{Confirm, FormState, OrgNav, Section, error_summary, page_header, secret_box};
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
    pub consumers: Listed<ConsumerDetail>,
    /// Where this page of them starts.
    pub cursor: String,
    /// Who last asked for access.
    pub requests: Vec<AccessRequest>,
    /// A refused form.
    pub form: FormState,
    /// A verification key's secret, once.
    pub secret: Option<String>,
    /// What time it is.
    pub now: Timestamp,
}

/// How many access requests the page shows.
const REQUESTS_SHOWN: u32 = 200;

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
    let newest = Page { limit: REQUESTS_SHOWN, cursor: None };
    let model = ApiDetail {
        nav: nav.clone(),
        graph: apis::call_graph(core, caller, &slug, &api.id).await?,
        operations: Operations::load(&ctx, &slug, &api).await?,
        verification_keys: if_allowed(apis::list_verification_keys(core, caller, &slug, &api.id).await)?,
        consumers: apis::consumers(core, caller, &slug, &api.id, &ctx.list_page()).await?,
        cursor: ctx.query("cursor").to_owned(),
        requests: apis::access_requests(core, caller, &slug, &api.id, &newest).await?.items,
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
            view! {
                <a class="button primary" href=href>"Create key"</a>
                <a class="button" href=to.check_for(&api.id)>"Check a credential"</a>
            }
        })}
        <a class="button" href=with_query(&to.usage(), &[("api", api.id.as_str()), ("side", "owner")])>"Usage"</a>
        {may.then(|| view! { <a class="button" href=to.api_edit(&api.id)>"Edit"</a> })}
    };
    let secret = model.secret.clone().map(|secret| {
        secret_box("Your verification key", secret, "Your API presents it when it asks about a credential. It is shown this once: keep it in your secret store.")
    });
    view! {
        {page_header(Some(("APIs", to.apis())), &api.name, None, actions.into_any())}
        {error_summary(form, &[("name", "Name"), ("environments", "Environments")])}
        {secret}
        {facts::facts(api)}
        {facts::scopes(api)}
        {operations::section(nav, api, &model.operations)}
        {call_paths::section(nav, api, &model.graph)}
        {model.verification_keys.as_ref().map(|keys| verification_keys::section(model, keys))}
        {requests::section(model)}
        {consumers::section(model)}
        {may.then(|| delete(model))}
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
