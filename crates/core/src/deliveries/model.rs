use latchkey_types::{DeliveryId, NoticeId, OrgId, Timestamp, UserId, WebhookId};

/// Who gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryTarget {
    /// A webhook.
    Webhook(WebhookId),
    /// A person, by mail. Their address is looked up when it is sent.
    Mail(UserId),
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is sent at its time, or being sent.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// It was given up: a dead letter. It can be sent again by hand.
    Failed,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Failed];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A delivery to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Whose notice.
    pub org: OrgId,
    /// `webhook-id`: the same for each attempt, and for each receiver of one notice.
    pub message: NoticeId,
    /// The `type`: a kind of notice, or [`crate::notices::TEST_EVENT`].
    pub event: String,
    /// Who gets it.
    pub target: DeliveryTarget,
    /// What it says, in one line.
    pub title: String,
    /// JSON for a webhook, text for a mail.
    pub body: String,
    /// Not sent before.
    pub next_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A delivery as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// `webhook-id`.
    pub message: NoticeId,
    /// The `type`.
    pub event: String,
    /// Who gets it.
    pub target: DeliveryTarget,
    /// What it says, in one line.
    pub title: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub next_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was taken or given up.
    pub finished_at: Option<Timestamp>,
    /// What the receiver answered last: a status of HTTP or a code of SMTP.
    pub last_status: Option<u16>,
    /// Why the last attempt didn't work.
    pub last_error: Option<String>,
}

impl Delivery {
    /// One that nobody has tried yet.
    pub(crate) fn waiting(new: NewDelivery) -> Self {
        Self {
            id: new.id,
            message: new.message,
            event: new.event,
            target: new.target,
            title: new.title,
            state: DeliveryState::Waiting,
            attempts: 0,
            next_at: new.next_at,
            created_at: new.created_at,
            finished_at: None,
            last_status: None,
            last_error: None,
        }
    }
}

/// A delivery that this replica may try now, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Its id.
    pub id: DeliveryId,
    /// Whose notice.
    pub org: OrgId,
    /// `webhook-id`.
    pub message: NoticeId,
    /// Who gets it.
    pub target: DeliveryTarget,
    /// What it says, in one line.
    pub title: String,
    /// JSON for a webhook, text for a mail.
    pub body: String,
    /// How many notices a mail gathered.
    pub parts: u32,
    /// The number of this attempt, from 1 on.
    pub attempt: u32,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What is next.
    pub outcome: Outcome,
    /// What the receiver answered: a status of HTTP or a code of SMTP.
    pub status: Option<u16>,
    /// Why it didn't work, for people.
    pub error: Option<String>,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it.
    Delivered,
    /// It is tried again at this instant.
    Again(Timestamp),
    /// It is given up.
    Failed,
}
