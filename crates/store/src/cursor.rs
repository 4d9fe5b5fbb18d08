//! Where the next page of a list starts: the place in the list's order and the id of the last item, opaque to callers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::ports::{Listed, Page, StoreError};
use latchkey_types::Timestamp;

/// Behind every instant and every id: a list that starts at the newest starts here.
const NEWEST: (i64, &str) = (i64::MAX, "");

/// Where a list that is newest first goes on: items before this (instant in milliseconds, id).
pub(crate) fn by_time(page: &Page) -> Result<(i64, String), StoreError> {
    let Some((id, place)) = read(page)? else {
        return Ok((NEWEST.0, NEWEST.1.to_owned()));
    };
    let millis = place.parse().map_err(|_| StoreError::BadCursor)?;
    Ok((millis, id))
}

/// Where a list by name goes on: items behind this (name, id). Every name comes behind ("", "").
pub(crate) fn by_name(page: &Page) -> Result<(String, String), StoreError> {
    Ok(read(page)?.map_or_else(Default::default, |(id, name)| (name, id)))
}

/// The cursor of an item in a list that is newest first.
pub(crate) fn at_time(at: Timestamp, id: &str) -> String {
    write(id, &at.as_millis().to_string())
}

/// The cursor of an item in a list by name.
pub(crate) fn at_name(name: &str, id: &str) -> String {
    write(id, name)
}

/// How many rows to ask for: one more than the page shows says whether there is another page.
pub(crate) fn fetch_limit(page: &Page) -> i64 {
    i64::from(page.limit) + 1
}

/// Makes a page of what [`fetch_limit`] rows gave.
pub(crate) fn listed<T>(page: &Page, mut items: Vec<T>, cursor: impl Fn(&T) -> String) -> Listed<T> {
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = if more { items.last().map(cursor) } else { None };
    Listed { items, next_cursor }
}

fn write(id: &str, place: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{id}/{place}"))
}

fn read(page: &Page) -> Result<Option<(String, String)>, StoreError> {
    let Some(cursor) = &page.cursor else {
        return Ok(None);
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::BadCursor)?;
    let text = String::from_utf8(bytes).map_err(|_| StoreError::BadCursor)?;
    // PostgreSQL's texts can't hold NUL.
    let (id, place) = text.split_once('/').filter(|_| !text.contains('\0')).ok_or(StoreError::BadCursor)?;
    Ok(Some((id.to_owned(), place.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: &str) -> Page {
        Page { limit: 2, cursor: Some(cursor.to_owned()) }
    }

    #[test]
    fn cursors_read_back_and_fit_into_a_url() {
        let cursor = at_time(Timestamp::from_millis(42), "key_1");
        assert_eq!(by_time(&page(&cursor)).unwrap(), (42, "key_1".to_owned()));
        let cursor = at_name("Läden/\u{10ffff}?&", "org_1");
        assert_eq!(by_name(&page(&cursor)).unwrap(), ("Läden/\u{10ffff}?&".to_owned(), "org_1".to_owned()));
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{cursor}");
    }

    #[test]
    fn other_texts_are_refused() {
        for cursor in ["", "*", "a", "YQ", &write("id", "soon"), &write("i\0d", "1"), &"/".repeat(9000)] {
            assert!(matches!(by_time(&page(cursor)), Err(StoreError::BadCursor)), "{cursor}");
        }
    }

    #[test]
    fn a_cursor_stands_only_where_there_is_more() {
        let cursor = |id: &&str| write(id, "");
        assert_eq!(listed(&page(""), vec!["a", "b"], cursor).next_cursor, None);
        let more = listed(&page(""), vec!["a", "b", "c"], cursor);
        assert_eq!((more.items, more.next_cursor), (vec!["a", "b"], Some(write("b", ""))));
    }
}
