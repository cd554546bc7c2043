//! The real program against a CloudWatch that counts its calls.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod rules;
mod stub;

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use stub::{Stub, Trouble};

/// Business hours all day, every day: alarms are muted whenever this test runs.
const ALWAYS: &str = r#"
[[schedule]]
name = "always"
timezone = "UTC"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], start = "00:00", end = "24:00" }]
alarms = ["yakei-*", "yakei-000"]
"#;

struct Ended {
    ok: bool,
    answer: Value,
    log: String,
}

fn toggler(stub: &Stub, config: &str, event: &str) -> Ended {
    toggler_to(Stdio::piped(), stub, config, event)
}

fn toggler_to(output: impl Into<Stdio>, stub: &Stub, config: &str, event: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("yakei.toml");
    std::fs::write(&path, config).unwrap();
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_toggler"))
        .arg(event)
        .env_clear()
        .env("AWS_ENDPOINT_URL", &stub.url)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("YAKEI_CONFIG", &path)
        .stdout(output)
        .output()
        .unwrap();
    let answer = serde_json::from_slice(&stdout).unwrap_or_default();
    Ended { ok: status.success(), answer, log: String::from_utf8(stderr).unwrap() }
}

fn alarms(number: usize) -> Stub {
    Stub::start((0..number).map(|n| (format!("yakei-{n:03}"), true)))
}

fn counts(stub: &Stub) -> Vec<(String, usize)> {
    stub.answered().into_iter().collect()
}

fn count(operation: &str, times: usize) -> (String, usize) {
    (operation.to_owned(), times)
}

#[test]
fn two_hundred_and_fifty_alarms_cost_three_reads_three_writes_what_is_remembered_and_the_reading_back() {
    let stub = alarms(250);
    let first = toggler(&stub, ALWAYS, "{}");
    assert!(first.ok, "{}", first.log);
    assert_eq!(first.answer["schedules"][0]["alarms"]["changed"].as_array().map(Vec::len), Some(250));
    assert_eq!(stub.armed(), 0);
    assert_eq!(
        counts(&stub),
        [
            count("DescribeAlarms", 3 + 3),
            count("DisableAlarmActions", 3),
            count("ListAlarmMuteRules", 1),
            count("PutMetricAlarm", 2)
        ]
    );
    assert_eq!(stub.kept(), ["yakei-muted-1", "yakei-muted-2"]);
    let second = toggler(&stub, ALWAYS, "{}");
    assert!(second.ok, "{}", second.log);
    let looks = [count("DescribeAlarms", 3), count("ListAlarmMuteRules", 1), count("ListTagsForResource", 2)];
    assert_eq!(counts(&stub), looks, "what is kept counts when it has our tag");
}

#[test]
fn throttled_and_failed_calls_are_tried_again() {
    let stub = alarms(3);
    stub.trouble("DescribeAlarms", Trouble::Throttle, 1);
    stub.trouble("DisableAlarmActions", Trouble::Fail, 1);
    let ended = toggler(&stub, ALWAYS, "{}");
    assert!(ended.ok, "{}", ended.log);
    assert_eq!(stub.armed(), 0);
}

#[test]
fn a_denied_write_fails_the_run_and_names_the_alarms() {
    let stub = alarms(2);
    stub.trouble("DisableAlarmActions", Trouble::Deny, usize::MAX);
    let ended = toggler(&stub, ALWAYS, "{}");
    assert!(!ended.ok && ended.answer.is_null());
    assert!(ended.log.contains("AlarmsNotSet: not as they should be: yakei-000, yakei-001"), "{}", ended.log);
    assert!(ended.log.contains("DisableAlarmActions: AccessDenied: as the test wants it"), "{}", ended.log);
    assert_eq!(stub.armed(), 2);
}

#[test]
fn a_denied_reading_arms_what_is_named() {
    let stub = Stub::start([("yakei-000".to_owned(), false), ("yakei-001".to_owned(), false)]);
    stub.trouble("DescribeAlarms", Trouble::Deny, 1);
    let ended = toggler(&stub, ALWAYS, "{}");
    assert!(!ended.ok && ended.log.contains("DescribeAlarms: AccessDenied"), "{}", ended.log);
    assert_eq!(stub.armed(), 1, "the prefix cannot be resolved, the exact name can");
}

#[test]
fn a_broken_config_arms_every_alarm_under_the_prefix() {
    let stub =
        Stub::start([("yakei-000".to_owned(), false), ("yakei-001".to_owned(), false), ("other".to_owned(), false)]);
    let ended = toggler(&stub, &ALWAYS.replace("UTC", "JST"), "{}");
    assert!(!ended.ok && ended.log.contains("line 4, column 12: schedule[0].timezone"), "{}", ended.log);
    assert_eq!(stub.armed(), 2);
}

#[test]
fn log_alarms_are_muted_and_armed_like_others() {
    let stub = Stub::start(["yakei-log-1", "yakei-log-2", "yakei-metric"].map(|name| (name.to_owned(), true)));
    let ended = toggler(&stub, ALWAYS, "{}");
    assert!(ended.ok, "{}", ended.log);
    assert_eq!(stub.armed(), 0);
    let ended = toggler(&stub, ALWAYS, "arm");
    assert!(ended.ok, "{}", ended.log);
    assert_eq!(stub.armed(), 3);
}

#[test]
fn what_is_kept_without_our_tag_is_somebody_else_s() {
    let (stub, config) = (alarms(3), &ALWAYS.replace("\"yakei-*\"", "\"yakei-0*\""));
    for (action, kept) in [("arm", vec!["yakei-hold"]), ("resume", vec!["yakei-muted-1"])] {
        let ended = toggler(&stub, config, action);
        assert!(ended.ok, "{}", ended.log);
        assert_eq!(stub.kept(), kept);
    }
    stub.untag();
    let ended = toggler(&stub, config, r#"{"action":"arm","reason":"drill"}"#);
    assert!(ended.ok, "{}", ended.log);
    assert_eq!((stub.armed(), stub.kept()), (3, vec!["yakei-hold".to_owned(), "yakei-muted-1".to_owned()]));
    stub.untag();
    // Nobody's word holds them armed any more, and nobody may take the stranger's place.
    let ended = toggler(&stub, config, "{}");
    assert!(ended.ok, "{}", ended.log);
    assert_eq!((stub.armed(), ended.answer["holds"].as_array().map(Vec::len)), (0, Some(0)));
    let ended = toggler(&stub, config, "arm");
    assert!(!ended.ok && ended.log.contains("HoldNotKept") && ended.log.contains("NotOurs"), "{}", ended.log);
    assert_eq!(stub.kept(), ["yakei-hold", "yakei-muted-1", "yakei-muted-2"]);
}

#[test]
fn who_reads_no_further_ends_nothing_and_an_answer_that_cannot_be_written_is_a_failure() {
    let stub = alarms(3);
    for event in ["week", "{}"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = toggler_to(writer, &stub, ALWAYS, event);
        assert!(ended.ok, "{}", ended.log);
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let ended = toggler_to(full, &stub, ALWAYS, event);
        assert!(!ended.ok && ended.log.contains("could not be written: No space left"), "{}", ended.log);
    }
}
