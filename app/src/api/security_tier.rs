//! The organisation's security tier.

use axum::extract::Path;
use latchkey_core::orgs::{self, OrgChange, TierChange};
use latchkey_core::tiers::SecurityTier;
use latchkey_core::{Action, Error};

use crate::components::{Flash, Section};
use crate::request::{Ctx, FormData, PageResult, done};
use crate::routes::{OrgRoutes, with_query};

fn change(form: &FormData) -> Result<TierChange, Error> {
    let tier = SecurityTier::from_word(form.text("security_tier"));
    let tier = tier.ok_or_else(|| Error::invalid("security_tier", "Choose one of the tiers."))?;
    let breaks = form.text("breaks").parse();
    let breaks = breaks.map_err(|_| Error::invalid("security_tier", "Look at what it would change first."))?;
    Ok(TierChange { tier, breaks })
}

/// Takes another tier, as far as its author saw what it breaks. Else back to the preview, which counts anew.
pub async fn set(ctx: Ctx, Path(slug): Path<String>, form: FormData) -> PageResult {
    ctx.org(&slug, Action::ManageSecurityTier, Section::Settings).await?;
    let to = OrgRoutes(&slug);
    let page = with_query(&to.security_tier(), &[("tier", form.text("security_tier"))]);
    let changed = match change(&form) {
        Ok(wanted) => {
            let change = OrgChange { security_tier: Some(wanted), ..OrgChange::default() };
            orgs::update(ctx.core(), ctx.caller(), &slug, change).await
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(_) => Ok(done(&to.security_tier(), Flash::Saved)),
        Err(error) => ctx.refuse(&page, form, error).await,
    }
}
