//! What is searched: plain bytes, and what archives hold. An archive is recognised by what it begins with, whatever its
//! name, and nothing of it is written to the disk.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::find::{Finding, Pattern};

/// Archives within archives: a `.tar.gz` is two, and may stand in another one.
const MOST_LEVELS: u32 = 4;
/// Bytes that all of an archive may unpack to.
const MOST_UNPACKED: u64 = 4 * 1024 * 1024 * 1024;
/// Entries of an archive and of all within it.
const MOST_ENTRIES: u64 = 200_000;
/// Bytes of a zip archive within another archive: it is read by its end, so that all of it is held in memory.
const LARGEST_INNER_ZIP: u64 = 256 * 1024 * 1024;
/// As much of a beginning as tells what it is.
const HEAD: usize = 512;

/// What one file or object held.
#[derive(Default)]
pub(super) struct Searched {
    /// Each with the path within archives (`inner.tar!/a.txt`); empty for the file itself.
    pub(super) findings: Vec<(String, Finding)>,
    /// What couldn't be read or was left out, each with its path.
    pub(super) problems: Vec<(String, String)>,
}

/// Searches a stream; `seekable` is another way to read the same where there is one.
pub(super) fn search<S: Read + Seek>(pattern: &Pattern, reader: &mut dyn Read, seekable: Option<S>) -> Searched {
    let mut walk = Walk { pattern, searched: Searched::default(), left: Rc::new(Cell::new(MOST_UNPACKED)), entries: 0 };
    walk.stream("", reader, seekable, 0);
    walk.searched
}

enum Form {
    Zip,
    Gzip,
    Tar,
    Plain,
}

impl Form {
    fn of(head: &[u8]) -> Self {
        const TAR_MAGIC: std::ops::Range<usize> = 257..262;
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            Self::Zip
        } else if head.starts_with(&[0x1f, 0x8b, 8]) {
            Self::Gzip
        } else if head.get(TAR_MAGIC) == Some(b"ustar") {
            Self::Tar
        } else {
            Self::Plain
        }
    }
}

/// The unpacked bytes are more than there may be.
#[derive(Debug, thiserror::Error)]
#[error("it unpacks to more than 4 GiB: the rest was not searched")]
struct TooMuch;

/// Counts what comes out of an archive.
struct Counted<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.unwrap_or(0));
        left.map(|_| read).ok_or_else(|| io::Error::other(TooMuch))
    }
}

struct Walk<'a> {
    pattern: &'a Pattern,
    searched: Searched,
    left: Rc<Cell<u64>>,
    entries: u64,
}

impl Walk<'_> {
    fn stream<S: Read + Seek>(&mut self, name: &str, reader: &mut dyn Read, seekable: Option<S>, level: u32) {
        let mut head = Vec::with_capacity(HEAD);
        if let Err(error) = (&mut *reader).take(HEAD as u64).read_to_end(&mut head) {
            return self.problem(name, &error);
        }
        let form = Form::of(&head);
        let mut whole = Cursor::new(head).chain(reader);
        if !matches!(form, Form::Plain) && level >= MOST_LEVELS {
            self.note(name, "archives within archives: not opened, only its bytes were searched");
            return self.plain(name, &mut whole);
        }
        match (form, seekable) {
            (Form::Zip, Some(seekable)) => self.zip(name, seekable, &mut whole, level),
            (Form::Zip, None) => self.inner_zip(name, &mut whole, level),
            (Form::Gzip, _) => self.gzip(name, &mut whole, level),
            (Form::Tar, _) => self.tar(name, &mut whole, level),
            (Form::Plain, _) => self.plain(name, &mut whole),
        }
    }

    fn plain(&mut self, name: &str, reader: &mut dyn Read) {
        match self.pattern.find(reader) {
            Ok(findings) => {
                self.searched.findings.extend(findings.into_iter().map(|finding| (name.to_owned(), finding)));
            }
            Err(error) => self.problem(name, &error),
        }
    }

    fn inner_zip(&mut self, name: &str, reader: &mut dyn Read, level: u32) {
        let mut bytes = Vec::new();
        if let Err(error) = reader.take(LARGEST_INNER_ZIP).read_to_end(&mut bytes) {
            return self.problem(name, &error);
        }
        if bytes.len() as u64 == LARGEST_INNER_ZIP {
            self.note(name, "a zip archive of more than 256 MiB within an archive: not opened");
            return;
        }
        self.zip(name, Cursor::new(&bytes[..]), &mut &bytes[..], level);
    }

    fn zip<S: Read + Seek>(&mut self, name: &str, seekable: S, raw: &mut dyn Read, level: u32) {
        let mut archive = match ZipArchive::new(io::BufReader::new(seekable)) {
            Ok(archive) => archive,
            Err(error) => {
                self.note(name, &format!("not a whole zip archive, only its bytes were searched: {error}"));
                return self.plain(name, raw);
            }
        };
        for index in 0..archive.len() {
            if !self.count_entry(name) {
                return;
            }
            let inner = match archive.by_index(index) {
                Ok(entry) if entry.is_dir() => continue,
                Ok(entry) => entry,
                Err(error) => {
                    self.note(name, &format!("entry {}: {error}", index + 1));
                    continue;
                }
            };
            let path = within(name, &String::from_utf8_lossy(inner.name_raw()));
            let mut counted = Counted { inner, left: Rc::clone(&self.left) };
            self.stream(&path, &mut counted, None::<Cursor<&[u8]>>, level + 1);
            if self.left.get() == 0 {
                return;
            }
        }
    }

    fn gzip(&mut self, name: &str, reader: &mut dyn Read, level: u32) {
        let mut counted = Counted { inner: MultiGzDecoder::new(reader), left: Rc::clone(&self.left) };
        self.stream(name, &mut counted, None::<Cursor<&[u8]>>, level + 1);
    }

    fn tar(&mut self, name: &str, reader: &mut dyn Read, level: u32) {
        let mut archive = tar::Archive::new(reader);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.problem(name, &error),
        };
        for entry in entries {
            if !self.count_entry(name) {
                return;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.problem(name, &error),
            };
            let kind = entry.header().entry_type();
            if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
                continue;
            }
            let path = within(name, &String::from_utf8_lossy(&entry.path_bytes()));
            // one with holes may be far larger than the archive
            let mut counted = Counted { inner: entry, left: Rc::clone(&self.left) };
            self.stream(&path, &mut counted, None::<Cursor<&[u8]>>, level + 1);
            if self.left.get() == 0 {
                return;
            }
        }
    }

    /// Whether one more entry may be looked at.
    fn count_entry(&mut self, name: &str) -> bool {
        self.entries += 1;
        if self.entries == MOST_ENTRIES + 1 {
            self.note(name, "more than 200 000 entries: the rest was not searched");
        }
        self.entries <= MOST_ENTRIES
    }

    fn problem(&mut self, name: &str, error: &io::Error) {
        self.note(name, &error.to_string());
    }

    fn note(&mut self, name: &str, problem: &str) {
        self.searched.problems.push((name.to_owned(), problem.to_owned()));
    }
}

fn within(archive: &str, entry: &str) -> String {
    if archive.is_empty() { entry.to_owned() } else { format!("{archive}!/{entry}") }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use latchkey_types::secret::{self, SecretKind};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn leak() -> Vec<u8> {
        format!("KEY={}\n", secret::compose("lk", SecretKind::Live, "7Gk2mPq9XzRtA1b2", &[7; 32])).into_bytes()
    }

    fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    }

    fn tarred(name: &str, content: &[u8]) -> Vec<u8> {
        tarred_as(tar::EntryType::Regular, name, content)
    }

    fn tarred_as(kind: tar::EntryType, name: &str, content: &[u8]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, content).unwrap();
        builder.into_inner().unwrap()
    }

    fn gzipped(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn searched(content: &[u8]) -> Searched {
        search(&Pattern::new("lk"), &mut &content[..], Some(Cursor::new(content)))
    }

    /// The same where no more than so many bytes may come out of archives.
    fn unpacked_to(most: u64, content: &[u8]) -> Searched {
        let mut walk = Walk {
            pattern: &Pattern::new("lk"),
            searched: Searched::default(),
            left: Rc::new(Cell::new(most)),
            entries: 0,
        };
        walk.stream("", &mut &content[..], None::<Cursor<&[u8]>>, 0);
        walk.searched
    }

    fn found(content: &[u8]) -> Vec<String> {
        let searched = searched(content);
        assert_eq!(searched.problems, []);
        searched.findings.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn archives_are_opened_whatever_they_are_called() {
        assert_eq!(found(&leak()), [""]);
        assert_eq!(found(&zipped("a/b.env", &leak())), ["a/b.env"]);
        assert_eq!(found(&tarred("a/b.env", &leak())), ["a/b.env"]);
        assert_eq!(found(&gzipped(&leak())), [""]);
        assert_eq!(found(&gzipped(&tarred("b.env", &leak()))), ["b.env"]);
        assert_eq!(found(&[&gzipped(b"one\n")[..], &gzipped(&leak())].concat()), [""], "two members");
    }

    /// A file of `size` bytes, holes but for `content` at its end, as GNU tar writes it (its manual, "Old GNU Format").
    fn sparse(size: u64, content: &[u8]) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::GNUSparse);
        header.set_path("holes").unwrap();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let gnu = header.as_gnu_mut().unwrap();
        gnu.set_real_size(size);
        let octal = |field: &mut [u8; 12], number: u64| field.copy_from_slice(format!("{number:011o}\0").as_bytes());
        octal(&mut gnu.sparse[0].offset, size - content.len() as u64);
        octal(&mut gnu.sparse[0].numbytes, content.len() as u64);
        header.set_cksum();
        let mut builder = tar::Builder::new(Vec::new());
        builder.append(&header, content).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn every_kind_of_file_in_an_archive_is_searched() {
        assert_eq!(found(&tarred_as(tar::EntryType::Continuous, "b.env", &leak())), ["b.env"]);
        assert_eq!(found(&sparse(1_000_000, &leak())), ["holes"]);
        let bomb = unpacked_to(1_000_000, &sparse(2_000_000, &leak()));
        assert_eq!((bomb.findings.len(), bomb.problems.len()), (0, 1), "holes are bytes too");
    }

    #[test]
    fn two_deep_and_no_deeper() {
        let inner = gzipped(&tarred("b.env", &leak()));
        assert_eq!(found(&zipped("in.tgz", &inner)), ["in.tgz!/b.env"]);
        assert_eq!(found(&gzipped(&tarred("in.tgz", &inner))), ["in.tgz!/b.env"]);
        assert_eq!(
            found(&tarred("in.jar", &zipped("deeper.zip", &zipped("b.env", &leak())))),
            ["in.jar!/deeper.zip!/b.env"]
        );
        let mut many = leak();
        for _ in 0..40 {
            many = gzipped(&many);
        }
        let deep = searched(&many);
        assert_eq!((deep.findings.len(), deep.problems.len()), (0, 1), "a quine of archives ends");
    }

    #[test]
    fn what_is_damaged_is_named() {
        let archive = zipped("b.env", &leak());
        let cut = searched(&archive[..archive.len() - 10]);
        assert_eq!(cut.problems.len(), 1);
        let cut = searched(&gzipped(&leak())[..20]);
        assert_eq!(cut.problems.len(), 1);
        let cut = searched(&tarred("b.env", &leak())[..600]);
        assert_eq!((cut.findings.len(), cut.problems.len()), (1, 1));
    }

    // F-24: what unpacks without end is left alone
    #[test]
    fn a_bomb_ends() {
        let bomb = unpacked_to(1_000_000, &gzipped(&vec![b'x'; 2_000_000]));
        assert_eq!(bomb.problems.len(), 1);
        assert!(bomb.problems[0].1.contains("4 GiB"), "{:?}", bomb.problems);
    }
}
