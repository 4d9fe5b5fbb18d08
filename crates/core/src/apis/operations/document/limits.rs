//! How much a document may hold.

use super::DocumentError;

/// The largest document, in bytes (contract section 10, "Limits").
pub(crate) const MAX_DOCUMENT_BYTES: usize = 5 * 1024 * 1024;
/// The most levels of lists and mappings within each other.
pub(crate) const MAX_DEPTH: usize = 64;
/// The most values, those that aliases repeat counted each time.
pub(super) const MAX_NODES: usize = 500_000;

/// How many values a document may still have.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Self {
        Self(MAX_NODES)
    }

    /// Takes `count` values that stand at this line.
    pub(super) fn take(&mut self, count: usize, line: usize) -> Result<(), DocumentError> {
        self.0 = self.0.checked_sub(count).ok_or_else(|| {
            DocumentError::at(
                line,
                format!("the document has more than {MAX_NODES} values, what its aliases repeat included"),
            )
        })?;
        Ok(())
    }
}

/// Whether there may be a list or mapping within so many others.
pub(super) fn check_depth(depth: usize, line: usize) -> Result<(), DocumentError> {
    if depth >= MAX_DEPTH {
        return Err(DocumentError::at(
            line,
            format!("lists and mappings stand more than {MAX_DEPTH} deep in each other"),
        ));
    }
    Ok(())
}
