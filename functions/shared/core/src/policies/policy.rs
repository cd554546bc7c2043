//! A policy document as a value, compared by meaning.

use std::collections::BTreeMap;

use serde_json::Value;

/// A policy document, compared by meaning: `"a"` and `["a"]` are the same, and the order of
/// statements, actions, resources and condition values says nothing.
#[derive(Debug, Clone)]
pub struct Policy(pub(super) Value);

impl Policy {
    /// Takes a document as it is.
    pub fn new(document: Value) -> Self {
        Self(document)
    }

    /// Reads a document from JSON text; a text that is no JSON is kept, and differs from every policy.
    pub fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
    }

    /// The document.
    pub fn document(&self) -> &Value {
        &self.0
    }

    /// The document itself.
    pub(super) fn into_document(self) -> Value {
        self.0
    }

    /// The document as compact JSON.
    pub fn to_json(&self) -> String {
        self.0.to_string()
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        normal(&self.0) == normal(&other.0)
    }
}

/// Whether `allowed` (`sns:*`, `SNS:Publish`) names `action`; actions are case-insensitive.
pub(super) fn covers(allowed: &str, action: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(prefix) => action.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)),
        None => allowed.eq_ignore_ascii_case(action),
    }
}

pub(super) fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(many)) => many.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The normal form: every leaf that is not an object becomes a sorted array of texts without
/// repetitions, statements are sorted. `Version` and other plain texts come out as arrays of one.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (normal_key(key), normal_member(key, value)));
            // In the keys' order, so that equal objects print alike and sort alike.
            Value::Object(members.collect::<BTreeMap<_, _>>().into_iter().collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> =
                items.iter().map(|item| if item.is_object() { normal(item) } else { leaf(item) }).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            Value::Array(items)
        }
        other => Value::Array(vec![leaf(other)]),
    }
}

/// Condition keys (`aws:SourceArn`, `AWS:SourceArn`) are case-insensitive; other keys have no colon.
fn normal_key(key: &str) -> String {
    if key.contains(':') { key.to_lowercase() } else { key.to_owned() }
}

/// A single statement may stand without brackets.
fn normal_member(key: &str, value: &Value) -> Value {
    match value {
        Value::Object(_) if key == "Statement" => Value::Array(vec![normal(value)]),
        _ => normal(value),
    }
}

/// `true` and `"true"`, `5` and `"5"` are the same condition value.
fn leaf(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn policies_are_compared_by_meaning() {
        let a = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["a:B", "a:C"], "Resource": "r"},
            {"Effect": "Deny", "Action": "x:*", "Resource": ["r"], "Condition": {"Bool": {"aws:SecureTransport": false}}}]});
        let same = json!({"Statement": [
            {"Action": ["x:*"], "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}, "Effect": "Deny", "Resource": "r"},
            {"Effect": "Allow", "Action": ["a:C", "a:B", "a:B"], "Resource": ["r"]}], "Version": "2012-10-17"});
        assert_eq!(Policy::new(a.clone()), Policy::new(same));
        let lower = Policy::read(r#"{"Condition": {"ArnLike": {"AWS:SourceArn": "x"}}}"#);
        assert_eq!(lower, Policy::read(r#"{"Condition": {"ArnLike": {"aws:SourceArn": ["x"]}}}"#));
        let mut other = a.clone();
        other["Statement"][0]["Resource"] = json!("s");
        assert_ne!(Policy::new(a.clone()), Policy::new(other));
        let mut wider = a.clone();
        wider["Statement"][1]["Condition"] = json!({});
        assert_ne!(Policy::new(a), Policy::new(wider));
        assert_eq!(
            Policy::new(json!({"Statement": {"Effect": "Allow"}})),
            Policy::new(json!({"Statement": [{"Effect": "Allow"}]}))
        );
    }

    #[test]
    fn a_text_that_is_no_json_equals_no_policy() {
        assert_ne!(Policy::read("nonsense"), Policy::new(json!({})));
    }
}
