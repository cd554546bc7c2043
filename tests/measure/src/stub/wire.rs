//! The protocols: what a request asks, and an answer as bytes.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use ciborium::Value as Cbor;
use serde_json::{Value, json};

/// How a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Smithy's rpc-v2-cbor: the Rust SDK to CloudWatch.
    Cbor,
    /// JSON: CloudWatch Logs, and Python to CloudWatch.
    Json,
    /// Forms and XML: SNS.
    Query,
}

/// What is asked.
pub(super) struct Request {
    pub(super) protocol: Protocol,
    pub(super) operation: String,
    pub(super) body: Value,
}

impl Request {
    pub(super) fn read(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        if let Some((_, operation)) = uri.path().rsplit_once("/operation/") {
            let body = ciborium::from_reader(body).map_or_else(|_| json!({}), plain);
            return Self { protocol: Protocol::Cbor, operation: operation.to_owned(), body };
        }
        if let Some((_, operation)) = header("x-amz-target").rsplit_once('.') {
            let body = serde_json::from_slice(body).unwrap_or_default();
            return Self { protocol: Protocol::Json, operation: operation.to_owned(), body };
        }
        let action = form_urlencoded::parse(body).find(|(key, _)| key == "Action").map(|(_, value)| value.into_owned());
        Self { protocol: Protocol::Query, operation: action.unwrap_or_default(), body: json!({}) }
    }
}

impl Protocol {
    pub(super) fn answer(self, operation: &str, answer: &Value) -> Response {
        match self {
            Self::Cbor => {
                let mut body = Vec::new();
                let _ = ciborium::into_writer(&cbor("", answer), &mut body);
                ([("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")], body).into_response()
            }
            Self::Json => ([(header::CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response(),
            Self::Query => ([(header::CONTENT_TYPE, "text/xml")], xml(operation, answer)).into_response(),
        }
    }

    /// No such operation: a client must not go on as if it had been answered.
    pub(super) fn unknown() -> Response {
        (StatusCode::NOT_IMPLEMENTED, Body::from("the stub does not know this operation")).into_response()
    }
}

fn xml(operation: &str, answer: &Value) -> String {
    let members = answer.as_object().into_iter().flatten();
    let members: Vec<String> =
        members.map(|(key, value)| format!("<{key}>{}</{key}>", value.as_str().unwrap_or_default())).collect();
    let members = members.concat();
    format!(
        "<{operation}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><{operation}Result>{members}\
         </{operation}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation}Response>"
    )
}

/// JSON as CBOR; instants get their tag, by the member's name.
fn cbor(key: &str, value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(it) => Cbor::Bool(*it),
        Value::Number(it) if key.ends_with("Timestamp") => {
            Cbor::Tag(1, Box::new(Cbor::Float(it.as_f64().unwrap_or_default())))
        }
        Value::Number(it) => it.as_i64().map_or_else(|| Cbor::Float(it.as_f64().unwrap_or_default()), Cbor::from),
        Value::String(it) => Cbor::Text(it.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(|item| cbor("", item)).collect()),
        Value::Object(members) => {
            Cbor::Map(members.iter().map(|(key, value)| (Cbor::Text(key.clone()), cbor(key, value))).collect())
        }
    }
}

/// CBOR as JSON; a tagged value, an instant for instance, without its tag.
fn plain(value: Cbor) -> Value {
    match value {
        Cbor::Tag(_, inner) => plain(*inner),
        Cbor::Array(items) => items.into_iter().map(plain).collect(),
        Cbor::Map(members) => {
            Value::Object(members.into_iter().filter_map(|(k, v)| Some((k.into_text().ok()?, plain(v)))).collect())
        }
        other => other.deserialized().unwrap_or_default(),
    }
}
