//! Prefix search by a range over an indexed column: the same SQL on both databases, with an index on each.

/// The texts that start with a prefix: from `from`, to `to`.
pub(crate) struct Prefix {
    pub(crate) from: String,
    pub(crate) to: String,
}

impl Prefix {
    /// Exactly these letters.
    pub(crate) fn exact(prefix: &str) -> Self {
        // Behind every text that goes on with an assigned character, in the order of UTF-8's bytes.
        Self { from: prefix.to_owned(), to: format!("{prefix}{}", char::MAX) }
    }

    /// Whatever the letters' case; for a column filled with [`folded`].
    pub(crate) fn folded(prefix: &str) -> Self {
        Self::exact(&folded(prefix))
    }
}

/// What a `search_…` column holds.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Whether a text column can hold this at all: PostgreSQL's can't hold NUL, so nothing is ever found by such a text.
pub(crate) fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}
