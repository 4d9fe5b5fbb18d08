//! `Authorization: Bearer …` (RFC 6750 section 2.1).

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Problem;

/// The one credential that the header holds.
///
/// # Errors
/// 401 where there is none or it isn't of this scheme; 400 where the header stands there twice (B1).
pub fn token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(missing)?;
    if values.next().is_some() {
        return Err(Problem::bad_request("There are several `Authorization` headers; send one."));
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(missing());
    }
    Ok(token.trim())
}

fn missing() -> Problem {
    Problem::unauthenticated().detail("Send a key as `Authorization: Bearer …`.")
}

/// 401 for a key that was sent and isn't good: the challenge says `invalid_token` (RFC 6750 section 3.1, B4).
pub fn refused(detail: &'static str) -> Response {
    let mut response = Problem::unauthenticated().detail(detail).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static [u8]]) -> Result<String, u16> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        token(&headers).map(str::to_owned).map_err(|problem| problem.status)
    }

    // B1, B3, B5
    #[test]
    fn one_header_of_this_scheme() {
        assert_eq!(read(&[b"Bearer abc"]), Ok("abc".to_owned()));
        assert_eq!(read(&[b"bEARER  abc "]), Ok("abc".to_owned()));
        assert_eq!(read(&[]), Err(401));
        for value in [&b"Bearer"[..], b"Bearer ", b"Basic abc", b"abc", b"Bearer \xff"] {
            let mut headers = HeaderMap::new();
            headers.append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
            assert_eq!(token(&headers).unwrap_err().status, 401, "{value:?}");
        }
        assert_eq!(read(&[b"Bearer a", b"Bearer b"]), Err(400));
    }
}
