//! Where notices go.

pub mod detail;
pub mod list;

use latchkey_core::deliveries::{Delivery, DeliveryState};
use latchkey_core::notices::NoticeKind;
use latchkey_types::Timestamp;
use leptos::prelude::*;

pub use self::detail::show;
pub use self::list::list;
use super::notices::kind_text;
use crate::components::{Column, Tone, ago, badge, table};

/// Each kind of notice as a box to tick.
fn kind_choices() -> Vec<(String, String, String)> {
    let meaning = |kind| match kind {
        NoticeKind::Expiring => "30, 7 and 1 days before a credential ends.",
        NoticeKind::Revoked => "A credential was revoked.",
        NoticeKind::Limit => "A limit, credits or a quota are used up to 80 or 100 %.",
        NoticeKind::Leak => "A secret was found where it doesn't belong.",
    };
    let choice = |kind: NoticeKind| (kind.as_str().to_owned(), kind_text(kind).to_owned(), meaning(kind).to_owned());
    NoticeKind::ALL.into_iter().map(choice).collect()
}

/// Kinds as a form's field holds them.
fn kinds_value(kinds: &[NoticeKind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

/// Kinds as a sentence lists them.
fn kinds_text(kinds: &[NoticeKind]) -> String {
    kinds.iter().map(|kind| kind_text(*kind)).collect::<Vec<_>>().join(", ")
}

/// What was sent; `again` is where the form of one posts to.
fn deliveries_table(deliveries: &[Delivery], now: Timestamp, again: impl Fn(&Delivery) -> Option<String>) -> AnyView {
    let columns = [
        Column::text("What"),
        Column::short("State"),
        Column::number("Attempts"),
        Column::text("Last answer"),
        Column::short("Made"),
        Column::text(""),
    ];
    let rows = deliveries.iter().map(|delivery| row(delivery, now, again(delivery))).collect();
    table("Deliveries", &columns, rows)
}

fn row(delivery: &Delivery, now: Timestamp, again: Option<String>) -> Vec<AnyView> {
    let state = match delivery.state {
        DeliveryState::Waiting if delivery.attempts == 0 => badge(Tone::Neutral, "On its way"),
        DeliveryState::Waiting => {
            view! { <span>{badge(Tone::Warning, "Tried again")}" "{ago(delivery.next_at, now)}</span> }.into_any()
        }
        DeliveryState::Delivered => badge(Tone::Good, "Delivered"),
        DeliveryState::Failed => badge(Tone::Bad, "Given up"),
    };
    let answer = match (&delivery.last_error, delivery.last_status) {
        (Some(error), _) => error.clone(),
        (None, Some(status)) => status.to_string(),
        (None, None) => String::new(),
    };
    let form = again.map(|action| {
        view! {
            <form method="post" action=action>
                <button type="submit" class="button">"Send again"</button>
            </form>
        }
    });
    vec![
        view! { {delivery.title.clone()}<small><code>{delivery.message.to_string()}</code></small> }.into_any(),
        state,
        delivery.attempts.to_string().into_any(),
        answer.into_any(),
        ago(delivery.created_at, now),
        view! { <span class="row-actions">{form}</span> }.into_any(),
    ]
}
