//! Tables, lists, empty states and what stands around them.

use leptos::prelude::*;

/// A column of a table.
pub struct Column {
    /// Its heading; on narrow screens it stands before each value.
    pub title: &'static str,
    /// How its cells are set: numbers to the right, short values on one line, sentences in all the room there is.
    class: Option<&'static str>,
}

impl Column {
    /// A column of text.
    pub const fn text(title: &'static str) -> Self {
        Self { title, class: None }
    }

    /// A column of numbers.
    pub const fn number(title: &'static str) -> Self {
        Self { title, class: Some("number") }
    }

    /// A column of sentences: on narrow screens they take the whole width, below their heading.
    pub const fn prose(title: &'static str) -> Self {
        Self { title, class: Some("prose") }
    }

    /// A column of values that are never broken into lines.
    pub const fn short(title: &'static str) -> Self {
        Self { title, class: Some("short") }
    }
}

/// A table. Each row has a cell for each column; the first is the row's heading.
pub fn table(caption: &str, columns: &[Column], rows: Vec<Vec<AnyView>>) -> AnyView {
    let caption = caption.to_owned();
    let head = columns.iter().map(heading).collect_view();
    let body = rows
        .into_iter()
        .map(|row| {
            let cells = row
                .into_iter()
                .zip(columns)
                .enumerate()
                .map(|(position, (cell, column))| {
                    if position == 0 {
                        view! { <th scope="row">{cell}</th> }.into_any()
                    } else {
                        view! { <td class=column.class data-label=column.title>{cell}</td> }.into_any()
                    }
                })
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    view! {
        <table class="table">
            <caption class="visually-hidden">{caption}</caption>
            <thead><tr>{head}</tr></thead>
            <tbody>{body}</tbody>
        </table>
    }
    .into_any()
}

/// A column's heading; one that nobody needs to see is said to screen readers.
fn heading(column: &Column) -> AnyView {
    let title = match column.title {
        "" => view! { <span class="visually-hidden">"Actions"</span> }.into_any(),
        title => title.into_any(),
    };
    view! { <th scope="col" class=column.class>{title}</th> }.into_any()
}

/// Names and values.
pub fn definitions(items: Vec<(&'static str, AnyView)>) -> AnyView {
    let items =
        items.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view();
    view! { <dl class="definitions">{items}</dl> }.into_any()
}

/// Nothing here yet: what it is for, and what to do next.
pub fn empty_state(title: &str, text: &str, action: Option<(&str, String)>) -> AnyView {
    let (title, text) = (title.to_owned(), text.to_owned());
    let action = action.map(|(label, href)| {
        let label = label.to_owned();
        view! { <p><a class="button primary" href=href>{label}</a></p> }
    });
    view! {
        <div class="empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {action}
        </div>
    }
    .into_any()
}

/// Links to the first and the next page of a list. `path` has the filters in its query already.
pub fn pagination(path: &str, query: &[(&str, &str)], here: Option<&str>, next: Option<&str>) -> Option<AnyView> {
    let link = |cursor: &str| {
        let mut pairs = query.to_vec();
        pairs.push(("cursor", cursor));
        crate::routes::with_query(path, &pairs)
    };
    let first =
        here.filter(|cursor| !cursor.is_empty()).map(|_| view! { <a class="button" href=link("")>"First page"</a> });
    let more = next.map(|cursor| view! { <a class="button" rel="next" href=link(cursor)>"Next page"</a> });
    (first.is_some() || more.is_some())
        .then(|| view! { <nav class="pagination" aria-label="Pages">{first}{more}</nav> }.into_any())
}

/// A form that searches a list by GET. `fields` are the filters beside it.
pub fn search_bar(action: String, placeholder: &str, search: String, fields: AnyView) -> AnyView {
    let placeholder = placeholder.to_owned();
    view! {
        <form method="get" action=action class="filters" role="search">
            <label class="grow">
                <span class="visually-hidden">{placeholder.clone()}</span>
                <input type="search" name="q" value=search placeholder=placeholder maxlength="100"/>
            </label>
            {fields}
            <button type="submit" class="button">"Search"</button>
        </form>
    }
    .into_any()
}

/// One tab: a link to a page of its own.
pub struct Tab {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is this page.
    pub current: bool,
}

/// Links that look like tabs.
pub fn tabs(label: &str, tabs: Vec<Tab>) -> AnyView {
    let label = label.to_owned();
    let links = tabs
        .into_iter()
        .map(|tab| {
            let current = tab.current.then_some("true");
            view! { <a href=tab.href aria-current=current>{tab.label}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=label>{links}</nav> }.into_any()
}
