//! Compares presented secrets, and slows down whoever tries many wrong ones.

use crate::core::Core;
use crate::error::Error;
use crate::hashing::{Checked, HashProfile, SecretHash};

impl Core {
    /// Compares a presented secret with the stored hash of `id`; `None`, an unknown id, takes as long and counts as
    /// wrong. A new hash would be made with this profile. Only wrong secrets are slowed down: one that was right before passes while somebody else is guessing.
    ///
    /// # Errors
    /// [`Error::TooMany`] after many wrong ones; [`Error::Unavailable`] where too many are being checked.
    pub(crate) async fn check_secret(
        &self,
        profile: HashProfile,
        id: &str,
        presented: &str,
        stored: Option<&SecretHash>,
    ) -> Result<Checked, Error> {
        if let Some(known) = self.hasher.recall_with(profile, presented, stored) {
            return Ok(known);
        }
        let now = self.clock.monotonic();
        if let Some(seconds) = self.wrong_secrets.wait(id, now) {
            return Err(Error::TooMany(seconds));
        }
        let checked = self.hasher.check_with(profile, presented, stored).await?;
        if checked == Checked::Different {
            self.wrong_secrets.failed(id, now);
        }
        Ok(checked)
    }
}
