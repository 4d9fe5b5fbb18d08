//! `LATCHKEY_ORG_CREATION`: who may make organisations.

use latchkey_core::settings::OrgCreation;

use super::ConfigError;
use super::source::Source;

pub(super) fn read(source: &Source, dev: bool) -> Result<OrgCreation, ConfigError> {
    match source.text("org_creation")?.as_deref() {
        None if dev => Ok(OrgCreation::Anyone),
        None | Some("operators") => Ok(OrgCreation::Operators),
        Some("anyone") => Ok(OrgCreation::Anyone),
        Some(_) => Err(ConfigError::new("LATCHKEY_ORG_CREATION", "must be operators or anyone")),
    }
}
