//! F-37: a wrong or unsafe setting stops the start with one line that names it.

use std::os::unix::fs::PermissionsExt;

use crate::program::Program;

fn refused(program: &Program, environment: &[(&str, &str)]) -> String {
    let output = program.run_with(&["serve", "--listen", "127.0.0.1:0"], environment);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{environment:?}: {text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn the_environment() {
    let program = Program::new();
    let cases = [
        ("LATCHKEY_MASTER_KEY", "", "is empty"),
        ("LATCHKEY_MASTER_KEY", "c2hvcnQ=", "32 bytes"),
        ("LATCHKEY_MASTER_KEY", "not base64 at all!", "32 bytes"),
        ("LATCHKEY_PUBLIC_URL", "http://portal.example", "https"),
        ("LATCHKEY_PUBLIC_URL", "https://portal.example/", "no trailing slash"),
        ("LATCHKEY_PUBLIC_URL", "https://portal.example/x", "no path"),
        ("LATCHKEY_PUBLIC_URL", "https://user@portal.example", "https://portal.example"),
        ("LATCHKEY_PUBLIC_URL", "ftp://portal.example", "https"),
        ("LATCHKEY_PUBLIC_URL", "portal", "URL"),
        ("LATCHKEY_TRUSTED_PROXIES", "10.0.0.0/33", "10.0.0.0/33"),
        ("LATCHKEY_TRUSTED_PROXIES", "proxy", "proxy"),
        ("LATCHKEY_TRUSTED_PROXIES", "::ffff:10.0.0.0/104", "write it as IPv4"),
        ("LATCHKEY_MTLS_CERT_FILE", "mtls.pem", "LATCHKEY_MTLS_LISTEN"),
        ("LATCHKEY_MTLS_CLIENT_CA_FILE", "clients.pem", "LATCHKEY_MTLS_LISTEN"),
        ("LATCHKEY_MTLS_PUBLIC_URL", "https://mtls.portal.example", "LATCHKEY_CLIENT_CERT_HEADER"),
        ("LATCHKEY_CLIENT_CERT_HEADER", "X-SSL-Client-Cert", "LATCHKEY_TRUSTED_PROXIES"),
        ("LATCHKEY_CLIENT_CERT_HEADER", "X SSL", "name of a header"),
        ("LATCHKEY_CLIENT_CERT_VERIFIED_HEADER", "X-SSL-Client-Verify", "LATCHKEY_CLIENT_CERT_HEADER"),
        ("LATCHKEY_BRAND", "l_k", "letters"),
        ("LATCHKEY_BRAND", "LK", "letters"),
        ("LATCHKEY_MAX_STALENESS", "1w", "duration"),
        ("LATCHKEY_MAX_STALENESS", "1h", "60 s"),
        ("LATCHKEY_ORG_CREATION", "everybody", "operators or anyone"),
        ("LATCHKEY_OPERATORS", "somebody", "somebody"),
        ("LATCHKEY_SESSION_IDLE", "10s", "5 minutes"),
        ("LATCHKEY_SESSION_ABSOLUTE", "400d", "90 days"),
        ("LATCHKEY_LOG_FORMAT", "xml", "pretty or json"),
        ("LATCHKEY_LOG", "latchkey=loud", "filter"),
        ("LATCHKEY_DATABASE_URL", "mysql://root:canary@localhost/x", "sqlite://"),
    ];
    for (name, value, expected) in cases {
        let text = refused(&program, &[(name, value)]);
        assert!(text.contains(name) && text.contains(expected), "{name}={value}: {text}");
        assert!(!text.contains("canary"), "{text}");
    }
    let output = program.run_with(&["serve"], &[("LATCHKEY_LISTEN", "3000")]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("LATCHKEY_LISTEN"), "{text}");
}

// F-37: a TLS listener starts with all that it needs, or not at all
#[test]
fn the_tls_listener() {
    let program = Program::new();
    let own = include_str!("../../../crates/core/tests/certificates/own.pem");
    program.write("own.pem", own);
    program.write("empty.pem", "");
    let key = program.write("key.pem", "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let open = program.write("open.pem", "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (listen, certificate, private) = ("LATCHKEY_MTLS_LISTEN", "LATCHKEY_MTLS_CERT_FILE", "LATCHKEY_MTLS_KEY_FILE");
    let here = (listen, "127.0.0.1:0");
    for (environment, name, expected) in [
        (&[here][..], certificate, "needs this file"),
        (&[here, (certificate, "own.pem")], private, "needs this file"),
        (&[(listen, "3443"), (certificate, "own.pem"), (private, "key.pem")], listen, "address"),
        (&[here, (certificate, "missing.pem"), (private, "key.pem")], certificate, "can't be read"),
        (&[here, (certificate, "empty.pem"), (private, "key.pem")], certificate, "no certificates"),
        (&[here, (certificate, "own.pem"), (private, "open.pem")], private, "everybody"),
        (&[here, (certificate, "own.pem"), (private, "key.pem")], certificate, "key"),
    ] {
        let mut command = program.command(&["serve", "--listen", "127.0.0.1:0"]);
        let output = command.envs(environment.iter().copied()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(name) && text.contains(expected), "{name}: {text}");
        assert!(!text.contains("canary") && !text.contains("Y2FuYXJ5"), "{text}");
    }
}

#[test]
fn secrets_in_files() {
    let program = Program::new();
    let key = program.write("key", program.master_key());
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut command = program.command(&["serve", "--listen", "127.0.0.1:0"]);
    let output = command.env_remove("LATCHKEY_MASTER_KEY").env("LATCHKEY_MASTER_KEY_FILE", "key").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text.contains("LATCHKEY_MASTER_KEY_FILE") && text.contains("everybody"), "{text}");

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut command = program.command(&["signing-key", "list"]);
    assert!(
        command.env_remove("LATCHKEY_MASTER_KEY").env("LATCHKEY_MASTER_KEY_FILE", "key").status().unwrap().success()
    );
    // twice is a mistake, whichever wins
    let text = refused(&program, &[("LATCHKEY_MASTER_KEY_FILE", "key")]);
    assert!(text.contains("given twice"), "{text}");

    let mut command = program.command(&["serve", "--listen", "127.0.0.1:0"]);
    let output = command.env_remove("LATCHKEY_MASTER_KEY").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("LATCHKEY_MASTER_KEY: is missing"));
}

#[test]
fn the_settings_file() {
    let provider =
        |more: &str| format!("[[oidc]]\nid = \"idp\"\nissuer = \"https://idp.example\"\nclient_id = \"x\"\n{more}");
    let cases = [
        ("nonsense = 1".to_owned(), "nonsense"),
        ("brand = [1]".to_owned(), "LATCHKEY_BRAND"),
        ("brand = \"a b\"".to_owned(), "LATCHKEY_BRAND"),
        ("= 1".to_owned(), "TOML"),
        (provider("nonsense = 1"), "nonsense"),
        (provider("client_secret = \"\""), "client_secret"),
        (provider("client_secret_file = \"missing\""), "client_secret_file"),
        (provider("allowed_domains = [\"example.com\"]"), "trust_email"),
        (provider("").replace("https://", "http://"), "issuer"),
        (provider("").replace("\"idp\"", "\"I D P\""), "oidc.id"),
        (format!("{}{}", provider(""), provider("")), "twice"),
        ("[[oidc]]\nid = \"idp\"".to_owned(), "issuer"),
    ];
    for (file, expected) in cases {
        let program = Program::new();
        program.write("latchkey.toml", &file);
        let text = refused(&program, &[]);
        assert!(text.contains(expected), "{file}: {text}");
    }
}

// flags > environment > file
#[test]
fn layers() {
    let program = Program::new();
    program.write("latchkey.toml", "brand = \"fromfile\"\n");
    let brand = |arguments: &[&str], environment: &[(&str, &str)]| {
        let all = [&["management-key", "create", "--operator", "--json"], arguments].concat();
        let output = program.run_with(&all, environment);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        answer["secret"].as_str().unwrap().split_once('_').unwrap().0.to_owned()
    };
    assert_eq!(brand(&[], &[]), "fromfile");
    assert_eq!(brand(&[], &[("LATCHKEY_BRAND", "fromenv")]), "fromenv");
    assert_eq!(brand(&["--brand", "fromflag"], &[("LATCHKEY_BRAND", "fromenv")]), "fromflag");
}

// flags > environment > file, whether a secret is given itself or in a file
#[test]
fn layers_of_secrets() {
    let program = Program::new();
    let other = program.json(&["master-key", "generate"])["master_key"].as_str().unwrap().to_owned();
    program.json(&["signing-key", "list"]);
    let private = |name: &str, content: &str| {
        let path = program.write(name, content);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    private("right", program.master_key());
    private("wrong", &other);
    // opens the signing keys with the right master key alone
    let opens = |arguments: &[&str], name: &str, value: &str| {
        let mut command = program.command(&[&["signing-key", "list"], arguments].concat());
        let output = command.env_remove("LATCHKEY_MASTER_KEY").env(name, value).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!text.contains("given twice"), "{text}");
        output.status.success()
    };
    assert!(opens(&["--master-key-file", "right"], "LATCHKEY_MASTER_KEY", &other));
    assert!(!opens(&["--master-key-file", "wrong"], "LATCHKEY_MASTER_KEY", program.master_key()));
    program.write("latchkey.toml", "master_key_file = \"wrong\"\n");
    assert!(opens(&[], "LATCHKEY_MASTER_KEY", program.master_key()));
    program.write("latchkey.toml", &format!("master_key = \"{other}\"\n"));
    assert!(opens(&[], "LATCHKEY_MASTER_KEY_FILE", "right"));
    assert!(!opens(&[], "LATCHKEY_LOG", "info"), "the file's own");
    assert!(opens(&["--master-key-file", "right"], "LATCHKEY_MASTER_KEY_FILE", "wrong"));
}

// TOML's numbers are settings as its texts are
#[test]
fn numbers_in_the_settings_file() {
    let program = Program::new();
    for (content, expected) in [
        ("max_staleness = 61", "LATCHKEY_MAX_STALENESS: must be 1 s to 60 s"),
        ("session_idle = 10", "LATCHKEY_SESSION_IDLE"),
        ("max_staleness = -1", "LATCHKEY_MAX_STALENESS: must be a whole number"),
        ("max_staleness = 1.5", "LATCHKEY_MAX_STALENESS: must be a whole number"),
    ] {
        program.write("latchkey.toml", content);
        let text = refused(&program, &[]);
        assert!(text.contains(expected), "{content}: {text}");
    }
}

#[test]
fn a_value_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let program = Program::new();
    let value = std::ffi::OsStr::from_bytes(b"10.0.0.0/8\xff");
    let mut command = program.command(&["serve", "--listen", "127.0.0.1:0"]);
    let output = command.env("LATCHKEY_TRUSTED_PROXIES", value).env("OTHER", value).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), text.as_str()), (Some(2), "latchkey: LATCHKEY_TRUSTED_PROXIES: is not UTF-8\n"));
}
