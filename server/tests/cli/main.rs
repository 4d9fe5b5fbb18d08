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
    assert!(String::from_utf8(refused.stderr).unwrap().starts_with("latchkey: not found"));
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
