//! Samples of leaks, and their pages.

use latchkey_core::leaks::{Ending, HeldSecret, Leak, SecretTarget};
use latchkey_core::ports::Listed;

use super::rendered::in_org;
use super::samples::{HOSTILE, ago, id, listed, now};
use crate::components::Section;
use crate::pages;
use crate::pages::leaks::LeaksPage;

pub(super) fn leak(number: u8, target: SecretTarget, ending: Ending) -> Leak {
    Leak {
        id: id(number),
        secret: HeldSecret { org: Some(id(1)), target },
        reporter: HOSTILE.to_owned(),
        url: if number.is_multiple_of(2) {
            "https://git.example/acme/shop/blob/1234/.env".to_owned()
        } else {
            format!("javascript:{HOSTILE}")
        },
        source: "commit".to_owned(),
        first_reported_at: ago(90),
        last_reported_at: ago(10),
        times: u32::from(number),
        ending,
    }
}

pub(super) fn leak_of_key() -> Leak {
    leak(2, SecretTarget::Key { id: id(1), generation: 2 }, Ending::At(now().plus_seconds(3_600)))
}

pub(super) fn leak_of_app() -> Leak {
    leak(1, SecretTarget::AppSecret { app: id(1), id: id(2) }, Ending::Revoked)
}

pub(super) fn leak_pages() -> Vec<(&'static str, String)> {
    let page = |leaks: Listed<Leak>| {
        in_org(Section::Overview, None, move |nav| {
            let cursor = String::new();
            pages::leaks::content(&LeaksPage { nav: nav.clone(), listed: leaks, cursor, now: now() })
        })
    };
    let token = SecretTarget::AccessToken { jti: HOSTILE.to_owned(), client: "app_1".to_owned(), expires_at: now() };
    let all = vec![
        leak_of_key(),
        leak_of_app(),
        leak(3, SecretTarget::ManagementKey { id: id(3) }, Ending::Kept),
        leak(4, token, Ending::Before),
    ];
    vec![("leaks", page(listed(all))), ("leaks-empty", page(listed(Vec::new())))]
}
