//! Security tiers: how strict an organisation is. What each demands stands in one table.
//!
//! The tier of a credential's holder and that of the API's owner both count, and the stricter wins. What a tier doesn't
//! take is refused when it is verified, whenever it was made: the tier is judged each time, nothing is switched off, and
//! a laxer tier lets it in again.

mod misfit;
mod preview;
mod table;

pub use misfit::{Misfit, SecretLife, misfit_of_secret, misfit_of_token};
pub use preview::{Break, MAX_LISTED_BREAKS, TierPreview, breaks_of, preview};
pub use table::{Demands, SecurityTier};
