//! Finds secrets in a stream of bytes of any length and kind: a chunk at a time, and one secret's length of the chunk
//! before.

use std::io::{self, Read};

use latchkey_types::secret::{self, ParsedSecret, SecretKind};
use memchr::memmem;

/// Where a secret stands, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// From 1.
    pub(super) line: u64,
    /// In bytes, from 1.
    pub(super) column: u64,
    /// In bytes, from 0.
    pub(super) offset: u64,
    pub(super) kind: SecretKind,
    pub(super) id: String,
}

/// How the characters of a text stand in its bytes.
#[derive(Clone, Copy)]
enum Width {
    /// ASCII, UTF-8 and their like.
    One,
    /// UTF-16, as Windows' shells write it.
    Two,
}

/// What is searched for: secrets of one brand.
pub(super) struct Pattern {
    brand: String,
    start: memmem::Finder<'static>,
    wide_start: memmem::Finder<'static>,
    /// Bytes of the longest secret.
    longest: usize,
}

impl Pattern {
    pub(super) fn new(brand: &str) -> Self {
        let start = format!("{brand}_");
        // whichever byte of a character comes first: between two characters there is one zero
        let wide: Vec<u8> = start.bytes().flat_map(|byte| [byte, 0]).take(2 * start.len() - 1).collect();
        let longest = SecretKind::ALL.into_iter().map(|kind| length(brand, kind)).max().unwrap_or_default();
        Self {
            start: memmem::Finder::new(start.as_bytes()).into_owned(),
            wide_start: memmem::Finder::new(&wide).into_owned(),
            longest: 2 * longest,
            brand: brand.to_owned(),
        }
    }

    /// All secrets in the stream.
    ///
    /// # Errors
    /// The stream's.
    pub(super) fn find(&self, reader: &mut dyn Read) -> io::Result<Vec<Finding>> {
        const CHUNK: usize = 256 * 1024;
        let mut search = Search { pattern: self, buffer: Vec::with_capacity(2 * CHUNK), at: Position::START };
        let mut findings = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => search.feed(&chunk[..read], &mut findings),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        search.finish(&mut findings);
        Ok(findings)
    }

    /// The secret that begins with these bytes.
    fn secret_at(&self, bytes: &[u8], width: Width) -> Option<(SecretKind, String)> {
        SecretKind::ALL.into_iter().find_map(|kind| {
            let text = characters(bytes, length(&self.brand, kind), width)?;
            let ParsedSecret { kind, id } = secret::parse(&self.brand, &text).ok()?;
            Some((kind, id.to_owned()))
        })
    }
}

/// The first so many ASCII characters.
fn characters(bytes: &[u8], count: usize, width: Width) -> Option<String> {
    let text: Vec<u8> = match width {
        Width::One => bytes.get(..count)?.to_vec(),
        Width::Two => {
            let bytes = bytes.get(..2 * count - 1)?;
            if bytes.iter().skip(1).step_by(2).any(|between| *between != 0) {
                return None;
            }
            bytes.iter().step_by(2).copied().collect()
        }
    };
    String::from_utf8(text).ok()
}

/// Of a whole secret of this kind, in characters.
fn length(brand: &str, kind: SecretKind) -> usize {
    const SEPARATORS: usize = 3;
    brand.len() + kind.as_str().len() + secret::ID_LENGTH + secret::SECRET_LENGTH + secret::CHECK_LENGTH + SEPARATORS
}

#[derive(Clone, Copy)]
struct Position {
    offset: u64,
    line: u64,
    column: u64,
}

impl Position {
    const START: Self = Self { offset: 0, line: 1, column: 1 };

    /// Behind these bytes.
    fn after(self, bytes: &[u8]) -> Self {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let column = match memchr::memrchr(b'\n', bytes) {
            Some(last) => (bytes.len() - last) as u64,
            None => self.column + bytes.len() as u64,
        };
        Self { offset: self.offset + bytes.len() as u64, line: self.line + lines, column }
    }
}

/// One stream's search.
struct Search<'a> {
    pattern: &'a Pattern,
    /// What may still hold the beginning of a secret.
    buffer: Vec<u8>,
    /// Where the buffer begins.
    at: Position,
}

impl Search<'_> {
    fn feed(&mut self, chunk: &[u8], findings: &mut Vec<Finding>) {
        self.buffer.extend_from_slice(chunk);
        let decided = self.buffer.len().saturating_sub(self.pattern.longest - 1);
        self.search(decided, findings);
        self.at = self.at.after(&self.buffer[..decided]);
        self.buffer.drain(..decided);
    }

    fn finish(mut self, findings: &mut Vec<Finding>) {
        self.search(self.buffer.len(), findings);
    }

    /// Secrets that begin before `end`.
    fn search(&mut self, end: usize, findings: &mut Vec<Finding>) {
        let starts = [(&self.pattern.start, Width::One), (&self.pattern.wide_start, Width::Two)];
        let mut found: Vec<(usize, SecretKind, String)> = Vec::new();
        for (start, width) in starts {
            for position in start.find_iter(&self.buffer).take_while(|position| *position < end) {
                let secret = self.pattern.secret_at(&self.buffer[position..], width);
                found.extend(secret.map(|(kind, id)| (position, kind, id)));
            }
        }
        found.sort_unstable_by_key(|(position, ..)| *position);
        let (mut at, mut from) = (self.at, 0);
        for (position, kind, id) in found {
            at = at.after(&self.buffer[from..position]);
            from = position;
            findings.push(Finding { line: at.line, column: at.column, offset: at.offset, kind, id });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "7Gk2mPq9XzRtA1b2";

    fn find(content: &[u8], brand: &str) -> Vec<Finding> {
        Pattern::new(brand).find(&mut &content[..]).unwrap()
    }

    #[test]
    fn finds_each_kind_and_nothing_that_only_looks_so() {
        for kind in SecretKind::ALL {
            let secret = secret::compose("lk", kind, ID, &[7; 32]);
            let text = format!("first line\nKEY=\"{secret}\" # {secret}\n");
            let found = find(text.as_bytes(), "lk");
            let second = 6 + secret.len() as u64 + 4;
            assert_eq!(
                found.iter().map(|finding| (finding.line, finding.column, finding.offset)).collect::<Vec<_>>(),
                [(2, 6, 16), (2, second, 10 + second)]
            );
            assert_eq!((found[0].kind, found[0].id.as_str()), (kind, ID));

            let mut wrong = secret.clone();
            wrong.replace_range(secret.len() - 1.., if secret.ends_with('0') { "1" } else { "0" });
            assert_eq!(find(wrong.as_bytes(), "lk"), []);
            assert_eq!(find(secret.as_bytes(), "acme"), []);
            assert_eq!(find(&secret.as_bytes()[..secret.len() - 1], "lk"), []);
        }
    }

    #[test]
    fn utf_16_of_either_order_is_read() {
        let secret = secret::compose("lk", SecretKind::Live, ID, &[7; 32]);
        let text = format!("KEY={secret}\r\n");
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
            let found = find(&bytes, "lk");
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].line, found[0].id.as_str()), (1, ID));
        }
    }

    /// Hands out as many bytes at a time as it is told.
    struct Drip<'a>(&'a [u8], Vec<usize>);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.pop().unwrap_or(7).min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    proptest! {
        // however a stream comes in pieces, the same is found at the same places
        #[test]
        fn pieces_make_no_difference(
            noise in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..6),
            pieces in proptest::collection::vec(1_usize..300, 0..60),
        ) {
            let secret = secret::compose("lk", SecretKind::AccessToken, ID, &[9; 32]);
            let content = noise.join(secret.as_bytes());
            let whole = find(&content, "lk");
            let dripped = Pattern::new("lk").find(&mut Drip(&content, pieces)).unwrap();
            prop_assert_eq!(&whole, &dripped);
            prop_assert_eq!(whole.len(), noise.len() - 1);
            for finding in whole {
                let start = usize::try_from(finding.offset).unwrap();
                prop_assert_eq!(&content[start..start + secret.len()], secret.as_bytes());
                let before = &content[..start];
                prop_assert_eq!(finding.line, before.split(|byte| *byte == b'\n').count() as u64);
                let last = before.rsplit(|byte| *byte == b'\n').next().unwrap();
                prop_assert_eq!(finding.column, last.len() as u64 + 1);
            }
        }
    }
}
