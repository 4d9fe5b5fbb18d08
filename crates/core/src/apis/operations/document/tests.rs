use proptest::prelude::*;

use super::node::member;
use super::*;

fn json(text: &str) -> Result<Node, DocumentError> {
    read(text.as_bytes(), DocumentFormat::Json)
}

fn yaml(text: &str) -> Result<Node, DocumentError> {
    read(text.as_bytes(), DocumentFormat::Yaml)
}

fn refused(result: Result<Node, DocumentError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn both_ways_of_writing_say_the_same() {
    let one = json("{\n \"a\": [\"x\", 1, true, null],\n \"b\": {\"c\": \"\\ud83d\\ude00\"}\n}").unwrap();
    let other = yaml("\na: [x, 1, true, null]\nb: {c: \"😀\"}\n").unwrap();
    assert_eq!(one.members("it").unwrap().len(), 2);
    for (one, other) in one.members("it").unwrap().iter().zip(other.members("it").unwrap()) {
        assert_eq!((&one.key, one.line), (&other.key, other.line));
        assert_eq!(one.node.value, other.node.value);
    }
}

#[test]
fn lines_are_those_of_the_text() {
    let node = yaml("openapi: 3.1.0\npaths:\n  /a:\n    get:\n      x: 1\n").unwrap();
    let paths = member(node.members("it").unwrap(), "paths").unwrap();
    let path = &paths.node.members("it").unwrap()[0];
    assert_eq!((paths.line, path.line, path.key.as_str()), (2, 3, "/a"));
}

#[test]
fn no_name_stands_twice() {
    assert_eq!(refused(json("{\"a\": 1,\n\"a\": 2}")), "line 2: `a` stands here twice");
    assert_eq!(refused(json(r#"{"a": 1, "\u0061": 2}"#)), "line 1: `a` stands here twice");
    assert_eq!(refused(yaml("a: 1\nb: 2\n'a': 3\n")), "line 3: `a` stands here twice");
}

#[test]
fn what_is_broken_is_named_by_its_line() {
    for (text, line) in [
        ("", 1),
        ("{", 1),
        ("{\n\"a\"", 2),
        ("{\"a\": \n\n tru}", 3),
        ("{\"a\": 1} x", 1),
        ("[1,]", 1),
        ("\"\\ud800\"", 1),
        ("\"a\u{1}\"", 1),
        ("\"a\\", 1),
        ("{\"a\": 01}", 1),
    ] {
        assert_eq!(json(text).unwrap_err().line, line, "{text:?}");
    }
    for (text, line) in [("", 1), ("a: [1\nb: 2", 2), ("a: 1\n b: 2\n", 2), ("a: *x\n", 1), ("a: 1\n---\nb: 2\n", 2)] {
        assert_eq!(yaml(text).unwrap_err().line, line, "{text:?}: {}", yaml(text).unwrap_err());
    }
    assert_eq!(read(b"a: 1\nb: \xff", DocumentFormat::Yaml).unwrap_err().line, 2);
}

// F-24
#[test]
fn depth_is_bounded() {
    for depth in [MAX_DEPTH, MAX_DEPTH + 1, 100_000] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(json(&nested).is_ok(), depth <= MAX_DEPTH, "{depth}");
        assert_eq!(yaml(&nested).is_ok(), depth <= MAX_DEPTH, "{depth}");
    }
    let steps: Vec<String> = (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(refused(yaml(&steps.concat())).contains("deep"));
}

// the "billion laughs"
#[test]
fn what_aliases_repeat_counts() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        text += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(", "));
    }
    assert!(refused(yaml(&text)).contains("values"), "{}", refused(yaml(&text)));
    assert!(refused(yaml("a: &a [*a]")).contains("within"), "{}", refused(yaml("a: &a [*a]")));
    let fine = yaml("a: &a {x: [1]}\nb: *a\n").unwrap();
    let members = fine.members("it").unwrap();
    assert_eq!(members[0].node.value, members[1].node.value);
}

#[test]
fn values_are_bounded() {
    let many = format!("[{}1]", "1,".repeat(600_000));
    assert!(refused(json(&many)).contains("values"));
    assert!(refused(read(&vec![b' '; MAX_DOCUMENT_BYTES + 1], DocumentFormat::Json)).contains("5 MiB"));
}

#[test]
fn merge_keys_and_foreign_tags_are_refused() {
    assert_eq!(yaml("a: &a {x: 1}\nb:\n  <<: *a\n").unwrap_err().line, 3);
    assert!(refused(yaml("a: !include other.yaml\n")).contains("!include"));
    assert!(yaml("a: !!str 1\n").is_ok());
}

#[test]
fn names_in_messages_are_short_and_inert() {
    let key = format!("\\u001b[31m{}", "x".repeat(200));
    let message = refused(json(&format!("{{\"{key}\": 1, \"{key}\": 2}}")));
    assert!(message.len() < 200 && !message.contains('\u{1b}'), "{message}");
}

proptest! {
    #[test]
    fn nothing_panics(text in ".{0,200}") {
        let _ = json(&text);
        let _ = yaml(&text);
    }

    #[test]
    fn what_serde_reads_is_read_and_no_more(text in r#"[\[\]{}:,"a\\ 01enultrfs\n-]{0,24}"#) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let ours = json(&text);
        // of a name that stands twice serde_json takes the last
        let is_twice = ours.as_ref().is_err_and(|error| error.reason.contains("twice"));
        prop_assert_eq!(theirs.is_ok(), ours.is_ok() || is_twice, "{}", text);
    }
}
