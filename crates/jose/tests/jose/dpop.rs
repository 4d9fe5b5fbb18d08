//! DPoP proofs: the twelve checks of RFC 9449 section 4.3, each with what it refuses (M1).

use latchkey_jose::{
    Algorithm, Confirmation, DpopError, DpopProof, DpopRequest, InvalidJwk, JwkSet, Malformed, SigningKey,
};
use latchkey_types::Timestamp;
use serde_json::{Value, json};

use crate::{base64url, jws, key_for, parts};

const NOW: i64 = 1_562_262_616;
const URL: &str = "https://server.example.com/token";
const ACCESS_TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
const ATH: &str = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";

fn request() -> DpopRequest<'static> {
    DpopRequest { method: "POST", url: URL, access_token: None, now: Timestamp::from_seconds(NOW) }
}

fn check(proof: &str, request: &DpopRequest<'_>) -> Result<DpopProof, DpopError> {
    DpopProof::parse_and_verify([proof.as_bytes()], request)
}

fn public_jwk(key: &SigningKey) -> Value {
    let set: Value = serde_json::from_str(&JwkSet::new([key.public_key()]).to_json()).unwrap();
    let mut jwk = set["keys"][0].clone();
    for name in ["kid", "use", "alg"] {
        jwk.as_object_mut().unwrap().remove(name);
    }
    jwk
}

pub fn proof_by(key: &SigningKey, now: i64) -> String {
    jws(key, &header_of(key), &json!({ "jti": "one", "htm": "POST", "htu": URL, "iat": now }))
}

fn header_of(key: &SigningKey) -> Value {
    json!({ "typ": "dpop+jwt", "alg": key.alg().as_str(), "jwk": public_jwk(key) })
}

fn header() -> Value {
    header_of(&key_for(Algorithm::Es256))
}

fn claims() -> Value {
    json!({ "jti": "one", "htm": "POST", "htu": URL, "iat": NOW })
}

fn with_header(name: &str, value: Value) -> Result<DpopProof, DpopError> {
    let mut header = header();
    header[name] = value;
    check(&jws(&key_for(Algorithm::Es256), &header, &claims()), &request())
}

fn proof_with(name: &str, value: Value) -> String {
    let mut claims = claims();
    claims[name] = value;
    jws(&key_for(Algorithm::Es256), &header(), &claims)
}

fn with(name: &str, value: Value) -> Result<DpopProof, DpopError> {
    check(&proof_with(name, value), &request())
}

// RFC 9449 section 4.1 and, for the thumbprint, section 6.1
#[test]
fn the_example_of_the_standard_holds() {
    let proof = concat!(
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs",
        "cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2",
        "In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2Vu",
        "IiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3",
        "Lg",
    );
    let proof = check(proof, &request()).unwrap();
    assert_eq!(
        proof,
        DpopProof {
            jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".into(),
            jti: "-BwC3ESc6acc2lTc".into(),
            nonce: None,
            remember_until: Timestamp::from_seconds(NOW + 61),
        }
    );
    assert!(proof.is_key_of(&Confirmation::dpop("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")));
}

#[test]
fn every_kind_of_key_proves() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm);
        assert_eq!(check(&proof_by(&key, NOW), &request()).unwrap().jkt, key.kid(), "{algorithm}");
    }
}

// check 1
#[test]
fn there_is_exactly_one_header() {
    let proof = proof_by(&key_for(Algorithm::Es256), NOW);
    let values = |count| DpopProof::parse_and_verify(vec![proof.as_bytes(); count], &request());
    assert!(values(1).is_ok());
    assert_eq!(values(0), Err(DpopError::NotOneHeader));
    assert_eq!(values(2), Err(DpopError::NotOneHeader));
    let joined = format!("{proof}, {proof}");
    assert_eq!(check(&joined, &request()), Err(DpopError::Malformed(Malformed::NotCompact)));
}

// check 2
#[test]
fn it_is_one_well_formed_jwt() {
    for value in [&b""[..], b"x", b"a.b", b"a.b.c.d", b"\xFF.a.b", b"e30.e30."] {
        let refusal = DpopProof::parse_and_verify([value], &request()).unwrap_err();
        assert!(matches!(refusal, DpopError::Malformed(_)), "{value:?}");
    }
    let token = jws(&key_for(Algorithm::Es256), &header(), &json!([]));
    assert_eq!(check(&token, &request()), Err(DpopError::Malformed(Malformed::NotJson)));
    assert_eq!(with_header("crit", json!([])), Err(DpopError::Malformed(Malformed::Unsupported("crit"))));
}

// check 3
#[test]
fn it_has_the_required_claims() {
    for name in ["jti", "htm", "htu", "iat"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        let token = jws(&key_for(Algorithm::Es256), &header(), &claims);
        assert_eq!(check(&token, &request()), Err(DpopError::WrongClaims), "{name}");
    }
    for name in ["jti", "htm", "htu", "iat", "ath", "nonce"] {
        for value in [Value::Null, json!(true), json!([]), json!({})] {
            assert_eq!(with(name, value.clone()), Err(DpopError::WrongClaims), "{name}: {value}");
        }
    }
    for jti in ["", "a\0", &"x".repeat(256)] {
        assert_eq!(with("jti", json!(jti)), Err(DpopError::WrongClaims), "{jti:?}");
    }
    assert!(with("jti", json!("x".repeat(255))).is_ok());
    assert!(with("other", json!({})).is_ok());
}

// check 4
#[test]
fn its_typ_is_dpop_jwt() {
    for typ in ["JWT", "", "at+jwt", "dpop", "client-authentication+jwt"] {
        assert_eq!(with_header("typ", json!(typ)), Err(DpopError::WrongType), "{typ}");
    }
    let mut header = header();
    header.as_object_mut().unwrap().remove("typ");
    let token = jws(&key_for(Algorithm::Es256), &header, &claims());
    assert_eq!(check(&token, &request()), Err(DpopError::WrongType));
    assert!(with_header("typ", json!("application/DPoP+jwt")).is_ok());
}

// check 5
#[test]
fn its_algorithm_is_asymmetric_and_the_key_s() {
    for alg in ["none", "HS256", "ES384", "es256", "RS256", "EdDSA"] {
        assert_eq!(with_header("alg", json!(alg)), Err(DpopError::WrongAlgorithm), "{alg}");
    }
    let mut jwk = public_jwk(&key_for(Algorithm::Ps256));
    jwk["alg"] = "RS256".into();
    let header = json!({ "typ": "dpop+jwt", "alg": "PS256", "jwk": jwk });
    let token = jws(&key_for(Algorithm::Ps256), &header, &claims());
    assert_eq!(check(&token, &request()), Err(DpopError::WrongAlgorithm));
}

// check 6
#[test]
fn its_key_signed_it() {
    let other = SigningKey::generate(Algorithm::Es256, |buffer| buffer.fill(8)).unwrap();
    assert_eq!(with_header("jwk", public_jwk(&other)), Err(DpopError::BadSignature));
    let token = proof_by(&key_for(Algorithm::Es256), NOW);
    let (input, mut signature) = parts(&token);
    signature[63] ^= 1;
    assert_eq!(check(&format!("{input}.{}", base64url(signature)), &request()), Err(DpopError::BadSignature));
    assert_eq!(check(&format!("{input}."), &request()), Err(DpopError::BadSignature));
}

// check 7
#[test]
fn its_key_is_public() {
    let mut private = public_jwk(&key_for(Algorithm::Es256));
    private["d"] = "AA".into();
    assert_eq!(with_header("jwk", private), Err(DpopError::InvalidKey(InvalidJwk::Private)));
    let secret = json!({ "kty": "oct", "k": "AA" });
    assert_eq!(with_header("jwk", secret), Err(DpopError::InvalidKey(InvalidJwk::Private)));
    for (jwk, why) in [
        (Value::Null, InvalidJwk::Member("jwk")),
        (json!("x"), InvalidJwk::Member("jwk")),
        (json!({}), InvalidJwk::Member("kty")),
        (json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }), InvalidJwk::Unsupported),
        (json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }), InvalidJwk::Member("x")),
        (json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }), InvalidJwk::Member("n")),
    ] {
        assert_eq!(with_header("jwk", jwk.clone()), Err(DpopError::InvalidKey(why)), "{jwk}");
    }
    let mut header = header();
    header.as_object_mut().unwrap().remove("jwk");
    let token = jws(&key_for(Algorithm::Es256), &header, &claims());
    assert_eq!(check(&token, &request()), Err(DpopError::InvalidKey(InvalidJwk::Member("jwk"))));
}

// check 8
#[test]
fn it_is_for_the_method() {
    for method in ["GET", "post", "POST ", ""] {
        assert_eq!(with("htm", json!(method)), Err(DpopError::WrongMethod), "{method}");
    }
}

// check 9
#[test]
fn it_is_for_the_url_without_query_and_fragment() {
    for url in [
        "https://server.example.com/other",
        "https://server.example.com/token/",
        "https://server.example.com/Token",
        "http://server.example.com/token",
        "https://server.example.com:8443/token",
        "https://server.example.com.evil.example/token",
        "https://server.example.com@evil.example/token",
        "https://user@server.example.com/token",
        "/token",
        "",
    ] {
        assert_eq!(with("htu", json!(url)), Err(DpopError::WrongUrl), "{url}");
    }
    for url in ["HTTPS://SERVER.example.com:443/%74oken", "https://server.example.com/token?x#y"] {
        assert!(with("htu", json!(url)).is_ok(), "{url}");
    }
    let proof = proof_with("jti", json!("two"));
    assert!(check(&proof, &DpopRequest { url: "https://server.example.com/token?a=b", ..request() }).is_ok());
    let no_url = DpopRequest { url: "nonsense", ..request() };
    assert_eq!(check(&proof_with("htu", json!("nonsense")), &no_url), Err(DpopError::WrongUrl), "even where both are");
}

// check 10
#[test]
fn the_nonce_is_handed_back() {
    assert_eq!(with("nonce", json!("eyJ7S_zG")).unwrap().nonce.as_deref(), Some("eyJ7S_zG"));
    assert_eq!(with("jti", json!("two")).unwrap().nonce, None);
}

// check 11, F-09
#[test]
fn it_was_made_just_now() {
    for iat in [NOW - 60, NOW, NOW + 5] {
        let proof = with("iat", json!(iat)).unwrap();
        assert_eq!(proof.remember_until, Timestamp::from_seconds(iat + 61));
        let token = proof_with("iat", json!(iat));
        let last = DpopRequest { now: proof.remember_until.plus_millis(-1), ..request() };
        assert!(check(&token, &last).is_ok(), "it holds to the end of that time");
        let after = DpopRequest { now: proof.remember_until, ..request() };
        assert_eq!(check(&token, &after), Err(DpopError::TooOld));
    }
    assert_eq!(with("iat", json!(NOW - 61)), Err(DpopError::TooOld));
    assert_eq!(with("iat", json!(0)), Err(DpopError::TooOld));
    assert_eq!(with("iat", json!(NOW + 6)), Err(DpopError::FromTheFuture));
    assert_eq!(with("iat", json!(253_402_300_799_i64)), Err(DpopError::FromTheFuture));
    assert_eq!(with("iat", json!("1")), Err(DpopError::WrongClaims));
}

// check 12, RFC 9449 section 7.1
#[test]
fn it_is_for_the_access_token_and_its_key() {
    let resource = DpopRequest { access_token: Some(ACCESS_TOKEN), ..request() };
    let proof = check(&proof_with("ath", json!(ATH)), &resource).unwrap();
    for ath in ["", &ATH[..42], "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"] {
        assert_eq!(check(&proof_with("ath", json!(ath)), &resource), Err(DpopError::WrongAccessToken), "{ath}");
    }
    assert_eq!(check(&proof_with("jti", json!("two")), &resource), Err(DpopError::WrongAccessToken), "none");
    assert!(proof.is_key_of(&Confirmation::dpop(key_for(Algorithm::Es256).kid())));
    assert!(!proof.is_key_of(&Confirmation::dpop(key_for(Algorithm::EdDsa).kid())));
    assert!(!proof.is_key_of(&Confirmation::certificate(key_for(Algorithm::Es256).kid())));
}
