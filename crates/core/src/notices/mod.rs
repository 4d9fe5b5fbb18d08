//! What an organisation is told of without asking: credentials that are about to expire, revocations, limits that are
//! nearly used up, leaks. In the portal always, by webhook and by mail where it chose so.

mod derive;
mod expiry;
mod kind;
mod list;
mod model;
mod payload;
mod publish;
mod read;
mod settings;
mod text;

pub use derive::{LATEST_COMMIT, derive};
pub use expiry::{EXPIRY_DAYS, expiring};
pub use kind::{NoticeKind, UnknownNoticeKind};
pub use list::{NoticeList, list};
pub use model::{Expiring, Notice, NoticeSettings, ReadPosition};
pub use payload::{TEST_EVENT, test_payload};
pub use read::{MOST_COUNTED, mark_read, unread};
pub use settings::{set_email_kinds, set_wants_mail, settings, wants_mail};
pub use text::{clean, details, title};
