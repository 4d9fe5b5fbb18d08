//! The program under test: `latchkey serve --dev` in a folder of its own, driven over HTTP as its users do.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::jwt::Signer;
use super::load::{Request, body_of, once};

const START: Duration = Duration::from_secs(30);
const AUDIENCE: &str = "https://bench.example";
const OPAQUE_AUDIENCE: &str = "https://opaque.bench.example";

/// The running program.
pub struct Program {
    binary: PathBuf,
    child: Child,
    folder: PathBuf,
    /// Where it listens on loopback.
    pub port: u16,
    management_key: String,
}

/// Two clients of an API whose tokens are JWTs, and of one whose tokens are opaque.
pub struct Clients {
    /// `Authorization` of the one that has a secret.
    pub by_secret: String,
    /// The one that has the key of [`crate::jwt::Signer`].
    pub by_key: String,
    /// What the API of the opaque tokens asks with.
    pub opaque_verification_key: String,
}

/// An API with a verification key and one key.
pub struct Scene {
    api: String,
    /// What the API asks with.
    pub verification_key: String,
    /// What a caller has.
    pub key: String,
}

impl Program {
    /// Starts it with an empty database, an organisation `bench` and a management key.
    pub fn start(binary: &str) -> Self {
        let binary = std::fs::canonicalize(binary).expect("the program's path");
        let folder = std::env::temp_dir().join(format!("latchkey-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let child = command(&binary, &folder, port)
            .args(["serve", "--dev"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut program = Self { binary, child, folder, port, management_key: String::new() };
        program.wait_until_ready();
        program.command(&["org", "create", "--name", "Bench", "--slug", "bench", "--owner-email", "ada@example.com"]);
        let key = program.command(&["management-key", "create", "--org", "bench", "--role", "owner"]);
        key["secret"].as_str().expect("a secret").clone_into(&mut program.management_key);
        program
    }

    fn wait_until_ready(&self) {
        let from = Instant::now();
        let ready = Request::new(self.port, "GET", "/health/ready", &[], b"");
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() || !once(&ready).starts_with(b"HTTP/1.1 200") {
            assert!(from.elapsed() < START, "the program isn't ready");
            std::thread::yield_now();
        }
    }

    fn command(&self, arguments: &[&str]) -> Value {
        let output = command(&self.binary, &self.folder, self.port)
            .args(arguments)
            .arg("--json")
            .output()
            .expect("the command runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Its process' id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// What it holds in memory now.
    pub fn memory_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux");
        let kib: f64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number");
        kib / 1024.0
    }

    fn manage(&self, path: &str, body: &Value) -> Value {
        let answer = self.call("POST", path, body);
        assert!(answer.starts_with(b"HTTP/1.1 201"), "{path}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(body_of(&answer)).expect("JSON")
    }

    /// A call of the management API.
    fn call(&self, method: &str, path: &str, body: &Value) -> Vec<u8> {
        let authorization = format!("Bearer {}", self.management_key);
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let path = format!("/api/v1/orgs/bench{path}");
        once(&Request::new(self.port, method, &path, &headers, body.to_string().as_bytes()))
    }

    /// Makes an API, a verification key and a key.
    pub fn scene(&self) -> Scene {
        let scopes = json!([{"name": "orders:read", "description": "See orders"}]);
        let api = self.manage("/apis", &json!({"name": "Bench", "audience": AUDIENCE, "scopes": scopes}));
        let api = api["id"].as_str().expect("an id").to_owned();
        let verification_key = self.manage(&format!("/apis/{api}/verification-keys"), &json!({"name": "bench"}));
        let mut scene = Scene {
            verification_key: verification_key["secret"].as_str().expect("a secret").to_owned(),
            key: String::new(),
            api,
        };
        scene.key = self.new_key(&scene);
        scene
    }

    /// Puts an `OpenAPI` document of the scene's API in force.
    pub fn set_operations(&self, scene: &Scene, document: &Value) {
        let authorization = format!("Bearer {}", self.management_key);
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let request = Request::new(
            self.port,
            "PUT",
            &format!("/api/v1/orgs/bench/apis/{}/openapi", scene.api),
            &headers,
            document.to_string().as_bytes(),
        );
        let answer = once(&request);
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }

    /// Makes an API of opaque tokens, and two clients.
    pub fn clients(&self) -> Clients {
        let scopes = json!([{"name": "orders:read", "description": "See orders"}]);
        let opaque = self.manage(
            "/apis",
            &json!({"name": "Opaque", "audience": OPAQUE_AUDIENCE, "scopes": scopes, "token_format": "opaque"}),
        );
        let opaque = opaque["id"].as_str().expect("an id");
        let verification_key = self.manage(&format!("/apis/{opaque}/verification-keys"), &json!({"name": "bench"}));
        let grants = json!([
            {"api": AUDIENCE, "scopes": ["orders:read"]},
            {"api": OPAQUE_AUDIENCE, "scopes": ["orders:read"]},
        ]);
        let by_secret = self.manage("/apps", &json!({"name": "by secret", "grants": grants}));
        let (id, secret) = (by_secret["id"].as_str(), by_secret["client_secret"].as_str());
        let pair = format!("{}:{}", id.expect("an id"), secret.expect("a secret"));
        let by_key = json!({
            "name": "by key", "grants": grants, "auth_method": "private_key_jwt", "jwks": Signer::new().jwks(),
        });
        Clients {
            by_secret: format!("Basic {}", STANDARD.encode(pair)),
            by_key: self.manage("/apps", &by_key)["id"].as_str().expect("an id").to_owned(),
            opaque_verification_key: verification_key["secret"].as_str().expect("a secret").to_owned(),
        }
    }

    /// A request for a token with a secret, for the API of opaque tokens or the other one.
    pub fn token_request(&self, clients: &Clients, opaque: bool) -> Request {
        let audience = if opaque { OPAQUE_AUDIENCE } else { AUDIENCE };
        let body = format!("grant_type=client_credentials&resource={audience}&scope=orders:read");
        Request::form(self.port, "/oauth/token", &[("authorization", &clients.by_secret)], &body)
    }

    /// Requests for a token, each with an assertion of its own.
    pub fn assertion_requests(&self, clients: &Clients, round: usize, count: usize) -> Vec<Request> {
        let signer = Signer::new();
        #[expect(clippy::disallowed_methods, reason = "the program's own clock is the machine's")]
        let now = SystemTime::now();
        let now = now.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        let body = |number: usize| {
            let claims = json!({
                "iss": clients.by_key, "sub": clients.by_key, "aud": format!("http://localhost:{}", self.port),
                "exp": now + 300, "jti": format!("{round}-{number}"),
            });
            format!(
                "grant_type=client_credentials&resource={AUDIENCE}&scope=orders:read\
                 &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={}",
                signer.assertion(&claims)
            )
        };
        (0..count).map(|number| Request::form(self.port, "/oauth/token", &[], &body(number))).collect()
    }

    /// Makes one more key.
    pub fn new_key(&self, scene: &Scene) -> String {
        self.key(&scene.api)
    }

    fn key(&self, api: &str) -> String {
        let new = json!({"kind": "api_key", "name": "bench", "api": api, "scopes": ["orders:read"]});
        self.manage("/keys", &new)["secret"].as_str().expect("a secret").to_owned()
    }

    /// Makes one more key, with these members besides.
    pub fn key_with(&self, scene: &Scene, more: &Value) -> String {
        let mut new = json!({"kind": "api_key", "name": "bench", "api": scene.api, "scopes": ["orders:read"]});
        for (name, value) in more.as_object().into_iter().flatten() {
            new[name] = value.clone();
        }
        self.manage("/keys", &new)["secret"].as_str().expect("a secret").to_owned()
    }

    /// Describes a hundred operations of the API that the scene is about, `GET /orders/{id}` among them.
    pub fn upload_operations(&self, scene: &Scene) {
        let operation = |name: String| {
            let security = json!([{"oauth": ["orders:read"]}]);
            json!({"get": {"operationId": name, "security": security, "responses": {"200": {"description": ""}}}})
        };
        let mut paths = serde_json::Map::new();
        paths.insert("/orders/{id}".to_owned(), operation("getOrder".to_owned()));
        for number in 1..100 {
            paths.insert(format!("/things/{number}/{{id}}"), operation(format!("getThing{number}")));
        }
        let flows = json!({"clientCredentials": {"tokenUrl": "https://portal.example", "scopes": {"orders:read": ""}}});
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "Bench", "version": "1"}, "paths": paths,
            "components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": flows}}},
        });
        let answer = self.call("PUT", &format!("/apis/{}/openapi", scene.api), &document);
        assert!(answer.starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(&answer));
    }

    /// Makes many more keys.
    pub fn add_keys(&self, count: usize) {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..count / 8).for_each(|_| drop(self.key(AUDIENCE))));
            }
        });
    }

    /// A GET in the session of a person who signs in through the built-in identity provider.
    pub fn signed_in_request(&self, path: &str) -> Request {
        let cookie = sign_in(self.port);
        Request::new(self.port, "GET", path, &[("cookie", &cookie), ("accept", "text/html")], b"")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn command(binary: &Path, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(binary);
    command
        .current_dir(folder)
        .env("LATCHKEY_LISTEN", format!("127.0.0.1:{port}"))
        .env("LATCHKEY_PUBLIC_URL", format!("http://localhost:{port}"))
        .env("LATCHKEY_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    command
}

/// Follows the redirects of a sign-in as Ada; the session's cookie.
fn sign_in(port: u16) -> String {
    let mut cookies: Vec<(String, String)> = Vec::new();
    let mut next = format!("http://localhost:{port}/sign-in/dev");
    for _ in 0..6 {
        let (host, path) =
            next.strip_prefix("http://localhost:").and_then(|rest| rest.split_once('/')).expect("loopback");
        let host: u16 = host.parse().expect("a port");
        let cookie = if host == port { joined(&cookies) } else { String::new() };
        let answer = once(&Request::new(host, "GET", &format!("/{path}"), &[("cookie", &cookie)], b""));
        let answer = String::from_utf8_lossy(&answer);
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let headers: Vec<(&str, &str)> = head.lines().filter_map(|line| line.split_once(": ")).collect();
        for (_, cookie) in headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            cookies.retain(|(known, _)| known != name);
            cookies.push((name.to_owned(), value.to_owned()));
        }
        let location = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let Some((_, location)) = location else { break };
        next = if location.starts_with('/') {
            format!("http://localhost:{host}{location}")
        } else {
            (*location).to_owned()
        };
        // what the page's link for Ada says
        next = next.replace("/authorize?", "/authorize/ada?");
    }
    joined(&cookies)
}

fn joined(cookies: &[(String, String)]) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}
