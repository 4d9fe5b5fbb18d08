//! A form post that came from another site is refused (F-12, F-13, ASVS 3.5.1). Stands around all routes that know
//! people by a cookie; routes that take a Bearer credential read no cookie and don't need it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::Problem;
use crate::http::state::HttpSettings;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses with 403 what doesn't come from our own pages.
pub async fn layer(State(settings): State<Arc<HttpSettings>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_from_us(request.headers(), settings.public_url.as_str()) {
        return next.run(request).await;
    }
    tracing::warn!(path = request.uri().path(), "a form post from another site was refused");
    Problem::new(StatusCode::FORBIDDEN, "cross-site", "This request came from another site")
        .detail("Go back to the portal and send the form from there.")
        .into_response()
}

/// The browser says that a page of ours sent it: by `Sec-Fetch-Site`, or, where it is too old for that, by `Origin`.
/// Where both are there, neither may say something else. Nothing at all is no proof.
pub fn is_from_us(headers: &HeaderMap, own_origin: &str) -> bool {
    let site = only(headers, &SEC_FETCH_SITE);
    let origin = only(headers, &header::ORIGIN);
    match (site, origin) {
        (Some(site), origin) => {
            matches!(site, b"same-origin" | b"none") && origin.is_none_or(|origin| origin == own_origin.as_bytes())
        }
        (None, Some(origin)) => !headers.contains_key(SEC_FETCH_SITE) && origin == own_origin.as_bytes(),
        (None, None) => false,
    }
}

/// The header's value; nothing where it is missing. Twice counts as a value that nobody sends.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { Some(b"twice") } else { Some(first.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://portal.example";

    // F-13: the whole table
    #[test]
    fn sec_fetch_site_and_origin() {
        let sites = [None, Some("none"), Some("same-origin"), Some("same-site"), Some("cross-site")];
        let origins =
            [None, Some(OWN), Some("null"), Some("https://evil.example"), Some("https://portal.example:8443")];
        let expected = [
            // absent  own    null   other  own:port
            [false, true, false, false, false],  // absent
            [true, true, false, false, false],   // none
            [true, true, false, false, false],   // same-origin
            [false, false, false, false, false], // same-site
            [false, false, false, false, false], // cross-site
        ];
        for (site, row) in sites.iter().zip(expected) {
            for (origin, expected) in origins.iter().zip(row) {
                let mut headers = HeaderMap::new();
                if let Some(site) = site {
                    headers.insert(SEC_FETCH_SITE, site.parse().unwrap());
                }
                if let Some(origin) = origin {
                    headers.insert(header::ORIGIN, origin.parse().unwrap());
                }
                assert_eq!(is_from_us(&headers, OWN), expected, "{site:?} {origin:?}");
            }
        }
    }

    #[test]
    fn doubled_headers_prove_nothing() {
        let mut headers = HeaderMap::new();
        headers.append(header::ORIGIN, OWN.parse().unwrap());
        headers.append(header::ORIGIN, "https://evil.example".parse().unwrap());
        assert!(!is_from_us(&headers, OWN));
        headers.insert(header::ORIGIN, OWN.parse().unwrap());
        headers.append(SEC_FETCH_SITE, "same-origin".parse().unwrap());
        headers.append(SEC_FETCH_SITE, "cross-site".parse().unwrap());
        assert!(!is_from_us(&headers, OWN));
    }
}
