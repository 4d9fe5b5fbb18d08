//! How to get a token, to copy: a curl for each grant and each way to prove who asks.

use std::fmt::Write;

use leptos::prelude::*;
use serde_json::Value;

use super::code::code_block;
use super::shell_text::shell_word;

/// The grant of RFC 7523 section 2.1.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a key signs with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// Ed25519.
    #[default]
    EdDsa,
    /// P-256.
    Es256,
    /// RSA, PKCS #1 v1.5.
    Rs256,
    /// RSA, PSS.
    Ps256,
}

impl KeyAlgorithm {
    /// Of a public JWK.
    pub fn of_jwk(jwk: &str) -> Self {
        let jwk: Value = serde_json::from_str(jwk).unwrap_or_default();
        match (jwk["kty"].as_str(), jwk["alg"].as_str()) {
            (Some("EC"), _) => Self::Es256,
            (Some("RSA"), Some("PS256")) => Self::Ps256,
            (Some("RSA"), _) => Self::Rs256,
            _ => Self::EdDsa,
        }
    }

    /// `alg` of a JWT.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    /// A pipe that signs the file `signing-input` with `key.pem`.
    const fn signs(self) -> &'static str {
        match self {
            Self::EdDsa => "openssl pkeyutl -sign -rawin -inkey key.pem -in signing-input",
            // openssl writes two numbers in DER, JOSE wants them bare (RFC 7518 section 3.4)
            Self::Es256 => {
                "openssl dgst -sha256 -sign key.pem signing-input | openssl asn1parse -inform DER \\\n  | awk -F: '/INTEGER/ { printf \"%64s\", $4 }' | tr ' ' 0 | perl -pe '$_ = pack \"H*\", $_'"
            }
            Self::Rs256 => "openssl dgst -sha256 -sign key.pem signing-input",
            Self::Ps256 => {
                "openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sign key.pem signing-input"
            }
        }
    }
}

/// A key that signs assertions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SigningKey {
    /// What it signs with.
    pub algorithm: KeyAlgorithm,
    /// What its holder calls it.
    pub kid: String,
}

/// JSON with everything beyond ASCII escaped: a name with a direction override must not turn the code around it.
fn ascii_json(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut text, character| {
        if character.is_ascii() {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
        text
    })
}

/// How a program proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By a client secret.
    Secret,
    /// By a signed assertion.
    Key(SigningKey),
    /// By the certificate of its connection.
    Certificate,
}

/// Who asks for a token, where, and for what.
#[derive(Clone, Debug)]
pub struct TokenCalls {
    /// The installation's URL, which is the issuer.
    pub public_url: String,
    /// Where clients with certificates come.
    pub certificate_url: String,
    /// The app's or account's id.
    pub client_id: String,
    /// The API that a token is for.
    pub audience: String,
}

impl TokenCalls {
    /// Lines that end with an assertion in `$header.$claims.$signature`.
    fn assertion(&self, key: &SigningKey) -> String {
        let mut header = serde_json::json!({ "alg": key.algorithm.as_str(), "typ": "JWT" });
        if !key.kid.is_empty() {
            header["kid"] = key.kid.as_str().into();
        }
        let header = ascii_json(&header.to_string());
        let (id, issuer) = (&self.client_id, &self.public_url);
        format!(
            r#"# OpenSSL 3; key.pem is the private key, which stays with you
b64() {{ openssl base64 -A | tr '+/' '-_' | tr -d '='; }}
now=$(date +%s)
header=$(printf '%s' {header} | b64)
claims=$(printf '{{"iss":"{id}","sub":"{id}","aud":"%s","iat":%d,"exp":%d,"jti":"%s"}}' \
  {issuer} "$now" "$((now + 60))" "$(openssl rand -hex 16)" | b64)
printf '%s.%s' "$header" "$claims" > signing-input
signature=$({signs} | b64)
"#,
            header = shell_word(&header),
            issuer = shell_word(issuer),
            signs = key.algorithm.signs(),
        )
    }

    /// What comes before a curl, and its first lines: where to, and who asks.
    fn begin(&self, proof: &Proof, path: &str) -> String {
        let url = format!("{}{path}", self.public_url);
        let id = &self.client_id;
        match proof {
            Proof::Secret => format!("curl {url} \\\n  -u \"{id}:$CLIENT_SECRET\" \\\n"),
            Proof::Key(key) => format!(
                "{}\ncurl {url} \\\n  -d client_assertion_type={ASSERTION} \\\n  -d \"client_assertion=$header.$claims.$signature\" \\\n",
                self.assertion(key)
            ),
            Proof::Certificate => format!(
                "curl {}{path} \\\n  --cert certificate.pem --key key.pem \\\n  -d client_id={id} \\\n",
                self.certificate_url
            ),
        }
    }

    fn resource(&self) -> String {
        format!("  --data-urlencode {}", shell_word(&format!("resource={}", self.audience)))
    }

    /// `client_credentials`.
    pub fn client_credentials(&self, proof: &Proof) -> String {
        format!("{}  -d grant_type=client_credentials \\\n{}", self.begin(proof, "/oauth/token"), self.resource())
    }

    /// Token exchange (RFC 8693).
    pub fn token_exchange(&self, proof: &Proof) -> String {
        format!(
            "{}  -d grant_type={TOKEN_EXCHANGE} \\\n  -d \"subject_token=$SUBJECT_TOKEN\" \\\n  -d subject_token_type={ACCESS_TOKEN} \\\n{}",
            self.begin(proof, "/oauth/token"),
            self.resource()
        )
    }

    /// The jwt-bearer grant with an assertion of one's own.
    pub fn jwt_bearer(&self, key: &SigningKey) -> String {
        format!(
            "{}\ncurl {}/oauth/token \\\n  -d grant_type={JWT_BEARER} \\\n  -d \"assertion=$header.$claims.$signature\" \\\n{}",
            self.assertion(key),
            self.public_url,
            self.resource()
        )
    }

    /// Trading the secret for a key.
    pub fn bootstrap(&self) -> String {
        let key = SigningKey::default();
        let assertion = self.assertion(&key);
        format!(
            "{assertion}\ncurl {}/oauth/bootstrap \\\n  -u \"{}:$CLIENT_SECRET\" \\\n  --data-urlencode \"jwk=$(cat public-key.jwk.json)\" \\\n  -d \"proof=$header.$claims.$signature\"",
            self.public_url, self.client_id
        )
    }
}

/// The jwt-bearer grant with a token of an outside issuer.
pub fn outside_token_call(public_url: &str) -> String {
    format!(
        "curl {public_url}/oauth/token \\\n  -d grant_type={JWT_BEARER} \\\n  --data-urlencode \"assertion=$OUTSIDE_TOKEN\" \\\n  --data-urlencode \"resource=$API\""
    )
}

/// Calls to copy, one open: title and code. `id` is unique on the page.
pub fn calls_view(id: &str, calls: Vec<(&'static str, String)>) -> AnyView {
    let items = calls
        .into_iter()
        .enumerate()
        .map(|(position, (title, code))| {
            let block = code_block(&format!("{id}-{position}"), code);
            view! {
                <details class="language" name=id.to_owned() open=position == 0>
                    <summary>{title}</summary>
                    {block}
                </details>
            }
        })
        .collect_view();
    view! { <div class="languages">{items}</div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls() -> TokenCalls {
        TokenCalls {
            public_url: "https://keys.example".to_owned(),
            certificate_url: "https://keys.example:8443".to_owned(),
            client_id: "app_7Gk2mPq9XzRtA101".to_owned(),
            audience: "https://x.example/$(id)'".to_owned(),
        }
    }

    #[test]
    fn each_call_names_who_asks_and_for_what() {
        let key = SigningKey { algorithm: KeyAlgorithm::Es256, kid: "k".to_owned() };
        for (call, wanted) in [
            (calls().client_credentials(&Proof::Secret), "-u \"app_7Gk2mPq9XzRtA101:$CLIENT_SECRET\""),
            (calls().client_credentials(&Proof::Key(key.clone())), "client_assertion=$header.$claims.$signature"),
            (calls().client_credentials(&Proof::Certificate), "curl https://keys.example:8443/oauth/token"),
            (calls().token_exchange(&Proof::Secret), "subject_token=$SUBJECT_TOKEN"),
            (calls().jwt_bearer(&key), "\"assertion=$header.$claims.$signature\""),
        ] {
            assert!(call.contains(wanted) && call.contains("app_7Gk2mPq9XzRtA101"), "{call}");
            assert!(call.ends_with(r"--data-urlencode 'resource=https://x.example/$(id)'\'''"), "{call}");
        }
        assert!(calls().bootstrap().contains("https://keys.example/oauth/bootstrap"));
        assert!(!calls().bootstrap().contains("\"kid\""));
    }

    // F-27: a kid is whatever its holder calls it
    #[test]
    fn a_kid_stays_one_word_of_the_shell() {
        let key = SigningKey { algorithm: KeyAlgorithm::EdDsa, kid: "'; rm -rf ~ #\"\u{202e}🔑".to_owned() };
        let call = calls().jwt_bearer(&key);
        assert!(
            call.contains(r#"'{"alg":"EdDSA","kid":"'\''; rm -rf ~ #\"\u202e\ud83d\udd11","typ":"JWT"}'"#),
            "{call}"
        );
    }

    #[test]
    fn a_jwk_says_what_its_key_signs_with() {
        for (jwk, algorithm) in [
            (r#"{"kty":"OKP","crv":"Ed25519"}"#, KeyAlgorithm::EdDsa),
            (r#"{"kty":"EC","crv":"P-256"}"#, KeyAlgorithm::Es256),
            (r#"{"kty":"RSA"}"#, KeyAlgorithm::Rs256),
            (r#"{"kty":"RSA","alg":"PS256"}"#, KeyAlgorithm::Ps256),
        ] {
            assert_eq!(KeyAlgorithm::of_jwk(jwk), algorithm, "{jwk}");
        }
    }
}
