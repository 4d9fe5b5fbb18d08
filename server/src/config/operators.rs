//! `LATCHKEY_OPERATORS`: who runs the whole portal.

use latchkey_core::settings::OperatorRule;

use super::ConfigError;
use super::source::Source;

pub(super) fn read(source: &Source) -> Result<Vec<OperatorRule>, ConfigError> {
    source.list("operators")?.iter().map(|text| rule(text)).collect()
}

fn rule(text: &str) -> Result<OperatorRule, ConfigError> {
    let bad =
        || ConfigError::new("LATCHKEY_OPERATORS", format!("`{text}` is neither issuer|subject nor an e-mail address"));
    // an issuer has no `|`, a subject may
    if let Some((issuer, subject)) = text.split_once('|') {
        let good = (issuer.starts_with("https://") || issuer.starts_with("http://")) && !subject.is_empty();
        let identity = OperatorRule::Identity { issuer: issuer.to_owned(), subject: subject.to_owned() };
        return good.then_some(identity).ok_or_else(bad);
    }
    let (name, domain) = text.split_once('@').ok_or_else(bad)?;
    let good = !name.is_empty() && domain.contains('.') && !domain.contains('@') && !text.contains(char::is_whitespace);
    good.then(|| OperatorRule::Email(text.to_owned())).ok_or_else(bad)
}
