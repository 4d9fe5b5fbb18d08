//! `latchkey scan PATH…`: finds secrets of this brand by pattern and checksum, offline. Never prints one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use latchkey_types::secret::{self, SecretKind};
use serde_json::{Value, json};

use super::{CommandError, Context, Outcome};

#[derive(Args, Debug)]
pub(super) struct Scan {
    /// Files and folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// Where a secret stands.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    line: usize,
    /// In bytes, from 1.
    column: usize,
    kind: SecretKind,
    id: String,
}

/// Larger files are data, not sources.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;
/// Folders that hold what others wrote or made.
const SKIPPED_FOLDERS: [&str; 1] = [".git"];

impl Scan {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let brand = context.settings()?.brand;
        let mut found = Vec::new();
        for path in &self.paths {
            let scanned = scan(path, &brand, &mut |file, finding| found.push((file.to_path_buf(), finding)));
            scanned.map_err(|error| CommandError::Failed(format!("{}: {error}", path.display())))?;
        }
        let items: Vec<Value> = found.iter().map(|(file, finding)| item(file, finding)).collect();
        let lines: Vec<String> = found.iter().map(|(file, finding)| line(file, finding)).collect();
        let text = if lines.is_empty() { "No secret found.".to_owned() } else { lines.join("\n") };
        context.output.answer(&json!({ "items": items }), &text);
        Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn item(file: &Path, finding: &Finding) -> Value {
    json!({ "file": file, "line": finding.line, "column": finding.column, "kind": finding.kind.as_str(), "id": finding.id })
}

fn line(file: &Path, finding: &Finding) -> String {
    format!("{}:{}:{} {} {}", file.display(), finding.line, finding.column, finding.kind.as_str(), finding.id)
}

/// Walks without following links, which might lead in circles.
fn scan(path: &Path, brand: &str, report: &mut impl FnMut(&Path, Finding)) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_dir() {
        if path.file_name().is_some_and(|name| SKIPPED_FOLDERS.iter().any(|skipped| name == *skipped)) {
            return Ok(());
        }
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| scan(entry, brand, report));
    }
    if metadata.is_file() && metadata.len() <= LARGEST_FILE {
        let content = fs::read(path)?;
        if !is_binary(&content) {
            for finding in find(&content, brand) {
                report(path, finding);
            }
        }
    }
    Ok(())
}

/// As git tells: a NUL among the first 8 000 bytes.
fn is_binary(content: &[u8]) -> bool {
    content.iter().take(8_000).any(|byte| *byte == 0)
}

fn find(content: &[u8], brand: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let mut from = 0;
        for word in line.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_') {
            // a word of [0-9A-Za-z_] is ASCII
            let text = std::str::from_utf8(word).unwrap_or_default();
            for (offset, parsed) in secrets_in(text, brand) {
                findings.push(Finding {
                    line: index + 1,
                    column: from + offset + 1,
                    kind: parsed.kind,
                    id: parsed.id.to_owned(),
                });
            }
            from += word.len() + 1;
        }
    }
    findings
}

/// Secrets within one word: also where something was glued before or behind one by `_`.
fn secrets_in<'a>(word: &'a str, brand: &str) -> Vec<(usize, secret::ParsedSecret<'a>)> {
    let mut found = Vec::new();
    for (start, _) in word.match_indices(brand) {
        let rest = &word[start..];
        let mut candidates = SecretKind::ALL.into_iter().filter_map(|kind| rest.get(..length(brand, kind)));
        found.extend(candidates.find_map(|text| secret::parse(brand, text).ok()).map(|parsed| (start, parsed)));
    }
    found
}

/// Of a whole secret of this kind, in characters.
fn length(brand: &str, kind: SecretKind) -> usize {
    const SEPARATORS: usize = 3;
    brand.len() + kind.as_str().len() + secret::ID_LENGTH + secret::SECRET_LENGTH + secret::CHECK_LENGTH + SEPARATORS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_kind_and_nothing_that_only_looks_so() {
        for kind in SecretKind::ALL {
            let secret = secret::compose("lk", kind, "7Gk2mPq9XzRtA1b2", &[7; 32]);
            let text = format!("first line\nKEY=\"{secret}\" # {secret}\n");
            let found = find(text.as_bytes(), "lk");
            let second = 6 + secret.len() + 4;
            assert_eq!(
                found.iter().map(|finding| (finding.line, finding.column)).collect::<Vec<_>>(),
                [(2, 6), (2, second)]
            );
            assert_eq!((found[0].kind, found[0].id.as_str()), (kind, "7Gk2mPq9XzRtA1b2"));

            let mut wrong = secret.clone();
            wrong.replace_range(secret.len() - 1.., if secret.ends_with('0') { "1" } else { "0" });
            assert_eq!(find(wrong.as_bytes(), "lk"), []);
            assert_eq!(find(secret.as_bytes(), "acme"), []);
        }
    }
}
