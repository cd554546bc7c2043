//! AWS as the SDKs meet it on the wire: what was asked is written down, the answers come from the test.

use std::sync::{Arc, Mutex};

use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_types::SdkConfig;

use super::super::clients::Aws;

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// `sns Subscribe`, `cloudtrail CreateTrail`; for REST services `s3 HEAD /`.
    pub(super) what: String,
    /// The body; a form is decoded.
    pub(super) body: String,
}

/// A status, a header and a body.
pub(super) struct Reply(pub(super) u16, pub(super) (&'static str, &'static str), pub(super) Vec<u8>);

const NO_HEADER: (&str, &str) = ("x-nothing", "");

pub(super) fn ok(body: impl Into<Vec<u8>>) -> Reply {
    Reply(200, NO_HEADER, body.into())
}

/// An error as each service writes its own.
pub(super) fn error(call: &Call, status: u16, code: &str) -> Reply {
    let service = call.what.split(' ').next().unwrap_or_default();
    let body = match service {
        "s3" => format!("<Error><Code>{code}</Code><Message>said AWS</Message></Error>"),
        "sns" | "sts" | "iam" => {
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>said AWS</Message></Error></ErrorResponse>")
        }
        "monitoring" => return Reply(status, ("smithy-protocol", "rpc-v2-cbor"), cbor(code)),
        _ => format!(r#"{{"__type":"{code}","message":"said AWS"}}"#),
    };
    Reply(status, NO_HEADER, body.into_bytes())
}

/// The map {"__type": code} in CBOR (RFC 8949); both texts are shorter than 24 bytes.
fn cbor(code: &str) -> Vec<u8> {
    let mut out = vec![0xa1];
    for text in ["__type", code] {
        out.push(0x60 + u8::try_from(text.len()).unwrap());
        out.extend(text.as_bytes());
    }
    out
}

/// An account of which `answer` tells, and what it was asked.
pub(super) fn account(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (Aws, Arc<Mutex<Vec<Call>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&calls);
    let http = infallible_client_fn(move |request| {
        let (parts, body) = request.into_parts();
        let body = String::from_utf8_lossy(body.bytes().unwrap_or_default()).into_owned();
        let body = percent_encoding::percent_decode_str(&body).decode_utf8_lossy().into_owned();
        let host = parts.uri.host().unwrap_or_default();
        let service = if host.contains("s3.") { "s3" } else { host.split('.').next().unwrap_or_default() };
        let target = parts.headers.get("x-amz-target").and_then(|it| it.to_str().ok()).map(ToOwned::to_owned);
        let operation = match (target, body.strip_prefix("Action=")) {
            (Some(target), _) => target.rsplit('.').next().unwrap_or_default().to_owned(),
            (None, Some(form)) => form.split('&').next().unwrap_or_default().to_owned(),
            (None, None) => format!("{} {}", parts.method, parts.uri.path_and_query().map_or("/", |it| it.as_str())),
        };
        let call = Call { what: format!("{service} {operation}"), body };
        let Reply(status, (name, value), body) = answer(&call);
        asked.lock().unwrap().push(call);
        http::Response::builder().status(status).header(name, value).body(body).unwrap()
    });
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("id", "secret", None, None, "test")))
        .retry_config(RetryConfig::disabled())
        .http_client(http)
        .build();
    (Aws::new(&config).unwrap(), calls)
}

/// What was asked, in order.
pub(super) fn told(calls: &Arc<Mutex<Vec<Call>>>) -> Vec<String> {
    calls.lock().unwrap().iter().map(|call| call.what.clone()).collect()
}
