//! `latchkey scan PATH…`: finds secrets of this brand by pattern and checksum, offline: in files of any size and kind, in
//! archives, and in the history of git repositories. Never prints one.

mod content;
mod find;
mod git;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use self::find::{Finding, Pattern};
use self::git::Place;
use super::{Context, Outcome};

#[derive(Args, Debug)]
pub(super) struct Scan {
    /// Files and folders; archives are opened, and of git repositories the whole history is read
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Leave the history of git repositories out
    #[arg(long)]
    no_git: bool,
}

/// A secret, and where it stands.
struct Found {
    file: PathBuf,
    /// The path within archives; empty for the file itself.
    entry: String,
    /// Where it stands in a repository's history.
    place: Option<Place>,
    finding: Finding,
}

/// What couldn't be searched.
struct Unreadable {
    file: PathBuf,
    entry: String,
    place: Option<Place>,
    problem: String,
}

impl Scan {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let brand = context.settings()?.brand;
        let mut walk = Walk {
            pattern: Pattern::new(&brand),
            with_git: !self.no_git,
            repositories: HashSet::new(),
            found: Vec::new(),
            unreadable: Vec::new(),
        };
        for path in &self.paths {
            walk.argument(path);
        }
        for unreadable in &walk.unreadable {
            context.output.error(&unreadable.line(), ExitCode::FAILURE);
        }
        let items: Vec<Value> = walk.found.iter().map(Found::item).collect();
        let unreadable: Vec<Value> = walk.unreadable.iter().map(Unreadable::item).collect();
        let lines: Vec<String> = walk.found.iter().map(Found::line).collect();
        let text = if lines.is_empty() { "No secret found.".to_owned() } else { lines.join("\n") };
        context.output.answer(&json!({ "items": items, "unreadable": unreadable }), &text);
        let clean = walk.found.is_empty() && walk.unreadable.is_empty();
        Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Found {
    fn item(&self) -> Value {
        let finding = &self.finding;
        let mut item = json!({
            "file": self.file, "line": finding.line, "column": finding.column, "offset": finding.offset,
            "kind": finding.kind.as_str(), "id": finding.id,
        });
        add_place(&mut item, &self.entry, self.place.as_ref());
        item
    }

    fn line(&self) -> String {
        let Finding { line, column, kind, id, .. } = &self.finding;
        format!("{}:{line}:{column} {} {id}", name(&self.file, &self.entry, self.place.as_ref()), kind.as_str())
    }
}

impl Unreadable {
    fn item(&self) -> Value {
        let mut item = json!({ "file": self.file, "problem": self.problem });
        add_place(&mut item, &self.entry, self.place.as_ref());
        item
    }

    fn line(&self) -> String {
        format!("{}: {}", name(&self.file, &self.entry, self.place.as_ref()), self.problem)
    }
}

fn add_place(item: &mut Value, entry: &str, place: Option<&Place>) {
    if !entry.is_empty() {
        item["entry"] = json!(entry);
    }
    if let Some(Place { kind, object, commit, path }) = place {
        item["git"] = json!({ "object": object, "kind": kind, "commit": commit, "path": path });
    }
}

/// `file`, `archive.zip!/entry`, `repository@commit:path`, `repository@blob` for one that no commit has.
fn name(file: &Path, entry: &str, place: Option<&Place>) -> String {
    let mut name = file.display().to_string();
    if let Some(place) = place {
        name.push('@');
        name.push_str(place.commit.as_ref().unwrap_or(&place.object));
        match &place.path {
            Some(path) => name.extend([":", path]),
            None if place.commit.is_none() => name.extend([" (no commit has it) ", &place.kind]),
            None => {}
        }
    }
    if !entry.is_empty() {
        name.extend(["!/", entry]);
    }
    // what others chose mustn't write to the terminal
    name.replace(char::is_control, "\u{fffd}")
}

struct Walk {
    pattern: Pattern,
    with_git: bool,
    /// Those that were searched: worktrees share one.
    repositories: HashSet<PathBuf>,
    found: Vec<Found>,
    unreadable: Vec<Unreadable>,
}

impl Walk {
    /// A path that was named is followed where it is a link, and searched or said to be none that is.
    fn argument(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() || metadata.is_file() => self.path(path, &metadata),
            Ok(_) => self.unreadable(path, &io::Error::other("neither a file nor a folder: not searched")),
            Err(error) => self.unreadable(path, &error),
        }
    }

    /// Links within folders are not followed: they might lead in circles.
    fn path(&mut self, path: &Path, metadata: &fs::Metadata) {
        if metadata.is_dir() {
            self.folder(path);
        } else if metadata.is_file() {
            self.file(path);
        }
    }

    fn folder(&mut self, folder: &Path) {
        let repository = git::repository(folder);
        if let Some(repository) = &repository {
            self.history(folder, repository);
        }
        let entries: io::Result<Vec<_>> = fs::read_dir(folder).and_then(Iterator::collect);
        let mut paths: Vec<PathBuf> = match entries {
            Ok(entries) => entries.into_iter().map(|entry| entry.path()).collect(),
            Err(error) => return self.unreadable(folder, &error),
        };
        paths.sort();
        for path in paths {
            // read by git, packed
            if repository.is_some() && path.file_name().is_some_and(|name| name == "objects") {
                continue;
            }
            match fs::symlink_metadata(&path) {
                Ok(metadata) => self.path(&path, &metadata),
                Err(error) => self.unreadable(&path, &error),
            }
        }
    }

    fn file(&mut self, path: &Path) {
        if let Some(repository) = git::repository(path) {
            self.history(path, &repository);
        }
        let opened = File::open(path).and_then(|file| File::open(path).map(|again| (file, again)));
        match opened {
            Ok((mut file, again)) => {
                let searched = content::search(&self.pattern, &mut file, Some(again));
                self.add(path, None, searched);
            }
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn history(&mut self, path: &Path, repository: &Path) {
        let known = fs::canonicalize(repository).unwrap_or_else(|_| repository.to_path_buf());
        if !self.with_git || !self.repositories.insert(known) {
            return;
        }
        let mut found = Vec::new();
        let done = git::search(repository, &self.pattern, &mut |place, searched| found.push((place, searched)));
        for (place, searched) in found {
            self.add(path, Some(&place), searched);
        }
        if let Err(error) = done {
            self.unreadable(path, &error);
        }
    }

    fn add(&mut self, file: &Path, place: Option<&Place>, searched: content::Searched) {
        self.found.extend(searched.findings.into_iter().map(|(entry, finding)| Found {
            file: file.to_path_buf(),
            entry,
            place: place.cloned(),
            finding,
        }));
        self.unreadable.extend(searched.problems.into_iter().map(|(entry, problem)| Unreadable {
            file: file.to_path_buf(),
            entry,
            place: place.cloned(),
            problem,
        }));
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let (file, entry, problem) = (path.to_path_buf(), String::new(), error.to_string());
        self.unreadable.push(Unreadable { file, entry, place: None, problem });
    }
}
