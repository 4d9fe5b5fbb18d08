//! Forms as browsers send them.

use std::collections::BTreeSet;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use latchkey_core::Error;
use latchkey_types::Timestamp;

use super::PageError;

/// More fields than the largest form has.
const MAX_FIELDS: usize = 4_000;

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

    /// Every line of every value of a name: what was ticked, or typed one a line.
    pub fn rows(&self, name: &str) -> Vec<String> {
        let lines = self.all(name).flat_map(|value| value.split('\n')).map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
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
