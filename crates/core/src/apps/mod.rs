//! Apps: OAuth2 clients of the `client_credentials` grant.

mod model;

pub use model::{App, AppChange, AppGrant, AppSecret, AuthMethod, NewAppSecret, VerifiableApp};

use latchkey_types::{ApiId, AppId, AppSecretId};

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::ports::{Listed, Page};

/// A grant as typed: the API's id or audience, and scopes.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The API's id or its audience.
    pub api: String,
    /// What the app may ask for there.
    pub scopes: Vec<String>,
}

/// What a new app is to be, as typed.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// What people call it.
    pub name: String,
    /// What it may ask for.
    pub grants: Vec<NewGrant>,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
}

/// Members of an app to change, as typed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct AppPatch {
    /// Another name.
    pub name: Option<String>,
    /// All grants, anew.
    pub grants: Option<Vec<NewGrant>>,
    /// Another way to prove who it is.
    pub auth_method: Option<AuthMethod>,
}

/// An app that was just made, with its first secret, once.
#[derive(Clone, Debug)]
pub struct CreatedApp {
    /// The app.
    pub app: App,
    /// Its client secret.
    pub client_secret: PlainSecret,
}

/// A client secret that was just made, once.
#[derive(Clone, Debug)]
pub struct CreatedAppSecret {
    /// What stays visible of it.
    pub secret: AppSecret,
    /// The client secret.
    pub client_secret: PlainSecret,
}

/// Makes an app with its first secret. Needs [`crate::Action::ManageCredentials`].
pub async fn create(_core: &Core, _caller: &Caller, _org: &str, _new: NewApp) -> Result<CreatedApp, Error> {
    todo!()
}

/// Lists apps, newest first; `search` is an id or a prefix of the name.
pub async fn list(_core: &Core, _caller: &Caller, _org: &str, _search: Option<&str>, _api: Option<&ApiId>, _page: &Page) -> Result<Listed<App>, Error> {
    todo!()
}

/// One app.
pub async fn get(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId) -> Result<App, Error> {
    todo!()
}

/// Changes an app.
pub async fn update(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId, _patch: AppPatch) -> Result<App, Error> {
    todo!()
}

/// Deletes an app that never got a token; else [`crate::Conflict::AlreadyUsed`].
pub async fn delete(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId) -> Result<(), Error> {
    todo!()
}

/// Switches an app off.
pub async fn disable(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId) -> Result<App, Error> {
    todo!()
}

/// Switches an app on.
pub async fn enable(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId) -> Result<App, Error> {
    todo!()
}

/// Ends an app for good; again is fine.
pub async fn revoke(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId, _reason: Option<String>) -> Result<App, Error> {
    todo!()
}

/// An app's live secrets, newest first.
pub async fn list_secrets(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId) -> Result<Vec<AppSecret>, Error> {
    todo!()
}

/// A second secret; two are the most ([`crate::Conflict::TooManySecrets`]).
pub async fn create_secret(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId) -> Result<CreatedAppSecret, Error> {
    todo!()
}

/// Ends a secret.
pub async fn delete_secret(_core: &Core, _caller: &Caller, _org: &str, _id: &AppId, _secret: &AppSecretId) -> Result<(), Error> {
    todo!()
}
