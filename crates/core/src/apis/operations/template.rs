//! Path templates (`OpenAPI` 3.1 section 4.8.8.2), and when two of them could mean the same path.

use super::path::{MAX_SEGMENTS, hex, is_inert, is_plain};

/// The longest template, in bytes.
const MAX_TEMPLATE_LENGTH: usize = 2_048;

/// A template, read. A trailing slash is an empty last segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) segments: Vec<Segment>,
}

/// One segment of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Segment {
    /// Just this text, decoded.
    Literal(String),
    /// Texts with something between them: `{id}:cancel`, `{base}...{head}`. The first and the last may be empty.
    Mixed(Vec<String>),
    /// Anything that isn't empty.
    Parameter,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.len() > MAX_TEMPLATE_LENGTH {
            return Err(format!("a path has at most {MAX_TEMPLATE_LENGTH} bytes"));
        }
        let rest = text.strip_prefix('/').ok_or("a path starts with `/`")?;
        let mut segments = Vec::new();
        if !rest.is_empty() {
            for segment in rest.split('/') {
                if segments.last() == Some(&Segment::Literal(String::new())) {
                    return Err("a path has no empty segment (`//`)".to_owned());
                }
                segments.push(Segment::read(segment)?);
            }
        }
        match segments.as_slice() {
            [Segment::Literal(only)] if only.is_empty() => Err("a path has no empty segment (`//`)".to_owned()),
            segments if segments.len() > MAX_SEGMENTS => Err(format!("a path has at most {MAX_SEGMENTS} segments")),
            _ => Ok(Self { segments }),
        }
    }

    /// Whether there may be a path that both mean, and neither is the more specific one: servers don't agree which of the
    /// two they serve then.
    pub(super) fn is_ambiguous_with(&self, other: &Self) -> bool {
        if self.segments.len() != other.segments.len() {
            return false;
        }
        let pairs = || self.segments.iter().zip(&other.segments);
        if !pairs().all(|(one, other)| one.overlaps(other)) {
            return false;
        }
        let wins = pairs().any(|(one, other)| one.rank() < other.rank());
        let loses = pairs().any(|(one, other)| one.rank() > other.rank());
        let unclear = pairs().any(|(one, other)| one != other && one.rank() == other.rank());
        unclear || wins == loses
    }
}

impl Segment {
    fn read(text: &str) -> Result<Self, String> {
        let mut texts = vec![String::new()];
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('{') {
            let (name, behind) = from.split_once('}').ok_or("a `{` of the path has no `}`")?;
            if name.is_empty() || name.contains('{') {
                return Err("the name of a path parameter is missing, or holds a brace".to_owned());
            }
            push(&mut texts, before)?;
            if texts.len() > 1 && texts.last().is_some_and(String::is_empty) {
                return Err("two path parameters stand side by side: where one ends can't be known".to_owned());
            }
            texts.push(String::new());
            rest = behind;
        }
        push(&mut texts, rest)?;
        match texts.as_slice() {
            [only] if !is_plain(only) => Err("a path has neither `.` nor `..` as a segment".to_owned()),
            [only] => Ok(Self::Literal(only.clone())),
            [before, behind] if before.is_empty() && behind.is_empty() => Ok(Self::Parameter),
            _ => Ok(Self::Mixed(texts)),
        }
    }

    /// Whether it means this decoded segment of a path.
    pub(super) fn takes(&self, segment: &str) -> bool {
        match self {
            Self::Literal(text) => text == segment,
            Self::Parameter => !segment.is_empty(),
            Self::Mixed(texts) => mixed_takes(texts, segment),
        }
    }

    /// The lower, the more specific.
    const fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Mixed(_) => 1,
            Self::Parameter => 2,
        }
    }

    /// Whether some segment may be meant by both. Of two mixed ones it is only certain where their starts or their ends differ.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(literal), other) | (other, Self::Literal(literal)) => other.takes(literal),
            (Self::Parameter, _) | (_, Self::Parameter) => true,
            (Self::Mixed(one), Self::Mixed(other)) => {
                let (one_start, other_start) = (one[0].as_str(), other[0].as_str());
                let (one_end, other_end) = (one[one.len() - 1].as_str(), other[other.len() - 1].as_str());
                (one_start.starts_with(other_start) || other_start.starts_with(one_start))
                    && (one_end.ends_with(other_end) || other_end.ends_with(one_end))
            }
        }
    }
}

/// Adds literal text to the last one.
fn push(texts: &mut [String], literal: &str) -> Result<(), String> {
    if literal.contains('}') {
        return Err("a `}` of the path has no `{`".to_owned());
    }
    let decoded = decoded(literal)?;
    if !is_inert(&decoded) {
        return Err(
            "a path holds no `;`, `?`, `#`, `\\`, encoded `/`, control character or what is encoded twice".to_owned()
        );
    }
    if let Some(last) = texts.last_mut() {
        last.push_str(&decoded);
    }
    Ok(())
}

/// A text without percent-encoding (RFC 3986 section 2.1).
pub(super) fn decoded(literal: &str) -> Result<String, String> {
    let wrong = || "percent-encoding can't be read".to_owned();
    let mut decoded = Vec::with_capacity(literal.len());
    let mut rest = literal.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte == b'%' {
            let [high, low, behind @ ..] = behind else { return Err(wrong()) };
            let (high, low) = hex(*high).zip(hex(*low)).ok_or_else(wrong)?;
            decoded.push(high << 4 | low);
            rest = behind;
        } else {
            decoded.push(*byte);
        }
    }
    String::from_utf8(decoded).map_err(|_| wrong())
}

/// Whether the segment is these texts in this order with something between each two.
fn mixed_takes(texts: &[String], segment: &str) -> bool {
    let [first, middle @ .., last] = texts else { return false };
    let Some(rest) = segment.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
        return false;
    };
    let mut rest = rest;
    for text in middle {
        // at least one character before it; the earliest place leaves most behind
        let Some(start) = rest.chars().next().map(char::len_utf8) else { return false };
        let Some(found) = rest[start..].find(text.as_str()) else { return false };
        rest = &rest[start + found + text.len()..];
    }
    !rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(text: &str) -> Template {
        Template::read(text).unwrap_or_else(|reason| panic!("{text}: {reason}"))
    }

    #[test]
    fn segments_are_texts_parameters_or_both() {
        let literal = |text: &str| Segment::Literal(text.to_owned());
        let mixed = |texts: &[&str]| Segment::Mixed(texts.iter().map(ToString::to_string).collect());
        for (text, segments) in [
            ("/", vec![]),
            ("/orders/{id}", vec![literal("orders"), Segment::Parameter]),
            ("/orders/", vec![literal("orders"), literal("")]),
            ("/caf%C3%A9/é", vec![literal("café"), literal("é")]),
            ("/orders/{id}:cancel", vec![literal("orders"), mixed(&["", ":cancel"])]),
            ("/{base}...{head}.diff", vec![mixed(&["", "...", ".diff"])]),
        ] {
            assert_eq!(template(text).segments, segments, "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            "orders",
            "//",
            "/orders//x",
            "/orders/..",
            "/a/./b",
            "/%2e%2e",
            "/orders?x=1",
            "/orders#x",
            "/orders;v=1",
            "/a%2fb",
            "/a%252fb",
            "/{id",
            "/id}",
            "/{}",
            "/{a{b}}",
            "/{a}{b}",
            "/x{a}{b}",
            "/%zz",
            "/%f",
            "/%ff",
            "/a\\b",
            "/a\nb",
        ] {
            assert!(Template::read(text).is_err(), "{text:?}");
        }
        assert!(Template::read(&format!("/{}", "a/".repeat(MAX_SEGMENTS))).is_err());
        assert!(Template::read(&format!("/{}", "a".repeat(MAX_TEMPLATE_LENGTH))).is_err());
    }

    #[test]
    fn mixed_segments_take_what_has_something_between_their_texts() {
        let takes = |text: &str, segment: &str| template(text).segments[0].takes(segment);
        assert!(
            takes("/{id}:cancel", "42:cancel") && !takes("/{id}:cancel", ":cancel") && !takes("/{id}:cancel", "42")
        );
        assert!(takes("/{a}...{b}", "x...y") && takes("/{a}...{b}", "x....") && !takes("/{a}...{b}", "...y"));
        assert!(!takes("/{a}...{b}", "x...") && takes("/v{n}", "v1") && !takes("/v{n}", "v") && takes("/é{n}", "éé"));
        assert!(!takes("/ab{x}ba", "aba"), "its texts don't lie upon each other");
    }

    #[test]
    fn two_templates_are_ambiguous_where_neither_is_the_more_specific_one() {
        for (one, other, ambiguous) in [
            ("/pets/{id}", "/pets/{name}", true),
            ("/{a}/me", "/books/{b}", true),
            ("/{a}/me/{c}", "/{x}/{y}/z", true),
            ("/pets/{id}", "/pets/mine", false),
            ("/pets/{id}", "/pets/{id}/photos", false),
            ("/a/{x}", "/b/{x}", false),
            ("/{a}/x", "/{b}/y", false),
            ("/orders/{id}:cancel", "/orders/{id}:refund", false),
            ("/orders/{id}:cancel", "/orders/{id}", false),
            ("/{a}.json", "/{a}.{format}", true),
            ("/{a}.json", "/{b}.xml", false),
            ("/x{a}", "/{b}y", true),
            ("/orders", "/orders/", false),
        ] {
            assert_eq!(template(one).is_ambiguous_with(&template(other)), ambiguous, "{one} {other}");
            assert_eq!(template(other).is_ambiguous_with(&template(one)), ambiguous, "{other} {one}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,40}", segment in ".{0,20}") {
            if let Ok(template) = Template::read(&format!("/{text}")) {
                template.segments.iter().for_each(|known| { let _ = known.takes(&segment); });
            }
        }

        // a model: the texts joined by stars, as a shell would match them with at least one character each
        #[test]
        fn mixed_segments_match_as_the_model(texts in prop::collection::vec("[ab]{0,2}", 2..4), segment in "[ab]{0,8}") {
            fn model(texts: &[String], segment: &str) -> bool {
                let Some(rest) = segment.strip_prefix(texts[0].as_str()) else { return false };
                if texts.len() == 1 {
                    return rest.is_empty();
                }
                (1..=rest.len()).any(|gap| model(&texts[1..], &rest[gap..]))
            }
            let middle_is_empty = texts[1..texts.len() - 1].iter().any(String::is_empty);
            prop_assume!(!middle_is_empty);
            prop_assert_eq!(mixed_takes(&texts, &segment), model(&texts, &segment), "{:?} {}", texts, segment);
        }

        #[test]
        fn a_path_that_two_templates_mean_tells_that_they_overlap(
            one in prop::collection::vec("a|b|ab|\\{x\\}|a\\{x\\}|\\{x\\}b|a\\{x\\}b", 1..4),
            other in prop::collection::vec("a|b|ab|\\{x\\}|a\\{x\\}|\\{x\\}b|a\\{x\\}b", 1..4),
            path in prop::collection::vec("[ab]{1,3}", 1..4),
        ) {
            let (one, other) = (template(&format!("/{}", one.join("/"))), template(&format!("/{}", other.join("/"))));
            let takes = |template: &Template| {
                template.segments.len() == path.len()
                    && template.segments.iter().zip(&path).all(|(known, segment)| known.takes(segment))
            };
            if takes(&one) && takes(&other) {
                prop_assert!(one.segments.iter().zip(&other.segments).all(|(one, other)| one.overlaps(other)));
            }
        }
    }
}
