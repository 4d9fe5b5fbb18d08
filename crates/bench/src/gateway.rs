//! nginx with Latchkey beside nginx without, in front of the same bare handler.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::bare::{self, Bare};
use crate::compare::ROUNDS;
use crate::load::{Figures, Request, Supply, run};
use crate::millis;
use crate::program::{Program, Scene};

const ROUND: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 16;
const START: Duration = Duration::from_secs(10);
/// The configuration that is documented, as the tests run it.
const DOCUMENTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/gateways/nginx/latchkey.conf");

/// Requests a second through nginx, alone and with a question to the program for each.
pub fn measure(program: &Program, scene: &Scene) {
    let bare = Bare::start(200, 0);
    let Some(nginx) = Nginx::start(program.port, bare.port, &scene.verification_key) else {
        return println!("forward-auth                 not measured: nginx is not here");
    };
    let headers = [("x-api-key", scene.key.as_str())];
    let ask = |port| Request::post(port, bare::READ, &headers, b"{\"order\":42}");
    let (without, with) = (ask(nginx.plain), ask(nginx.asking));
    let (mut alone, mut guarded) = (Figures::default(), Figures::default());
    for _ in 0..ROUNDS {
        alone.add(run(Supply::Again(&without), CONNECTIONS, ROUND));
        guarded.add(run(Supply::Again(&with), CONNECTIONS, ROUND));
    }
    for (name, figures) in [("nginx alone", &alone), ("nginx with forward-auth", &guarded)] {
        println!(
            "{name:<28} {:>8.0} requests/s, {:.3} ms median, {:.3} ms p99",
            figures.median_rate(),
            millis(figures.latency(0.5)),
            millis(figures.latency(0.99)),
        );
    }
    println!("{:<28} {:>8.2}", "with to alone", guarded.median_rate() / alone.median_rate());
}

/// nginx with two servers.
struct Nginx {
    child: Child,
    folder: PathBuf,
    /// The port of the one that passes everything on.
    plain: u16,
    /// The port of the one that asks first.
    asking: u16,
}

impl Nginx {
    /// `None` where there is no nginx.
    fn start(latchkey: u16, upstream: u16, verification_key: &str) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("latchkey-bench-nginx-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let (plain, asking) = (free_port(), free_port());
        let key_file = folder.join("latchkey_verification_key");
        let documented = std::fs::read_to_string(DOCUMENTED).expect("the documented configuration");
        let documented = documented
            .replace("127.0.0.1:3000", &format!("127.0.0.1:{latchkey}"))
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{upstream}"))
            .replace("127.0.0.1:8000", &format!("127.0.0.1:{asking}"))
            .replace("/etc/nginx/latchkey_verification_key", &key_file.to_string_lossy());
        let key_line = format!("proxy_set_header X-Latchkey-Verification-Key \"{verification_key}\";\n");
        std::fs::write(key_file, key_line).expect("a temporary file");
        std::fs::write(folder.join("latchkey.conf"), documented).expect("a temporary file");
        std::fs::write(folder.join("nginx.conf"), around(&folder, plain)).expect("a temporary file");
        let program = std::env::var_os("NGINX_PATH").unwrap_or_else(|| "/usr/sbin/nginx".into());
        let child = Command::new(program)
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .args(["-e", "stderr"])
            .stdout(Stdio::null())
            .spawn();
        let child = match child {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            child => child.expect("nginx starts"),
        };
        let nginx = Self { child, folder, plain, asking };
        let from = Instant::now();
        while TcpStream::connect(("127.0.0.1", asking)).is_err() {
            assert!(from.elapsed() < START, "nginx isn't ready");
            std::thread::yield_now();
        }
        Some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // its workers end with it only where it is asked to stop
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn around(folder: &Path, plain: u16) -> String {
    let folder = folder.to_string_lossy();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("  {kind}_temp_path {folder}/{kind};\n")).concat();
    format!(
        "daemon off;\nworker_processes auto;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n  access_log off;\n\
         {temporary}  keepalive_requests 1000000;\n  include {folder}/latchkey.conf;\n  server {{\n    listen 127.0.0.1:{plain};\n\
         \x20   location / {{ proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}\n  }}\n}}\n"
    )
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port()
}
