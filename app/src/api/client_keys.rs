//! Public keys as people paste them.

use latchkey_core::{Error, FieldError, NewClientKey};
use latchkey_types::Timestamp;
use serde_json::{Value, json};

use crate::request::FormData;

/// Members of a JWK that make it private (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1), and the word in PEM.
const PRIVATE: [&str; 5] = [r#""d""#, r#""k""#, r#""p""#, r#""q""#, "PRIVATE KEY"];

/// Forgets what looks like a private key: it must not rest anywhere, not even in a refused form.
pub fn forget_private(form: &mut FormData, names: &[&str]) {
    for (name, value) in &mut form.0 {
        if names.contains(&name.as_str()) && PRIVATE.iter().any(|mark| value.contains(mark)) {
            value.clear();
        }
    }
}

/// Says once what a use case says of each private member.
pub fn say_private_once(error: Error) -> Error {
    const TEXT: &str =
        "This is a private key. It has been shown around now: make a new one, and give its public part alone.";
    let Error::Invalid(errors) = error else { return error };
    let (private, mut rest): (Vec<_>, Vec<_>) =
        errors.into_iter().partition(|error| error.field.contains('/') && error.detail.starts_with("is private"));
    if let Some(field) = private.first().and_then(|error| error.field.split('/').next()) {
        rest.push(FieldError::new(field, TEXT));
    }
    Error::Invalid(rest)
}

fn parse(name: &str, text: &str) -> Result<Value, Error> {
    if text.starts_with("-----BEGIN") {
        return Err(Error::invalid(name, "This is PEM. Give the public key as a JWK, which your library can write."));
    }
    serde_json::from_str(text).map_err(|error| {
        let place = format!("Line {}, column {} can't be read.", error.line(), error.column());
        Error::invalid(name, format!("Write a JWK, as in {{\"kty\": \"OKP\", …}}. {place}"))
    })
}

/// A JWK Set; a single JWK is a set of one. `None` where nothing was typed.
pub fn jwk_set(form: &FormData, name: &str) -> Result<Option<Value>, Error> {
    let Some(text) = form.some(name) else { return Ok(None) };
    let typed = parse(name, &text)?;
    Ok(Some(if typed.get("keys").is_some() { typed } else { json!({ "keys": [typed] }) }))
}

/// A key with its end.
pub fn new_key(form: &FormData, now: Timestamp) -> Result<NewClientKey, Error> {
    Ok(NewClientKey { jwk: parse("jwk", form.text("jwk"))?, expires_at: form.end("expires_at", now)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> FormData {
        FormData(vec![("jwks".to_owned(), text.to_owned()), ("name".to_owned(), text.to_owned())])
    }

    #[test]
    fn one_key_is_a_set_of_one() {
        let set = |text: &str| jwk_set(&form(text), "jwks").unwrap();
        assert_eq!(set(r#"{"kty":"OKP"}"#), Some(json!({ "keys": [{ "kty": "OKP" }] })));
        assert_eq!(set(r#"{"keys":[]}"#), Some(json!({ "keys": [] })));
        assert_eq!(set(" "), None);
        for bad in ["-----BEGIN PUBLIC KEY-----", "{", "kty"] {
            assert!(matches!(jwk_set(&form(bad), "jwks"), Err(Error::Invalid(_))), "{bad}");
        }
    }

    // F-19: a private key that somebody pasted doesn't wait in a refused form
    #[test]
    fn a_private_key_is_forgotten() {
        for private in [r#"{"kty":"OKP","d":"x"}"#, r#"{"kty":"oct", "k" : "x"}"#, "-----BEGIN PRIVATE KEY-----\nx"] {
            let mut typed = form(private);
            forget_private(&mut typed, &["jwks"]);
            assert_eq!((typed.text("jwks"), typed.text("name")), ("", private));
        }
        let mut typed = form(r#"{"kty":"OKP","kid":"d","x":"y"}"#);
        forget_private(&mut typed, &["jwks"]);
        // a kid that is just "d" is forgotten too, which costs a second paste
        assert_eq!(typed.text("jwks"), "");
        let mut typed = form(r#"{"kty":"OKP","kid":"one","x":"y"}"#);
        forget_private(&mut typed, &["jwks"]);
        assert!(!typed.text("jwks").is_empty());
    }
}
