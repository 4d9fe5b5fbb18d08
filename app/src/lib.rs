//! The portal's pages: Leptos views rendered on the server, islands in the browser.
