//! A CloudWatch that counts: enough of rpc-v2-cbor over HTTP for the toggler's calls, with AWS's troubles on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use ciborium::Value as Cbor;
use serde_json::{Value, json};

/// What the stub does with a call instead of answering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Throttle,
    Fail,
    Deny,
}

#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Whether each alarm's actions are enabled.
    alarms: BTreeMap<String, bool>,
    /// What alarms keep: the metric that marks them, and the description.
    kept: BTreeMap<String, (String, String)>,
    /// The operations that were called and answered well.
    answered: Vec<String>,
    /// How many calls of an operation have trouble.
    troubles: Vec<(&'static str, Trouble, usize)>,
}

type Shared = Arc<Mutex<Account>>;

pub(crate) struct Stub {
    pub(crate) url: String,
    account: Shared,
}

impl Stub {
    pub(crate) fn start(alarms: impl IntoIterator<Item = (String, bool)>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let account = Shared::new(Mutex::new(Account { alarms: alarms.into_iter().collect(), ..Account::default() }));
        let call = "/service/GraniteServiceVersion20100801/operation/{operation}";
        let app = Router::new().route(call, post(serve)).with_state(Arc::clone(&account));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
        Self { url, account }
    }

    pub(crate) fn trouble(&self, operation: &'static str, trouble: Trouble, times: usize) {
        self.account.lock().unwrap().troubles.push((operation, trouble, times));
    }

    /// How often each operation was answered well, since the last time this was asked.
    pub(crate) fn answered(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for operation in self.account.lock().unwrap().answered.drain(..) {
            *counts.entry(operation).or_default() += 1;
        }
        counts
    }

    pub(crate) fn armed(&self) -> usize {
        self.account.lock().unwrap().alarms.values().filter(|enabled| **enabled).count()
    }

    pub(crate) fn kept(&self) -> Vec<String> {
        self.account.lock().unwrap().kept.keys().cloned().collect()
    }
}

async fn serve(State(account): State<Shared>, Path(operation): Path<String>, body: Bytes) -> Response {
    let mut account = account.lock().unwrap();
    let trouble = account.troubles.iter_mut().find(|(name, _, left)| *name == operation && *left > 0).map(|trouble| {
        trouble.2 -= 1;
        trouble.1
    });
    let error =
        |code: &str| json!({"__type": format!("com.amazonaws.cloudwatch#{code}"), "message": "as the test wants it"});
    let (status, answer) = match trouble {
        Some(Trouble::Fail) => (StatusCode::SERVICE_UNAVAILABLE, error("ServiceUnavailable")),
        Some(Trouble::Throttle) => (StatusCode::BAD_REQUEST, error("Throttling")),
        Some(Trouble::Deny) => (StatusCode::FORBIDDEN, error("AccessDenied")),
        None => {
            let request =
                if body.is_empty() { Cbor::Map(Vec::new()) } else { ciborium::from_reader(&body[..]).unwrap() };
            (StatusCode::OK, answer(&mut account, &operation, &plain(request)))
        }
    };
    let mut body = Vec::new();
    ciborium::into_writer(&answer, &mut body).unwrap();
    (status, [("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")], body).into_response()
}

/// CBOR as JSON; a tagged value, an instant for instance, without its tag.
fn plain(value: Cbor) -> Value {
    match value {
        Cbor::Tag(_, inner) => plain(*inner),
        Cbor::Array(items) => items.into_iter().map(plain).collect(),
        Cbor::Map(members) => {
            let member = |(key, value): (Cbor, Cbor)| (key.into_text().unwrap(), plain(value));
            Value::Object(members.into_iter().map(member).collect())
        }
        other => other.deserialized().unwrap(),
    }
}

fn answer(account: &mut Account, operation: &str, request: &Value) -> Value {
    account.answered.push(operation.to_owned());
    let names: Vec<String> = serde_json::from_value(request["AlarmNames"].clone()).unwrap_or_default();
    assert!(names.len() <= 100, "{operation} takes at most 100 names");
    match operation {
        "DescribeAlarms" => describe(account, &names, request),
        "EnableAlarmActions" | "DisableAlarmActions" => {
            for name in names {
                account.alarms.entry(name).and_modify(|enabled| *enabled = operation == "EnableAlarmActions");
            }
            json!({})
        }
        "PutMetricAlarm" => {
            let text = |key: &str| request[key].as_str().unwrap().to_owned();
            account.kept.insert(text("AlarmName"), (text("MetricName"), text("AlarmDescription")));
            json!({})
        }
        "DeleteAlarms" => {
            account.kept.retain(|name, _| !names.contains(name));
            json!({})
        }
        "ListAlarmMuteRules" => json!({"AlarmMuteRuleSummaries": []}),
        other => panic!("{other} is not expected"),
    }
}

fn describe(account: &Account, names: &[String], request: &Value) -> Value {
    let prefix = request["AlarmNamePrefix"].as_str().unwrap_or_default();
    let skip: usize = request["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let alarms = account.alarms.iter().map(|(name, enabled)| json!({"AlarmName": name, "ActionsEnabled": enabled}));
    let kept = account.kept.iter().map(|(name, (metric, text))| {
        json!({"AlarmName": name, "ActionsEnabled": true, "AlarmDescription": text, "Namespace": "yakei", "MetricName": metric})
    });
    let wanted = |alarm: &Value| {
        let name = alarm["AlarmName"].as_str().unwrap();
        name.starts_with(prefix) && (names.is_empty() || names.iter().any(|wanted| wanted == name))
    };
    let all: Vec<Value> = alarms.chain(kept).filter(wanted).collect();
    let page: Vec<&Value> = all.iter().skip(skip).take(100).collect();
    let mut answer = json!({"MetricAlarms": page});
    if all.len() > skip + 100 {
        answer["NextToken"] = json!((skip + 100).to_string());
    }
    answer
}
