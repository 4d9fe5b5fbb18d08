use std::collections::{BTreeMap, BTreeSet};

use latchkey_types::{ApiId, AppId, KeyId, OrgId, ServiceAccountId};

use crate::apis::read::owned;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// One who takes part in the chains of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNode {
    /// `app_…`, `sa_…` or `key_…`; the API itself: `api_…`.
    pub id: String,
    /// What people call it, where it is the organisation's own.
    pub name: Option<String>,
}

/// Who may call whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallEdge {
    /// The id of the one who calls.
    pub from: String,
    /// The id of the one who is called.
    pub to: String,
}

/// The chains that an API lists, as a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallGraph {
    /// Everyone once, by id.
    pub nodes: Vec<CallNode>,
    /// Each call once, from the first caller towards the API.
    pub edges: Vec<CallEdge>,
}

/// The chains that an API lists, as a graph: each item from its first caller by way of the others to the API.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn call_graph(core: &Core, caller: &Caller, org: &str, id: &ApiId) -> Result<CallGraph, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let mut edges = BTreeSet::new();
    for item in api.call_paths.iter().flat_map(|paths| &paths.items) {
        let towards_api = item.via.iter().rev().chain([&item.caller]);
        let then = towards_api.clone().skip(1).map(String::as_str).chain([api.id.as_str()]);
        edges.extend(towards_api.zip(then).map(|(from, to)| CallEdge { from: from.clone(), to: to.to_owned() }));
    }
    let mut names: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for id in edges.iter().flat_map(|edge| [&edge.from, &edge.to]) {
        if !names.contains_key(id.as_str()) {
            names.insert(id, name_of(core, &org.id, id).await?);
        }
    }
    names.insert(api.id.as_str(), Some(api.name.clone()));
    let nodes = names.into_iter().map(|(id, name)| CallNode { id: id.to_owned(), name }).collect();
    Ok(CallGraph { nodes, edges: edges.into_iter().collect() })
}

async fn name_of(core: &Core, org: &OrgId, id: &str) -> Result<Option<String>, Error> {
    let store = &core.store;
    Ok(if let Ok(app) = id.parse::<AppId>() {
        store.find_app(org, &app).await?.map(|app| app.name)
    } else if let Ok(account) = id.parse::<ServiceAccountId>() {
        store.find_service_account(org, &account).await?.map(|account| account.name)
    } else if let Ok(key) = id.parse::<KeyId>() {
        store.find_key(org, &key).await?.map(|key| key.name)
    } else {
        None
    })
}
