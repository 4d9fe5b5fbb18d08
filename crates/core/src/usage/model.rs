use latchkey_types::{ApiId, OrgId, Outcome, Timestamp};

/// How long one point of a series is (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// 60 s; kept 48 hours.
    Minute,
    /// 3 600 s; kept 90 days.
    Hour,
    /// 86 400 s; kept for ever.
    Day,
}

impl Bucket {
    /// Its length.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// Which members a series tells apart.
#[expect(clippy::struct_excessive_bools, reason = "four members that are told apart or not, each by itself")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupBy {
    /// By credential.
    pub credential: bool,
    /// By generation of the credential.
    pub generation: bool,
    /// By API.
    pub api: bool,
    /// By outcome.
    pub outcome: bool,
}

/// From whose side an organisation looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Calls with its own credentials, and calls to its APIs.
    #[default]
    Both,
    /// Calls with its own credentials.
    Holder,
    /// Calls to its APIs.
    ApiOwner,
}

/// Which usage to report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageQuery {
    /// Who asks.
    pub org: OrgId,
    /// From whose side.
    pub side: Side,
    /// From here, rounded down to a bucket.
    pub from: Timestamp,
    /// To here, exclusive.
    pub to: Timestamp,
    /// How long one point is.
    pub bucket: Bucket,
    /// What to tell apart.
    pub group_by: GroupBy,
    /// Only this credential (`key_…`, `app_…`).
    pub credential: Option<String>,
    /// Only this API.
    pub api: Option<ApiId>,
    /// At most this many points.
    pub limit: u32,
}

/// One point of a series. What wasn't grouped by is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsagePoint {
    /// The bucket's start.
    pub from: Timestamp,
    /// The credential; the inner `None`: not known.
    pub credential: Option<Option<String>>,
    /// The credential's generation; 0 where it has none.
    pub generation: Option<u32>,
    /// The API.
    pub api: Option<ApiId>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// How many.
    pub count: i64,
}
