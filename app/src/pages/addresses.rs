//! Where a credential may be used from: two fields and one fact, the same for every kind.

use latchkey_core::AddressRules;
use leptos::prelude::*;

use crate::components::{Field, FormState};

/// The fields' names.
pub(crate) const NAMES: [&str; 2] = ["allowed_ips", "denied_ips"];
/// What the summary of errors calls them.
pub(crate) const LABELS: [(&str, &str); 2] = [("allowed_ips", "Allowed addresses"), ("denied_ips", "Denied addresses")];

/// The two fields.
pub(crate) fn fields(form: &FormState) -> AnyView {
    view! {
        {Field::new(form, "allowed_ips", "Allowed addresses").mono().placeholder("203.0.113.0/24").hint("One address or CIDR a line; empty means from anywhere.").area(3)}
        {Field::new(form, "denied_ips", "Denied addresses").mono().placeholder("203.0.113.66").hint("One address or CIDR a line. They are refused even where they are allowed above.").area(2)}
    }
    .into_any()
}

/// The rules as the form would send them.
pub(crate) fn stored(rules: &AddressRules) -> Vec<(String, String)> {
    let lines = |networks: &[ipnet::IpNet]| networks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let [allowed, denied] = NAMES;
    vec![(allowed.to_owned(), lines(&rules.allowed)), (denied.to_owned(), lines(&rules.denied))]
}

/// The rules among a credential's facts.
pub(crate) fn fact(rules: &AddressRules) -> AnyView {
    let list = |networks: &[ipnet::IpNet]| networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let allowed = if rules.allowed.is_empty() {
        view! { <span class="quiet">"Anywhere"</span> }.into_any()
    } else {
        view! { <code>{list(&rules.allowed)}</code> }.into_any()
    };
    let denied = (!rules.denied.is_empty()).then(|| view! { " but not "<code>{list(&rules.denied)}</code> });
    view! { {allowed}{denied} }.into_any()
}
