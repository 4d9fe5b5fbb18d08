//! Lists: `{"items": […], "next_cursor": …}` with `?limit=&cursor=` (contract section 8).

use latchkey_core::ports::{Listed, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::invalid;
use crate::http::Problem;

/// Items of a page where nothing else is asked for (contract section 10, "Management").
const USUAL: u32 = 50;
/// The most items of a page.
const MOST: u32 = 200;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page as the use case answered it.
    pub fn of<U>(listed: Listed<U>, view: impl FnMut(U) -> T) -> Self {
        let Listed { items, next_cursor } = listed.map(view);
        Self { items, next_cursor }
    }

    /// A page out of a whole list; the cursor is the id of the page's last item.
    ///
    /// # Errors
    /// 422 for a cursor that names no item.
    pub fn page_of<U>(
        all: Vec<U>,
        page: &Page,
        id: impl Fn(&U) -> &str,
        view: impl FnMut(U) -> T,
    ) -> Result<Self, Problem> {
        let start = match &page.cursor {
            None => 0,
            Some(cursor) => {
                let last = all.iter().position(|item| id(item) == cursor);
                last.ok_or_else(|| invalid("cursor", "leads nowhere any more; start again without it"))? + 1
            }
        };
        let limit = page.limit as usize;
        let more = all.len() > start + limit;
        let next_cursor = more.then(|| id(&all[start + limit - 1]).to_owned());
        let items = all.into_iter().skip(start).take(limit).map(view).collect();
        Ok(Self { items, next_cursor })
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// At most this many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Paging {
    /// The page.
    ///
    /// # Errors
    /// 422 for a limit out of bounds.
    pub fn page(self) -> Result<Page, Problem> {
        page(self.limit, self.cursor)
    }
}

/// Which page of a list, and what to look for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// An id, or how a name starts.
    pub search: Option<String>,
    /// At most this many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Search {
    /// What to look for, and the page.
    ///
    /// # Errors
    /// 422 for a limit out of bounds.
    pub fn split(self) -> Result<(Option<String>, Page), Problem> {
        let page = page(self.limit, self.cursor)?;
        Ok((self.search.filter(|search| !search.is_empty()), page))
    }
}

/// The page that these two parameters name.
///
/// # Errors
/// 422 for a limit out of bounds.
pub fn page(limit: Option<i64>, cursor: Option<String>) -> Result<Page, Problem> {
    let limit = match limit {
        None => USUAL,
        Some(limit) => u32::try_from(limit)
            .ok()
            .filter(|limit| (1..=MOST).contains(limit))
            .ok_or_else(|| invalid("limit", "1 to 200"))?,
    };
    Ok(Page { limit, cursor })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Rauthy 0.32.1: page_size 0
    #[test]
    fn limits_have_bounds() {
        for limit in [0, -1, 201, i64::MAX, i64::MIN] {
            assert_eq!(page(Some(limit), None).unwrap_err().errors[0].pointer, "/limit", "{limit}");
        }
        assert_eq!(page(None, None).unwrap().limit, 50);
        assert_eq!(page(Some(200), None).unwrap().limit, 200);
    }

    #[test]
    fn whole_lists_are_cut_into_pages() {
        let all = || vec!["a", "b", "c"];
        let cut = |limit, cursor: Option<&str>| {
            let page = Page { limit, cursor: cursor.map(str::to_owned) };
            List::page_of(all(), &page, |item| item, |item| item).map(|list| (list.items, list.next_cursor))
        };
        assert_eq!(cut(2, None).unwrap(), (vec!["a", "b"], Some("b".to_owned())));
        assert_eq!(cut(2, Some("b")).unwrap(), (vec!["c"], None));
        assert_eq!(cut(3, None).unwrap(), (vec!["a", "b", "c"], None));
        assert_eq!(cut(1, Some("c")).unwrap(), (vec![], None));
        assert_eq!(cut(1, Some("x")).unwrap_err().errors[0].pointer, "/cursor");
    }
}
