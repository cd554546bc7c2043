//! Which function made which calls: what a function's rights are compared with.
//!
//! A function is known by the app id in its user agent (`AWS_SDK_UA_APP_ID`), a call by the protocols that name it
//! (JSON, CBOR, query); REST calls (S3, Lambda, Scheduler) name none and are left out.

use std::collections::BTreeSet;
use std::sync::Mutex;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, USER_AGENT};

/// One kind of call by one function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The function's app id, such as `yakei-toggler`.
    pub app: String,
    /// The service as IAM writes it: `cloudwatch`, `logs`, `sns`.
    pub service: String,
    /// The operation: `DescribeAlarms`.
    pub operation: String,
}

#[derive(Debug, Default)]
pub(crate) struct Callers(Mutex<BTreeSet<Call>>);

impl Callers {
    /// Notes a call whose headers or path name its operation.
    pub(crate) fn note(&self, headers: &HeaderMap, path: &str) {
        let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        let json = target.and_then(|target| target.rsplit('.').next());
        let cbor = path.strip_prefix("/service/").and_then(|rest| rest.rsplit('/').next());
        self.add(headers, json.or(cbor));
    }

    /// Notes a call of the query protocol.
    pub(crate) fn note_form(&self, headers: &HeaderMap, form: &[u8]) {
        let action = form_urlencoded::parse(form).find(|(key, _)| key == "Action").map(|(_, value)| value);
        self.add(headers, action.as_deref());
    }

    pub(crate) fn calls(&self) -> BTreeSet<Call> {
        self.0.lock().map(|calls| calls.clone()).unwrap_or_default()
    }

    fn add(&self, headers: &HeaderMap, operation: Option<&str>) {
        let (Some(app), Some(service), Some(operation)) = (app(headers), service(headers), operation) else { return };
        if let Ok(mut calls) = self.0.lock() {
            calls.insert(Call { app, service, operation: operation.to_owned() });
        }
    }
}

/// `… app/yakei-toggler …`
fn app(headers: &HeaderMap) -> Option<String> {
    let agents = [headers.get(USER_AGENT), headers.get("x-amz-user-agent")];
    let mut words =
        agents.into_iter().flatten().filter_map(|agent| agent.to_str().ok()).flat_map(str::split_whitespace);
    words.find_map(|word| word.strip_prefix("app/")).map(ToOwned::to_owned)
}

/// The signing name in `AWS4-HMAC-SHA256 Credential=…/20261122/us-east-1/monitoring/aws4_request, …`.
fn service(headers: &HeaderMap) -> Option<String> {
    let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let scope = authorization.split_once("Credential=")?.1.split(',').next()?;
    match scope.split('/').nth(3)? {
        "monitoring" => Some("cloudwatch".to_owned()),
        "tagging" => Some("tag".to_owned()),
        other => Some(other.to_owned()),
    }
}
