//! Shows a bar's numbers beside the pointer. Without it the bar's own title and the table under the chart say the same.

use leptos::ev;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A tip for the bars (`[data-tip]`) within the element `target`, which is positioned.
#[island]
pub fn ChartTip(
    /// The element's id.
    target: String,
) -> impl IntoView {
    let tip = NodeRef::<leptos::html::Div>::new();
    let text = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let Some(frame) = super::document().and_then(|document| document.get_element_by_id(&target)) else { return };
        let show = move |event: ev::MouseEvent| {
            let bar = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok())
                .and_then(|element| element.closest("[data-tip]").ok().flatten());
            let words = bar.as_ref().and_then(|bar| bar.get_attribute("data-tip"));
            if let (Some(_), Some(tip)) = (&words, tip.get_untracked()) {
                place(&tip, &frame, &event);
            }
            if text.with_untracked(|shown| *shown != words) {
                text.set(words);
            }
        };
        let handle = window_event_listener(ev::mousemove, show);
        on_cleanup(move || handle.remove());
    });
    view! {
        <div class="chart-tip" node_ref=tip hidden=move || text.get().is_none() aria-hidden="true">
            {move || text.get().unwrap_or_default()}
        </div>
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
