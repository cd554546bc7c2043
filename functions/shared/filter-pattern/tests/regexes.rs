//! Regular expressions: what AWS's list has means what a regex library says; what it has not is refused with the mend.

#![allow(clippy::panic)] // a helper of tests, which clippy does not know as such

use filter_pattern::Pattern;
use proptest::prelude::*;

fn piece() -> impl Strategy<Value = String> {
    let unit = prop_oneof![
        6 => "[abc01]",
        1 => prop::sample::select(vec![".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\x61", "\\.", "\\[", "\\-", " "])
            .prop_map(str::to_owned),
        2 => prop::sample::select(vec!["[ab]", "[^a]", "[a-c]", "[a-]", "[^\\d]", "[.b\\]]", "[\\x61-c0]", "[^-a]"])
            .prop_map(str::to_owned),
    ];
    let quantifier = prop_oneof![
        5 => Just(String::new()),
        3 => "[*+?]",
        2 => prop::sample::select(vec!["{0}", "{2}", "{1,}", "{0,1}", "{1,3}", "{0,70}", "{63}", "{64}", "{65,}"])
            .prop_map(str::to_owned),
    ];
    prop_oneof![
        12 => (unit, quantifier).prop_map(|(unit, quantifier)| unit + &quantifier),
        1 => Just("|".to_owned()),
        1 => Just("^".to_owned()),
        1 => Just("$".to_owned()),
    ]
}

fn regex() -> impl Strategy<Value = String> {
    let pieces = || prop::collection::vec(piece(), 1..9).prop_map(|pieces| pieces.concat());
    let few = || prop::collection::vec(piece(), 1..4).prop_map(|pieces| pieces.concat());
    prop_oneof![
        3 => pieces(),
        1 => few().prop_map(|pieces| format!("^{pieces}$")),
        1 => (few(), few()).prop_map(|(left, right)| format!("{left}$|^{right}")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[abc01 .\\[\\-]{0,12}", 1 => "[abü夜\n]{0,8}", 1 => "[ab]{60,140}", 1 => "a{60,70}b?[01]{0,70}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn match_what_a_regex_library_matches(regex in regex(), text in text()) {
        let pattern = Pattern::parse(&format!("%{regex}%")).unwrap_or_else(|error| panic!("{}", error.report()));
        let oracle = regex_lite::Regex::new(&regex).unwrap();
        prop_assert_eq!(pattern.matches(&text), oracle.is_match(&text), "{} on {}", regex, text);
    }

    /// What is taken is no other language's syntax with another meaning: the library takes it too.
    #[test]
    fn what_is_taken_is_a_regex_elsewhere_too(regex in "[ab^$?*+{}|.\\[\\],\\\\:dDsSwWxbBunzAQEpP0-9-]{1,10}") {
        if Pattern::parse(&format!("%{regex}%")).is_ok() {
            prop_assert!(regex_lite::Regex::new(&regex).is_ok(), "{}", regex);
        }
    }
}

#[test]
fn refused_regexes() {
    let regexes = [
        "\\berror\\b",
        "\\Berror",
        "\\u0041",
        "\\U00000041",
        "\\x{41}",
        "\\x4",
        "\\xff",
        "\\x",
        "[[:alpha:]]+",
        "[[:^digit:]]",
        "[a[b]]",
        "[]a]",
        "[^]a]",
        "[z-a]",
        "[a-\\d]",
        "[a",
        "(a|b)",
        "(?:a)",
        "(?i)error",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?<name>a)",
        "(a)\\1",
        "a\\1",
        "\\k",
        "\\p{L}",
        "\\pL",
        "\\PL",
        "\\Aerror",
        "error\\z",
        "error\\Z",
        "\\Gx",
        "\\Qa.b\\E",
        "a\\nb",
        "\\t",
        "\\r",
        "\\h",
        "\\R",
        "\\0",
        "\\cA",
        "a\\",
        "a*?",
        "a+?",
        "a??",
        "a{2}?",
        "a*+",
        "a++",
        "a**",
        "a{2}{3}",
        "a{100}{100}b",
        "*a",
        "a|*",
        "^*",
        "+",
        "?",
        "{2}",
        "a{",
        "a{,3}",
        "a{x}",
        "a{5,3}",
        "a{3, 5}",
        "a{1001}",
        "a{1,5000}",
        "a{1000}b{1000}c{1000}",
        "über",
        "夜",
        "a!",
        "a&b",
        "a\"b",
        "<a>",
        "~",
        "a`",
        "a'b",
        "a\tb",
    ];
    let reports: Vec<String> = regexes
        .iter()
        .map(|regex| match Pattern::parse(&format!("%{regex}%")) {
            Err(error) => error.report(),
            Ok(_) => panic!("taken: {regex}"),
        })
        .collect();
    insta::assert_snapshot!(reports.join("\n"));
}

/// A record of the largest size an event may have (256 KB), every character of which could begin a match.
#[test]
fn counted_repetition_is_followed_in_one_pass() {
    let record = "a".repeat(256 * 1024);
    let matches = |regex: &str| Pattern::parse(&format!("%{regex}%")).unwrap().matches(&record);
    assert!(!matches("a{1000}b"));
    assert!(!matches("a{0,1000}b"));
    assert!(!matches("a*a*a*a*a*a*a*a*b"));
    assert!(!matches("a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b"));
    assert!(matches("a{1000}$"));
    assert!(!matches("^a{1000}$"));
}
