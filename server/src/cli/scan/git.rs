//! The history of a git repository: every object that is there, whether or not a branch still reaches it. Reading is
//! left to the `git` program, which knows packs, deltas, alternates and every hash.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::content::{self, Searched};
use super::find::Pattern;

/// A commit, tag or tree that is larger isn't one.
const LARGEST_TREE: u64 = 64 * 1024 * 1024;
/// Bytes of what git says on standard error.
const LONGEST_COMPLAINT: u64 = 4 * 1024;

/// Where an object stands in the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// `blob`, `commit` or `tag`.
    pub(super) kind: String,
    /// The object's id.
    pub(super) object: String,
    /// The oldest commit with it; `None`: no commit has it any more.
    pub(super) commit: Option<String>,
    /// Its path there.
    pub(super) path: Option<String>,
}

/// The folder that holds the objects of a repository, where this is one: a bare one, a `.git`, or a file `.git` that
/// names one.
pub(super) fn repository(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return (path.file_name() == Some(OsStr::new(".git"))).then(|| named_by(path)).flatten();
    }
    let is_one = path.join("HEAD").is_file() && path.join("objects").is_dir() && path.join("refs").is_dir();
    is_one.then(|| path.to_path_buf())
}

/// A worktree's or submodule's: `gitdir: …`, and where that shares its objects, `commondir`.
fn named_by(file: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(file).ok()?;
    let folder = file.parent()?.join(text.strip_prefix("gitdir:")?.trim());
    let common = std::fs::read_to_string(folder.join("commondir")).ok();
    let folder = common.map_or_else(|| folder.clone(), |common| folder.join(common.trim()));
    folder.join("objects").is_dir().then_some(folder)
}

/// Searches every object. Calls `found` for each that holds something or can't be read.
///
/// # Errors
/// Where git isn't there or doesn't know what to do with the repository.
pub(super) fn search(folder: &Path, pattern: &Pattern, found: &mut dyn FnMut(Place, Searched)) -> io::Result<()> {
    let mut history = History::default();
    let mut held: Vec<(Place, Searched)> = Vec::new();
    let mut all = Objects::every(folder)?;
    while let Some(object) = all.next()? {
        let (kind, id, size) = (object.kind, object.id, object.size);
        let mut content = (&mut all.output).take(size);
        match kind.as_str() {
            "blob" => note(&mut held, kind, id, content::search(pattern, &mut content, NOT_SEEKABLE)),
            "commit" | "tag" if size <= LARGEST_TREE => {
                let mut bytes = Vec::new();
                content.read_to_end(&mut bytes)?;
                if kind == "commit" {
                    history.add(&id, &bytes);
                }
                note(&mut held, kind, id, content::search(pattern, &mut &bytes[..], NOT_SEEKABLE));
            }
            _ => {}
        }
        io::copy(&mut content, &mut io::sink())?;
        all.end_of_object()?;
    }
    all.finish()?;
    let wanted = held.iter().filter(|(place, _)| place.kind == "blob").map(|(place, _)| place.object.clone()).collect();
    let mut places = history.places_of(folder, wanted)?;
    for (mut place, searched) in held {
        if place.kind == "commit" {
            place.commit = Some(place.object.clone());
        } else if let Some((commit, path)) = places.remove(&place.object) {
            (place.commit, place.path) = (Some(commit), Some(path));
        }
        found(place, searched);
    }
    Ok(())
}

const NOT_SEEKABLE: Option<io::Cursor<&[u8]>> = None;

fn note(held: &mut Vec<(Place, Searched)>, kind: String, object: String, searched: Searched) {
    if !searched.findings.is_empty() || !searched.problems.is_empty() {
        held.push((Place { kind, object, commit: None, path: None }, searched));
    }
}

/// git, reading this repository and nothing else: no settings of the machine, no network, no other program.
fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .arg("--git-dir")
        .arg(folder)
        .args(["--no-replace-objects", "-c", "safe.directory=*", "cat-file"])
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn start(command: &mut Command) -> io::Result<Child> {
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::other("its history is read by the program git, which isn't there"),
        _ => error,
    })
}

/// What `git cat-file --batch` says of one object.
struct Object {
    id: String,
    kind: String,
    size: u64,
}

/// The objects of a repository as git hands them out.
struct Objects {
    child: Child,
    output: BufReader<ChildStdout>,
    complaint: std::thread::JoinHandle<String>,
}

impl Objects {
    fn every(folder: &Path) -> io::Result<Self> {
        let mut child = start(&mut git(folder, &["--batch-all-objects", "--batch", "--unordered", "--buffer"]))?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut stderr = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        // read beside, so that git never waits for us to hear it out
        let complaint = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = (&mut stderr).take(LONGEST_COMPLAINT).read_to_end(&mut text);
            let _ = io::copy(&mut stderr, &mut io::sink());
            String::from_utf8_lossy(&text).trim().to_owned()
        });
        Ok(Self { child, output: BufReader::with_capacity(1 << 18, output), complaint })
    }

    /// The next object; its content is to be read to its end before the next call.
    fn next(&mut self) -> io::Result<Option<Object>> {
        read_header(&mut self.output)
    }

    fn end_of_object(&mut self) -> io::Result<()> {
        self.output.read_exact(&mut [0])
    }

    fn finish(mut self) -> io::Result<()> {
        let status = self.child.wait()?;
        let complaint = self.complaint.join().unwrap_or_default();
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("git: {complaint}"))) }
    }
}

/// `<id> <kind> <size>`; lines about objects that aren't there are passed over.
fn read_header(output: &mut impl BufRead) -> io::Result<Option<Object>> {
    loop {
        let mut line = String::new();
        if output.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_ascii_whitespace();
        if let (Some(id), Some(kind), Some(size)) = (words.next(), words.next(), words.next())
            && let Ok(size) = size.parse()
        {
            return Ok(Some(Object { id: id.to_owned(), kind: kind.to_owned(), size }));
        }
    }
}

/// The commits, by their time.
#[derive(Default)]
struct History {
    commits: BTreeMap<(i64, String), String>,
}

impl History {
    /// Notes a commit with its tree.
    fn add(&mut self, id: &str, content: &[u8]) {
        let header = content.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
        let (mut tree, mut time) = (None, 0);
        for line in header.map(String::from_utf8_lossy) {
            if let Some(named) = line.strip_prefix("tree ") {
                tree = Some(named.to_owned());
            } else if let Some(committer) = line.strip_prefix("committer ") {
                // name <address> seconds zone
                time = committer.rsplit(' ').nth(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
            }
        }
        if let Some(tree) = tree {
            self.commits.insert((time, id.to_owned()), tree);
        }
    }

    /// The oldest commit that has each blob, and its path there. No tree is read twice.
    fn places_of(&self, folder: &Path, mut wanted: HashSet<String>) -> io::Result<HashMap<String, (String, String)>> {
        let mut places = HashMap::new();
        if wanted.is_empty() {
            return Ok(places);
        }
        let mut trees = Trees::open(folder)?;
        let mut seen = HashSet::new();
        for ((_, commit), tree) in &self.commits {
            let mut waiting = vec![(tree.clone(), String::new())];
            while let Some((tree, prefix)) = waiting.pop() {
                if wanted.is_empty() {
                    return Ok(places);
                }
                if !seen.insert(tree.clone()) {
                    continue;
                }
                for entry in trees.read(&tree)? {
                    let path = format!("{prefix}{}", entry.name);
                    if entry.is_tree {
                        waiting.push((entry.id, format!("{path}/")));
                    } else if wanted.remove(&entry.id) {
                        places.insert(entry.id, (commit.clone(), path));
                    }
                }
            }
        }
        Ok(places)
    }
}

/// Reads trees, one after the other.
struct Trees {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Trees {
    fn open(folder: &Path) -> io::Result<Self> {
        let mut child = start(git(folder, &["--batch"]).stdin(Stdio::piped()).stderr(Stdio::null()))?;
        let input = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let output = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        Ok(Self { child, input, output })
    }

    /// A tree's entries; none where it isn't there.
    fn read(&mut self, id: &str) -> io::Result<Vec<Entry>> {
        writeln!(self.input, "{id}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let mut words = line.split_ascii_whitespace().skip(1);
        let (kind, size) = (words.next(), words.next().and_then(|size| size.parse::<u64>().ok()));
        let Some(size) = size else { return Ok(Vec::new()) };
        let mut bytes = Vec::new();
        let mut content = (&mut self.output).take(size + 1);
        if kind == Some("tree") && size <= LARGEST_TREE {
            content.read_to_end(&mut bytes)?;
        }
        io::copy(&mut content, &mut io::sink())?;
        Ok(entries(&bytes, id.len() / 2))
    }
}

impl Drop for Trees {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An entry of a tree.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    id: String,
    name: String,
    is_tree: bool,
}

/// `<mode> <name>\0<id>`, one behind the other. What can't be read ends the list.
fn entries(mut bytes: &[u8], id_length: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some(space) = memchr::memchr(b' ', bytes) {
        let Some(nul) = memchr::memchr(0, &bytes[space..]).map(|nul| space + nul) else { break };
        let Some(id) = bytes.get(nul + 1..nul + 1 + id_length) else { break };
        entries.push(Entry {
            id: id.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
            name: String::from_utf8_lossy(&bytes[space + 1..nul]).into_owned(),
            is_tree: &bytes[..space] == b"40000",
        });
        bytes = &bytes[nul + 1 + id_length..];
    }
    entries
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tree_is_read() {
        let tree = [&b"100644 a b\0"[..], &[0xab; 20], b"40000 src\0", &[1; 20], b"100644 cut\0", &[2; 19]].concat();
        let read = entries(&tree, 20);
        assert_eq!(read.len(), 2);
        assert_eq!(read[0], Entry { id: "ab".repeat(20), name: "a b".to_owned(), is_tree: false });
        assert!(read[1].is_tree && read[1].name == "src");
    }

    #[test]
    fn a_commit_names_its_tree_and_time() {
        let mut history = History::default();
        let commit = b"tree 11\nparent 22\nauthor A <a@x> 5 +0000\ncommitter A B <a@x> 7 +0200\n\ntree 33\n";
        history.add("aa", commit);
        history.add("bb", b"no commit");
        assert_eq!(history.commits.into_iter().collect::<Vec<_>>(), [((7, "aa".to_owned()), "11".to_owned())]);
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), length in 0_usize..40) {
            let _ = entries(&bytes, length);
            History::default().add("x", &bytes);
            let _ = read_header(&mut &bytes[..]);
        }
    }
}
