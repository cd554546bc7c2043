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
    /// What is asked for is gone.
    Gone,
}

/// An alarm mute rule as it was put, or as somebody has changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MuteRule {
    pub(crate) alarms: Vec<String>,
    pub(crate) expression: String,
    pub(crate) duration: String,
    pub(crate) timezone: String,
}

/// A page of rules.
const RULES_A_PAGE: usize = 2;

#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Whether each alarm's actions are enabled.
    alarms: BTreeMap<String, bool>,
    /// What alarms keep: the metric that marks them, the description and the tags.
    kept: BTreeMap<String, (String, String, Value)>,
    /// All of them mute now, whatever the clock says: no test waits for a minute.
    rules: BTreeMap<String, MuteRule>,
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

    /// The mute rules that are there, by name.
    pub(crate) fn rules(&self) -> BTreeMap<String, MuteRule> {
        self.account.lock().unwrap().rules.clone()
    }

    /// Somebody changes every mute rule, and leaves them their names.
    pub(crate) fn change_rules(&self, mut change: impl FnMut(&mut MuteRule)) {
        self.account.lock().unwrap().rules.values_mut().for_each(&mut change);
    }

    /// Somebody else's mute rule.
    pub(crate) fn add_rule(&self, name: &str, alarms: &[&str]) {
        let text = str::to_owned;
        let alarms = alarms.iter().map(|alarm| text(alarm)).collect();
        let (expression, duration, timezone) = (text("cron(0 1 * * *)"), text("PT2H"), text("Asia/Tokyo"));
        let rule = MuteRule { alarms, expression, duration, timezone };
        self.account.lock().unwrap().rules.insert(name.to_owned(), rule);
    }

    /// Somebody takes the tags off everything that is kept.
    pub(crate) fn untag(&self) {
        self.account.lock().unwrap().kept.values_mut().for_each(|kept| kept.2 = json!([]));
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
        Some(Trouble::Gone) => (StatusCode::NOT_FOUND, error("ResourceNotFoundException")),
        None => {
            let request =
                if body.is_empty() { Cbor::Map(Vec::new()) } else { ciborium::from_reader(&body[..]).unwrap() };
            (StatusCode::OK, answer(&mut account, &operation, &plain(request)))
        }
    };
    let mut body = Vec::new();
    ciborium::into_writer(&tagged(&answer), &mut body).unwrap();
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

/// JSON as CBOR; what is called a timestamp with the tag of an instant.
fn tagged(value: &Value) -> Cbor {
    match value {
        Value::Array(items) => Cbor::Array(items.iter().map(tagged).collect()),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| {
                let instant = key.ends_with("Timestamp").then(|| Cbor::Tag(1, Box::new(tagged(value))));
                (Cbor::Text(key.clone()), instant.unwrap_or_else(|| tagged(value)))
            };
            Cbor::Map(members.iter().map(member).collect())
        }
        other => Cbor::serialized(other).unwrap(),
    }
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:cloudwatch:us-east-1:123456789012:{kind}:{name}")
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
            let kept = (text("MetricName"), text("AlarmDescription"), request["Tags"].clone());
            account.kept.insert(text("AlarmName"), kept);
            json!({})
        }
        "DeleteAlarms" => {
            account.kept.retain(|name, _| !names.contains(name));
            json!({})
        }
        "ListTagsForResource" => {
            let name = request["ResourceARN"].as_str().unwrap().rsplit(':').next().unwrap();
            json!({"Tags": account.kept.get(name).map_or(json!([]), |kept| kept.2.clone())})
        }
        "ListAlarmMuteRules" | "GetAlarmMuteRule" | "PutAlarmMuteRule" | "DeleteAlarmMuteRule" => {
            rule_answer(account, operation, request)
        }
        other => panic!("{other} is not expected"),
    }
}

fn rule_answer(account: &mut Account, operation: &str, request: &Value) -> Value {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match operation {
        "ListAlarmMuteRules" => {
            let skip: usize = request["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
            let summary = |name: &String| json!({"AlarmMuteRuleArn": arn("alarm-mute-rule", name), "Status": "ACTIVE", "MuteType": "ONE_TIME", "LastUpdatedTimestamp": 7});
            let page: Vec<Value> = account.rules.keys().skip(skip).take(RULES_A_PAGE).map(summary).collect();
            let mut answer = json!({"AlarmMuteRuleSummaries": page});
            if account.rules.len() > skip + RULES_A_PAGE {
                answer["NextToken"] = json!((skip + RULES_A_PAGE).to_string());
            }
            answer
        }
        "GetAlarmMuteRule" => {
            let name = text(&request["AlarmMuteRuleName"]);
            let MuteRule { alarms, expression, duration, timezone } = &account.rules[&name];
            let schedule = json!({"Expression": expression, "Duration": duration, "Timezone": timezone});
            json!({
                "Name": name, "AlarmMuteRuleArn": arn("alarm-mute-rule", &name), "Status": "ACTIVE",
                "Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": alarms}, "LastUpdatedTimestamp": 7,
            })
        }
        "PutAlarmMuteRule" => {
            let alarms: Vec<String> = serde_json::from_value(request["MuteTargets"]["AlarmNames"].clone()).unwrap();
            assert!((1..=100).contains(&alarms.len()), "a rule names 1 to 100 alarms");
            assert_eq!(request["Tags"], json!([{"Key": "managed-by", "Value": "yakei"}]));
            let schedule = &request["Rule"]["Schedule"];
            let [expression, duration, timezone] =
                ["Expression", "Duration", "Timezone"].map(|key| text(&schedule[key]));
            let rule = MuteRule { alarms, expression, duration, timezone };
            account.rules.insert(text(&request["Name"]), rule);
            json!({})
        }
        _ => {
            account.rules.remove(&text(&request["AlarmMuteRuleName"]));
            json!({})
        }
    }
}

fn describe(account: &Account, names: &[String], request: &Value) -> Value {
    let prefix = request["AlarmNamePrefix"].as_str().unwrap_or_default();
    let skip: usize = request["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let alarms = account
        .alarms
        .iter()
        .map(|(name, enabled)| json!({"AlarmName": name, "AlarmArn": arn("alarm", name), "ActionsEnabled": enabled}));
    let kept = account.kept.iter().map(|(name, (metric, text, _))| {
        json!({"AlarmName": name, "AlarmArn": arn("alarm", name), "ActionsEnabled": true, "AlarmDescription": text, "Namespace": "yakei", "MetricName": metric})
    });
    let wanted = |alarm: &Value| {
        let name = alarm["AlarmName"].as_str().unwrap();
        name.starts_with(prefix) && (names.is_empty() || names.iter().any(|wanted| wanted == name))
    };
    let all: Vec<Value> = alarms.chain(kept).filter(wanted).collect();
    let page: Vec<&Value> = all.iter().skip(skip).take(100).collect();
    // Of each kind those that are asked for.
    let kind = |alarm: &Value| {
        let name = alarm["AlarmName"].as_str().unwrap();
        if name.contains("-log-") { "LogAlarm" } else { "MetricAlarm" }
    };
    let asked = |kind: &str| request["AlarmTypes"].as_array().is_some_and(|types| types.iter().any(|it| it == kind));
    let of = |wanted: &str| page.iter().filter(|alarm| asked(wanted) && kind(alarm) == wanted).collect::<Vec<_>>();
    let mut answer = json!({"MetricAlarms": of("MetricAlarm"), "LogAlarms": of("LogAlarm")});
    if all.len() > skip + 100 {
        answer["NextToken"] = json!((skip + 100).to_string());
    }
    answer
}
