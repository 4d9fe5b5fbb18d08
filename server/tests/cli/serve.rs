//! F-04, F-11: the server starts, refuses a second one on its file, and stops at SIGTERM.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::program::Program;

/// A running server, ended when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts one and waits until it answers.
    fn start(program: &Program) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let url = format!("http://localhost:{port}");
        let arguments = ["serve", "--listen", &listen, "--public-url", &url];
        let child = program.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut server = Self { child, port };
        server.wait_for_line("serving");
        server
    }

    /// Reads the log up to a line with this word.
    fn wait_for_line(&mut self, word: &str) {
        let mut log = BufReader::new(self.child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the log ended before `{word}`");
        }
        self.child.stderr = Some(log.into_inner());
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).unwrap()
    }

    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", self.port).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn terminate(&self) {
        let killed = std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn sigterm_finishes_what_was_begun_and_exits_0() {
    let program = Program::new();
    let mut server = Server::start(&program);
    assert!(server.get("/health/ready").starts_with("HTTP/1.1 200"));

    // a request whose body isn't there yet when the signal comes
    let mut begun = server.connect();
    let body = r#"{"credential": "nothing"}"#;
    write!(
        begun,
        "POST /v1/verify HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        server.port,
        body.len()
    )
    .unwrap();
    write!(begun, "Authorization: Bearer lk_verify_x\r\nExpect: 100-continue\r\n\r\n").unwrap();
    let mut reader = BufReader::new(begun.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let wanted_the_body = line.contains("100 Continue");

    let signalled = Instant::now();
    server.terminate();
    while TcpStream::connect(("127.0.0.1", server.port)).is_ok() {
        assert!(signalled.elapsed() < Duration::from_secs(15), "still accepts");
    }
    if wanted_the_body {
        begun.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        reader.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("HTTP/1.1 401"), "{answer}");
    } else {
        assert!(line.starts_with("HTTP/1.1 401"), "{line}");
    }
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(signalled.elapsed() < Duration::from_secs(15));
}

// F-11, F-33: a second server, perhaps a newer program, changes nothing on the first one's file
#[test]
fn a_second_server_does_not_migrate() {
    let program = Program::new();
    let url = format!("sqlite://{}", program.path("latchkey.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(latchkey_store::Database::open(&url)).unwrap();
    let _lock = database.lock_for_serving().unwrap();
    let second = program.run_with(&["serve", "--listen", "127.0.0.1:0"], &[("LATCHKEY_DATABASE_URL", &url)]);
    assert!(String::from_utf8(second.stderr).unwrap().contains("another process serves"));
    assert_ne!(runtime.block_on(database.pending_migrations()).unwrap(), 0);
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let program = Program::new();
    let server = Server::start(&program);
    let second = program.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8(second.stderr).unwrap().contains("another process serves"));
    // commands may run beside it
    program.json(&["org", "create", "--name", "Acme", "--slug", "acme"]);
    assert!(server.get("/health/live").starts_with("HTTP/1.1 200"));
}

#[test]
fn no_migrate_refuses_an_old_database() {
    let program = Program::new();
    let refused = program.run(&["serve", "--no-migrate", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("latchkey migrate"));
}

// F-24: hyper's own limits, on a socket
#[test]
fn large_heads_are_refused() {
    let program = Program::new();
    let server = Server::start(&program);
    let answer = |head: &str| {
        let mut stream = server.connect();
        let _ = write!(stream, "GET /health/live HTTP/1.1\r\nHost: localhost:{}\r\n{head}\r\n", server.port);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).chars().take(12).collect::<String>()
    };
    let many: String = (0..101).fold(String::new(), |all, number| format!("{all}X-{number}: 1\r\n"));
    assert_eq!(answer(&many), "HTTP/1.1 431");
    assert_eq!(answer(&format!("X-Long: {}\r\n", "a".repeat(100_000))), "HTTP/1.1 431");
    // F-28: two lengths are nobody's
    assert_eq!(answer("Content-Length: 1\r\nContent-Length: 2\r\n"), "HTTP/1.1 400");
    assert!(server.get("/health/live").starts_with("HTTP/1.1 200"));
}

#[test]
fn dev_is_for_loopback() {
    let program = Program::new();
    for arguments in
        [["serve", "--dev", "--listen", "0.0.0.0:0"], ["serve", "--dev", "--public-url", "https://portal.example"]]
    {
        let refused = program.run(&arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8(refused.stderr).unwrap().contains("loopback"));
    }
}

/// `serve --dev` makes its key once, for its owner alone, and shows the demo's secrets once.
#[test]
fn dev_makes_a_key_and_a_demo_once() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::new();
    let start = || {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (listen, url) = (format!("127.0.0.1:{port}"), format!("http://localhost:{port}"));
        let mut command = program.command(&["serve", "--dev", "--listen", &listen, "--public-url", &url]);
        let mut child =
            command.env_remove("LATCHKEY_MASTER_KEY").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.contains("/usage\n") && !text.contains("Keys, APIs and Apps.\n") {
            assert_ne!(out.read_line(&mut text).unwrap(), 0, "{text}");
        }
        let server = Server { child, port };
        assert!(server.get("/sign-in").starts_with("HTTP/1.1 200"));
        text
    };
    let first = start();
    assert!(first.contains("lk_live_") && first.contains("lk_verify_") && first.contains("app_"), "{first}");
    assert_eq!(std::fs::metadata(program.path("data/master.key")).unwrap().permissions().mode() & 0o777, 0o600);
    let second = start();
    assert!(!second.contains("lk_"), "{second}");
}
