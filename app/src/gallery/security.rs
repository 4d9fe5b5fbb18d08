//! Security tiers and hygiene, rendered with samples.
use std::collections::BTreeMap;

use latchkey_core::hygiene::{CredentialFacts, Finding, Untidy};
use latchkey_core::ports::Listed;
use latchkey_core::tiers::{Break, Misfit, SecurityTier, TierPreview};
use latchkey_types::{AppId, CredentialKind, KeyId};

use super::rendered::in_org;
use super::samples::{HOSTILE, ago, id, now};
use crate::components::{FormState, Section};
use crate::pages::hygiene::{self, HygienePage};
use crate::pages::security_tier::{self, TierPage};

fn facts(kind: CredentialKind, id_of: &str, own: bool) -> CredentialFacts {
    CredentialFacts {
        id: id_of.to_owned(),
        kind,
        name: HOSTILE.to_owned(),
        holder: id(if own { 1 } else { 2 }),
        holder_slug: if own { "acme" } else { "initech" }.to_owned(),
        holder_tier: SecurityTier::Low,
        created_at: ago(90_000),
        last_used_at: own.then(|| ago(5)),
        disabled_at: None,
        secrets: Vec::new(),
        apis: Vec::new(),
        may_be_unbound: true,
        is_by_secret: true,
        has_addresses: false,
        networks: 2,
        tokens: 7,
    }
}

fn key(own: bool) -> CredentialFacts {
    let id_of: KeyId = id(1);
    facts(CredentialKind::ApiKey, id_of.as_str(), own)
}

fn app() -> CredentialFacts {
    let id_of: AppId = id(2);
    facts(CredentialKind::App, id_of.as_str(), true)
}

pub(super) fn security_pages() -> Vec<(&'static str, String)> {
    let tier = |preview: Option<TierPreview>, form: FormState| {
        in_org(Section::Settings, None, move |nav| {
            security_tier::content(&TierPage { nav: nav.clone(), preview, form, now: now() })
        })
    };
    let breaking = TierPreview {
        current: SecurityTier::Low,
        tier: SecurityTier::High,
        breaks: 1_234,
        by_reason: BTreeMap::from([(Misfit::NoEnd, 1_233), (Misfit::UnboundTokens, 1)]),
        listed: vec![
            Break { credential: key(true), misfits: vec![Misfit::NoEnd] },
            Break { credential: key(false), misfits: vec![Misfit::JwtKey, Misfit::LivesTooLong] },
            Break { credential: app(), misfits: vec![Misfit::UnboundTokens] },
        ],
    };
    let harmless = TierPreview { breaks: 0, listed: Vec::new(), ..breaking.clone() };
    let refused = FormState::default().with_error("", "the high tier refuses 3 credentials that work today");
    let hygiene = |finding: &str, full: bool| {
        let findings = vec![
            Finding::RefusedByTier(Misfit::NoEnd),
            Finding::SeveralNetworks(2),
            Finding::NeverRotated(400),
            Finding::NoAddressList,
        ];
        let others = vec![Finding::OverusedSecret(9_999), Finding::LongLife(1_000), Finding::Idle(91), Finding::NoEnd];
        let items = vec![
            Untidy { credential: key(true), findings },
            Untidy { credential: app(), findings: others },
            Untidy { credential: key(true), findings: vec![Finding::NeverUsed(40)] },
        ];
        let (items, next_cursor) = if full { (items, Some("next".to_owned())) } else { (Vec::new(), None) };
        in_org(Section::Overview, None, move |nav| {
            hygiene::content(&HygienePage {
                nav: nav.clone(),
                listed: Listed { items, next_cursor },
                finding: finding.to_owned(),
                cursor: String::new(),
                now: now(),
            })
        })
    };
    vec![
        ("security-tier", tier(None, FormState::default())),
        ("security-tier-breaking", tier(Some(breaking), refused)),
        ("security-tier-harmless", tier(Some(harmless), FormState::default())),
        ("hygiene", hygiene("", true)),
        ("hygiene-empty", hygiene("", false)),
        ("hygiene-nothing-found", hygiene("idle", false)),
    ]
}
