//! AWS's JSON, read tolerantly: a member that is absent, null or of another type is absent, and what is nested deeper
//! than any alarm is skipped, without a stack that a stranger's message could overflow.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::text::without_lone_surrogates;

/// How deep an alarm's members are read; deeper ones become null.
const DEPTH: usize = 32;

/// Reads a text of JSON; `None` when it is none, or something follows it.
pub(super) fn parse(text: &str) -> Option<Value> {
    read(text).or_else(|| read(&without_lone_surrogates(text)?))
}

fn read(text: &str) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Shallow(DEPTH).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(value)
}

/// Reads a value to so many levels.
struct Shallow(usize);

impl<'de> DeserializeSeed<'de> for Shallow {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0 == 0 {
            // Skipped in a loop, not by recursion.
            return deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shallow {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = seq.next_element_seed(Shallow(self.0 - 1))? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            all.insert(key, map.next_value_seed(Shallow(self.0 - 1))?);
        }
        Ok(Value::Object(all))
    }
}

/// A member's text, unless it is absent or blank; a number counts as its text.
pub(super) fn text<'v>(object: &'v Value, key: &str) -> Option<Cow<'v, str>> {
    match object.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(Cow::Borrowed(text.trim())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// A member's number, also when it stands in quotes.
pub(super) fn number(object: &Value, key: &str) -> Option<f64> {
    let value = object.get(key)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|it| it.is_finite())
}

/// A number of seconds, periods or the like.
pub(super) fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    (1.0..=1e9).contains(&number).then_some(number as i64)
}

/// The elements of a member that is an array.
pub(super) fn array<'v>(object: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    object.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_nested_without_end_is_skipped() {
        let deep = format!("{{\"a\":{}1{},\"b\":2}}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(parse(&deep).unwrap()["b"], 2);
        assert_eq!(
            parse(r#"{"a":[{"b":[1,null,true,"x",1.5]}]}"#),
            Some(json!({"a": [{"b": [1, null, true, "x", 1.5]}]}))
        );
    }

    #[test]
    fn half_a_surrogate_pair_is_read_and_what_is_broken_is_not() {
        assert_eq!(parse(r#"{"a":"\ud83d!"}"#), Some(json!({"a": "\u{fffd}!"})));
        for broken in ["{", "{} x", "", r#"{"a":}"#] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
