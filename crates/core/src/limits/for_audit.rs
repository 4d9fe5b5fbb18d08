//! Limits, credits and plans as the audit log says them.

use serde_json::{Value, json};

use super::{CreditChange, CreditRule, Plan, RateLimit};

pub(crate) fn rate_limits_for_audit(limits: &[RateLimit]) -> Value {
    limits.iter().map(|limit| serde_json::to_value(limit).unwrap_or_default()).collect()
}

pub(crate) fn credits_for_audit(rule: Option<&CreditRule>) -> Value {
    rule.map_or(Value::Null, |rule| serde_json::to_value(rule).unwrap_or_default())
}

/// With how many are left from now on, where that changed.
pub(crate) fn credit_change_for_audit(change: Option<&CreditChange>) -> Value {
    let Some(change) = change else { return Value::Null };
    let mut said = json!({ "refill": change.rule.refill, "on_unknown": change.rule.on_unknown });
    if let Some(remaining) = change.remaining {
        said["remaining"] = remaining.into();
    }
    said
}

pub(crate) fn plans_for_audit(plans: &[Plan]) -> Value {
    plans.iter().map(|plan| serde_json::to_value(plan).unwrap_or_default()).collect()
}
