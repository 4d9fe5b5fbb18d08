//! The browser side's files: scripts, wasm, style, icons. From a folder, or carried in the program (`embed-site`).
//!
//! All are read at start and answered from memory: they are few, and no request can name a file of the system.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::Problem;
use super::router::Route;

/// The files by their path in a URL.
#[derive(Debug, Default)]
pub struct Site(HashMap<String, File>);

#[derive(Debug)]
struct File {
    content: Bytes,
    content_type: &'static str,
    etag: HeaderValue,
}

#[cfg(feature = "embed-site")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../target/site"]
struct Embedded;

impl Site {
    /// What the program carries, or what lies in the folder.
    ///
    /// # Errors
    /// A file that can't be read. A folder that isn't there is an empty site: pages work without it.
    pub fn load(folder: &Path) -> std::io::Result<Self> {
        #[cfg(feature = "embed-site")]
        if !folder.exists() || folder == Path::new("target/site") {
            return Ok(Self::embedded());
        }
        let mut site = Self::default();
        if folder.is_dir() {
            site.add_folder(folder, "")?;
        } else {
            tracing::warn!(folder = %folder.display(), "the browser side's files aren't there; pages come without style and script");
        }
        Ok(site)
    }

    #[cfg(feature = "embed-site")]
    fn embedded() -> Self {
        let mut site = Self::default();
        for path in Embedded::iter() {
            if let Some(file) = Embedded::get(&path) {
                site.add(format!("/{path}"), file.data.into_owned().into());
            }
        }
        site
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}/{name}");
            if entry.file_type()?.is_dir() {
                self.add_folder(&entry.path(), &path)?;
            } else if !name.starts_with('.') {
                self.add(path, std::fs::read(entry.path())?.into());
            }
        }
        Ok(())
    }

    fn add(&mut self, path: String, content: Bytes) {
        let digest = Sha256::digest(&content);
        let etag =
            HeaderValue::from_str(&format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..16]))).expect("base64 in quotes");
        let content_type = content_type(&path);
        self.0.insert(path, File { content, content_type, etag });
    }

    /// A route for each file.
    pub fn router(self) -> (Router, Vec<Route>) {
        let mut table: Vec<Route> =
            self.0.keys().map(|path| Route { method: "GET".to_owned(), path: path.clone() }).collect();
        table.sort();
        // the file of this path, not a pattern
        let plain = |path: &&Route| !path.path.contains(['{', '}', '*', ':']);
        let site = Arc::new(self);
        let router = table
            .iter()
            .filter(plain)
            .fold(Router::new(), |router, route| router.route(&route.path, axum::routing::get(file)));
        (router.with_state(site), table)
    }
}

async fn file(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(file) = site.0.get(uri.path()) else { return Problem::not_found().into_response() };
    // names stay while contents change with a release: ask each time, and be told "not modified"
    let caching = [
        (header::ETAG, file.etag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=0, must-revalidate")),
    ];
    if matches_etag(&headers, &file.etag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, file.content_type)], file.content.clone()).into_response()
}

/// RFC 9110 section 13.1.2: the weak comparison, since compression on the way makes a tag weak.
fn matches_etag(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let Ok(etag) = etag.to_str() else { return false };
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/") == etag)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("html") => "text/html; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
