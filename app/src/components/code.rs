//! Text to copy.

use leptos::prelude::*;

use crate::islands::CopyButton;

/// A block of code with a button that copies it. `id` is unique on the page.
pub fn code_block(id: &str, code: String) -> AnyView {
    let id = id.to_owned();
    view! {
        <div class="code">
            <pre id=id.clone() tabindex="0"><code>{code}</code></pre>
            <CopyButton target=id label="Copy code".to_owned()/>
        </div>
    }
    .into_any()
}

/// A short value in the text's line, with a button that copies it. `id` is unique on the page.
pub fn copyable(id: &str, value: String) -> AnyView {
    let id = id.to_owned();
    view! {
        <span class="copyable">
            <code id=id.clone()>{value}</code>
            <CopyButton target=id label="Copy".to_owned()/>
        </span>
    }
    .into_any()
}

/// A secret, on the one page that shows it.
pub fn secret_box(label: &str, secret: String, after: &str) -> AnyView {
    let (label, after) = (label.to_owned(), after.to_owned());
    view! {
        <section class="secret" aria-labelledby="secret-title">
            <h2 id="secret-title">{label}</h2>
            <p>{after}</p>
            <div class="code">
                <pre id="secret" tabindex="0"><code>{secret}</code></pre>
                <CopyButton target="secret".to_owned() label="Copy secret".to_owned()/>
            </div>
        </section>
    }
    .into_any()
}
