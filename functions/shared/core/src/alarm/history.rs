//! What `DescribeAlarmHistory` and `DescribeAlarms` know beyond a message: earlier changes of state and
//! the datapoints that were evaluated.

use jiff::Timestamp;
use serde_json::Value;

use super::datapoint::{Datapoint, said};
use super::json::{number, parse, text};
use super::state::State;
use crate::time::parse_aws;

/// A past change of an alarm's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// When it happened.
    pub at: Timestamp,
    /// The state since then.
    pub to: State,
    /// The datapoints that were evaluated for it, breaching or not; those of its reason when it lists none.
    pub datapoints: Vec<Datapoint>,
    /// How many breached, as its reason says.
    pub said: Option<usize>,
}

impl Transition {
    /// Reads the `HistoryData` of a `StateUpdate` item; `None` when it names no new state.
    pub fn read(at: Timestamp, history_data: &str) -> Option<Self> {
        let data = parse(history_data)?;
        let new = data.get("newState")?;
        let to = State::parse(&text(new, "stateValue")?);
        let evaluated = match new.get("stateReasonData") {
            Some(Value::String(json)) => evaluated(json),
            Some(data) => evaluated_in(data),
            None => Vec::new(),
        };
        let reason = said(&text(new, "stateReason").unwrap_or_default());
        let datapoints = if evaluated.is_empty() { reason.points } else { evaluated };
        Some(Self { at, to, datapoints, said: reason.said })
    }
}

/// The datapoints in an alarm's `StateReasonData`; none when it is absent or of another form.
pub fn evaluated(state_reason_data: &str) -> Vec<Datapoint> {
    parse(state_reason_data).map(|data| evaluated_in(&data)).unwrap_or_default()
}

pub(super) fn evaluated_in(data: &Value) -> Vec<Datapoint> {
    let points = data.get("evaluatedDatapoints").and_then(Value::as_array);
    let read = |point: &Value| {
        Some(Datapoint { value: number(point, "value")?, start: parse_aws(&text(point, "timestamp")?)? })
    };
    points.into_iter().flatten().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_the_evaluated_datapoints() {
        let reason_data = json!({"version": "1.0", "queryDate": "2026-11-21T18:46:12.345+0000", "startDate": "2026-11-21T18:40:00.000+0000",
            "statistic": "Sum", "period": 300, "recentDatapoints": [3.0], "threshold": 1.0,
            "evaluatedDatapoints": [{"timestamp": "2026-11-21T18:40:00.000+0000", "sampleCount": 3.0, "value": 3.0}, {"timestamp": "2026-11-21T18:35:00.000+0000"}]});
        let at = Timestamp::UNIX_EPOCH;
        let expected = Datapoint { value: 3.0, start: "2026-11-21T18:40:00Z".parse().unwrap() };
        for data in [reason_data.clone(), json!(reason_data.to_string())] {
            let item = json!({"version": "1.0", "oldState": {"stateValue": "OK"}, "newState": {"stateValue": "ALARM", "stateReason": "x", "stateReasonData": data}});
            let transition = Transition { at, to: State::Alarm, datapoints: vec![expected], said: None };
            assert_eq!(Transition::read(at, &item.to_string()), Some(transition));
        }
        let reason = json!({"newState": {"stateValue": "ALARM", "stateReason": "[3.0 (21/11/26 18:40:00)]"}});
        assert_eq!(Transition::read(at, &reason.to_string()).unwrap().datapoints, [expected]);
    }

    #[test]
    fn other_forms_are_no_transition() {
        for data in ["", "{}", "[]", "{\"newState\":7}", "{\"newState\":{}}"] {
            assert_eq!(Transition::read(Timestamp::UNIX_EPOCH, data), None, "{data}");
        }
        assert_eq!(evaluated("{\"evaluatedDatapoints\":[null,3,{\"value\":1}]}"), []);
    }
}
