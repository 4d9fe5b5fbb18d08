//! Server-rendered pieces that pages are made of.

mod badge;
mod call_graph;
mod chart;
mod code;
mod confirm;
mod data;
mod field;
mod flash;
mod form;
mod icon;
mod layout;
mod moment;
mod operations;
mod shell_text;
mod snippets;
mod token_calls;

pub use badge::{Tone, badge, environment_badge, role_text, scope_list, status_badge};
pub use call_graph::call_graph_view;
pub use chart::{Breakdown, Chart, ChartRange, Slice};
pub use code::{code_block, copyable, secret_box};
pub use confirm::Confirm;
pub use data::{Column, Tab, definitions, empty_state, pagination, search_bar, table, tabs};
pub use field::{Field, escape_text};
pub use flash::{Flash, flash, notice};
pub use form::{FormState, error_summary};
pub use icon::{Icon, icon, mark};
pub use layout::{OrgNav, Section, bare_layout, org_layout, page_header, plain_layout};
pub use moment::{ago, ago_or_never, moment, plain_moment};
pub use operations::{needed_scopes, operation_choices, operation_name, stored_grant};
pub use shell_text::shell_word;
pub use snippets::verify_snippets;
pub use token_calls::{JWT_BEARER, KeyAlgorithm, Proof, SigningKey, TokenCalls, calls_view, outside_token_call};
