//! Public keys, JWKs and JWK Sets.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_jose::{
    Algorithm, InvalidJwk, InvalidKey, Jwk, JwkSet, JwkSetError, MAX_JWK_SET_KEYS, MAX_JWK_SET_LENGTH, PublicKey,
    SigningKey,
};
use serde_json::{Value, json};

use crate::signing_key;

/// RFC 8037 appendix A.1.
const D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn bytes(text: &str) -> [u8; 32] {
    URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
}

fn read(jwk: &Value) -> Result<Jwk, InvalidJwk> {
    Jwk::from_members(jwk.as_object().unwrap())
}

fn with(name: &str, value: &Value) -> Value {
    let mut jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "one" });
    jwk[name] = value.clone();
    jwk
}

// N3, RFC 8037 appendices A.1 to A.3
#[test]
fn the_standard_s_key_and_thumbprint() {
    let key = SigningKey::from_seed(&bytes(D));
    assert_eq!(key.public_key().as_ed25519(), Some(&bytes(X)));
    assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(key.public_key().thumbprint(), key.kid());
}

// N1, N2
#[test]
fn our_set_has_public_members_only() {
    let key = SigningKey::from_seed(&bytes(D)).public_key();
    let set = JwkSet::new([key.clone(), signing_key().public_key(), key]);
    let json: Value = serde_json::from_str(&set.to_json()).unwrap();
    assert_eq!(json["keys"].as_array().unwrap().len(), 2);
    assert_eq!(
        json["keys"][0],
        json!({
            "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            "use": "sig", "alg": "EdDSA",
        })
    );
    assert_eq!(JwkSet::parse(set.to_json().as_bytes()), Ok(set));
}

// N4
#[test]
fn x_is_32_bytes_in_canonical_base64url() {
    assert_eq!(read(&with("x", &json!(X))).unwrap().key().as_ed25519(), Some(&bytes(X)));
    for x in [
        json!(format!("{X}=")),
        json!(&X[..42]),
        json!(X.replace("URo", "URp")),
        json!(format!("{X}AA")),
        json!(""),
        json!(1),
        Value::Null,
    ] {
        assert_eq!(read(&with("x", &x)), Err(InvalidJwk::Member("x")), "{x}");
    }
}

// N3, RFC 7638 section 3.1, RFC 9449 section 6.1
#[test]
fn the_standards_thumbprints_of_rsa_and_p256() {
    let rsa = json!({ "kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB", "n": RSA_N });
    let rsa = read(&rsa).unwrap();
    assert_eq!(rsa.key().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!((rsa.kid(), rsa.key().algorithms()), ("2011-04-29", &[Algorithm::Rs256][..]));
    let p256 = read(&p256()).unwrap();
    assert_eq!(p256.key().thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(p256.key().algorithms(), [Algorithm::Es256]);
}

const RSA_N: &str = concat!(
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM",
    "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5",
    "hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
);

fn p256() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    })
}

// N4 for P-256: on the curve, each coordinate 32 bytes and below the prime
#[test]
fn p256_coordinates_are_32_bytes_of_a_point() {
    let with = |name: &str, value: Value| {
        let mut jwk = p256();
        jwk[name] = value;
        read(&jwk)
    };
    let encode = |bytes: &[u8]| json!(URL_SAFE_NO_PAD.encode(bytes));
    let x = bytes(p256()["x"].as_str().unwrap());
    for (name, value) in [
        ("x", json!(1)),
        ("y", Value::Null),
        ("x", encode(&x[..31])),
        ("x", encode(&[&[0], &x[..]].concat())),
        ("y", encode(&[])),
    ] {
        assert!(matches!(with(name, value.clone()), Err(InvalidJwk::Member(member)) if member == name), "{value}");
    }
    for (name, value) in
        [("x", encode(&[0; 32])), ("y", encode(&[0xFF; 32])), ("y", encode(&x)), ("x", p256()["y"].clone())]
    {
        assert_eq!(with(name, value.clone()), Err(InvalidJwk::Member("y")), "{name}: {value}");
    }
    assert_eq!(PublicKey::from_p256(&[0; 32], &[0; 32]), Err(InvalidKey), "the neutral point");
    for (name, value) in [("crv", json!("P-384")), ("crv", json!("secp256k1")), ("alg", json!("ES384"))] {
        assert_eq!(with(name, value.clone()), Err(InvalidJwk::Unsupported), "{value}");
    }
    assert_eq!(with("alg", json!("ES256")).unwrap().key().algorithms(), [Algorithm::Es256]);
}

// The point of x = 0, whose y is a root of the curve's b: p is the same x for a reader that doesn't look.
#[test]
fn a_p256_coordinate_beyond_the_prime_is_refused() {
    const PRIME: &str = "_____wAAAAEAAAAAAAAAAAAAAAD_______________8";
    let y = bytes("ZkhceA4vg9ckM71dhKBrtlQcKvMdrocXKL-FahdPk_Q");
    assert!(PublicKey::from_p256(&[0; 32], &y).is_ok(), "else this tests nothing");
    assert_eq!(PublicKey::from_p256(&bytes(PRIME), &y), Err(InvalidKey));
}

// RSA: SP 800-131A and FIPS 186-5
#[test]
fn rsa_moduli_and_exponents_have_bounds() {
    let modulus = |bits: usize| {
        let mut n = vec![0xA5; bits.div_ceil(8)];
        n[0] = 1 << ((bits - 1) % 8);
        n
    };
    let e = [1, 0, 1];
    for bits in [2048, 2049, 3072, 4096, 8192] {
        assert!(PublicKey::from_rsa(&modulus(bits), &e).is_ok(), "{bits}");
    }
    for bits in [8, 512, 1024, 2040, 2047, 8193, 16_384] {
        assert_eq!(PublicKey::from_rsa(&modulus(bits), &e), Err(InvalidKey), "{bits}");
    }
    let mut even = modulus(2048);
    even[255] = 0xA4;
    for n in [vec![], vec![0; 256], even, [&[0], &modulus(2048)[..]].concat()] {
        assert_eq!(PublicKey::from_rsa(&n, &e), Err(InvalidKey), "{} bytes", n.len());
    }
    let n = modulus(2048);
    for e in [&[1, 0, 1][..], &[1, 0, 3], &[1, 0xFF, 0xFF, 0xFF, 0xFF]] {
        assert!(PublicKey::from_rsa(&n, e).is_ok(), "{e:?}");
    }
    for e in [
        &[][..],
        &[0],
        &[1],
        &[3],
        &[17],
        &[1, 0, 0],
        &[1, 0, 2],
        &[0xFF, 0xFF],
        &[0, 1, 0, 1],
        &[2, 0, 0, 0, 1],
        &[1; 9],
    ] {
        assert_eq!(PublicKey::from_rsa(&n, e), Err(InvalidKey), "{e:?}");
    }
    let jwk = |n: &[u8], e: &[u8]| {
        read(&json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e) }))
    };
    assert_eq!(jwk(&n, &e).unwrap().key().algorithms(), [Algorithm::Rs256, Algorithm::Ps256]);
    assert_eq!(jwk(&n, &[3]), Err(InvalidJwk::Member("e")));
    assert_eq!(jwk(&modulus(1024), &e), Err(InvalidJwk::Member("n")));
}

#[test]
fn members_that_rule_a_key_out() {
    for (name, value) in [
        ("kty", json!("EC")),
        ("kty", json!("okp")),
        ("crv", json!("X25519")),
        ("crv", json!("Ed448")),
        ("use", json!("enc")),
        ("alg", json!("ES256")),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!([])),
    ] {
        assert_eq!(read(&with(name, &value)), Err(InvalidJwk::Unsupported), "{name}: {value}");
    }
    for (name, value) in
        [("use", json!("sig")), ("alg", json!("EdDSA")), ("alg", json!("Ed25519")), ("key_ops", json!(["verify"]))]
    {
        assert_eq!(read(&with(name, &value)).unwrap().kid(), "one", "{name}: {value}");
    }
    for (name, value) in
        [("kid", json!(1)), ("kid", json!("k".repeat(129))), ("use", json!([])), ("key_ops", json!("verify"))]
    {
        assert!(matches!(read(&with(name, &value)), Err(InvalidJwk::Member(_))), "{name}: {value}");
    }
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert_eq!(read(&with(name, &json!("AA"))), Err(InvalidJwk::Private), "{name}");
    }
    let unnamed = json!({ "kty": "OKP", "crv": "Ed25519", "x": X });
    assert_eq!(read(&unnamed).unwrap().kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

// N5
#[test]
fn keys_that_hold_for_anything_are_refused() {
    // the eight points of small order, canonical and not, as listed by Chalkias, Garillot and Nikolaenko (2020)
    for hex in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ] {
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        }
        assert_eq!(PublicKey::from_ed25519(&key), Err(InvalidKey), "{hex}");
    }
}

// N5: y + p for y = 3, 4, … of full order: the same points as the canonical ones, in another dress
#[test]
fn keys_in_another_than_the_canonical_encoding_are_refused() {
    let mut points = 0;
    for y in 2..19_u8 {
        let mut canonical = [0; 32];
        canonical[0] = y;
        let mut other = [0xFF; 32];
        other[0] = 0xED + y;
        other[31] = 0x7F;
        points += usize::from(PublicKey::from_ed25519(&canonical).is_ok());
        assert_eq!(PublicKey::from_ed25519(&other), Err(InvalidKey), "{y}");
    }
    assert!(points > 0, "else this tests nothing");
}

// N6
#[test]
fn keys_of_other_kinds_are_skipped() {
    let set = json!({ "keys": [
        { "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "rsa" },
        { "kty": "EC", "crv": "P-384", "x": "AQAB", "y": "AQAB", "kid": "p384" },
        { "kty": "RSA", "alg": "RSA-OAEP", "use": "enc", "n": "AQAB", "e": "AQAB", "kid": "oaep" },
        { "kty": "new", "kid": "one" },
        { "kid": "no type" },
        { "kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "short" },
        { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "one", "x5t": "ignored" },
    ], "other": 1 });
    let set = JwkSet::parse(set.to_string().as_bytes()).unwrap();
    assert_eq!(set.keys().len(), 1);
    assert_eq!(set.find("one").unwrap().as_ed25519(), Some(&bytes(X)));
    assert_eq!(set.find("short"), None);
}

// F-30
#[test]
fn poisoned_sets_are_refused_whole() {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "one" });
    let parse = |set: Value| JwkSet::parse(set.to_string().as_bytes());
    assert_eq!(parse(json!({ "keys": [jwk, with("d", &json!(D))] })), Err(JwkSetError::Private));
    assert_eq!(parse(json!({ "keys": [jwk, { "kty": "oct", "k": "AA" }] })), Err(JwkSetError::Private));
    assert_eq!(parse(json!({ "keys": [jwk, jwk] })), Err(JwkSetError::DuplicateKid));
    for set in [json!({}), json!([jwk]), json!({ "keys": jwk }), json!({ "keys": [1] }), json!(null)] {
        assert_eq!(parse(set.clone()), Err(JwkSetError::NotAJwkSet), "{set}");
    }
    assert_eq!(JwkSet::parse(b"<html>"), Err(JwkSetError::NotAJwkSet));
    assert_eq!(JwkSet::parse(br#"{"keys":[],"keys":[]}"#), Err(JwkSetError::NotAJwkSet));
    let many = |count| parse(json!({ "keys": vec![json!({ "kty": "EC" }); count] }));
    assert_eq!(many(MAX_JWK_SET_KEYS), Ok(JwkSet::default()));
    assert_eq!(many(MAX_JWK_SET_KEYS + 1), Err(JwkSetError::TooLarge));
    assert_eq!(JwkSet::parse(&vec![b' '; MAX_JWK_SET_LENGTH + 1]), Err(JwkSetError::TooLarge));
}
