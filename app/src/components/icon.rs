//! Drawn in the line of the text: 16 px, the text's colour.

use leptos::prelude::*;

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Overview.
    Overview,
    /// APIs.
    Api,
    /// Keys.
    Key,
    /// Apps.
    App,
    /// Service accounts.
    ServiceAccount,
    /// Tokens from outside.
    Workload,
    /// Usage.
    Usage,
    /// Notices.
    Notice,
    /// Audit log.
    Audit,
    /// Members.
    Members,
    /// Settings.
    Settings,
    /// Catalogue.
    Catalogue,
    /// The menu of narrow screens.
    Menu,
    /// A person.
    Account,
    /// The operator desk.
    Operator,
    /// Reference.
    Docs,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "M2.5 2.5h4.5v6h-4.5zM9 2.5h4.5v3.5h-4.5zM9 8h4.5v5.5h-4.5zM2.5 10.5h4.5v3h-4.5z",
            Self::Api => "M5.5 3.5 1.5 8l4 4.5M10.5 3.5l4 4.5-4 4.5",
            Self::Key => "M8 5.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM7.2 7.6l6.3 6M11 11.2l1.6-1.6",
            Self::App => "M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.5 5 8 8.2 13.5 5M8 8.2v6",
            Self::ServiceAccount => "M3.5 5.5h9v7.5h-9zM8 5.5V2.6M6.2 8.6v1.2M9.8 8.6v1.2M1.7 8v2.6M14.3 8v2.6",
            Self::Workload => "M1.8 8h8M7 5l3 3-3 3M9.2 2.3h4.6v11.4H9.2",
            Self::Usage => "M2.5 13.5v-5M6.2 13.5v-8M9.8 13.5V9M13.5 13.5v-11",
            Self::Notice => "M4 11V7a4 4 0 0 1 8 0v4l1.3 1.5H2.7zM6.7 14.2h2.6",
            Self::Audit => "M3.5 1.8h9v12.4h-9zM6 5h4M6 8h4M6 11h2.5",
            Self::Members => {
                "M8.2 5a2.3 2.3 0 1 1-4.6 0 2.3 2.3 0 0 1 4.6 0zM1.8 13.2c0-2.3 1.8-3.9 4.1-3.9s4.1 1.6 4.1 3.9M10.6 2.9a2.3 2.3 0 0 1 0 4.2M12 9.7c1.4.6 2.2 1.8 2.2 3.5"
            }
            Self::Settings => {
                "M2 4.5h7M12.5 4.5H14M2 11.5h1.5M7 11.5h7M12.4 4.5a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0zM7 11.5a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0z"
            }
            Self::Catalogue => {
                "M2 3h4.5c.8 0 1.5.7 1.5 1.5V13c0-.8-.7-1.5-1.5-1.5H2zM14 3H9.5c-.8 0-1.5.7-1.5 1.5V13c0-.8.7-1.5 1.5-1.5H14z"
            }
            Self::Menu => "M2 4h12M2 8h12M2 12h12",
            Self::Account => {
                "M10.6 5.2a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0zM2.8 14c.3-2.6 2.4-4.3 5.2-4.3s4.9 1.7 5.2 4.3"
            }
            Self::Operator => "M8 1.5 13.5 3.5v4c0 3.3-2.2 5.7-5.5 7-3.3-1.3-5.5-3.7-5.5-7v-4z",
            Self::Docs => "M4 1.8h5.5L12.5 5v9.2H4zM9.5 1.8V5h3M6.2 8h4M6.2 11h4",
        }
    }
}

/// An icon that says nothing by itself: text stands beside it.
pub fn icon(icon: Icon) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d=icon.path() fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/>
        </svg>
    }
    .into_any()
}

/// The product's mark: a keyhole.
pub fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
            <rect width="24" height="24" rx="6" fill="currentColor"/>
            <path class="hole" d="M12 5.5a4 4 0 0 0-1.9 7.52L9 18.5h6l-1.1-5.48A4 4 0 0 0 12 5.5z"/>
        </svg>
    }
    .into_any()
}
