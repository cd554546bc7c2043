use std::fmt::Write as _;

use serde_json::Value;

use crate::config::Config;
use crate::hours::tzdata_version;

/// Cases from other schedulers' tests and issues, law changes and clock changes (each names its source).
const CASES: &str = include_str!("../../../fixtures/business-hours.jsonl");
/// Schedules that must not load.
const INVALID: &str = include_str!("../../../fixtures/business-hours-invalid.jsonl");

/// A case's schedule as a person would write it in the file.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().map(|(key, value)| format!("{key:?} = {}", toml(value))).collect();
            // Whether serde_json keeps the order depends on what else is built.
            pairs.sort();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn parse(case: &Value) -> Result<Config, crate::config::ConfigErrors> {
    Config::parse(&format!("schedule = [{}]", toml(&case["schedule"])))
}

fn lines(text: &str) -> impl Iterator<Item = Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

#[test]
fn every_case_that_our_zone_data_can_answer_is_right() {
    let (mut right, mut too_old, mut wrong) = (0, Vec::new(), Vec::new());
    for case in lines(CASES) {
        let id = case["id"].as_str().unwrap();
        let calendar = &parse(&case).unwrap_or_else(|e| panic!("{id}: {e}")).schedules[0].calendar;
        let instant = case["instant"].as_str().unwrap().parse().unwrap();
        let answer = calendar.at(instant).in_business_hours;
        if Some(answer) == case["in_business_hours"].as_bool() {
            right += 1;
        } else if case["min_tzdata"].as_str().is_some_and(|min| min > tzdata_version()) {
            too_old.push(id.to_owned());
        } else {
            wrong.push(format!("{case}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(right >= 322 && too_old.len() <= 1, "{right} right, zone data too old for {too_old:?}");
}

#[test]
fn every_invalid_schedule_is_refused_with_its_place() {
    let mut report = String::new();
    for case in lines(INVALID) {
        let why = case["why"].as_str().unwrap();
        let errors = parse(&case).expect_err(why);
        for error in errors.errors() {
            assert!(error.key.starts_with("schedule[0].") && error.line == 1 && error.column > 1, "{why}: {error}");
            writeln!(report, "{why}\n    {error}").unwrap();
        }
    }
    insta::assert_snapshot!(report);
}
