//! CloudWatch's alarms, as full as `DescribeAlarms` gives them.

use serde_json::{Value, json};

use super::Account;

/// What a page of `DescribeAlarms` holds at most.
const PAGE: usize = 100;

pub(super) fn answer(account: &mut Account, operation: &str, request: &Value) -> Option<Value> {
    let names: Vec<String> = serde_json::from_value(request["AlarmNames"].clone()).unwrap_or_default();
    Some(match operation {
        "DescribeAlarms" => describe(account, &names, request),
        "EnableAlarmActions" | "DisableAlarmActions" => {
            for name in names {
                account.alarms.entry(name).and_modify(|enabled| *enabled = operation == "EnableAlarmActions");
            }
            json!({})
        }
        "PutMetricAlarm" => {
            let text = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
            account.kept.insert(text("AlarmName"), (text("MetricName"), text("AlarmDescription")));
            json!({})
        }
        "DeleteAlarms" => {
            account.kept.retain(|name, _| !names.contains(name));
            json!({})
        }
        "DescribeAlarmHistory" => json!({"AlarmHistoryItems": []}),
        "ListAlarmMuteRules" => json!({"AlarmMuteRuleSummaries": []}),
        "ListTagsForResource" => json!({"Tags": [{"Key": "managed-by", "Value": "yakei"}]}),
        _ => return None,
    })
}

fn describe(account: &Account, names: &[String], request: &Value) -> Value {
    let prefix = request["AlarmNamePrefix"].as_str().unwrap_or_default();
    let skip: usize = request["NextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or_default();
    let size = request["MaxRecords"].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(PAGE).min(PAGE);
    let wanted = |name: &str| name.starts_with(prefix) && (names.is_empty() || names.iter().any(|it| it == name));
    let watched = account.alarms.iter().filter(|(name, _)| wanted(name));
    let watched = watched.map(|(name, enabled)| alarm(name, *enabled, "yakei", name, ""));
    let kept = account.kept.iter().filter(|(name, _)| wanted(name));
    let kept = kept.map(|(name, (metric, text))| alarm(name, true, "yakei", metric, text));
    let mut rest = watched.chain(kept).skip(skip);
    let page: Vec<Value> = rest.by_ref().take(size).collect();
    let next = rest.next().map(|_| (skip + size).to_string());
    let mut answer = json!({"MetricAlarms": page, "CompositeAlarms": [], "LogAlarms": []});
    if let (Some(members), Some(next)) = (answer.as_object_mut(), next) {
        members.insert("NextToken".to_owned(), json!(next));
    }
    answer
}

/// With all the members that CloudWatch gives: some 1.3 kB.
fn alarm(name: &str, enabled: bool, namespace: &str, metric: &str, text: &str) -> Value {
    let about = "Somebody signed in to the console, and nobody was at the office. Look who it was, and from where.";
    let topic = "arn:aws:sns:us-east-1:123456789012:yakei-alarms";
    json!({
        "AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}"),
        "AlarmDescription": if text.is_empty() { about } else { text }, "ActionsEnabled": enabled,
        "AlarmConfigurationUpdatedTimestamp": 1_795_000_000, "StateUpdatedTimestamp": 1_795_000_000,
        "StateTransitionedTimestamp": 1_795_000_000, "OKActions": [topic], "AlarmActions": [topic],
        "InsufficientDataActions": [], "StateValue": "OK",
        "StateReason": "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
        "StateReasonData": "{\"version\":\"1.0\",\"queryDate\":\"2026-11-21T18:46:12.345+0000\",\"statistic\":\"Sum\",\"period\":300,\"recentDatapoints\":[],\"threshold\":1.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-21T18:41:00.000+0000\"}]}",
        "MetricName": metric, "Namespace": namespace, "Statistic": "Sum", "Dimensions": [], "Period": 300,
        "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching"
    })
}
