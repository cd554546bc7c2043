//! A checker for the schemas in `infra`: the keywords that they use and no others. Stricter than JSON Schema in one point:
//! a member that the file does not know is a mistake here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use it: one that cannot go on ends"
)]

use std::sync::LazyLock;

use serde_json::Value;

/// `infra/notice.schema.json`.
pub static NOTICE: LazyLock<Schema> = LazyLock::new(|| Schema::of(include_str!("../../../infra/notice.schema.json")));
/// `infra/digest.schema.json`.
pub static DIGEST: LazyLock<Schema> = LazyLock::new(|| Schema::of(include_str!("../../../infra/digest.schema.json")));
/// `infra/backtest.schema.json`.
pub static BACKTEST: LazyLock<Schema> =
    LazyLock::new(|| Schema::of(include_str!("../../../infra/backtest.schema.json")));

/// A schema.
#[derive(Debug)]
pub struct Schema(Value);

impl Schema {
    fn of(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    /// The first thing that is not as the schema says, with its place.
    ///
    /// # Errors
    /// The place, and what does not hold there.
    ///
    /// # Panics
    /// When the schema uses what the checker does not know.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        self.conforms(&self.0, value, "it")
    }

    fn conforms(&self, rules: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (keyword, rule) in rules.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    let (schema, part) = self.part(rule.as_str().unwrap());
                    schema.conforms(part, value, at)?;
                    true
                }
                "oneOf" => all(rule).iter().filter(|one| self.conforms(one, value, at).is_ok()).count() == 1,
                "const" => value == rule,
                "enum" => all(rule).contains(value),
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
                "required" => match texts(rule).iter().find(|member| value.get(member).is_none()) {
                    Some(member) => return Err(format!("{at}.{member} is missing")),
                    None => true,
                },
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.conforms(rule, item, &format!("{at}[{n}]"))?;
                    }
                    true
                }
                "properties" => {
                    for (member, value) in value.as_object().into_iter().flatten() {
                        let known = rule.get(member).ok_or_else(|| format!("{at}.{member} is not in the schema"))?;
                        self.conforms(known, value, &format!("{at}.{member}"))?;
                    }
                    true
                }
                other => panic!("the checker does not know the keyword {other}"),
            };
            if !holds {
                return Err(format!("{at}: {keyword} {rule} does not hold for {value}"));
            }
        }
        Ok(())
    }

    /// What a reference names: here, or in the notice's schema by its `$id`.
    fn part<'a>(&'a self, reference: &str) -> (&'a Self, &'a Value) {
        let (id, pointer) = reference.split_once('#').unwrap();
        let schema = if id.is_empty() { self } else { &NOTICE };
        assert!(id.is_empty() || schema.0["$id"] == id, "no schema has the $id {id}");
        (schema, schema.0.pointer(pointer).unwrap())
    }
}

fn all(rule: &Value) -> &Vec<Value> {
    rule.as_array().unwrap()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_checker_finds_what_is_wrong_and_where() {
        let moment = "2026-11-24T00:00:00Z";
        let search = json!({"log_group": "g", "pattern": "p", "from": moment, "to": moment, "console_url": null});
        let alarm = json!({"name": "a", "count": 1, "first": moment, "last": moment, "reason": "", "from": moment,
            "to": moment, "search": [search]});
        let good = json!({"schema": "yakei.digest/1", "id": "0f", "name": "yakei", "from": moment, "to": moment,
            "went_off": 1, "times": 1, "alarms": [alarm], "still_in_alarm": [], "more": 0, "problems": [], "stop": [],
            "stop_more": 0, "language": "en"});
        assert_eq!(DIGEST.check(&good), Ok(()));
        for (pointer, wrong, place) in [
            ("/schema", json!("yakei.digest/2"), "it.schema: const"),
            ("/from", json!("yesterday"), "it.from: format"),
            ("/times", json!("three"), "it.times: type"),
            ("/went_off", json!(-1), "it.went_off: type"),
            ("/language", json!("xx"), "it.language: enum"),
            ("/stop", json!([{}, {}, {}, {}]), "it.stop: maxItems"),
            ("/alarms/0/colour", json!("red"), "it.alarms[0].colour is not in the schema"),
            ("/alarms/0/count", json!(0), "it.alarms[0].count: minimum"),
            ("/alarms/0/search/0/pattern", json!(null), "it.alarms[0].search[0].pattern: type"),
        ] {
            let mut bad = good.clone();
            let (parent, member) = pointer.rsplit_once('/').unwrap();
            bad.pointer_mut(parent).unwrap()[member] = wrong;
            let said = DIGEST.check(&bad).unwrap_err();
            assert!(said.starts_with(place), "{said}");
        }
        let mut short = good;
        short.as_object_mut().unwrap().remove("to");
        assert_eq!(DIGEST.check(&short), Err("it.to is missing".to_owned()));
    }
}
