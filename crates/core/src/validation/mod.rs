//! What members of an input may be: one subject a file (contract section 10, "Limits").
//!
//! Every check takes the member's name and what was typed, and answers the value to store or what would be right.
//! [`Checks`] collects what is wrong with a whole input, so that a person sees all of it at once.

mod audience;
mod email;
mod expiry;
mod imported_secret;
mod ip_list;
mod metadata;
mod scopes;
mod slug;
mod text;

pub use audience::{MAX_AUDIENCE_LENGTH, audience};
pub use email::{MAX_EMAIL_LENGTH, email};
pub use expiry::expiry;
pub use imported_secret::{MAX_IMPORTED_SECRET_LENGTH, MIN_IMPORTED_SECRET_LENGTH, imported_secret};
pub use ip_list::{MAX_ALLOWED_IPS, ip_list};
pub use metadata::{MAX_METADATA_BYTES, MAX_METADATA_DEPTH, metadata};
pub use scopes::{MAX_SCOPES, scopes, scopes_within};
pub use slug::{MAX_SLUG_LENGTH, MIN_SLUG_LENGTH, is_slug, slug};
pub use text::{
    MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH, MAX_OWNER_LENGTH, MAX_REASON_LENGTH, MAX_SEARCH_LENGTH, description, name,
    owner, reason, search,
};

use crate::error::{Error, FieldError};

/// The value to store, or everything that is wrong with what was typed.
pub type Checked<T> = Result<T, Vec<FieldError>>;

/// One bad member.
pub fn wrong<T>(field: &str, detail: impl Into<String>) -> Checked<T> {
    Err(vec![FieldError::new(field, detail)])
}

/// Collects what is wrong with the members of one input.
///
/// ```
/// use latchkey_core::validation::{self, Checks};
///
/// let mut checks = Checks::default();
/// let name = checks.take(validation::name("name", "  Orders "));
/// let slug = checks.take(validation::slug("slug", "acme"));
/// checks.finish()?;
/// assert_eq!((name.as_str(), slug.as_str()), ("Orders", "acme"));
/// # Ok::<(), latchkey_core::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "only `finish` tells whether the input is good"]
pub struct Checks {
    errors: Vec<FieldError>,
}

impl Checks {
    /// The value that was checked; of a bad one the error is noted, and an empty value stands in that
    /// [`Checks::finish`] keeps from being used.
    pub fn take<T: Default>(&mut self, checked: Checked<T>) -> T {
        checked.unwrap_or_else(|errors| {
            self.errors.extend(errors);
            T::default()
        })
    }

    /// The value that was checked, where the member is there at all.
    pub fn take_some<T: Default>(&mut self, checked: Option<Checked<T>>) -> Option<T> {
        checked.map(|checked| self.take(checked))
    }

    /// The value of a part of the input that stands at `place`; the errors name it: `items/3/name`.
    pub fn take_at<T>(&mut self, place: &str, checked: Checked<T>) -> Option<T> {
        checked
            .map_err(|errors| {
                self.errors.extend(
                    errors.into_iter().map(|error| FieldError::new(format!("{place}/{}", error.field), error.detail)),
                );
            })
            .ok()
    }

    /// Notes one bad member.
    pub fn note(&mut self, field: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldError::new(field, detail));
    }

    /// Whether all members are good.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that aren't.
    pub fn finish(self) -> Result<(), Error> {
        self.checked().map_err(Error::Invalid)
    }

    /// The same, for a part of a larger input.
    pub fn checked(self) -> Checked<()> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bad_members_are_named() {
        let mut checks = Checks::default();
        let _ = checks.take(name("name", ""));
        let _ = checks.take_some(Some(slug("slug", "A")));
        checks.note("api", "no such API");
        let Err(Error::Invalid(errors)) = checks.finish() else { panic!("not refused") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["name", "slug", "api"]);
    }
}
