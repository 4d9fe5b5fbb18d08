//! `/account`: who I am here, and where I am signed in.

use axum::response::Response;
use latchkey_core::accounts::{self, User};
use latchkey_core::ports::SessionRow;
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{Column, Section, Tone, ago, badge, copyable, definitions, page_header, table};
use crate::request::{Ctx, PageError};
use crate::routes;

/// A session's name in forms: the hash of its id in hexadecimal digits. The id itself is never shown.
pub fn session_name(id_hash: &[u8; 32]) -> String {
    use std::fmt::Write;
    id_hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The page.
pub async fn show(ctx: Ctx) -> Result<Response, PageError> {
    let sessions = accounts::sessions(ctx.core(), ctx.caller()).await?;
    let (user, here, now) = (ctx.person.user.clone(), ctx.person.session, ctx.now);
    Ok(ctx.plain_page(Section::Account, "Account", move || content(&user, &sessions, &here, now)))
}

/// The browser and system in a user agent's words, roughly; the whole text shows on hovering.
fn browser(agent: &str) -> String {
    let pick =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let program = pick(&[
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = pick(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

pub(crate) fn content(user: &User, sessions: &[SessionRow], here: &[u8; 32], now: Timestamp) -> AnyView {
    let identity = &user.identity;
    let email = identity.email.clone().map_or_else(
        || view! { <span class="quiet">"None"</span> }.into_any(),
        |email| {
            let verified = if identity.email_verified {
                badge(Tone::Good, "Verified")
            } else {
                badge(Tone::Neutral, "Not verified here")
            };
            view! { {email}" "{verified} }.into_any()
        },
    );
    let rows = sessions
        .iter()
        .map(|session| {
            let agent = session.user_agent.clone().unwrap_or_default();
            let name = browser(&agent);
            let current = session.id_hash == *here;
            let action = if current {
                badge(Tone::Good, "This one")
            } else {
                view! {
                    <form method="post" action=routes::END_SESSION>
                        <input type="hidden" name="session" value=session_name(&session.id_hash)/>
                        <button type="submit" class="button">"End"</button>
                    </form>
                }
                .into_any()
            };
            vec![
                view! { <span title=agent>{name}</span> }.into_any(),
                session.ip.map(|ip| view! { <code>{ip.to_string()}</code> }).into_any(),
                ago(session.last_seen_at, now),
                ago(session.created_at, now),
                view! { <span class="row-actions">{action}</span> }.into_any(),
            ]
        })
        .collect();
    let columns = [
        Column::text("Browser"),
        Column::text("From"),
        Column::text("Last seen"),
        Column::text("Signed in"),
        Column::text(""),
    ];
    let others = (sessions.len() > 1).then(|| {
        view! { <form method="post" action=routes::END_OTHER_SESSIONS><button type="submit" class="button danger-quiet">"End all others"</button></form> }
    });
    view! {
        {page_header(None, "Account", Some("What your sign-in provider says of you. Change it there."), ().into_any())}
        {definitions(vec![
            ("Name", identity.name.clone().into_any()),
            ("E-mail address", email),
            ("Provider", view! { <code>{identity.issuer.clone()}</code> }.into_any()),
            ("Id", copyable("user-id", user.id.to_string())),
        ])}
        <section class="section">
            <div class="toolbar"><h2>"Sessions"</h2>{others}</div>
            {table("Sessions", &columns, rows)}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_have_short_names() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        assert_eq!(browser("<script>"), "Unknown browser");
        assert_eq!(session_name(&[0xab; 32]).len(), 64);
    }
}
