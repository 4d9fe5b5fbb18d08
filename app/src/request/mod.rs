//! What every handler takes and answers: who asks, the query, a form; pages, redirects, errors.

mod error;
mod form_data;
mod upload;

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use latchkey_core::ports::Page;
use latchkey_core::{Action, Caller, Core, Error, PlainSecret, notices, orgs};
use latchkey_types::{Id, Kind, Timestamp};
use leptos::prelude::AnyView;

pub use self::error::{ErrorPage, PageError, PageResult};
pub use self::form_data::FormData;
pub use self::upload::UploadedFile;
use crate::components::{Flash, FormState, OrgNav, Section, org_layout, plain_layout};
use crate::context::{PortalState, SignedIn, Visitor};
use crate::shell::Document;
use crate::slots::{self, OneTime};

/// Items on one page of a list.
const PAGE_SIZE: u32 = 50;
/// The query parameter that says a one-time secret waits for this page.
const ONCE: &str = "once";

/// An id from a path; what isn't one names nothing.
pub fn id<K: Kind>(text: &str) -> Result<Id<K>, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// The parameters of a query; the last of a name counts.
pub fn query_of(parts: &Parts) -> HashMap<String, String> {
    Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

/// A request of somebody who is signed in.
pub struct Ctx {
    /// What every page can reach.
    pub state: PortalState,
    /// Who looks, as the server says.
    pub visitor: Visitor,
    /// The person.
    pub person: SignedIn,
    /// What time it is.
    pub now: Timestamp,
    query: HashMap<String, String>,
    headers: HeaderMap,
}

impl FromRequestParts<PortalState> for Ctx {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &PortalState) -> Result<Self, PageError> {
        let visitor = parts
            .extensions
            .get::<Visitor>()
            .cloned()
            .ok_or_else(|| Error::Internal("the session layer is missing".into()))?;
        let Some(person) = visitor.signed_in.clone() else {
            let to = parts.uri.path_and_query().filter(|_| parts.method == Method::GET).map(ToString::to_string);
            return Err(PageError::SignIn(to.unwrap_or_default()));
        };
        Ok(Self {
            now: state.core.clock.now(),
            query: query_of(parts),
            headers: parts.headers.clone(),
            state: state.clone(),
            visitor,
            person,
        })
    }
}

impl Ctx {
    /// The use cases.
    pub fn core(&self) -> &Core {
        &self.state.core
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.person.caller
    }

    /// A parameter of the query; empty where it is missing.
    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map(|value| value.trim()).unwrap_or_default()
    }

    /// The same, where it isn't empty.
    pub fn query_some(&self, name: &str) -> Option<&str> {
        Some(self.query(name)).filter(|value| !value.is_empty())
    }

    /// Which page of a list is asked for.
    pub fn list_page(&self) -> Page {
        Page { limit: PAGE_SIZE, cursor: self.query_some("cursor").map(str::to_owned) }
    }

    /// What was just done.
    pub fn flash(&self) -> Option<Flash> {
        Flash::from_code(self.query("done"))
    }

    /// The organisation of this slug, where the person may do `action`, and the navigation around it.
    pub async fn org(&self, slug: &str, action: Action, section: Section) -> Result<OrgNav, Error> {
        let access = self.core().enter(self.caller(), slug, action).await?;
        let all = orgs::list(self.core(), self.caller(), &Page { limit: 200, cursor: None }).await?;
        let mut names: Vec<_> =
            all.items.into_iter().map(|membership| (membership.org.slug, membership.org.name)).collect();
        if !names.iter().any(|(other, _)| *other == access.org.slug) {
            names.insert(0, (access.org.slug.clone(), access.org.name.clone()));
        }
        let unread_notices = notices::unread(self.core(), self.caller(), &access.org.id).await?;
        Ok(OrgNav { org: access.org, role: access.role, orgs: names, section, unread_notices })
    }

    /// The refused form that waits for this page, if one does.
    pub async fn form(&self) -> Result<FormState, Error> {
        let Some(name) = self.query_some("form") else { return Ok(FormState::default()) };
        Ok(slots::take_form(self.core(), &self.person.session, name).await?.unwrap_or_default())
    }

    /// The one-time secret that waits for this page, if its subject starts so.
    pub async fn one_time(&self, subject: &str) -> Result<Option<OneTime>, Error> {
        if !self.query.contains_key(ONCE) {
            return Ok(None);
        }
        let taken =
            slots::take_secret(self.core(), &self.person.session, self.state.secure_cookies(), &self.headers).await?;
        Ok(taken.filter(|one_time| one_time.subject.starts_with(subject)))
    }

    /// A page of an organisation.
    pub fn org_page(&self, nav: OrgNav, title: &str, content: impl FnOnce() -> AnyView + Send + 'static) -> Response {
        self.org_document(nav, title, content).respond(&self.state, &self.visitor)
    }

    /// A page of an organisation that shows a secret, where there is one.
    pub fn org_page_with_secret(
        &self,
        nav: OrgNav,
        title: &str,
        has_secret: bool,
        content: impl FnOnce() -> AnyView + Send + 'static,
    ) -> PageResult {
        let document = self.org_document(nav, title, content);
        if !has_secret {
            return Ok(document.respond(&self.state, &self.visitor));
        }
        let mut response = document.secret().respond(&self.state, &self.visitor);
        let (name, value) = slots::forget_secret(self.state.secure_cookies())?;
        response.headers_mut().append(name, value);
        Ok(response)
    }

    fn org_document(&self, nav: OrgNav, title: &str, content: impl FnOnce() -> AnyView + Send + 'static) -> Document {
        let (person, flash) = (self.person.clone(), self.flash());
        let title = format!("{title} · {}", nav.org.name);
        Document::new(title, move || org_layout(&person, &nav, flash, content()))
    }

    /// A page of the person.
    pub fn plain_page(
        &self,
        section: Section,
        title: &str,
        content: impl FnOnce() -> AnyView + Send + 'static,
    ) -> Response {
        let (person, flash) = (self.person.clone(), self.flash());
        Document::new(title, move || plain_layout(&person, section, flash, content()))
            .respond(&self.state, &self.visitor)
    }

    /// Back to the page that holds the form, with what was typed and what is wrong; errors that no form can mend stay errors.
    pub async fn refuse(&self, page: &str, form: FormData, error: Error) -> PageResult {
        let state = FormState::typed(form.0);
        let state = match error {
            Error::Invalid(fields) => state.with_errors(fields),
            Error::Conflict(conflict, detail) => state.with_error(conflict_field(conflict), detail),
            Error::TooMany(seconds) => {
                state.with_error("", format!("Too many attempts. Wait {seconds} seconds, then try again."))
            }
            other => return Err(other.into()),
        };
        let name = slots::put_form(self.core(), &self.person.session, &state).await?;
        let joint = if page.contains('?') { '&' } else { '?' };
        Ok(Redirect::to(&format!("{page}{joint}form={name}")).into_response())
    }

    /// On to a page that shows a secret once.
    pub async fn show_once(&self, page: &str, subject: String, secret: PlainSecret) -> PageResult {
        let one_time = OneTime { subject, secret };
        let cookie =
            slots::put_secret(self.core(), &self.person.session, self.state.secure_cookies(), &one_time).await?;
        let mut response = Redirect::to(&format!("{page}?{ONCE}")).into_response();
        response.headers_mut().append(header::SET_COOKIE, cookie);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

/// Which field a conflict is about.
fn conflict_field(conflict: latchkey_core::Conflict) -> &'static str {
    match conflict {
        latchkey_core::Conflict::SlugTaken => "slug",
        latchkey_core::Conflict::AudienceTaken => "audience",
        _ => "",
    }
}

/// On to a page, saying what was done.
pub fn done(page: &str, flash: Flash) -> Response {
    Redirect::to(&format!("{page}?done={}", flash.code())).into_response()
}
