//! The real program, with folders of its own.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod program;
mod scan;
mod serve;
mod settings;

use program::Program;
use serde_json::Value;

#[test]
fn an_organisation_and_its_management_key() {
    let program = Program::new();
    let org: Value = program.json(&["org", "create", "--name", "Acme", "--slug", "acme"]);
    assert_eq!((&org["slug"], &org["name"]), (&"acme".into(), &"Acme".into()));
    assert!(org["id"].as_str().unwrap().starts_with("org_"));

    let key = program.json(&["management-key", "create", "--org", "acme", "--role", "admin"]);
    assert_eq!((&key["organisation"], &key["role"]), (&"acme".into(), &"admin".into()));
    assert!(key["secret"].as_str().unwrap().starts_with("lk_manage_"));
    let id = key["id"].as_str().unwrap();
    let listed = program.json(&["management-key", "list", "--org", "acme"]);
    assert_eq!(listed["items"][0]["id"], id);
    program.json(&["management-key", "revoke", "--org", "acme", id]);
    assert!(program.json(&["management-key", "list", "--org", "acme"])["items"][0]["revoked_at"].is_string());

    let operator = program.json(&["management-key", "create", "--operator"]);
    assert_eq!((&operator["organisation"], &operator["role"]), (&Value::Null, &"owner".into()));
}

#[test]
fn wrong_usage_is_2_and_a_refusal_1() {
    let program = Program::new();
    for wrong in [
        &["org", "create"][..],
        &["nonsense"],
        &["management-key", "create", "--org", "a"],
        &["management-key", "create", "--org", "a", "--operator"],
    ] {
        assert_eq!(program.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    let refused = program.run(&["management-key", "create", "--org", "nobody", "--role", "owner"]);
    assert_eq!((refused.status.code(), refused.stdout.as_slice()), (Some(1), &b""[..]));
    assert_eq!(String::from_utf8(refused.stderr).unwrap(), "latchkey: not found: no organisation `nobody`\n");
}

// what no use case takes is as wrong as what the command line doesn't
#[test]
fn words_that_cannot_be_are_wrong_usage() {
    let program = Program::new();
    program.json(&["org", "create", "--name", "Acme", "--slug", "acme"]);
    for (wrong, named) in [
        (&["org", "create", "--name", "Acme", "--slug", "Not a slug"][..], "slug"),
        (&["org", "create", "--name", "", "--slug", "empty"], "name"),
        (&["org", "create", "--name", "A", "--slug", "b", "--owner-email", "nobody"], "owner_email"),
        (
            &["management-key", "create", "--org", "acme", "--role", "viewer", "--expires-at", "2020-01-01T00:00:00Z"],
            "expires_at",
        ),
        (&["signing-key", "rotate", "--alg", "RS256"], "alg"),
    ] {
        let output = program.run(wrong);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), text.lines().count()), (Some(2), 1), "{wrong:?}: {text}");
        assert!(text.contains(&format!("{named}: ")), "{wrong:?}: {text}");
    }
    // what is there already is a refusal
    assert_eq!(program.run(&["org", "create", "--name", "Acme", "--slug", "acme"]).status.code(), Some(1));
}

#[test]
fn wrong_usage_in_json() {
    let program = Program::new();
    for (wrong, expected) in [
        (&["nonsense"][..], "nonsense"),
        (&[], "a command is missing"),
        (&["org", "create"], "--slug <SLUG>"),
        (&["management-key", "create", "--operator", "--role", "king"], "king"),
        (&["management-key", "revoke", "--operator", "mk_0000000000000000"], "mk_0000000000000000"),
        (&["signing-key", "revoke", "nobody"], "no signing key nobody"),
        (&["backup", "copy.db", "--brand", "L K"], "LATCHKEY_BRAND"),
    ] {
        let output = program.run(&[wrong, &["--json"]].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!((text.lines().count(), output.stdout.len()), (1, 0), "{wrong:?}: {text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(answer["error"].as_str().unwrap().contains(expected), "{wrong:?}: {text}");
        assert_ne!(output.status.code(), Some(0));
    }
    assert!(program.run(&["--help", "--json"]).status.success());
}

#[test]
fn signing_keys_are_made_listed_and_revoked() {
    let program = Program::new();
    let keys = program.json(&["signing-key", "list"]);
    let states: Vec<&str> =
        keys["items"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect();
    assert_eq!((states.len(), states.contains(&"active"), states.contains(&"next")), (2, true, true));
    // not yet published long enough
    assert_eq!(program.run(&["signing-key", "rotate"]).status.code(), Some(1));
    let active =
        keys["items"].as_array().unwrap().iter().find(|key| key["state"] == "active").unwrap()["kid"].as_str().unwrap();
    program.json(&["signing-key", "revoke", active]);
}

#[test]
fn backup_and_restore() {
    let program = Program::new();
    program.json(&["org", "create", "--name", "Acme", "--slug", "acme"]);
    program.json(&["backup", "copy.db"]);
    program.json(&["org", "create", "--name", "Later", "--slug", "later"]);
    // never over a file that is there
    assert_eq!(program.run(&["backup", "copy.db"]).status.code(), Some(1));

    let restored = program.json(&["restore", "copy.db"]);
    assert!(program.path(restored["aside"].as_str().unwrap()).exists());
    assert_eq!(program.run(&["management-key", "list", "--org", "later"]).status.code(), Some(1));
    assert_eq!(program.json(&["management-key", "list", "--org", "acme"])["items"], serde_json::json!([]));

    program.write("nonsense.db", "nonsense");
    assert_eq!(program.run(&["restore", "nonsense.db"]).status.code(), Some(1));
}

// F-34: a name that was mistyped gives no empty file that looks like a backup
#[test]
fn a_database_that_is_not_there_is_not_made_by_looking_at_it() {
    let program = Program::new();
    let refused = program.run(&["backup", "copy.db"]);
    let text = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text.contains("LATCHKEY_DATABASE_URL") && text.contains("data/latchkey.db"), "{text}");
    assert_eq!(program.run(&["doctor"]).status.code(), Some(1));
    assert!(!program.path("copy.db").exists() && !program.path("data").exists());
}

// F-34: the backup is only read, and the database is its owner's alone whatever the backup was
#[test]
fn a_restore_leaves_the_backup_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::new();
    program.json(&["org", "create", "--name", "Acme", "--slug", "acme"]);
    std::fs::create_dir(program.path("backups")).unwrap();
    program.json(&["backup", "backups/copy.db"]);
    for (mode, folder) in [(0o444, "data"), (0o400, "elsewhere")] {
        std::fs::set_permissions(program.path("backups/copy.db"), std::fs::Permissions::from_mode(mode)).unwrap();
        let url = format!("sqlite://{folder}/latchkey.db");
        program.json(&["restore", "backups/copy.db", "--database-url", &url]);
        let target = program.path(folder).join("latchkey.db");
        assert_eq!(std::fs::metadata(target).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(program.path(folder)).unwrap().permissions().mode() & 0o077, 0);
        assert_eq!(std::fs::read_dir(program.path("backups")).unwrap().count(), 1, "nothing is left beside it");
    }
}

// F-34: what a crash left of another database is not read into this one
#[test]
fn an_old_log_is_not_read_into_the_restored_database() {
    let program = Program::new();
    program.json(&["org", "create", "--name", "Acme", "--slug", "acme"]);
    program.json(&["backup", "copy.db"]);
    std::fs::remove_dir_all(program.path("data")).unwrap();
    program.write("data/latchkey.db-wal", "of another database");
    program.json(&["restore", "copy.db"]);
    assert!(!program.path("data/latchkey.db-wal").exists());
    assert!(program.path("data/latchkey.db.before-restore-wal").exists());
    assert_eq!(program.json(&["management-key", "list", "--org", "acme"])["items"], serde_json::json!([]));
}

/// The management keys of `acme` that hold.
fn live(program: &Program) -> Vec<String> {
    let keys = program.json(&["management-key", "list", "--org", "acme"]);
    let items = keys["items"].as_array().unwrap().iter().filter(|key| key["revoked_at"].is_null());
    items.map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

// F-34: what was revoked after the backup doesn't come back with it
#[test]
fn a_restore_that_revokes() {
    let program = Program::new();
    program.json(&["org", "create", "--name", "Acme", "--slug", "acme"]);
    let create = || {
        let key = program.json(&["management-key", "create", "--org", "acme", "--role", "viewer"]);
        key["id"].as_str().unwrap().to_owned()
    };
    let (kept, leaked) = (create(), create());
    program.json(&["backup", "copy.db"]);
    let later = create();
    let keys = program.json(&["management-key", "list", "--org", "acme"]);
    let since = keys["items"].as_array().unwrap().iter().find(|key| key["id"] == *later).unwrap()["created_at"].clone();
    let since = since.as_str().unwrap();
    program.json(&["management-key", "revoke", "--org", "acme", &leaked]);
    assert_eq!(live(&program), [later.clone(), kept.clone()]);

    // what it needs is looked at first
    let mut command = program.command(&["restore", "copy.db", "--revoke-since", since]);
    assert_eq!(command.env_remove("LATCHKEY_MASTER_KEY").output().unwrap().status.code(), Some(2));
    assert_eq!(live(&program).len(), 2, "the database is as it was");

    let restored = program.json(&["restore", "copy.db", "--revoke-since", since]);
    assert_eq!((restored["revoked"].as_u64(), &restored["unread"]), (Some(1), &Value::Null));
    assert_eq!(live(&program), [kept]);
    let mut left: Vec<String> = std::fs::read_dir(program.path("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("incoming"))
        .collect();
    left.sort();
    assert!(left.is_empty(), "{left:?}");
}

// F-34: a database that is damaged is what a restore is for
#[test]
fn a_damaged_database_is_replaced() {
    let program = Program::new();
    program.json(&["org", "create", "--name", "Acme", "--slug", "acme"]);
    program.json(&["management-key", "create", "--org", "acme", "--role", "viewer"]);
    program.json(&["backup", "copy.db"]);
    program.write("data/latchkey.db", "damaged");
    let restored = program.json(&["restore", "copy.db", "--revoke-since", "2999-01-01T00:00:00Z"]);
    assert!(restored["unread"].is_string(), "it says that it doesn't know what was revoked: {restored}");
    assert_eq!(std::fs::read_to_string(program.path("data/latchkey.db.before-restore")).unwrap(), "damaged");
    assert_eq!(live(&program).len(), 1);
}

#[test]
fn backups_of_postgres_are_for_its_own_programs() {
    let program = Program::new();
    for command in [["backup", "copy.db"], ["restore", "copy.db"]] {
        let answer = program.run_with(&command, &[("LATCHKEY_DATABASE_URL", "postgres://localhost/none")]);
        assert_eq!(answer.status.code(), Some(2));
        assert!(String::from_utf8(answer.stderr).unwrap().contains(if command[0] == "backup" {
            "pg_dump"
        } else {
            "pg_restore"
        }));
    }
}

#[test]
fn doctor_checks_each_thing() {
    let program = Program::new();
    program.write("latchkey.toml", "[[oidc]]\nid = \"idp\"\nissuer = \"https://idp.example\"\nclient_id = \"x\"\n");
    let before = program.run(&["doctor"]);
    assert_eq!(before.status.code(), Some(1), "the database isn't migrated");
    program.json(&["migrate"]);
    program.json(&["signing-key", "list"]);
    let report = program.json(&["doctor"]);
    assert_eq!(report["ok"], true, "{report}");

    let other = program.json(&["master-key", "generate"])["master_key"].as_str().unwrap().to_owned();
    let wrong = program.run_with(&["doctor", "--json"], &[("LATCHKEY_MASTER_KEY", &other)]);
    assert_eq!(wrong.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&wrong.stdout).unwrap();
    let failed: Vec<&Value> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| &check["name"])
        .collect();
    assert_eq!(failed, ["signing keys"]);

    // what serving would stumble over
    let listener = [
        ("LATCHKEY_MTLS_LISTEN", "127.0.0.1:0"),
        ("LATCHKEY_MTLS_CERT_FILE", "missing.pem"),
        ("LATCHKEY_MTLS_KEY_FILE", "missing.key"),
    ];
    let text = String::from_utf8(program.run_with(&["doctor"], &listener).stdout).unwrap();
    assert!(text.contains("FAILED  TLS listener  LATCHKEY_MTLS_CERT_FILE: missing.pem can't be read"), "{text}");
}

#[test]
fn the_master_key_is_changed() {
    let program = Program::new();
    program.json(&["signing-key", "list"]);
    assert_eq!(program.run(&["master-key", "rotate"]).status.code(), Some(2));
    let new = program.json(&["master-key", "generate"])["master_key"].as_str().unwrap().to_owned();
    let environment = [("LATCHKEY_MASTER_KEY", new.as_str()), ("LATCHKEY_MASTER_KEY_PREVIOUS", program.master_key())];
    assert!(program.run_with(&["master-key", "rotate"], &environment).status.success());
    assert!(program.run_with(&["signing-key", "list"], &environment[..1]).status.success());
    assert!(!program.run(&["signing-key", "list"]).status.success(), "the old key opens nothing any more");
}
