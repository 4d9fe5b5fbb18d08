//! Apps.

use axum::extract::Path;
use latchkey_core::Error;
use latchkey_core::apps::{self, App, AppPatch, AuthMethod, CreatedApp, NewApp, NewGrant};

use crate::components::Flash;
use crate::request::{Ctx, FormData, PageResult, done, id};
use crate::routes::OrgRoutes;

/// The ticked APIs, each with its ticked scopes. A ticked scope ticks its API.
fn grants(form: &FormData) -> Vec<NewGrant> {
    let mut apis = form.names_after("scopes.");
    apis.extend(form.all("api"));
    apis.into_iter()
        .map(|api| NewGrant { api: api.to_owned(), scopes: form.list(&format!("scopes.{api}")), exchange: None })
        .collect()
}

fn auth_method(form: &FormData) -> Result<AuthMethod, Error> {
    [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost]
        .into_iter()
        .find(|method| method.as_str() == form.text("auth_method"))
        .ok_or_else(|| Error::invalid("auth_method", "Choose how the app proves who it is."))
}

/// Creates an app and shows its first secret once.
pub async fn create(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    let to = OrgRoutes(&slug);
    let created = match auth_method(&form) {
        Ok(auth_method) => {
            let name = form.text("name").to_owned();
            let new = NewApp { name, grants: grants(&form), auth_method, ..NewApp::default() };
            apps::create(ctx.core(), ctx.caller(), &slug, new).await
        }
        Err(error) => Err(error),
    };
    match created {
        Ok(CreatedApp { app, client_secret: Some(secret), .. }) => {
            ctx.show_once(&to.app_created(&app.id), app.id.to_string(), secret).await
        }
        Ok(created) => Ok(done(&to.app(&created.app.id), Flash::Saved)),
        Err(error) => ctx.refuse(&to.new_app(), form, error).await,
    }
}

async fn answer(ctx: &Ctx, page: &str, form: FormData, result: Result<App, Error>, flash: Flash) -> PageResult {
    match result {
        Ok(_) => Ok(done(page, flash)),
        Err(error) => ctx.refuse(page, form, error).await,
    }
}

/// Changes an app.
pub async fn update(ctx: Ctx, Path((slug, app)): Path<(String, String)>, form: FormData) -> PageResult {
    let app = id(&app)?;
    let result = match auth_method(&form) {
        Ok(method) => {
            let patch = AppPatch {
                name: Some(form.text("name").to_owned()),
                grants: Some(grants(&form)),
                auth_method: Some(method),
                ..AppPatch::default()
            };
            apps::update(ctx.core(), ctx.caller(), &slug, &app, patch).await
        }
        Err(error) => Err(error),
    };
    answer(&ctx, &OrgRoutes(&slug).app(&app), form, result, Flash::Saved).await
}

/// Switches an app off.
pub async fn disable(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> PageResult {
    let app = id(&app)?;
    let result = apps::disable(ctx.core(), ctx.caller(), &slug, &app).await;
    answer(&ctx, &OrgRoutes(&slug).app(&app), FormData::default(), result, Flash::AppDisabled).await
}

/// Switches an app on.
pub async fn enable(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> PageResult {
    let app = id(&app)?;
    let result = apps::enable(ctx.core(), ctx.caller(), &slug, &app).await;
    answer(&ctx, &OrgRoutes(&slug).app(&app), FormData::default(), result, Flash::AppEnabled).await
}

/// Ends an app.
pub async fn revoke(ctx: Ctx, Path((slug, app)): Path<(String, String)>, form: FormData) -> PageResult {
    let app = id(&app)?;
    let result = apps::revoke(ctx.core(), ctx.caller(), &slug, &app, form.some("reason")).await;
    answer(&ctx, &OrgRoutes(&slug).app(&app), form, result, Flash::AppRevoked).await
}

/// Deletes an app that was never used.
pub async fn delete(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> PageResult {
    let app = id(&app)?;
    let to = OrgRoutes(&slug);
    match apps::delete(ctx.core(), ctx.caller(), &slug, &app).await {
        Ok(()) => Ok(done(&to.apps(), Flash::AppDeleted)),
        Err(error) => ctx.refuse(&to.app(&app), FormData::default(), error).await,
    }
}

/// Adds a client secret and shows it once.
pub async fn create_secret(ctx: Ctx, Path((slug, app)): Path<(String, String)>) -> PageResult {
    let app = id(&app)?;
    let to = OrgRoutes(&slug);
    match apps::create_secret(ctx.core(), ctx.caller(), &slug, &app).await {
        Ok(created) => ctx.show_once(&to.app_created(&app), app.to_string(), created.client_secret).await,
        Err(error) => ctx.refuse(&to.app(&app), FormData::default(), error).await,
    }
}

/// Deletes a client secret.
pub async fn delete_secret(ctx: Ctx, Path((slug, app, secret)): Path<(String, String, String)>) -> PageResult {
    let app = id(&app)?;
    let page = OrgRoutes(&slug).app(&app);
    match apps::delete_secret(ctx.core(), ctx.caller(), &slug, &app, &id(&secret)?).await {
        Ok(()) => Ok(done(&page, Flash::SecretDeleted)),
        Err(error) => ctx.refuse(&page, FormData::default(), error).await,
    }
}
