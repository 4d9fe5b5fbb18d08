//! What the usage pages are asked for, in the URL.

use latchkey_core::keys::GrantableApi;
use latchkey_core::usage::{GroupBy, ReportRequest, Side, UsagePoint};
use latchkey_types::{ApiId, Timestamp};

use super::by_result;
use crate::components::ChartRange;
use crate::pages::keys::api_name;
use crate::request::Ctx;
use crate::routes::{self, OrgRoutes};

/// What to tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// What held, what was refused.
    #[default]
    Outcome,
    /// Each code.
    Code,
    /// Each credential.
    Credential,
    /// Each API.
    Api,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Outcome, Self::Code, Self::Credential, Self::Api];

    /// The word in the URL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Code => "code",
            Self::Credential => "credential",
            Self::Api => "api",
        }
    }

    /// For people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Outcome => "Result",
            Self::Code => "Code",
            Self::Credential => "Credential",
            Self::Api => "API",
        }
    }
}

/// What the usage page is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageAsked {
    /// How far back.
    pub range: ChartRange,
    /// What to tell apart.
    pub group: Group,
    /// `holder`, `owner` or empty for both.
    pub side: String,
    /// Only this API.
    pub api: Option<ApiId>,
    /// Only this credential.
    pub credential: Option<String>,
}

impl UsageAsked {
    /// From the URL; what isn't one of the choices is the default.
    pub fn from_query(ctx: &Ctx) -> Self {
        let group = Group::ALL.into_iter().find(|group| group.code() == ctx.query("group")).unwrap_or_default();
        Self {
            range: ChartRange::from_code(ctx.query("range")),
            group,
            side: ctx.query("side").to_owned(),
            api: ctx.query("api").parse().ok(),
            credential: ctx.query_some("credential").map(str::to_owned),
        }
    }

    /// For the use case.
    pub fn report(&self, now: Timestamp) -> ReportRequest {
        let (from, to) = self.range.window(now);
        let group_by = match self.group {
            Group::Outcome | Group::Code => GroupBy { outcome: true, ..GroupBy::default() },
            Group::Credential => GroupBy { credential: true, ..GroupBy::default() },
            Group::Api => GroupBy { api: true, ..GroupBy::default() },
        };
        let side = match self.side.as_str() {
            "holder" => Side::Holder,
            "owner" => Side::ApiOwner,
            _ => Side::Both,
        };
        ReportRequest {
            from,
            to,
            bucket: self.range.bucket(),
            group_by,
            side,
            credential: self.credential.clone(),
            api: self.api.clone(),
        }
    }

    /// Back to the URL, but for the names given.
    pub fn pairs(&self, without: &[&str]) -> Vec<(&'static str, String)> {
        let all = [
            ("range", self.range.code().to_owned()),
            ("group", self.group.code().to_owned()),
            ("side", self.side.clone()),
            ("api", self.api.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("credential", self.credential.clone().unwrap_or_default()),
        ];
        all.into_iter().filter(|(name, value)| !value.is_empty() && !without.contains(name)).collect()
    }
}

/// Names a point's group, and where its label leads.
pub fn label(
    group: Group,
    org: &str,
    apis: &[GrantableApi],
    names: &[(String, String)],
    point: &UsagePoint,
) -> (String, Option<String>, Option<&'static str>) {
    let to = OrgRoutes(org);
    match group {
        Group::Outcome => by_result(point),
        Group::Code => (point.outcome.map_or_else(|| "Calls".to_owned(), |outcome| outcome.to_string()), None, None),
        Group::Credential => match point.credential.clone().flatten() {
            None => ("No known credential".to_owned(), None, None),
            Some(id) => {
                let own = names.iter().find(|(other, _)| *other == id);
                let href = own.and_then(|_| routes::credential(org, &id));
                (own.map_or_else(|| id.clone(), |(_, name)| name.clone()), href, None)
            }
        },
        Group::Api => match &point.api {
            None => ("Calls".to_owned(), None, None),
            Some(api) => {
                let own = apis.iter().any(|known| known.own && known.api.id == *api);
                (api_name(apis, api), own.then(|| to.api(api)), None)
            }
        },
    }
}
