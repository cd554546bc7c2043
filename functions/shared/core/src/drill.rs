//! The record of a drill: synthetic, unmistakably marked, and matched by its control's own pattern.

use filter_pattern::Pattern;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::arns::Place;
use crate::controls::Control;
use crate::verify::Verdict;

/// Stands where a notice shows who and from where, so that its first line says what this is.
pub const MARK: &str = "DRILL";

/// What the record says of itself.
const AGENT: &str = "yakei drill: this did not happen";

/// What a drill saw.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drilled {
    /// Whether no step failed.
    pub ok: bool,
    /// The control's key.
    pub control: String,
    /// Its alarm.
    pub alarm: String,
    /// The record's `eventID`.
    pub event_id: String,
    /// The way, as far as it went.
    pub steps: Vec<Step>,
}

/// One step on the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Which.
    pub step: &'static str,
    /// What was seen.
    pub verdict: Verdict,
    /// Seconds since the record was written.
    pub after: f64,
    /// In more words.
    pub detail: String,
    /// What to do; empty where nothing is to be done.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub mend: &'static str,
}

/// The most records that a drill writes: a threshold above is one for machines.
pub const MOST: usize = 1000;

/// Makes as many records as `control`'s alarm needs to ring, each with an id of its own; `None` when the control has no
/// sample to make them from, or counts more than [`MOST`].
pub fn records(control: &Control, place: &Place, now: Timestamp, id: &str) -> Option<Vec<String>> {
    let count = (1..=MOST).find(|count| f64::from(u32::try_from(*count).unwrap_or(u32::MAX)) >= control.threshold)?;
    let id_of = |number: usize| if number == 1 { id.to_owned() } else { format!("{id}-{number}") };
    (1..=count).map(|number| record(control, place, now, &id_of(number))).collect()
}

/// Makes a CloudTrail record that `control` counts; `None` when the control has no sample to make it from.
///
/// `id` becomes the event's id. Marks that would keep the pattern from matching (a control on root sign-ins
/// wants root) are left out one by one; the rest stay.
fn record(control: &Control, place: &Place, now: Timestamp, id: &str) -> Option<String> {
    let patterns = control.parsed().ok()?;
    let mut record: Map<String, Value> = serde_json::from_str(control.must_match.first()?).ok()?;
    let facts = json!({
        "eventVersion": "1.11",
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventID": id,
        "awsRegion": place.region,
        "recipientAccountId": place.account,
        "sourceIPAddress": MARK,
        "userAgent": AGENT,
        "yakeiDrill": true,
    });
    for (key, value) in facts.as_object()? {
        set(&mut record, &patterns, key, value.clone());
    }
    let mut identity = record.get("userIdentity").and_then(Value::as_object).cloned().unwrap_or_default();
    identity.entry("type").or_insert_with(|| json!("IAMUser"));
    identity.insert("accountId".to_owned(), json!(place.account));
    identity.insert("userName".to_owned(), json!(MARK));
    set(&mut record, &patterns, "userIdentity", Value::Object(identity));
    let text = Value::Object(record).to_string();
    any(&patterns, &text).then_some(text)
}

fn any(patterns: &[Pattern], record: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(record))
}

/// Sets a member unless the pattern would no longer match.
fn set(record: &mut Map<String, Value>, patterns: &[Pattern], key: &str, value: Value) {
    let before = record.insert(key.to_owned(), value);
    if !any(patterns, &Value::Object(record.clone()).to_string()) {
        match before {
            Some(value) => record.insert(key.to_owned(), value),
            None => record.remove(key),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::Catalogue;

    #[test]
    fn every_control_has_a_marked_record_that_it_counts() {
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() };
        let now = "2026-11-21T18:41:00.5Z".parse().unwrap();
        for control in Catalogue::builtin().unwrap().controls() {
            let text = record(control, &place, now, "yakei-drill-1").unwrap_or_else(|| panic!("{}", control.key));
            assert!(any(&control.parsed().unwrap(), &text), "{}", control.key);
            let record: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(record["sourceIPAddress"], MARK, "{}", control.key);
            assert_eq!(record["userIdentity"]["userName"], MARK, "{}", control.key);
            assert_eq!(record["eventTime"], "2026-11-21T18:41:00Z");
            assert_eq!(record["eventID"], "yakei-drill-1");
        }
    }

    #[test]
    fn a_drill_writes_what_the_threshold_needs() {
        let place = Place { partition: "aws".into(), account: "1".into(), region: "r".into() };
        let mut control = Catalogue::builtin().unwrap().get("ConsoleLogin").cloned().unwrap();
        let mut written = |threshold: f64| {
            control.threshold = threshold;
            let records = records(&control, &place, Timestamp::UNIX_EPOCH, "x")?;
            let ids: std::collections::BTreeSet<String> = records
                .iter()
                .map(|it| serde_json::from_str::<Value>(it).unwrap()["eventID"].as_str().unwrap().to_owned())
                .collect();
            Some((records.len(), ids.len()))
        };
        for (threshold, count) in [(1.0, 1), (5.0, 5), (2.5, 3), (1000.0, 1000)] {
            assert_eq!(written(threshold), Some((count, count)), "{threshold}");
        }
        assert_eq!(written(1001.0), None);
    }

    #[test]
    fn a_control_without_samples_has_no_drill() {
        let place = Place { partition: "aws".into(), account: "1".into(), region: "r".into() };
        let mut control = Catalogue::builtin().unwrap().get("ConsoleLogin").cloned().unwrap();
        control.must_match.clear();
        assert_eq!(records(&control, &place, Timestamp::UNIX_EPOCH, "x"), None);
    }
}
