//! The `OpenAPI` document of an API: a file is uploaded, looked at, and applied or discarded.

use axum::extract::{FromRequest, Path, Request};
use axum::response::{IntoResponse, Redirect};
use latchkey_core::apis;
use latchkey_core::apis::operations::{
    DocumentFormat, NewDocument, apply_proposed_operations, discard_proposed_operations, propose_operations,
};
use latchkey_core::{Action, Error};
use latchkey_types::ApiId;

use crate::components::{Flash, Section};
use crate::request::{Ctx, FormData, PageResult, UploadedFile, done, id};
use crate::routes::OrgRoutes;

/// Keeps the document and goes on to what it would change.
pub async fn upload(ctx: Ctx, Path((slug, api)): Path<(String, String)>, request: Request) -> PageResult {
    let api: ApiId = id(&api)?;
    let to = OrgRoutes(&slug);
    // before the file is read
    ctx.org(&slug, Action::ManageApis, Section::Apis).await?;
    apis::get(ctx.core(), ctx.caller(), &slug, &api).await?;
    let file = UploadedFile::from_request(request, &()).await?;
    if file.name != "document" || file.bytes.is_empty() {
        let error = Error::invalid("document", "Choose a file.");
        return ctx.refuse(&to.operations(&api), FormData::default(), error).await;
    }
    let format = DocumentFormat::guess(&file.bytes);
    let document = NewDocument { text: file.bytes, format };
    match propose_operations(ctx.core(), ctx.caller(), &slug, &api, document).await {
        Ok(()) => Ok(Redirect::to(&to.review_operations(&api)).into_response()),
        Err(error) => ctx.refuse(&to.operations(&api), FormData::default(), error).await,
    }
}

/// Puts the document in force that was looked at.
pub async fn apply(ctx: Ctx, Path((slug, api)): Path<(String, String)>, form: FormData) -> PageResult {
    let api: ApiId = id(&api)?;
    let to = OrgRoutes(&slug);
    match apply_proposed_operations(ctx.core(), ctx.caller(), &slug, &api, form.text("digest")).await {
        Ok(_) => Ok(done(&to.operations(&api), Flash::OperationsApplied)),
        Err(error) => ctx.refuse(&to.review_operations(&api), FormData::default(), error).await,
    }
}

/// Forgets the document.
pub async fn discard(ctx: Ctx, Path((slug, api)): Path<(String, String)>) -> PageResult {
    let api: ApiId = id(&api)?;
    discard_proposed_operations(ctx.core(), ctx.caller(), &slug, &api).await?;
    Ok(done(&OrgRoutes(&slug).operations(&api), Flash::OperationsDiscarded))
}
