//! Properties: nothing panics, what is printed parses to the same pattern, and one pass over a record gives what a
//! slow evaluator over `serde_json::Value` gives. The evaluator has its own expressions, so it shares no code with
//! the crate; they are handed over as text.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests, which clippy does not know as such

mod model;

use filter_pattern::{Pattern, PatternSet};
use model::{Expr, expr, hostile, json, soup};
use proptest::prelude::*;
use serde_json::Value;

fn parsed(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{}", error.report()))
}

fn never_panics(text: &str, event: &str) -> Result<(), TestCaseError> {
    match Pattern::parse(text) {
        Ok(pattern) => {
            let printed = pattern.to_string();
            prop_assert!(Pattern::parse(&printed) == Ok(pattern.clone()), "{} printed as {}", text, printed);
            let explanation = pattern.explain(event);
            prop_assert_eq!(pattern.matches(event), explanation.matched);
            let _ = (explanation.to_string(), pattern.extract(event), pattern.value_at(event, text));
        }
        Err(error) => {
            prop_assert!(text.is_char_boundary(error.offset()));
            prop_assert!(error.column() <= text.chars().count() + 1);
            let _ = (error.to_string(), error.report(), error.aws_message(), format!("{error:?}"));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_taken_or_refused(text in any::<String>(), event in any::<String>()) {
        never_panics(&text, &event)?;
    }

    #[test]
    fn any_soup_of_the_grammar_is_taken_or_refused(text in soup(), event in prop_oneof![json(), "[ab\"\\[\\] 1]{0,20}"]) {
        never_panics(&text, &event)?;
    }

    #[test]
    fn a_printed_pattern_parses_to_itself(expr in expr()) {
        let pattern = parsed(&expr.pattern());
        let printed = pattern.to_string();
        prop_assert!(Pattern::parse(&printed) == Ok(pattern.clone()), "{}", printed);
        prop_assert_eq!(parsed(&expr.shortest()), pattern);
    }

    #[test]
    fn one_pass_agrees_with_the_slow_evaluator(exprs in prop::collection::vec(expr(), 1..5), event in json()) {
        let value: Value = serde_json::from_str(&event).unwrap();
        let slow: Vec<usize> = (0..exprs.len()).filter(|at| exprs[*at].holds(&value)).collect();
        let set: PatternSet = exprs.iter().map(|expr| parsed(&expr.pattern())).collect();
        prop_assert_eq!(set.matching(&event), slow.clone(), "{:?} on {}", exprs.iter().map(Expr::pattern).collect::<Vec<_>>(), event);
        let alone: Vec<usize> = (0..set.patterns().len()).filter(|at| set.patterns()[*at].matches(&event)).collect();
        prop_assert_eq!(alone, slow);
    }

    #[test]
    fn a_cut_or_continued_record_never_matches(expr in expr(), event in json(), cut in 0usize..200) {
        let pattern = parsed(&expr.pattern());
        let cut = &event[..cut % event.len()];
        prop_assert!(!pattern.matches(cut), "{} on {}", pattern, cut);
        let continued = format!("{event} x");
        prop_assert!(!pattern.matches(&continued));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The readable form of such a pattern would be longer than AWS allows.
    #[test]
    fn a_long_pattern_prints_within_the_limit(parts in prop::collection::vec(expr(), 20..60)) {
        let (mut all, mut wild, mut regexes, mut length) = (Vec::new(), 0, 0, 0);
        for part in parts {
            let longer = length + part.shortest().chars().count();
            if wild + part.wildcards() <= 3 && regexes + part.regexes() <= 2 && longer <= Pattern::MAX_LENGTH {
                (wild, regexes, length) = (wild + part.wildcards(), regexes + part.regexes(), longer);
                all.push(part);
            }
        }
        let pattern = parsed(&Expr::Any(all).shortest());
        let printed = pattern.to_string();
        prop_assert!(printed.chars().count() <= Pattern::MAX_LENGTH, "{}", printed);
        prop_assert!(Pattern::parse(&printed) == Ok(pattern.clone()), "{}", printed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// What is refused by its bytes could not have matched: one pattern alone, and a set.
    #[test]
    fn looking_at_the_bytes_first_never_changes_a_verdict(exprs in prop::collection::vec(expr(), 1..4), record in hostile()) {
        let set: PatternSet = exprs.iter().map(|expr| parsed(&expr.pattern())).collect();
        let read = set.matching_by_reading(&record);
        prop_assert_eq!(set.matching(&record), read.clone(), "{:?} on {}", exprs.iter().map(Expr::pattern).collect::<Vec<_>>(), record);
        let alone: Vec<usize> = (0..set.patterns().len()).filter(|at| set.patterns()[*at].matches(&record)).collect();
        prop_assert_eq!(alone, read);
    }

    /// The same for whoever goes through a record's strings one by one.
    #[test]
    fn looking_at_single_strings_never_changes_a_verdict(exprs in prop::collection::vec(expr(), 1..4), record in hostile()) {
        let set: PatternSet = exprs.iter().map(|expr| parsed(&expr.pattern())).collect();
        let may_match = may_match_by_strings(&set, record.as_bytes());
        let read = set.matching_by_reading(&record);
        prop_assert!(may_match || read.is_empty(), "{:?} on {}", exprs.iter().map(Expr::pattern).collect::<Vec<_>>(), record);
    }

    /// The same for bytes that are no UTF-8, read as they are mended.
    #[test]
    fn looking_at_single_strings_never_changes_a_verdict_on_broken_bytes(
        exprs in prop::collection::vec(expr(), 1..4),
        record in hostile(),
        breaks in prop::collection::vec((any::<prop::sample::Index>(), 0x80u8..), 0..6),
    ) {
        let set: PatternSet = exprs.iter().map(|expr| parsed(&expr.pattern())).collect();
        let mut bytes = record.into_bytes();
        for (at, byte) in breaks {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let read = set.matching_by_reading(&String::from_utf8_lossy(&bytes));
        prop_assert!(may_match_by_strings(&set, &bytes) || read.is_empty(), "{:?} on {:?}", exprs, bytes.escape_ascii().to_string());
    }

    /// What is longer than a block of bytes: every place in it, the record whole and cut off.
    #[test]
    fn looking_at_the_bytes_of_long_records_never_changes_a_verdict(
        exprs in prop::collection::vec(expr(), 1..4),
        record in hostile(),
        fills in prop::collection::vec((0usize..140, "(x|\\\\\"|\\\\\\\\|ü|:|a|b){0,3}"), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let set: PatternSet = exprs.iter().map(|expr| parsed(&expr.pattern())).collect();
        let member = |(length, odd): &(usize, String)| format!("\"fill\":\"{}{odd}\",", "x".repeat(*length));
        let fills: String = fills.iter().map(member).collect();
        let mut long = record.replacen('{', &format!("{{{fills}"), 1).replace(",}", "}");
        if let Some(cut) = cut {
            let at = cut.index(long.len());
            long.truncate((0..=at).rev().find(|at| long.is_char_boundary(*at)).unwrap_or_default());
        }
        let read = set.matching_by_reading(&long);
        prop_assert_eq!(set.matching(&long), read.clone(), "{:?} on {}", exprs.iter().map(Expr::pattern).collect::<Vec<_>>(), long);
        prop_assert!(may_match_by_strings(&set, long.as_bytes()) || read.is_empty());
    }
}

/// Whether a record may match, by its strings one after another.
fn may_match_by_strings(set: &PatternSet, bytes: &[u8]) -> bool {
    set.strings().is_none_or(|strings| {
        let begins = begins_of_strings(bytes);
        let matter = begins.iter().filter(|at| bytes.get(**at).is_none_or(|first| strings.firsts().contains(first)));
        // What was met before is remembered, where enough bytes follow, and is the same.
        let longer = [bytes, &[b' '; 64]].concat();
        for at in matter.clone() {
            let (first, again) = (strings.met_at(&longer, *at), strings.met_at(&longer, *at));
            assert_eq!(first, again, "at {at} of {}", String::from_utf8_lossy(&longer));
        }
        strings.may_match(matter.fold(0, |met, at| met | strings.met_at(bytes, *at)))
            || bytes.contains(&b'\\') && strings.may_match_escaped(bytes)
    })
}

/// Where a record's strings begin, behind their first quotes.
fn begins_of_strings(record: &[u8]) -> Vec<usize> {
    let (mut begins, mut inside, mut escaped) = (Vec::new(), false, false);
    for (at, byte) in record.iter().enumerate() {
        match byte {
            b'"' if !escaped => {
                inside = !inside;
                begins.extend(inside.then_some(at + 1));
            }
            b'\\' if inside && !escaped => {
                escaped = true;
                continue;
            }
            _ => {}
        }
        escaped = false;
    }
    begins
}
