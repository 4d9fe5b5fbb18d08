//! Deliveries as the management API shows them.

use latchkey_core::deliveries;
use latchkey_types::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::management::words::DeliveryState;

/// A notice on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// `dlv_…`
    pub id: String,
    /// `webhook-id`: the same for each attempt.
    pub message_id: String,
    /// The `type` of what is posted.
    #[serde(rename = "type")]
    pub event: String,
    /// What it says, in one line.
    pub title: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<Timestamp>,
    /// What the receiver answered last.
    pub last_status: Option<u16>,
    /// Why the last attempt didn't work.
    pub last_error: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was taken or given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

impl From<deliveries::Delivery> for Delivery {
    fn from(delivery: deliveries::Delivery) -> Self {
        let waits = delivery.state == deliveries::DeliveryState::Waiting;
        Self {
            id: delivery.id.to_string(),
            message_id: delivery.message.to_string(),
            event: delivery.event,
            title: delivery.title,
            state: delivery.state.into(),
            attempts: delivery.attempts,
            next_attempt_at: waits.then_some(delivery.next_at),
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            created_at: delivery.created_at,
            finished_at: delivery.finished_at,
        }
    }
}
