//! Members of AWS's JSON, read tolerantly: absent, null or of another type is absent.

use std::borrow::Cow;

use serde_json::Value;

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

/// The elements of a member that is an array.
pub(super) fn array<'v>(object: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    object.get(key).and_then(Value::as_array).into_iter().flatten()
}
