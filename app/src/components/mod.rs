//! Server-rendered pieces that pages are made of.

mod badge;
mod chart;
mod code;
mod confirm;
mod data;
mod field;
mod flash;
mod icon;
mod layout;
mod moment;
mod snippets;

pub use badge::{badge, environment_badge, scope_list, status_badge, Tone};
pub use chart::{Breakdown, Chart, ChartRange, Slice};
pub use code::{code_block, copyable, secret_box};
pub use confirm::Confirm;
pub use data::{definitions, empty_state, pagination, search_bar, table, tabs, Column, Tab};
pub use field::{error_summary, escape_text, Field, FormState};
pub use flash::{flash, notice, Flash};
pub use icon::{icon, mark, Icon};
pub use layout::{bare_layout, org_layout, page_header, plain_layout, OrgNav, Section};
pub use moment::{ago, ago_or_never, moment, plain_moment};
pub use snippets::{token_snippets, verify_snippets};
