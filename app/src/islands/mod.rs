//! The only code that runs in the browser, and only for comfort: every page works without it.

mod chart_tip;
mod copy;
mod live_usage;

pub use chart_tip::ChartTip;
pub use copy::CopyButton;
pub use live_usage::LiveUsage;

/// The page, in a browser.
fn document() -> Option<web_sys::Document> {
    web_sys::window().and_then(|window| window.document())
}
