//! The heartbeat: one line of CloudWatch embedded metric format a run. CloudWatch makes metrics of it without a
//! call or a permission; an alarm on its absence tells when the toggler itself is dead.
//!
//! Source: "CloudWatch embedded metric format specification" in the CloudWatch user guide.

use jiff::Timestamp;
use serde_json::{Value, json};
use yakei_core::hours::Mode;
use yakei_core::names::Name;

use crate::ran::{Outcome, Ran};

/// The line of a run. `asked` is when the event says that the run was due, where it says so.
pub fn line(name: &Name, ran: &Ran, asked: Option<Timestamp>, now: Timestamp) -> String {
    let count = |wanted: fn(&Outcome) -> bool| ran.outcomes.values().filter(|outcome| wanted(outcome)).count();
    let in_state = |desired: Mode| match desired {
        Mode::Armed => count(|o| matches!(o, Outcome::Changed(Mode::Armed) | Outcome::Unchanged(Mode::Armed))),
        Mode::Muted => count(|o| matches!(o, Outcome::Changed(Mode::Muted) | Outcome::Unchanged(Mode::Muted))),
    };
    let mut metrics = vec![
        (Name::HEARTBEAT_METRIC, "Count", json!(in_state(Mode::Armed))),
        ("TogglerAlarmsMuted", "Count", json!(in_state(Mode::Muted))),
        ("TogglerAlarmsMissing", "Count", json!(ran.missing().len())),
        ("TogglerAlarmsFailed", "Count", json!(count(|outcome| *outcome == Outcome::Failed))),
    ];
    if let Some(asked) = asked {
        let age = now.duration_since(asked).as_secs().max(0);
        metrics.push(("TogglerRunAge", "Seconds", json!(age)));
    }
    let definitions: Vec<Value> =
        metrics.iter().map(|(metric, unit, _)| json!({"Name": metric, "Unit": unit})).collect();
    let header = json!({
        "Timestamp": now.as_millisecond(),
        "CloudWatchMetrics": [{"Namespace": name.metric_namespace(), "Dimensions": [[]], "Metrics": definitions}],
    });
    let values = metrics.into_iter().map(|(metric, _, value)| (metric, value));
    let line: serde_json::Map<String, Value> =
        [("_aws", header)].into_iter().chain(values).map(|(key, value)| (key.to_owned(), value)).collect();
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_one_line_of_metrics() {
        let outcomes = [
            ("a".to_owned(), Outcome::Changed(Mode::Armed)),
            ("b".to_owned(), Outcome::Unchanged(Mode::Armed)),
            ("c".to_owned(), Outcome::Unchanged(Mode::Muted)),
            ("d".to_owned(), Outcome::Failed),
        ];
        let mut ran = Ran::empty();
        ran.outcomes = outcomes.into_iter().collect();
        let now = "2026-11-24T00:00:07Z".parse().unwrap();
        let line = line(&Name::parse("corp").unwrap(), &ran, "2026-11-24T00:00:00Z".parse().ok(), now);
        assert!(!line.contains('\n'));
        insta::assert_json_snapshot!(serde_json::from_str::<Value>(&line).unwrap());
    }
}
