use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use latchkey_types::secret::{SecretKind, compose};
use serde_json::{Value, json};

use crate::program::Program;

const ID: &str = "7Gk2mPq9XzRtA1b2";

fn secret() -> String {
    compose("lk", SecretKind::Live, ID, &[7; 32])
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The scan, which finds git where the tests do.
fn scan(program: &Program, arguments: &[&str]) -> Output {
    let path = std::env::var("PATH").unwrap();
    program.run_with(&[&["scan"], arguments].concat(), &[("PATH", &path)])
}

fn items(program: &Program, path: &str) -> Vec<Value> {
    let output = scan(program, &[path, "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["unreadable"], json!([]), "{}", stderr(&output));
    answer["items"].as_array().unwrap().clone()
}

#[test]
fn finds_secrets_and_never_prints_them() {
    let program = Program::new();
    let secret = secret();
    program.write("src/clean.rs", "let key = \"lk_live_looks_like_one\";\n");
    assert_eq!(program.run(&["scan", "src"]).status.code(), Some(0));

    program.write("src/deep/leak.env", &format!("# settings\nKEY={secret}\n"));
    program.write("src/image.bin", &format!("\0\u{1}{secret}"));
    let found = program.run(&["scan", "src"]);
    assert_eq!(found.status.code(), Some(1));
    assert_eq!(stdout(&found), format!("src/deep/leak.env:2:5 live {ID}\nsrc/image.bin:1:3 live {ID}\n"));
    let item = &items(&program, "src/deep/leak.env")[0];
    assert_eq!(
        *item,
        json!({ "file": "src/deep/leak.env", "line": 2, "column": 5, "offset": 15, "kind": "live", "id": ID })
    );

    // another brand's secrets are another's
    assert_eq!(program.run_with(&["scan", "src"], &[("LATCHKEY_BRAND", "acme")]).status.code(), Some(0));
    assert_eq!(program.run(&["scan"]).status.code(), Some(2));
}

#[test]
fn what_cannot_be_read_is_named() {
    let program = Program::new();
    program.write("clean.txt", "nothing");
    let missing = program.run(&["scan", "missing", "clean.txt"]);
    assert_eq!((missing.status.code(), stdout(&missing).as_str()), (Some(1), "No secret found.\n"));
    assert!(stderr(&missing).starts_with("latchkey: missing: "), "{}", stderr(&missing));
    // neither a file nor a folder, as a pipe is: nothing was searched, which isn't to be taken for clean
    let device = program.run(&["scan", "/dev/null"]);
    assert_eq!(device.status.code(), Some(1));
    assert!(stderr(&device).starts_with("latchkey: /dev/null: neither a file nor a folder"), "{}", stderr(&device));
    program.write("cut.zip", "PK\u{3}\u{4}no archive");
    let cut = program.run(&["scan", "cut.zip"]);
    assert_eq!(cut.status.code(), Some(1));
    assert!(stderr(&cut).contains("cut.zip: not a whole zip archive"), "{}", stderr(&cut));
}

// today's limit was 64 MiB, beyond which nothing was said
#[test]
fn large_files_are_read_to_their_end() {
    let program = Program::new();
    let mut file = std::fs::File::create(program.path("large.log")).unwrap();
    let line = "x".repeat(1023) + "\n";
    for _ in 0..70 {
        file.write_all(line.repeat(1024).as_bytes()).unwrap();
    }
    file.write_all(secret().as_bytes()).unwrap();
    let item = &items(&program, "large.log")[0];
    assert_eq!((&item["line"], &item["column"]), (&json!(70 * 1024 + 1), &json!(1)));
}

#[test]
fn archives_are_opened() {
    let program = Program::new();
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let content = format!("KEY={}\n", secret());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_cksum();
    builder.append_data(&mut header, "app/.env", content.as_bytes()).unwrap();
    let archive = builder.into_inner().unwrap().finish().unwrap();
    std::fs::write(program.path("backup.tgz"), archive).unwrap();
    let item = &items(&program, "backup.tgz")[0];
    assert_eq!((&item["file"], &item["entry"]), (&json!("backup.tgz"), &json!("app/.env")));
    assert_eq!(stdout(&program.run(&["scan", "backup.tgz"])), format!("backup.tgz!/app/.env:1:5 live {ID}\n"));
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output).trim().to_owned()
}

#[test]
fn the_history_of_a_repository_is_read() {
    let program = Program::new();
    let folder = program.path("repo");
    std::fs::create_dir(&folder).unwrap();
    git(&folder, &["init", "--quiet", "--initial-branch", "main"]);
    program.write("repo/config/app.env", &format!("# settings\nKEY={}\n", secret()));
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "first"]);
    let first = git(&folder, &["rev-parse", "HEAD"]);
    program.write("repo/config/app.env", "# settings\n");
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "taken out again"]);
    assert_eq!(program.run(&["scan", "repo", "--no-git"]).status.code(), Some(0), "not in the files any more");

    let found = items(&program, "repo");
    assert_eq!(found.len(), 1);
    let place = &found[0]["git"];
    assert_eq!(
        (&place["kind"], &place["commit"], &place["path"]),
        (&json!("blob"), &json!(first), &json!("config/app.env"))
    );
    assert_eq!((&found[0]["line"], &found[0]["column"]), (&json!(2), &json!(5)));
    let line = stdout(&scan(&program, &["repo"]));
    assert_eq!(line, format!("repo/.git@{first}:config/app.env:2:5 live {ID}\n"));

    // packed, and from where a worktree is
    git(&folder, &["gc", "--quiet", "--aggressive"]);
    assert_eq!(items(&program, "repo").len(), 1);
    git(&folder, &["worktree", "add", "--quiet", "../tree"]);
    assert_eq!(items(&program, "tree")[0]["git"]["commit"], json!(first));

    // what no branch reaches any more is still there
    git(&folder, &["checkout", "--quiet", "--orphan", "anew"]);
    git(&folder, &["commit", "--quiet", "-m", "anew"]);
    git(&folder, &["worktree", "remove", "--force", "../tree"]);
    git(&folder, &["branch", "--quiet", "-D", "main", "tree"]);
    assert_eq!(items(&program, "repo").last().unwrap()["git"]["commit"], json!(first));
}

#[test]
fn messages_and_objects_without_a_commit_are_read() {
    let program = Program::new();
    let folder = program.path("repo");
    std::fs::create_dir(&folder).unwrap();
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["commit", "--quiet", "--allow-empty", "-m", &format!("the key is {}", secret())]);
    let commit = git(&folder, &["rev-parse", "HEAD"]);
    let other = compose("lk", SecretKind::Manage, ID, &[8; 32]);
    let file = program.write("staged.env", &other);
    let blob = git(&folder, &["hash-object", "-w", file.to_str().unwrap()]);
    let found = items(&program, "repo/.git");
    let places: Vec<_> = found.iter().filter_map(|item| item.get("git")).collect();
    assert!(places.iter().any(|place| place["kind"] == "commit" && place["commit"] == json!(commit)), "{found:?}");
    assert!(places.iter().any(|place| place["object"] == json!(blob) && place["commit"].is_null()), "{found:?}");
}

#[test]
fn without_git_the_rest_is_searched_and_the_history_named() {
    let program = Program::new();
    let folder = program.path("repo");
    std::fs::create_dir(&folder).unwrap();
    git(&folder, &["init", "--quiet"]);
    program.write("repo/leak.env", &secret());
    let output = program.run_with(&["scan", "repo"], &[("PATH", "/nowhere")]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), format!("repo/leak.env:1:1 live {ID}\n"));
    assert!(stderr(&output).contains("repo/.git: its history is read by the program git"), "{}", stderr(&output));
}
