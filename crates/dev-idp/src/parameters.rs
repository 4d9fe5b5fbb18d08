//! Parameters of a query or form (RFC 6749 section 3.1): an empty one counts as absent, none may come twice.

use url::form_urlencoded;

/// The parameters of one request.
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`, which any bytes are.
    pub fn parse(encoded: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(encoded).filter(|(_, value)| !value.is_empty());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value of a parameter that came once.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() { None } else { first }
    }

    /// The name of one that came twice.
    pub fn repeated(&self) -> Option<&str> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A2
    #[test]
    fn empty_is_absent_and_twice_is_none() {
        let parameters = Parameters::parse(b"a=1&b=&c=x%20y+z&d=1&d=2&b=");
        assert_eq!(parameters.get("a"), Some("1"));
        assert_eq!(parameters.get("b"), None);
        assert_eq!(parameters.get("c"), Some("x y z"));
        assert_eq!(parameters.get("d"), None);
        assert_eq!(parameters.repeated(), Some("d"));
        assert_eq!(Parameters::parse(b"a=1&b=1").repeated(), None);
        assert_eq!(Parameters::parse(b"%FF=%00&&=&%").get("x"), None);
    }
}
