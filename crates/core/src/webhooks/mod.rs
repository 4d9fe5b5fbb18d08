//! Addresses that an organisation's notices are posted to, as <https://www.standardwebhooks.com> says (version 1.0.0).

mod check;
mod create;
mod delete;
mod model;
mod read;
mod reseal;
mod rotate;
mod secret;
mod test;
mod update;

pub use create::{CreatedWebhook, NewWebhook, create};
pub use delete::delete;
pub use model::{DisabledReason, MAX_WEBHOOKS, PreviousSecret, StoredWebhook, Webhook, WebhookChange};
pub use read::{get, list};
pub use reseal::reseal;
pub use rotate::{OVERLAP_SECONDS, rotate};
pub(crate) use secret::signatures;
pub use secret::{SIGNATURE_VERSION, signature};
pub use test::send_test;
pub use update::{WebhookPatch, update};
