//! Patterns and events with the verdict that AWS's documentation or AWS itself gives, and the choices of the crate's
//! documentation where neither does. Each fixture groups patterns by the event they are tried on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests, which clippy does not know as such

use std::collections::BTreeMap;

use filter_pattern::{Pattern, PatternSet};
use serde_json::Value;

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

fn check(fixture: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for pattern in strings(&fixture["invalid"]) {
        if Pattern::parse(pattern).is_ok() {
            wrong.push(format!("should be refused: {pattern}"));
        }
    }
    for group in fixture["events"].as_array().unwrap() {
        let event = group["event"].as_str().unwrap();
        for (wanted, patterns) in [(true, &group["match"]), (false, &group["no"])] {
            for text in strings(patterns) {
                match Pattern::parse(text) {
                    Err(error) => wrong.push(format!("refused: {text}: {error}")),
                    Ok(pattern) if pattern.matches(event) != wanted => {
                        wrong.push(format!("should be {wanted}: {text} on {event}\n{}", pattern.explain(event)));
                    }
                    Ok(pattern) if pattern.explain(event).matched != wanted => {
                        wrong.push(format!("explained wrongly: {text} on {event}"));
                    }
                    Ok(pattern) => {
                        let printed = pattern.to_string();
                        if Pattern::parse(&printed).as_ref() != Ok(&pattern) {
                            wrong.push(format!("printed as another pattern: {text} as {printed}"));
                        }
                    }
                }
            }
        }
    }
    wrong
}

#[test]
fn settled_cases_are_right() {
    let wrong = check(&fixture(include_str!("fixtures/settled.json")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsettled_cases_follow_the_documented_choice() {
    let wrong = check(&fixture(include_str!("fixtures/chosen.json")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All patterns of a fixture in one set give each event the verdicts they give it alone.
#[test]
fn one_pass_agrees_with_many() {
    for text in [include_str!("fixtures/settled.json"), include_str!("fixtures/chosen.json")] {
        let fixture = fixture(text);
        let groups = fixture["events"].as_array().unwrap();
        let patterns = groups.iter().flat_map(|group| strings(&group["match"]).chain(strings(&group["no"])));
        let set: PatternSet = patterns.map(|pattern| Pattern::parse(pattern).unwrap()).collect();
        for group in groups {
            let event = group["event"].as_str().unwrap();
            let alone: Vec<usize> = (0..set.patterns().len()).filter(|at| set.patterns()[*at].matches(event)).collect();
            assert_eq!(set.matching(event), alone, "{event}");
        }
    }
}

/// The patterns of the CIS benchmark's monitoring controls, in each form that checkers and articles print.
#[test]
fn the_cis_patterns_survive_printing() {
    let fixture = fixture(include_str!("fixtures/cis.json"));
    let mut controls = BTreeMap::new();
    for entry in fixture.as_array().unwrap() {
        let text = entry["pattern"].as_str().unwrap();
        let pattern = Pattern::parse(text).unwrap_or_else(|error| panic!("{}", error.report()));
        let printed = pattern.to_string();
        assert_eq!(Pattern::parse(&printed).as_ref(), Ok(&pattern), "{printed}");
        *controls.entry(entry["control"].as_str().unwrap()).or_insert(0) += 1;
    }
    assert!(controls.len() >= 14, "{controls:?}");
}
