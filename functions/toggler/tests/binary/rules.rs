//! Mute rules over the wire: made, left alone, changed by somebody, refused, and gone when nobody wants them.
//!
//! The window is open all day and every day, so nothing here depends on when the test runs.

use super::*;
use stub::MuteRule;

fn by_rule() -> String {
    ALWAYS.replace("[[schedule]]", "[[schedule]]\nby = \"mute-rule\"")
}

/// Two hundred and fifty alarms that rules mute, in a few pages of rules.
fn ruled() -> Stub {
    let stub = Stub::start((0..250).map(|n| (format!("yakei-{n:03}"), true)).chain([("other".to_owned(), true)]));
    let ended = toggler(&stub, &by_rule(), "{}");
    assert!(ended.ok, "{}", ended.log);
    let changed = &ended.answer["schedules"][0]["alarms"]["changed"];
    assert_eq!((changed.as_array().map(Vec::len), stub.armed()), (Some(250), 251), "the actions stay as they are");
    assert_eq!(named(&stub).len(), 250);
    assert!(stub.rules().len() > 2 && stub.rules().values().all(is_once), "{:?}", stub.rules().keys());
    stub.answered();
    stub
}

/// The alarms that rules name.
fn named(stub: &Stub) -> Vec<String> {
    let mut named: Vec<String> = stub.rules().into_values().flat_map(|rule| rule.alarms).collect();
    named.sort();
    named.dedup();
    named
}

fn is_once(rule: &MuteRule) -> bool {
    rule.expression.starts_with("at(") && rule.timezone == "UTC" && rule.duration.starts_with("PT")
}

fn wrote(stub: &Stub) -> Vec<String> {
    let writes = |(call, _): &(String, usize)| !["Describe", "List", "Get"].iter().any(|read| call.starts_with(read));
    counts(stub).into_iter().filter(writes).map(|(call, _)| call).collect()
}

#[test]
fn rules_that_are_as_they_should_be_are_left_alone_on_every_page() {
    let stub = ruled();
    let before = stub.rules();
    for _ in 0..2 {
        let ended = toggler(&stub, &by_rule(), "{}");
        assert!(ended.ok, "{}", ended.log);
        let unchanged = &ended.answer["schedules"][0]["alarms"]["unchanged"];
        assert_eq!((unchanged.as_array().map(Vec::len), stub.rules() == before), (Some(250), true));
        let counts = counts(&stub);
        // What README prices: four rules are asked, on two pages here.
        let looks = [
            count("DescribeAlarms", 3),
            count("GetAlarmMuteRule", 4),
            count("ListAlarmMuteRules", 2),
            count("ListTagsForResource", 2),
        ];
        assert_eq!((before.len(), counts), (4, looks.to_vec()));
    }
    assert_eq!(wrote(&stub), [""; 0]);
}

#[test]
fn what_somebody_changes_of_a_rule_is_put_right_by_the_next_runs() {
    type Change = fn(&mut MuteRule);
    let changes: [(&str, Change); 6] = [
        ("another alarm", |rule| rule.alarms.push("other".to_owned())),
        ("one alarm less", |rule| drop(rule.alarms.pop())),
        ("every day", |rule| rule.expression = "cron(0 0 * * *)".to_owned()),
        ("longer", |rule| rule.duration = "P300D".to_owned()),
        ("another time zone", |rule| {
            (rule.expression, rule.timezone) = ("at(2030-01-01T00:00)".to_owned(), "Asia/Tokyo".to_owned());
        }),
        ("what nobody can read", |rule| rule.expression = "at(tomorrow)".to_owned()),
    ];
    for (what, change) in changes {
        let stub = ruled();
        stub.change_rules(change);
        let ended = toggler(&stub, &by_rule(), "{}");
        assert!(ended.ok, "{what}: {}", ended.log);
        assert!(ended.log.contains("somebody has changed this mute rule"), "{what}: {}", ended.log);
        let ended = toggler(&stub, &by_rule(), "{}");
        assert!(ended.ok, "{what}: {}", ended.log);
        let named = named(&stub);
        assert_eq!((named.len(), named.contains(&"other".to_owned())), (250, false), "{what}");
        let year = |rule: &MuteRule| rule.expression.starts_with("at(2030") || rule.duration == "P300D";
        assert!(stub.rules().values().all(|rule| is_once(rule) && !year(rule)), "{what}: {:?}", stub.rules());
    }
}

#[test]
fn rules_go_when_the_config_says_actions_does_not_load_or_knows_no_such_schedule() {
    let nobody = ALWAYS.replace("\"yakei-*\", \"yakei-000\"", "\"app-1\"");
    for (config, ok, armed) in [(ALWAYS, true, 1), (&ALWAYS.replace("UTC", "JST"), false, 251), (&nobody, true, 251)] {
        let stub = ruled();
        stub.add_rule("maintenance", &["yakei-000"]);
        for _ in 0..2 {
            let ended = toggler(&stub, config, "{}");
            assert_eq!(ended.ok, ok, "{}", ended.log);
        }
        assert_eq!(stub.rules().into_keys().collect::<Vec<_>>(), ["maintenance"], "somebody else's stays");
        assert_eq!(stub.armed(), armed);
    }
}

#[test]
fn a_person_s_word_takes_rules_away_and_tells_of_those_of_others() {
    let stub = ruled();
    stub.add_rule("maintenance", &["yakei-000", "other"]);
    let ended = toggler(&stub, &by_rule(), "arm");
    assert!(ended.ok, "{}", ended.log);
    assert_eq!(stub.rules().into_keys().collect::<Vec<_>>(), ["maintenance"]);
    let foreign = serde_json::json!([{"rule": "maintenance", "alarms": ["yakei-000"]}]);
    assert_eq!(ended.answer["foreign_mutes"], foreign);
}

#[test]
fn refused_calls_fail_the_run_and_passing_ones_do_not() {
    let long = usize::MAX;
    for (operation, trouble, times, said) in [
        ("ListAlarmMuteRules", Trouble::Throttle, 1, None),
        ("GetAlarmMuteRule", Trouble::Fail, 1, None),
        ("GetAlarmMuteRule", Trouble::Gone, 1, None),
        ("ListAlarmMuteRules", Trouble::Deny, long, Some("ListAlarmMuteRules: AccessDenied")),
        ("GetAlarmMuteRule", Trouble::Deny, long, Some("GetAlarmMuteRule: AccessDenied")),
    ] {
        let stub = ruled();
        stub.trouble(operation, trouble, times);
        let ended = toggler(&stub, &by_rule(), "{}");
        assert_eq!(ended.ok, said.is_none(), "{operation} {trouble:?}: {}", ended.log);
        assert!(ended.log.contains(said.unwrap_or_default()), "{operation} {trouble:?}: {}", ended.log);
        assert_eq!(named(&stub).len(), 250, "{operation} {trouble:?}");
    }
    let stub = alarms(3);
    stub.trouble("PutAlarmMuteRule", Trouble::Deny, long);
    let ended = toggler(&stub, &by_rule(), "{}");
    let said = "AlarmsNotSet: not as they should be: yakei-000, yakei-001, yakei-002";
    assert!(!ended.ok && ended.log.contains(said), "{}", ended.log);
    assert_eq!((stub.rules().len(), stub.armed()), (0, 3));

    let stub = ruled();
    stub.trouble("DeleteAlarmMuteRule", Trouble::Deny, long);
    let ended = toggler(&stub, &by_rule(), "arm");
    assert!(!ended.ok && ended.log.contains("DeleteAlarmMuteRule: AccessDenied"), "{}", ended.log);
    assert!(ended.log.contains("yakei-000, yakei-001"), "{}", ended.log);
}
