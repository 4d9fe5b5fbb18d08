//! What every handler takes and answers: who asks, the query, a form; pages, redirects, errors.

use std::collections::{BTreeSet, HashMap};

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use latchkey_core::ports::Page;
use latchkey_core::{Action, Caller, Core, Error, PlainSecret, orgs};
use latchkey_types::{Id, Kind, Timestamp};
use leptos::prelude::AnyView;

use crate::components::{Flash, FormState, OrgNav, Section, org_layout, plain_layout};
use crate::context::{PortalState, SignedIn, Visitor};
use crate::routes;
use crate::shell::Document;
use crate::slots::{self, OneTime};

/// Items on one page of a list.
const PAGE_SIZE: u32 = 50;
/// More fields than the largest form has.
const MAX_FIELDS: usize = 4_000;
/// The query parameter that says a one-time secret waits for this page.
const ONCE: &str = "once";

/// Why a handler has no page. It becomes an error page in [`crate::pages::errors::render`], which knows the visitor.
#[derive(Debug)]
pub enum PageError {
    /// A use case said so.
    Core(Error),
    /// Nobody is signed in; after it, back to this path.
    SignIn(String),
    /// The request isn't one that our forms make.
    BadRequest(StatusCode, &'static str),
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

/// What a handler answers.
pub type PageResult = Result<Response, PageError>;

/// Which error page a response wants; the outer layer renders it.
#[derive(Clone, Copy, Debug)]
pub struct ErrorPage {
    /// What to tell the person, beyond what the status says.
    pub detail: &'static str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, detail, retry_after) = match self {
            Self::SignIn(to) => return Redirect::to(&routes::sign_in_to(&to)).into_response(),
            Self::BadRequest(status, detail) => (status, detail, None),
            Self::Core(error) => match error {
                Error::Unauthenticated => return Redirect::to(routes::SIGN_IN).into_response(),
                Error::Forbidden(who_may) => (StatusCode::FORBIDDEN, who_may, None),
                Error::NotFound => (StatusCode::NOT_FOUND, "", None),
                Error::Invalid(fields) => {
                    tracing::info!(?fields, "a request was refused");
                    (StatusCode::UNPROCESSABLE_ENTITY, "A part of the address or the form isn't valid.", None)
                }
                Error::Conflict(conflict, _) => {
                    tracing::info!(code = conflict.code(), "a request was refused");
                    (
                        StatusCode::CONFLICT,
                        "It doesn't go together with what is there now. Go back and look again.",
                        None,
                    )
                }
                Error::TooMany(seconds) => (StatusCode::TOO_MANY_REQUESTS, "", Some(seconds)),
                Error::Unavailable(cause) => {
                    tracing::error!(%cause, "a page can't be answered now");
                    (StatusCode::SERVICE_UNAVAILABLE, "", Some(5))
                }
                Error::Internal(cause) => {
                    tracing::error!(%cause, "a page failed");
                    (StatusCode::INTERNAL_SERVER_ERROR, "", None)
                }
            },
        };
        let mut response = status.into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(ErrorPage { detail });
        response
    }
}

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
        Ok(OrgNav { org: access.org, role: access.role, orgs: names, section })
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

/// A form as the browser sent it.
#[derive(Clone, Debug, Default)]
pub struct FormData(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for FormData {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let Form(mut values) =
            Form::<Vec<(String, String)>>::from_request(request, state).await.map_err(|rejection| {
                let status = match &rejection {
                    FormRejection::BytesRejection(_) => StatusCode::PAYLOAD_TOO_LARGE,
                    _ => StatusCode::BAD_REQUEST,
                };
                PageError::BadRequest(status, "The form could not be read.")
            })?;
        if values.len() > MAX_FIELDS {
            return Err(PageError::BadRequest(StatusCode::PAYLOAD_TOO_LARGE, "The form has too many fields."));
        }
        // browsers send line ends as CR LF
        for (_, value) in &mut values {
            if value.contains('\r') {
                *value = value.replace("\r\n", "\n");
            }
        }
        Ok(Self(values))
    }
}

impl FormData {
    /// The first value of a name, without space around it; empty where it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The same, where it isn't empty.
    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Whether the name was sent, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// What follows this prefix in the names that start with it, each once.
    pub fn names_after<'a>(&'a self, prefix: &str) -> BTreeSet<&'a str> {
        self.0.iter().filter_map(|(key, _)| key.strip_prefix(prefix)).collect()
    }

    /// Every value of a name, owned.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.all(name).map(str::to_owned).collect()
    }

    /// A value of a closed set.
    pub fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<T, Error> {
        self.text(name).parse().map_err(|error: T::Err| Error::invalid(name, error.to_string()))
    }

    /// The lines of a text area that aren't empty.
    pub fn lines(&self, name: &str) -> Vec<String> {
        self.text(name).split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// A JSON object; `None` where nothing was typed.
    pub fn object(&self, name: &str) -> Result<Option<serde_json::Map<String, serde_json::Value>>, Error> {
        let Some(text) = self.some(name) else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            let place = if error.is_data() {
                String::new()
            } else {
                format!(" Line {}, column {} can't be read.", error.line(), error.column())
            };
            Error::invalid(name, format!("Write a JSON object, as in {{\"plan\": \"pro\"}}.{place}"))
        })
    }

    /// An end: `never`, a number of days (`30d`), or `date` with the day in the field `<name>_on`.
    pub fn end(&self, name: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        const DAY: i64 = 86_400;
        let text = self.text(name);
        if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok()) {
            return Ok(Some(now.floor_to(1).plus_seconds(i64::from(days) * DAY)));
        }
        match text {
            "" | "never" => return Ok(None),
            "date" => {}
            // what isn't understood must not become a key that never ends
            _ => return Err(Error::invalid(name, "Choose when it ends.")),
        }
        let day = self.text(&format!("{name}_on")).to_owned();
        let end = format!("{day}T23:59:59Z").parse().ok();
        end.map(Some).ok_or_else(|| Error::invalid(name, "Choose a day, as in 2027-01-31."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> FormData {
        FormData(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn ends_are_days_from_now_or_a_day() {
        let now: Timestamp = "2027-01-31T09:00:00.500Z".parse().unwrap();
        let end = |pairs: &[(&str, &str)]| form(pairs).end("expires_at", now);
        assert_eq!(end(&[("expires_at", "30d")]).unwrap().unwrap().to_string(), "2027-03-02T09:00:00Z");
        assert_eq!(end(&[("expires_at", "never")]).unwrap(), None);
        assert!(end(&[("expires_at", "nver")]).is_err());
        let day = end(&[("expires_at", "date"), ("expires_at_on", "2027-02-01")]).unwrap().unwrap();
        assert_eq!(day.to_string(), "2027-02-01T23:59:59Z");
        assert!(matches!(end(&[("expires_at", "date"), ("expires_at_on", "soon")]), Err(Error::Invalid(_))));
        assert!(matches!(end(&[("expires_at", "date")]), Err(Error::Invalid(_))));
    }

    #[test]
    fn objects_and_lines_are_read_as_typed() {
        let form =
            form(&[("m", " {\"plan\": \"pro\"} "), ("bad", "[1]"), ("ips", "10.0.0.0/8\n\n192.0.2.1, 192.0.2.2")]);
        assert_eq!(form.object("m").unwrap().unwrap()["plan"], "pro");
        assert!(matches!(form.object("bad"), Err(Error::Invalid(_))));
        assert_eq!(form.object("none").unwrap(), None);
        assert_eq!(form.lines("ips"), ["10.0.0.0/8", "192.0.2.1", "192.0.2.2"]);
    }
}
