//! A file as browsers send it.

use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;

use super::PageError;

/// The first file of a form (`multipart/form-data`, RFC 7578).
#[derive(Clone, Debug, Default)]
pub struct UploadedFile {
    /// The name of the form's field.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for UploadedFile {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let mut parts = Multipart::from_request(request, state).await.map_err(|rejection| refused_form(&rejection))?;
        let Some(part) = parts.next_field().await.map_err(|error| refused(&error))? else { return Ok(Self::default()) };
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|error| refused(&error))?;
        Ok(Self { name, bytes: bytes.to_vec() })
    }
}

fn refused_form(_: &MultipartRejection) -> PageError {
    PageError::BadRequest(StatusCode::BAD_REQUEST, "The form could not be read.")
}

fn refused(error: &MultipartError) -> PageError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => PageError::BadRequest(StatusCode::PAYLOAD_TOO_LARGE, "The file is too large."),
        _ => PageError::BadRequest(StatusCode::BAD_REQUEST, "The file could not be read."),
    }
}
