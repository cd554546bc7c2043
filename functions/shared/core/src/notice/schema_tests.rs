//! A checker for `infra/notice.schema.json`: the keywords that the file uses and no others. Stricter than JSON
//! Schema in one point: a member that the file does not know is a mistake here.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../../infra/notice.schema.json")).unwrap());

/// Panics with the place of the first thing that is not as the schema says.
pub(super) fn check(notice: &Value) {
    conforms(&SCHEMA, notice, "notice");
}

fn conforms(schema: &Value, value: &Value, at: &str) {
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => conforms(SCHEMA.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value, at),
            "const" => assert_eq!(value, rule, "{at}"),
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{at}: {value}"),
            "type" => assert!(texts(rule).iter().any(|kind| is_a(kind, value)), "{at}: {value} is no {rule}"),
            "minimum" => assert!(value.as_u64().is_none_or(|it| it >= rule.as_u64().unwrap()), "{at}: {value}"),
            "maxItems" => assert!(value.as_array().unwrap().len() as u64 <= rule.as_u64().unwrap(), "{at}"),
            "format" => assert!(value.as_str().is_none_or(|it| it.parse::<Timestamp>().is_ok()), "{at}: {value}"),
            "required" => {
                for member in texts(rule) {
                    assert!(value.get(member).is_some(), "{at}.{member} is missing");
                }
            }
            "items" => {
                for (n, item) in value.as_array().unwrap().iter().enumerate() {
                    conforms(rule, item, &format!("{at}[{n}]"));
                }
            }
            "properties" => {
                for (member, value) in value.as_object().unwrap() {
                    let known = rule.get(member).unwrap_or_else(|| panic!("{at}.{member} is not in the schema"));
                    conforms(known, value, &format!("{at}.{member}"));
                }
            }
            other => panic!("the checker does not know the keyword {other}"),
        }
    }
}

fn texts(rule: &Value) -> Vec<&str> {
    rule.as_array()
        .map_or_else(|| vec![rule.as_str().unwrap()], |all| all.iter().map(|it| it.as_str().unwrap()).collect())
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64(),
        other => panic!("the checker does not know the type {other}"),
    }
}

fn other() -> Value {
    let notice = super::Notice::of_other("id", None, "x", crate::alarm::NotAnAlarm::NotJson);
    serde_json::to_value(notice.in_language(super::Language::En)).unwrap()
}

#[test]
#[should_panic(expected = "notice.found")]
fn the_checker_finds_a_wrong_type() {
    let mut notice = other();
    notice["found"] = serde_json::json!("three");
    check(&notice);
}

#[test]
#[should_panic(expected = "notice.alarm.colour is not in the schema")]
fn the_checker_finds_an_unknown_member() {
    let mut notice = other();
    notice["alarm"]["colour"] = serde_json::json!("red");
    check(&notice);
}
