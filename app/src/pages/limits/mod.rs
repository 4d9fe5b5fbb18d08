//! Rate limits, credits and plans in forms and among facts, the same for everything that has them.

mod text;

use latchkey_core::Error;
use latchkey_core::limits::{
    CreditRule, Left, LimitState, NewCredits, NewPlan, NewRateLimit, NewRefill, OnUnknown, Plan, RateLimit, RefillEvery,
};
use leptos::prelude::*;

use crate::components::{Field, FormState};
use crate::request::FormData;

/// What the summary of errors calls the fields.
pub(crate) const LABELS: [(&str, &str); 2] = [("rate_limits", "Rate limits"), ("credits", "Credits")];
/// The fields' names.
pub(crate) const NAMES: [&str; 2] = ["rate_limits", "credits"];

/// How a limit is written.
const HOW: &str = "One a line: its name, how much fits, and in which time (s, m, h, d). With “exact” behind it the database \
    counts each call; with “allow”, calls go through while that can't be asked.";

/// The field of rate limits.
pub(crate) fn rate_limit_field(form: &FormState) -> AnyView {
    field_with(form, HOW)
}

fn field_with(form: &FormState, hint: impl Into<String>) -> AnyView {
    let field = Field::new(form, "rate_limits", "Rate limits");
    field.mono().placeholder("per minute = 100 / 60s").hint(hint).area(3)
}

/// The fields of rate limits and credits.
pub(crate) fn fields(form: &FormState) -> AnyView {
    let every = [("", "Never"), ("day", "Every day"), ("month", "Every month")]
        .map(|(value, text)| (value.to_owned(), text.to_owned()))
        .to_vec();
    let unknown = [("refuse", "Are refused (503)"), ("allow", "Go through")]
        .map(|(value, text)| (value.to_owned(), text.to_owned()))
        .to_vec();
    view! {
        {rate_limit_field(form)}
        <input type="hidden" name="credits_seen" value=form.value("credits_seen").to_owned()/>
        <div class="columns">
            {Field::new(form, "credits", "Credits left").hint("How many calls still; empty: they aren't counted.").input("number")}
            {Field::new(form, "credits_every", "Filled up").select(every)}
            {Field::new(form, "credits_amount", "To").hint("At midnight UTC.").input("number")}
        </div>
        {Field::new(form, "credits_unknown", "Calls while credits can't be counted").select(unknown)}
    }
    .into_any()
}

/// Rate limits as the form would send them.
pub(crate) fn stored_limits(limits: &[RateLimit]) -> (String, String) {
    ("rate_limits".to_owned(), text::show_limits(limits))
}

/// Limits and credits as the form would send them.
pub(crate) fn stored(limits: &[RateLimit], credits: Option<CreditRule>, left: &Left) -> Vec<(String, String)> {
    let mut values = vec![stored_limits(limits)];
    if let Some(rule) = credits {
        let remaining = left.credits.unwrap_or(rule.granted).to_string();
        values.push(("credits_seen".to_owned(), remaining.clone()));
        values.push(("credits".to_owned(), remaining));
        values.push(("credits_unknown".to_owned(), rule.on_unknown.as_str().to_owned()));
        if let Some(refill) = rule.refill {
            values.push(("credits_every".to_owned(), refill.every.as_str().to_owned()));
            values.push(("credits_amount".to_owned(), refill.amount.to_string()));
        }
    }
    values
}

/// Plans as the form would send them.
pub(crate) fn stored_plans(plans: &[Plan]) -> (String, String) {
    ("plans".to_owned(), text::show_plans(plans))
}

/// The field of plans.
pub(crate) fn plan_field(form: &FormState) -> AnyView {
    Field::new(form, "plans", "Plans")
        .mono()
        .placeholder("[default]\nper minute = 60 / 60s\n\n[pro]\nper minute = 600 / 60s\ncredits = 10000 refill 10000 a month")
        .hint(
            "Limits for each organisation that uses the API, over all its credentials: the plan's name in brackets, below it \
             its limits, one a line. The one called “default” holds for every organisation that has no other.",
        )
        .area(6)
}

/// The rate limits of a form; `None` where it has no such field.
pub(crate) fn read_limits(form: &FormData) -> Result<Option<Vec<NewRateLimit>>, Error> {
    form.has("rate_limits").then(|| text::read_limits("rate_limits", form.text("rate_limits"))).transpose()
}

/// The credits of a form; `None` where it has no such field, `Some(None)` where it is empty. What was shown and not
/// changed stays as it is by now, so that what was spent meanwhile stays spent.
pub(crate) fn read_credits(form: &FormData) -> Result<Option<Option<NewCredits>>, Error> {
    if !form.has("credits") {
        return Ok(None);
    }
    let number =
        |name: &str, at: &str| form.text(name).parse::<i64>().map_err(|_| Error::invalid(at, "Write a whole number."));
    let every = RefillEvery::ALL.into_iter().find(|every| every.as_str() == form.text("credits_every"));
    if form.text("credits").is_empty() {
        if every.is_some() {
            return Err(Error::invalid("credits", "Write how many there are now; then they can be filled up."));
        }
        return Ok(Some(None));
    }
    let remaining = number("credits", "credits")?;
    let refill = match every {
        None => None,
        Some(every) => Some(NewRefill { amount: number("credits_amount", "credits_amount")?, every }),
    };
    let is_unchanged = form.text("credits_seen") == form.text("credits");
    let on_unknown = OnUnknown::ALL.into_iter().find(|answer| answer.as_str() == form.text("credits_unknown"));
    Ok(Some(Some(NewCredits { remaining: (!is_unchanged).then_some(remaining), refill, on_unknown })))
}

/// The plans of a form; `None` where it has no such field.
pub(crate) fn read_plans(form: &FormData) -> Result<Option<Vec<NewPlan>>, Error> {
    form.has("plans").then(|| text::read_plans("plans", form.text("plans"))).transpose()
}

/// Rate limits among a credential's facts, with what is left of each.
pub(crate) fn limits_fact(left: &Left) -> AnyView {
    if left.rate_limits.is_empty() {
        return view! { <span class="quiet">"None"</span> }.into_any();
    }
    states_view(&left.rate_limits)
}

/// What is left of each limit.
pub(crate) fn states_view(states: &[LimitState]) -> AnyView {
    let item = |state: &LimitState| {
        let text =
            format!("{} left of {} per {}", state.remaining, state.limit, text::window_words(state.window_seconds));
        view! { <li>{state.name.to_string()}": "{text}</li> }
    };
    view! { <ul class="plain">{states.iter().map(item).collect_view()}</ul> }.into_any()
}

/// The field of the rate limits of somebody who gets tokens.
pub(crate) fn party_limit_field(form: &FormState) -> AnyView {
    field_with(form, format!("They count all its tokens together, at this organisation's own APIs. {HOW}"))
}

/// Credits among a credential's facts, with what is left of them.
pub(crate) fn credits_fact(rule: Option<CreditRule>, left: &Left) -> AnyView {
    let Some(remaining) = left.credits else {
        return view! { <span class="quiet">"Not counted"</span> }.into_any();
    };
    let refill = rule.and_then(|rule| rule.refill).map(|refill| {
        let every = match refill.every {
            RefillEvery::Day => "day",
            RefillEvery::Month => "month",
        };
        format!(", filled up to {} every {every}", refill.amount)
    });
    view! { {format!("{remaining} left")}{refill} }.into_any()
}

/// Plans among an API's facts.
pub(crate) fn plans_fact(plans: &[Plan]) -> AnyView {
    if plans.is_empty() {
        return view! { <span class="quiet">"None"</span> }.into_any();
    }
    view! { <pre class="plain">{text::show_plans(plans)}</pre> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> FormData {
        FormData(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn credits_that_were_not_touched_stay_what_they_are_by_now() {
        let rule = CreditRule { granted: 50, ..CreditRule::default() };
        let left = Left { rate_limits: Vec::new(), credits: Some(12) };
        let mut sent = FormData(stored(&[], Some(rule), &left));
        let read = read_credits(&sent).unwrap().unwrap().unwrap();
        assert_eq!((read.remaining, read.refill.is_none()), (None, true));
        sent.0.retain(|(name, _)| name != "credits");
        sent.0.push(("credits".to_owned(), "100".to_owned()));
        assert_eq!(read_credits(&sent).unwrap().unwrap().unwrap().remaining, Some(100));
        assert!(read_credits(&form(&[("credits", "")])).unwrap().unwrap().is_none(), "no longer counted");
        assert!(read_credits(&form(&[])).unwrap().is_none(), "no such field");
        for bad in [
            &[("credits", "x")][..],
            &[("credits", "1"), ("credits_every", "day"), ("credits_amount", "")],
            &[("credits", ""), ("credits_every", "day")],
        ] {
            assert!(read_credits(&form(bad)).is_err(), "{bad:?}");
        }
    }
}
