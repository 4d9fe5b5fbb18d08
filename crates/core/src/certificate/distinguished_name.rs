//! Distinguished names as text (RFC 4514), in one form, so that two of the same name are the same text.

use std::fmt;
use std::str::FromStr;

use x509_cert::der::asn1::{Any, BmpString, ObjectIdentifier};
use x509_cert::der::{Decode, Encode, Tag, Tagged};
use x509_cert::name::Name;

/// Short names of attribute types: those of RFC 4514 section 3, and those beside them that certificates have often.
const SHORT_NAMES: [(&str, &str); 14] = [
    ("CN", "2.5.4.3"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("C", "2.5.4.6"),
    ("STREET", "2.5.4.9"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("SN", "2.5.4.4"),
    ("GN", "2.5.4.42"),
    ("TITLE", "2.5.4.12"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
];
/// Characters with a backslash before them wherever they stand (RFC 4514 section 2.4).
const SPECIAL: &str = "\"+,;<>\\";

/// A distinguished name in its one form: the last relative name first, attribute types by short name or number,
/// several of one relative name sorted, no space around separators. Letter case of values matters, their ASN.1 string
/// type doesn't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(String);

/// Not a distinguished name of RFC 4514.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a distinguished name of RFC 4514, such as CN=cart,O=Acme,C=DE")]
pub struct InvalidName;

impl DistinguishedName {
    /// A certificate's name; `None` where it is empty.
    pub(super) fn of(name: &Name) -> Option<Self> {
        let mut relative = Vec::new();
        for one in name.iter_rdn() {
            let attributes = one.iter().map(|attribute| show(&attribute.oid, &Value::of(&attribute.value)));
            relative.push(joined(attributes.collect()));
        }
        relative.reverse();
        if relative.is_empty() { None } else { Some(Self(relative.join(","))) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DistinguishedName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let mut relative = Vec::new();
        let mut rest = text;
        loop {
            let mut attributes = Vec::new();
            let mut separator;
            loop {
                let (attribute, at) = attribute(rest)?;
                attributes.push(attribute);
                separator = rest.as_bytes().get(at).copied();
                rest = rest.get(at + 1..).unwrap_or_default();
                if separator != Some(b'+') {
                    break;
                }
            }
            relative.push(joined(attributes));
            if separator.is_none() {
                return Ok(Self(relative.join(",")));
            }
        }
    }
}

/// A value: text, or the DER of what is none.
enum Value {
    Text(String),
    Der(Vec<u8>),
}

impl Value {
    fn of(any: &Any) -> Self {
        let text = match any.tag() {
            Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
                String::from_utf8(any.value().to_vec()).ok()
            }
            // in practice Latin-1; its ASCII part alone is beyond doubt
            Tag::TeletexString => String::from_utf8(any.value().to_vec()).ok().filter(|text| text.is_ascii()),
            Tag::BmpString => any.decode_as::<BmpString>().ok().map(|text| text.to_string()),
            _ => None,
        };
        // an empty text, written as such, couldn't be told from a missing one
        let text = text.filter(|text| !text.is_empty());
        text.map_or_else(|| Self::Der(any.to_der().unwrap_or_default()), Self::Text)
    }
}

fn joined(mut attributes: Vec<String>) -> String {
    attributes.sort_unstable();
    attributes.join("+")
}

fn show(oid: &ObjectIdentifier, value: &Value) -> String {
    let number = oid.to_string();
    let short = SHORT_NAMES.iter().find(|(_, known)| *known == number).map(|(short, _)| (*short).to_owned());
    let mut shown = short.unwrap_or(number) + "=";
    match value {
        Value::Der(der) => {
            shown.push('#');
            for byte in der {
                shown.push_str(&format!("{byte:02x}"));
            }
        }
        Value::Text(text) => {
            let last = text.chars().count().saturating_sub(1);
            for (position, char) in text.chars().enumerate() {
                let at_the_edge =
                    (char == ' ' && (position == 0 || position == last)) || (char == '#' && position == 0);
                if char.is_control() {
                    let mut buffer = [0; 4];
                    char.encode_utf8(&mut buffer).bytes().for_each(|byte| shown.push_str(&format!("\\{byte:02x}")));
                    continue;
                }
                if at_the_edge || SPECIAL.contains(char) {
                    shown.push('\\');
                }
                shown.push(char);
            }
        }
    }
    shown
}

/// Reads `type=value` up to a separator that isn't escaped: its one form, and where it ends.
fn attribute(text: &str) -> Result<(String, usize), InvalidName> {
    let (kind, behind) = text.split_once('=').ok_or(InvalidName)?;
    let oid = attribute_type(kind.trim_matches(' '))?;
    let leading = behind.len() - behind.trim_start_matches(' ').len();
    let (value, length) = value(&behind[leading..])?;
    Ok((show(&oid, &value), kind.len() + 1 + leading + length))
}

fn attribute_type(text: &str) -> Result<ObjectIdentifier, InvalidName> {
    let short = SHORT_NAMES.iter().find(|(short, _)| short.eq_ignore_ascii_case(text));
    ObjectIdentifier::new(short.map_or(text, |(_, number)| number)).map_err(|_| InvalidName)
}

/// Reads a value, and how long it was (RFC 4514 sections 2.4 and 3).
fn value(text: &str) -> Result<(Value, usize), InvalidName> {
    if text.starts_with('#') {
        let end = text.find([',', '+']).unwrap_or(text.len());
        return Ok((hex_value(text[1..end].trim_end_matches(' '))?, end));
    }
    let mut bytes = Vec::new();
    // behind the last character that is certainly part of the value: spaces before a separator aren't
    let mut kept = 0;
    let mut rest = text.as_bytes().iter().copied().enumerate();
    let mut end = text.len();
    while let Some((at, byte)) = rest.next() {
        match byte {
            b',' | b'+' => {
                end = at;
                break;
            }
            b'\\' => {
                let (_, next) = rest.next().ok_or(InvalidName)?;
                if " \"#=".contains(char::from(next)) || SPECIAL.contains(char::from(next)) {
                    bytes.push(next);
                } else {
                    let (_, low) = rest.next().ok_or(InvalidName)?;
                    bytes.push(hex_digit(next)? << 4 | hex_digit(low)?);
                }
                kept = bytes.len();
            }
            b'"' | b';' | b'<' | b'>' | 0 => return Err(InvalidName),
            b' ' => bytes.push(byte),
            _ => {
                bytes.push(byte);
                kept = bytes.len();
            }
        }
    }
    bytes.truncate(kept);
    let text = String::from_utf8(bytes).ok().filter(|text| !text.is_empty()).ok_or(InvalidName)?;
    Ok((Value::Text(text), end))
}

fn hex_value(digits: &str) -> Result<Value, InvalidName> {
    let digits = digits.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return Err(InvalidName);
    }
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .map(|pair| Ok(hex_digit(pair[0])? << 4 | hex_digit(pair[1])?))
        .collect::<Result<_, InvalidName>>()?;
    Any::from_der(&bytes).map(|any| Value::of(&any)).map_err(|_| InvalidName)
}

fn hex_digit(byte: u8) -> Result<u8, InvalidName> {
    let digit = char::from(byte).to_digit(16).ok_or(InvalidName)?;
    u8::try_from(digit).map_err(|_| InvalidName)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<DistinguishedName>().ok().map(|name| name.0)
    }

    // L1; the examples of RFC 4514 section 4
    #[test]
    fn one_name_has_one_form() {
        for (text, form) in [
            ("CN=cart,O=Acme,C=DE", "CN=cart,O=Acme,C=DE"),
            ("cn = cart , o=Acme,c=  DE ", "CN=cart,O=Acme,C=DE"),
            ("2.5.4.3=cart,O=Acme", "CN=cart,O=Acme"),
            ("UID=jsmith,DC=example,DC=net", "UID=jsmith,DC=example,DC=net"),
            ("OU=Sales+CN=J.  Smith,DC=example,DC=net", "CN=J.  Smith+OU=Sales,DC=example,DC=net"),
            (r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#, r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#),
            (r"CN=Before\0dAfter,DC=example", r"CN=Before\0dAfter,DC=example"),
            (r"SN=Lu\C4\8Di\C4\87", "SN=Lučić"),
            ("SN=Lučić", "SN=Lučić"),
            (r"CN=a\\,O=b", r"CN=a\\,O=b"),
            (r"CN=a\\\,O=b", r"CN=a\\\,O=b"),
            (r"CN=\ a\ ", r"CN=\ a\ "),
            (r"CN=\#1", r"CN=\#1"),
            ("CN=a=b", "CN=a=b"),
            (r"CN=a\=b", "CN=a=b"),
            // UTF8String "hi", in hexadecimal DER, is the same text; what is no text stays as it is
            ("CN=#0c026869", "CN=hi"),
            ("1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=#04024869"),
            ("CN=#0C00", "CN=#0c00"),
        ] {
            assert_eq!(read(text).as_deref(), Some(form), "{text}");
        }
    }

    #[test]
    fn other_names_stay_others() {
        let other = |one, other| assert_ne!(read(one), read(other), "{one} {other}");
        other("CN=cart,O=Acme", "O=Acme,CN=cart");
        other("CN=cart,O=Acme", "CN=cart+O=Acme");
        other("CN=cart", "CN=Cart");
        other(r"CN=cart\,O=Acme", "CN=cart,O=Acme");
        other("CN=cart", "CN=cart,O=Acme");
        other(r"CN=\#0c026869", "CN=#0c026869");
        other(r"CN=a\ ", "CN=a");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            " ",
            "cart",
            "CN=",
            "CN= ",
            "=cart",
            "CN=a,",
            ",CN=a",
            "CN=a,,O=b",
            "/CN=cart/O=Acme",
            "XX=a",
            "CN=a;b",
            "CN=\"a\"",
            "CN=a\\",
            "CN=a\\x",
            "CN=a\\f",
            "CN=a\\ff",
            "CN=#",
            "CN=#0",
            "CN=#zz",
            "CN=#0c05",
            "CN=a<b",
            "CN=a+",
            "CN=a\0",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_form_is_stable(values in proptest::collection::vec("[ -~äλ\u{1}\u{85}]{1,12}", 1..4)) {
            let oid = ObjectIdentifier::new("2.5.4.3").expect("an OID");
            let text: Vec<String> = values.into_iter().map(|value| show(&oid, &Value::Text(value))).collect();
            let text = text.join(",");
            prop_assert_eq!(read(&text), Some(text));
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("CN={text}"));
            let _ = read(&format!("CN=#{text}"));
        }
    }
}
