//! Who acts for whom (RFC 8693 sections 4.1 and 4.4).

use serde::de::{DeserializeOwned, Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most actors that one token may name.
pub const MAX_ACTORS: usize = 8;

/// Who acts, and through it whoever acted before: `act` (RFC 8693 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Its id: an app or an account.
    pub sub: String,
    /// The client through which it acts, where that is another than `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub client_id: Option<String>,
    /// Who acted before it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_object")]
    pub act: Option<Box<Self>>,
}

impl Actor {
    /// This actor and all before it, the latest first.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |actor| actor.act.as_deref())
    }
}

/// Reads a claim that may be absent, and nothing but an actor with at most [`MAX_ACTORS`] in all where it is there.
pub fn read_chain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Actor>, D::Error> {
    let actor: Option<Actor> = present_object(deserializer)?;
    if actor.iter().flat_map(Actor::chain).count() > MAX_ACTORS {
        return Err(D::Error::custom("too many actors"));
    }
    Ok(actor)
}

/// Reads a member that may be absent, but not null.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a member that may be absent, but is an object where it is there; serde by itself would also take a list of the
/// object's values.
pub fn present_object<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let members = Map::deserialize(deserializer)?;
    serde_json::from_value(Value::Object(members)).map(Some).map_err(D::Error::custom)
}

/// Who may become the actor of a token: `may_act` (RFC 8693 section 4.4). A member that isn't known here would narrow
/// it in a way that nobody checks, so it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MayAct {
    /// The actor's id.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub sub: Option<String>,
    /// The actor's client.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub client_id: Option<String>,
    /// Who vouches for the actor.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub iss: Option<String>,
}

impl MayAct {
    /// Whether this actor is meant: every member that is there must fit, and one of `sub` and `client_id` be there.
    pub fn permits(&self, issuer: &str, sub: &str, client_id: &str) -> bool {
        let fits = |member: &Option<String>, value: &str| member.as_ref().is_none_or(|member| member == value);
        (self.sub.is_some() || self.client_id.is_some())
            && fits(&self.iss, issuer)
            && fits(&self.sub, sub)
            && fits(&self.client_id, client_id)
    }
}
