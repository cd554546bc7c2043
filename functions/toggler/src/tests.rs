//! Events in, answers out, over an account in memory.

mod account;
mod left_behind;
mod sequences;
mod telling;
mod year;

use serde_json::{Value, json};
use yakei_core::config::Config;
use yakei_core::hours::Mode;
use yakei_host::config::LoadError;
use yakei_host::run::{Failure, Why};

use super::Settings;
use account::{Account, Trouble};

const OFFICES: &str = r#"
[[schedule]]
name = "tokyo-office"
timezone = "Asia/Tokyo"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }]
holidays = ["2026-11-23"]
alarms = ["yakei-ConsoleLogin", "yakei-shared", "yakei-gone"]

[[schedule]]
name = "london-office"
timezone = "Europe/London"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "08:00", end = "17:00" }]
alarms = ["yakei-shared", "yakei-London*"]
"#;

/// Tokyo is at work, London is not.
const TOKYO_MORNING: &str = "2026-11-24T00:00:00Z";
/// Both are.
const BOTH: &str = "2026-11-24T08:30:00Z";
/// Neither is.
const NIGHT: &str = "2026-11-24T20:00:00Z";

fn settings(text: &str) -> Settings {
    let config = Config::parse(text).map_err(|errors| LoadError::Invalid { path: "yakei.toml".into(), errors });
    Settings::new(config, None).unwrap()
}

fn account() -> Account {
    Account::new(&[
        ("yakei-ConsoleLogin", Mode::Armed),
        ("yakei-shared", Mode::Armed),
        ("yakei-London-1", Mode::Armed),
        ("yakei-London-2", Mode::Armed),
        ("yakei-RootUsage", Mode::Armed),
        ("somebody-else", Mode::Muted),
    ])
}

fn run(event: &Value, settings: &Settings, account: &Account) -> Result<Value, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(Box::pin(super::handle(event, settings, account, account, "run", &|| account.now())))
}

fn reconcile(account: &Account) -> Result<Value, Failure> {
    run(&json!({}), &settings(OFFICES), account)
}

/// The release of the zone data changes with every update of jiff.
fn without_tzdata(answer: Result<Value, Failure>) -> Value {
    let mut answer = answer.unwrap();
    assert!(answer.as_object_mut().unwrap().remove("tzdata").is_some_and(|release| release.is_string()));
    answer
}

#[test]
fn a_run_answers_per_schedule_and_alarm() {
    let account = account().at(TOKYO_MORNING);
    insta::assert_json_snapshot!("tokyo_morning", without_tzdata(reconcile(&account)));
    assert_eq!(account.muted(), ["somebody-else", "yakei-ConsoleLogin"], "the shared alarm waits for London");
    let account = account.at(BOTH);
    reconcile(&account).unwrap();
    assert_eq!(
        account.muted(),
        ["somebody-else", "yakei-ConsoleLogin", "yakei-London-1", "yakei-London-2", "yakei-shared"]
    );
    let account = account.at(NIGHT);
    insta::assert_json_snapshot!("night", without_tzdata(reconcile(&account)));
    assert_eq!(account.muted(), ["somebody-else"]);
}

#[test]
fn already_right_means_no_write_and_no_reading_back() {
    let account = account().at(BOTH);
    reconcile(&account).unwrap();
    account.forget_calls();
    reconcile(&account).unwrap();
    assert_eq!(account.calls(), ["read yakei-", "tags yakei-muted-1", "rules"]);
}

#[test]
fn arming_comes_before_muting() {
    let account = account().at(TOKYO_MORNING);
    account.set_mode("yakei-London-1", Mode::Muted);
    reconcile(&account).unwrap();
    assert_eq!(account.writes(), ["armed yakei-London-1", "muted yakei-ConsoleLogin"]);
}

#[test]
fn a_muted_alarm_of_ours_that_no_schedule_names_any_longer_is_armed() {
    let account = account().at(BOTH);
    account.set_mode("yakei-eu-ConsoleLogin", Mode::Muted); // that of another name
    account.untag("yakei-eu-ConsoleLogin");
    reconcile(&account).unwrap();
    let fewer = settings(&OFFICES.replace(r#""yakei-ConsoleLogin", "yakei-shared""#, r#""yakei-shared""#));
    let plan = run(&json!({"action": "plan"}), &fewer, &account).unwrap();
    let answer = run(&json!({}), &fewer, &account).unwrap();
    assert_eq!(plan["schedules"], answer["schedules"]);
    let stray = &answer["schedules"][2];
    assert_eq!((&stray["name"], &stray["because"]), (&json!("no-schedule"), &json!("fail-safe")));
    assert_eq!(stray["alarms"]["changed"], json!(["yakei-ConsoleLogin"]));
    assert!(!account.muted().contains(&"yakei-ConsoleLogin".to_owned()));
    assert_eq!(account.muted().len(), 5, "{:?}", account.muted());
    let again = run(&json!({}), &fewer, &account).unwrap();
    assert_eq!(again["schedules"].as_array().map(Vec::len), Some(2), "armed, it is nobody's business");
}

#[test]
fn a_plan_writes_nothing_and_can_ask_about_another_instant() {
    let account = account().at(NIGHT);
    let answer = run(&json!({"action": "plan", "at": TOKYO_MORNING}), &settings(OFFICES), &account).unwrap();
    assert_eq!(answer["at"], TOKYO_MORNING);
    assert_eq!(answer["applied"], false);
    assert_eq!(answer["schedules"][0]["alarms"]["changed"], json!(["yakei-ConsoleLogin"]));
    let answer = run(&json!({"action": "plan"}), &settings(OFFICES), &account).unwrap();
    assert_eq!(answer["at"], NIGHT);
    assert_eq!(account.writes(), [""; 0]);
}

#[test]
fn a_slip_in_the_event_writes_nothing() {
    let account = account().at(BOTH);
    assert_eq!(run(&json!({"action": "mtue"}), &settings(OFFICES), &account).unwrap_err().name, Why::InvalidEvent);
    assert_eq!(account.calls(), [""; 0]);
}

#[test]
fn alarms_come_in_chunks_of_a_hundred() {
    let names: Vec<String> = (0..250).map(|n| format!("yakei-{n:03}")).collect();
    let alarms: Vec<_> = names.iter().map(|name| (name.as_str(), Mode::Armed)).collect();
    let account = Account::new(&alarms).at(TOKYO_MORNING);
    let settings = settings(&OFFICES.replace(r#""yakei-ConsoleLogin", "yakei-shared", "yakei-gone""#, r#""yakei-*""#));
    // London's shared alarm does not exist; the rest is Tokyo's.
    let answer = run(&json!({}), &settings, &account).unwrap();
    assert_eq!(answer["schedules"][0]["alarms"]["changed"].as_array().map(Vec::len), Some(250));
    let sizes: Vec<usize> = account.writes().iter().map(|write| write.split(' ').count() - 1).collect();
    assert_eq!(sizes, [100, 100, 50]);
}

#[test]
fn a_refused_write_fails_the_run_after_everything_else_was_done() {
    let account = account().at(TOKYO_MORNING).with(Trouble::RefuseArming);
    account.set_mode("yakei-London-1", Mode::Muted);
    let failure = reconcile(&account).unwrap_err();
    assert_eq!(failure.name, Why::AlarmsNotSet);
    insta::assert_snapshot!(failure.message);
    assert_eq!(account.muted(), ["somebody-else", "yakei-ConsoleLogin", "yakei-London-1"], "muting went on");
}

#[test]
fn a_write_that_is_ignored_in_silence_is_noticed() {
    let account = account().at(TOKYO_MORNING).with(Trouble::IgnoreWrites);
    let failure = reconcile(&account).unwrap_err();
    assert_eq!(
        (failure.name, failure.message.as_str()),
        (Why::AlarmsNotSet, "not as they should be: yakei-ConsoleLogin")
    );
}

#[test]
fn a_write_that_shows_late_is_no_failure() {
    let account = account().at(TOKYO_MORNING).with(Trouble::ShowLate);
    reconcile(&account).unwrap();
}

#[test]
fn when_alarms_cannot_be_read_all_are_armed_and_the_run_fails() {
    for trouble in [Trouble::ReadNothing, Trouble::ReadTwo] {
        let account = account().at(BOTH).with(trouble);
        for alarm in ["yakei-ConsoleLogin", "yakei-London-1", "yakei-shared"] {
            account.set_mode(alarm, Mode::Muted);
        }
        let failure = reconcile(&account).unwrap_err();
        assert_eq!(failure.name, Why::AlarmsNotSet);
        assert!(failure.message.contains("DescribeAlarms: Throttling"), "{}", failure.message);
        assert!(account.writes().iter().all(|write| write.starts_with("armed")));
        assert!(!account.muted().iter().any(|name| name == "yakei-ConsoleLogin" || name == "yakei-shared"));
    }
}

#[test]
fn a_window_that_ends_while_the_run_is_under_way_mutes_nothing() {
    // Each call takes 20 seconds; Tokyo's window ends between the remembering and the muting.
    let account = account().at("2026-11-24T08:59:05Z").slow(20);
    reconcile(&account).unwrap();
    assert!(!account.muted().contains(&"yakei-ConsoleLogin".to_owned()), "{:?}", account.calls());
}

#[test]
fn a_mute_that_took_effect_after_the_window_is_taken_back() {
    let account = account().at("2026-11-24T08:58:50Z").slow(20);
    reconcile(&account).unwrap();
    assert!(
        account.writes().iter().any(|write| write.starts_with("muted yakei-ConsoleLogin")),
        "{:?}",
        account.calls()
    );
    assert!(!account.muted().contains(&"yakei-ConsoleLogin".to_owned()), "{:?}", account.calls());
}

#[test]
fn an_alarm_that_was_muted_before_is_armed_when_the_window_ends_on_the_way() {
    let account = account().at("2026-11-24T08:59:35Z").slow(20);
    account.set_mode("yakei-ConsoleLogin", Mode::Muted);
    reconcile(&account).unwrap();
    assert!(!account.muted().contains(&"yakei-ConsoleLogin".to_owned()), "{:?}", account.calls());
}

#[test]
fn a_broken_config_arms_everything_that_may_be_muted_and_fails() {
    let account = account().at(BOTH);
    reconcile(&account).unwrap();
    account.set_mode("corp-1", Mode::Muted);
    let broken = settings(&OFFICES.replace("Asia/Tokyo", "Asia/Tokio").replace("yakei-gone", "corp-*"));
    let failure = run(&json!({}), &broken, &account).unwrap_err();
    assert_eq!(failure.name, Why::InvalidConfig);
    insta::assert_snapshot!(failure.message);
    assert_eq!(account.muted(), ["somebody-else"]);
    account.set_mode("yakei-RootUsage", Mode::Muted);
    assert_eq!(run(&json!({"action": "plan"}), &broken, &account).unwrap_err().name, Why::InvalidConfig);
    assert_eq!(account.muted(), ["somebody-else", "yakei-RootUsage"], "a plan writes nothing");
}

#[test]
fn a_config_that_is_gone_leaves_the_name_to_the_function() {
    let gone = || {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        Err(LoadError::Unreadable { path: "yakei.toml".into(), source })
    };
    for (function, armed) in [(Some("corp-toggler"), "corp-1"), (Some("toggler"), "yakei-1"), (None, "yakei-1")] {
        let account = Account::new(&[("corp-1", Mode::Muted), ("yakei-1", Mode::Muted)]).at(BOTH);
        let settings = Settings::new(gone(), function).unwrap();
        assert_eq!(run(&json!({}), &settings, &account).unwrap_err().name, Why::InvalidConfig);
        assert_eq!(account.writes(), [format!("armed {armed}")]);
    }
}

#[test]
fn a_hold_wins_until_it_ends_or_is_resumed() {
    let account = account().at(NIGHT);
    let event = json!({"action": "mute", "until": "2026-11-24T21:00:00Z", "reason": "drill", "by": "alice"});
    let answer = run(&event, &settings(OFFICES), &account).unwrap();
    insta::assert_json_snapshot!("held", without_tzdata(Ok(answer)));
    assert!(account.muted().contains(&"yakei-ConsoleLogin".to_owned()));
    assert!(!account.muted().contains(&"yakei-hold".to_owned()));
    let plan = run(&json!({"action": "plan"}), &settings(OFFICES), &account).unwrap();
    assert_eq!(plan["holds"][0]["by"], "alice");
    assert_eq!(plan["schedules"][0]["because"], "hold");
    let account = account.at("2026-11-24T21:00:00Z");
    account.forget_calls();
    assert_eq!(reconcile(&account).unwrap()["holds"], json!([]));
    assert_eq!(account.muted(), ["somebody-else"]);
    assert_eq!(account.kept("Hold").len(), 0, "what has ended is tidied away");
    let first = account.calls().into_iter().find(|call| !call.starts_with("read ") && !call.starts_with("tags "));
    assert!(first.is_some_and(|call| call.starts_with("armed")), "arming comes first: {:?}", account.calls());
}

#[test]
fn arming_by_hand_wins_by_day_and_resuming_ends_it() {
    let account = account().at(BOTH);
    reconcile(&account).unwrap();
    run(&json!({"action": "arm", "schedule": "tokyo-office"}), &settings(OFFICES), &account).unwrap();
    assert_eq!(
        account.muted(),
        ["somebody-else", "yakei-London-1", "yakei-London-2"],
        "the shared alarm is Tokyo's too"
    );
    reconcile(&account).unwrap();
    assert_eq!(account.muted(), ["somebody-else", "yakei-London-1", "yakei-London-2"]);
    run(&json!({"action": "resume"}), &settings(OFFICES), &account).unwrap();
    assert_eq!(account.muted().len(), 5);
}

#[test]
fn a_mute_that_cannot_be_kept_mutes_nothing() {
    let account = account().at(NIGHT).with(Trouble::RefuseKeeping);
    let event = json!({"action": "mute", "until": "2026-11-24T21:00:00Z"});
    let failure = run(&event, &settings(OFFICES), &account).unwrap_err();
    assert_eq!(failure.name, Why::HoldNotKept);
    assert!(failure.message.contains("PutMetricAlarm: AccessDenied"), "{}", failure.message);
    assert_eq!(account.muted(), ["somebody-else"]);
    let failure = run(&json!({"action": "arm"}), &settings(OFFICES), &account.at(BOTH)).unwrap_err();
    assert_eq!(failure.name, Why::HoldNotKept);
}

#[test]
fn what_was_missed_is_told_once_after_arming() {
    let account = account().at(TOKYO_MORNING);
    reconcile(&account).unwrap();
    let account = account.at("2026-11-24T03:00:00Z");
    account.go_off("yakei-ConsoleLogin");
    account.go_off("yakei-RootUsage"); // not muted: somebody was told
    let account = account.at("2026-11-24T09:00:00Z");
    account.forget_calls();
    reconcile(&account).unwrap();
    insta::assert_snapshot!(account.told().join("\n"));
    assert_eq!(account.told().len(), 1);
    let calls = account.calls();
    let place = |what: &str| calls.iter().position(|call| call.starts_with(what)).unwrap();
    assert!(place("armed") < place("history") && place("history") < place("tell"), "{calls:?}");
    reconcile(&account).unwrap();
    assert_eq!(account.told().len(), 1);
}

#[test]
fn nothing_missed_or_no_digest_wanted_no_mail() {
    let quiet = OFFICES.replace("timezone", "digest = false\ntimezone");
    for (text, goes_off) in [(OFFICES, false), (quiet.as_str(), true)] {
        let account = account().at(TOKYO_MORNING);
        run(&json!({}), &settings(text), &account).unwrap();
        if goes_off {
            account.go_off("yakei-ConsoleLogin");
        }
        let account = account.at("2026-11-24T09:00:00Z");
        run(&json!({}), &settings(text), &account).unwrap();
        assert_eq!(account.told(), [""; 0]);
    }
}

#[test]
fn a_mute_by_hand_is_told_about_from_its_own_beginning() {
    let account = account().at("2026-11-24T11:00:00Z");
    account.go_off("yakei-ConsoleLogin"); // before the mute
    account.calm("yakei-ConsoleLogin");
    let account = account.at("2026-11-24T12:00:00Z");
    run(&json!({"action": "mute", "until": "2026-11-24T14:00:00Z"}), &settings(OFFICES), &account).unwrap();
    let account = account.at("2026-11-24T13:00:00Z");
    account.go_off("yakei-London-1");
    run(&json!({"action": "resume"}), &settings(OFFICES), &account).unwrap();
    assert_eq!(account.told().len(), 0, "London is at work: its alarms stay muted");
    let account = account.at("2026-11-24T17:00:00Z");
    reconcile(&account).unwrap();
    assert_eq!(account.told().len(), 1);
    assert!(account.told()[0].contains("yakei-London-1") && !account.told()[0].contains("yakei-ConsoleLogin"));
}

#[test]
fn a_digest_that_fails_leaves_the_alarms_armed() {
    for trouble in [Trouble::RefuseHistory, Trouble::ThrottleHistory, Trouble::RefusePublish] {
        let account = account().at(TOKYO_MORNING);
        reconcile(&account).unwrap();
        account.go_off("yakei-ConsoleLogin");
        let account = account.at(NIGHT).with(trouble);
        assert_eq!(reconcile(&account).err().map(|failure| failure.name), Some(Why::DigestNotSent));
        assert_eq!(account.muted(), ["somebody-else"]);
        assert_eq!(account.digests(), []);
        account.heal();
        account.wait(5);
        reconcile(&account).unwrap();
        assert_eq!(account.digests()[0].times, 1, "the next run tells");
        reconcile(&account).unwrap();
        assert_eq!(account.digests().len(), 1);
    }
}

#[test]
fn the_week_is_drawn_without_an_account() {
    let event = json!({"action": "week", "at": TOKYO_MORNING});
    let now = NIGHT.parse().unwrap();
    let picture = super::without_account(&event, &settings(OFFICES), now).unwrap().unwrap();
    let picture = picture.as_str().unwrap();
    assert!(picture.contains("> Tue 2026-11-24") && picture.contains("london-office, Europe/London"), "{picture}");
    assert!(super::without_account(&json!({}), &settings(OFFICES), now).is_none());
    let account = account();
    assert_eq!(run(&event, &settings(OFFICES), &account).unwrap().as_str(), Some(picture));
    assert_eq!(account.calls(), [""; 0]);
}

#[test]
fn mute_rules_mute_without_touching_the_actions() {
    let by_rule = settings(&OFFICES.replace("name = \"tokyo-office\"", "name = \"tokyo-office\"\nby = \"mute-rule\""));
    let account = account().at("2026-11-23T20:00:00Z");
    run(&json!({}), &by_rule, &account).unwrap();
    assert_eq!(account.rules_now().len(), 1, "the coming window's rule is there before it begins");
    let account = account.at(TOKYO_MORNING);
    account.forget_calls();
    let answer = run(&json!({}), &by_rule, &account).unwrap();
    assert_eq!(answer["schedules"][0]["alarms"]["unchanged"], json!(["yakei-ConsoleLogin", "yakei-shared"]));
    assert_eq!(account.writes(), [""; 0]);
    assert_eq!(account.muted(), ["somebody-else"]);
    // The shared alarm is London's too, and London mutes by actions: so it is by actions.
    assert_eq!(account.rules_now()[0].alarms, ["yakei-ConsoleLogin"]);

    account.go_off("yakei-ConsoleLogin");
    let account = account.at("2026-11-24T09:00:00Z");
    run(&json!({}), &by_rule, &account).unwrap();
    let starts: Vec<String> = account.rules_now().iter().map(|rule| rule.start.to_string()).collect();
    assert_eq!(starts, ["2026-11-25T00:00:00Z"], "the expired rule is removed, tomorrow's is there");
    assert!(account.told()[0].contains("yakei-ConsoleLogin"), "{:?}", account.told());
}

#[test]
fn a_hold_takes_an_open_rule_away_and_resuming_brings_it_back() {
    let by_rule = settings(&OFFICES.replace("name = ", "by = \"mute-rule\"\nname = "));
    let account = account().at("2026-11-24T01:00:00Z");
    let answer = run(&json!({}), &by_rule, &account).unwrap();
    assert_eq!(answer["schedules"][0]["alarms"]["changed"], json!(["yakei-ConsoleLogin"]));
    let account = account.at("2026-11-24T02:00:00Z");
    let answer = run(&json!({"action": "arm"}), &by_rule, &account).unwrap();
    assert_eq!(answer["schedules"][0]["alarms"]["changed"], json!(["yakei-ConsoleLogin"]));
    let open = |account: &Account| account.rules_now().iter().any(|rule| rule.alarms == ["yakei-ConsoleLogin"]);
    assert!(!open(&account));
    run(&json!({"action": "resume"}), &by_rule, &account).unwrap();
    assert!(open(&account));
}

#[test]
fn foreign_mute_rules_are_reported_and_refused_ones_fail_the_run() {
    let by_rule = settings(&OFFICES.replace("name = ", "by = \"mute-rule\"\nname = "));
    let account = account().at(NIGHT);
    account.add_rule("maintenance", "2026-11-24T19:00:00Z", "2026-11-24T22:00:00Z", &["yakei-London-1", "other"]);
    let answer = run(&json!({"action": "plan"}), &by_rule, &account).unwrap();
    assert_eq!(answer["foreign_mutes"], json!([{"rule": "maintenance", "alarms": ["yakei-London-1"]}]));
    let account = account.at(BOTH).with(Trouble::RefuseRules);
    let failure = run(&json!({}), &by_rule, &account).unwrap_err();
    assert!(failure.message.contains("PutAlarmMuteRule: AccessDenied"), "{}", failure.message);
}

#[test]
fn the_alarms_that_watch_the_watch_are_never_muted() {
    for by in ["actions", "mute-rule"] {
        let text = OFFICES.replace("name = \"tokyo-office\"", &format!("name = \"tokyo-office\"\nby = \"{by}\""));
        let settings = settings(&text.replace("\"yakei-gone\"", "\"yakei-*\""));
        let until = "2026-11-24T10:00:00Z";
        for event in [json!({}), json!({"action": "mute", "until": until, "reason": "quiet"})] {
            let account = account().at(TOKYO_MORNING);
            for never in ["yakei-TogglerHeartbeat", "yakei-MonitoringChanges"] {
                account.set_mode(never, Mode::Muted); // by hand
            }
            account.set_mode("yakei-RootUsage", Mode::Armed);
            run(&event, &settings, &account).unwrap();
            let ruled = account.rules_now().into_iter().flat_map(|rule| rule.alarms);
            let silent: Vec<String> = account.muted().into_iter().chain(ruled).collect();
            assert!(silent.contains(&"yakei-RootUsage".to_owned()), "the prefix counts");
            for never in ["yakei-TogglerHeartbeat", "yakei-MonitoringChanges"] {
                assert!(!silent.contains(&never.to_owned()), "{never} {by} {event}");
            }
        }
    }
}
