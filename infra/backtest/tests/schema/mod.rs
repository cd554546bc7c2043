//! A checker for `infra/backtest.schema.json`: the keywords that the file uses and no others. Stricter than JSON Schema
//! in one point: a member that the file does not know is a mistake here.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test that cannot go on ends

use std::sync::LazyLock;

use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../backtest.schema.json")).unwrap());

/// The first thing that is not as the schema says, with its place.
pub(crate) fn check(report: &Value) -> Result<(), String> {
    conforms(&SCHEMA, report, "report")
}

fn conforms(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().unwrap() {
        let holds = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" => {
                conforms(SCHEMA.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value, at)?;
                true
            }
            "oneOf" => rule.as_array().unwrap().iter().filter(|one| conforms(one, value, at).is_ok()).count() == 1,
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "type" => texts(rule).iter().any(|kind| is_a(kind, value)),
            "minimum" => value.as_f64().is_none_or(|it| it >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|it| it <= rule.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|it| it.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|it| it.len() as u64 <= rule.as_u64().unwrap()),
            "format" => value.as_str().is_none_or(|it| match rule.as_str() {
                Some("date-time") => it.parse::<jiff::Timestamp>().is_ok(),
                Some("date") => it.parse::<jiff::civil::Date>().is_ok(),
                _ => false,
            }),
            "required" => texts(rule).iter().all(|member| value.get(member).is_some()),
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    conforms(rule, item, &format!("{at}[{n}]"))?;
                }
                true
            }
            "properties" => {
                for (member, value) in value.as_object().into_iter().flatten() {
                    let known = rule.get(member).ok_or_else(|| format!("{at}.{member} is not in the schema"))?;
                    conforms(known, value, &format!("{at}.{member}"))?;
                }
                true
            }
            other => panic!("the checker does not know the keyword {other}"),
        };
        if !holds {
            return Err(format!("{at}: {keyword} {rule} does not hold"));
        }
    }
    Ok(())
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
        "number" => value.is_number(),
        other => panic!("the checker does not know the type {other}"),
    }
}
