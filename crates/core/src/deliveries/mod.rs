//! What is sent of notices: to webhooks and by mail, again and again until it is taken or given up.

mod attempt;
mod deliver;
mod list;
mod mail;
mod model;
mod schedule;
mod send_again;

pub use deliver::{DELIVERIES_AT_ONCE, deliver};
pub use list::{list, list_mails};
pub use model::{Attempt, Claimed, Delivery, DeliveryState, DeliveryTarget, NewDelivery, Outcome};
pub use schedule::{DELAYS_SECONDS, MAX_ATTEMPTS};
pub use send_again::{send_again, send_mail_again};
