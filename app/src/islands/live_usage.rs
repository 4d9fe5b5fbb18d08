//! Fetches a piece of the page anew every few seconds.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::wasm_bindgen::JsCast;

/// A switch that keeps the element `target` fresh from `url` (a piece of HTML that our own server rendered).
#[island]
pub fn LiveUsage(
    /// The element's id.
    target: String,
    /// Where its content comes from.
    url: String,
    /// How often, in seconds.
    seconds: u32,
) -> impl IntoView {
    let ready = RwSignal::new(false);
    let live = RwSignal::new(false);
    let place = StoredValue::new((target, url));
    Effect::new(move |_| {
        ready.set(true);
        let tick = set_interval_with_handle(
            move || {
                let hidden = super::document().is_none_or(|document| document.hidden());
                if live.get_untracked() && !hidden {
                    let (target, url) = place.get_value();
                    leptos::task::spawn_local(async move {
                        if let Some(html) = fetch_text(&url).await
                            && let Some(element) =
                                super::document().and_then(|document| document.get_element_by_id(&target))
                        {
                            element.set_inner_html(&html);
                        }
                    });
                }
            },
            Duration::from_secs(u64::from(seconds)),
        );
        on_cleanup(move || {
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
    });
    view! {
        <button
            type="button"
            class="button live"
            hidden=move || !ready.get()
            aria-pressed=move || live.get().to_string()
            on:click=move |_| live.update(|on| *on = !*on)
        >
            "Live"
        </button>
    }
}

/// The body of a good answer.
async fn fetch_text(url: &str) -> Option<String> {
    let answer = JsFuture::from(web_sys::window()?.fetch_with_str(url)).await.ok()?;
    let answer: web_sys::Response = answer.dyn_into().ok()?;
    // a redirect leads to the sign-in page: the session is over
    if !answer.ok() || answer.redirected() {
        return None;
    }
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}
