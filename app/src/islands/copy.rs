//! Copies what another element shows.

use leptos::prelude::*;

/// What the button says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copied {
    NotYet,
    Yes,
    Refused,
}

/// A button that copies the text of the element `target`. Hidden until the script runs: without it, it could do nothing.
#[island]
pub fn CopyButton(
    /// The element's id.
    target: String,
    /// What it does, for screen readers.
    label: String,
) -> impl IntoView {
    let ready = RwSignal::new(false);
    let copied = RwSignal::new(Copied::NotYet);
    Effect::new(move |_| ready.set(true));
    let copy = move |_| {
        let text = super::document()
            .and_then(|document| document.get_element_by_id(&target))
            .and_then(|element| element.text_content())
            .unwrap_or_default();
        leptos::task::spawn_local(async move {
            let Some(window) = web_sys::window() else { return };
            let written = wasm_bindgen_futures::JsFuture::from(window.navigator().clipboard().write_text(&text)).await;
            copied.set(if written.is_ok() { Copied::Yes } else { Copied::Refused });
            set_timeout(move || copied.set(Copied::NotYet), std::time::Duration::from_secs(2));
        });
    };
    let text = move || match copied.get() {
        Copied::NotYet => "Copy",
        Copied::Yes => "Copied",
        Copied::Refused => "Select and copy",
    };
    view! {
        <button type="button" class="copy" hidden=move || !ready.get() aria-label=label on:click=copy>
            <span aria-live="polite">{text}</span>
        </button>
    }
}
