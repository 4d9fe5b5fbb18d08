//! Shows a bar's numbers beside the pointer. Without it the bar's own title and the table under the chart say the same.

use leptos::ev;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A tip for the bars (`[data-tip]`) within the element `target`, which is positioned and holds this island.
#[island]
pub fn ChartTip(
    /// The element's id.
    target: String,
) -> impl IntoView {
    Effect::new(move |_| {
        let target = target.clone();
        let handle = window_event_listener(ev::mousemove, move |event| point(&target, &event));
        on_cleanup(move || handle.remove());
    });
    view! { <div class="chart-tip" hidden=true aria-hidden="true"></div> }
}

/// Shows or hides the tip. Frame and tip are looked up anew: a live page puts a fresh chart in the place of the old one.
fn point(target: &str, event: &ev::MouseEvent) {
    let Some(frame) = super::document().and_then(|document| document.get_element_by_id(target)) else { return };
    let tip = frame.query_selector(".chart-tip").ok().flatten();
    let Some(tip) = tip.and_then(|tip| tip.dyn_into::<HtmlElement>().ok()) else { return };
    let bar = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest("[data-tip]").ok().flatten())
        .filter(|bar| frame.contains(Some(bar)));
    let words = bar.and_then(|bar| bar.get_attribute("data-tip"));
    tip.set_hidden(words.is_none());
    if words.is_some() {
        tip.set_text_content(words.as_deref());
        place(&tip, &frame, event);
    }
}

/// Puts the tip above the pointer and keeps it within the frame. Styles go through the object model, which the CSP allows.
fn place(tip: &HtmlElement, frame: &Element, event: &ev::MouseEvent) {
    let area = frame.get_bounding_client_rect();
    let half = f64::from(tip.offset_width()) / 2.0;
    let left = (f64::from(event.client_x()) - area.left()).clamp(half, (area.width() - half).max(half));
    let top = f64::from(event.client_y()) - area.top();
    let style = web_sys::HtmlElement::style(tip);
    let _ = style.set_property("left", &format!("{left}px"));
    let _ = style.set_property("top", &format!("{top}px"));
}
