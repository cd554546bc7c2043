//! Muted outside business hours: what a config leaves behind, what may not be touched, and what holds leave open.

use std::fmt::Write as _;

use jiff::SignedDuration;

use super::*;
use crate::hold::Holds;
use crate::memory::Memory;
use crate::ports::MuteRule;

fn by_rule() -> Settings {
    settings(&OFFICES.replace("[[schedule]]", "[[schedule]]\nby = \"mute-rule\""))
}

fn open_rules(account: &Account) -> usize {
    account.rules_now().iter().filter(|rule| rule.start <= account.now() && account.now() < rule.end).count()
}

/// A quarter past eight in London: all alarms are muted by rules.
fn ruled() -> Account {
    let account = account().at("2026-11-24T08:15:00Z");
    run(&json!({}), &by_rule(), &account).unwrap();
    let account = account.at("2026-11-24T08:20:00Z");
    run(&json!({}), &by_rule(), &account).unwrap();
    assert_eq!(account.ruled().len(), 4);
    account
}

#[test]
fn a_rule_goes_when_the_config_says_actions_and_nothing_is_sent_for_what_stays_muted() {
    let account = ruled();
    account.go_off("yakei-ConsoleLogin");
    for _ in 0..2 {
        account.wait(5);
        reconcile(&account).unwrap();
        assert!(account.muted().len() == 5 || !account.ruled().is_empty());
    }
    assert_eq!((open_rules(&account), account.muted().len()), (0, 5));
    assert!(account.told_live().is_empty(), "no action was carried out in business hours");
    let account = account.at("2026-11-24T09:00:00Z");
    reconcile(&account).unwrap();
    assert_eq!(account.digests()[0].alarms[0].name, "yakei-ConsoleLogin");
    assert_eq!(account.digests()[0].alarms[0].from.to_string(), "2026-11-24T08:16:00Z");
}

/// Of `yakei-ConsoleLogin`: how often digests and CloudWatch told that it went off.
fn tellings(account: &Account) -> (u64, usize) {
    let alarms = account.digests().into_iter().flat_map(|digest| digest.alarms);
    let told = alarms.filter(|missed| missed.name == "yakei-ConsoleLogin").map(|missed| missed.count).sum();
    (told, account.told_live().len())
}

#[test]
fn what_goes_off_under_a_rule_is_told_once_when_the_rule_ends_while_the_actions_are_disabled_too() {
    let by_hand = |account: &Account| account.set_mode("yakei-ConsoleLogin", Mode::Muted);
    let by_config = |account: &Account| drop(reconcile(account).unwrap());
    let and_back = |account: &Account| {
        reconcile(account).unwrap();
        account.wait(5);
        run(&json!({}), &by_rule(), account).unwrap();
    };
    let switches: [&dyn Fn(&Account); 4] = [&|_| {}, &by_config, &by_hand, &and_back];
    for (position, switch) in switches.into_iter().enumerate() {
        // Only where nobody disabled the actions CloudWatch sends it.
        let expected = if position == 0 { (0, 1) } else { (1, 0) };
        let account = ruled();
        account.go_off("yakei-ConsoleLogin");
        account.wait(5);
        switch(&account);
        assert_eq!(tellings(&account), (0, 0), "{position}: nothing is sent while it is muted");
        let account = account.at("2026-11-24T09:00:00Z");
        let config = if position == 1 { settings(OFFICES) } else { by_rule() };
        for _ in 0..2 {
            run(&json!({}), &config, &account).unwrap();
            account.wait(5);
        }
        assert_eq!(tellings(&account), expected, "{position}");
    }
}

#[test]
fn that_the_actions_are_disabled_too_is_known_after_a_run_that_armed_and_could_write_nothing_down() {
    let account = ruled();
    account.go_off("yakei-ConsoleLogin");
    account.wait(5);
    reconcile(&account).unwrap();
    let account = account.at("2026-11-24T09:00:00Z").with(Trouble::RefuseKeeping);
    reconcile(&account).unwrap_err();
    assert_eq!((tellings(&account), account.muted().contains(&"yakei-ConsoleLogin".to_owned())), ((0, 0), false));
    account.heal();
    account.wait(5);
    reconcile(&account).unwrap();
    assert_eq!(tellings(&account), (1, 0));
}

#[test]
fn rules_go_on_a_holiday_that_a_new_config_knows_and_with_a_config_that_does_not_load() {
    let holiday = OFFICES
        .replace("\"2026-11-23\"", "\"2026-11-23\", \"2026-11-24\"")
        .replace("timezone = \"Europe/London\"", "timezone = \"Europe/London\"\nholidays = [\"2026-11-24\"]");
    let account = ruled();
    run(&json!({}), &settings(&holiday), &account).unwrap();
    assert_eq!((open_rules(&account), account.muted()), (0, vec!["somebody-else".to_owned()]));
    let account = ruled();
    account.add_rule("maintenance", "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z", &["other"]);
    let broken = settings(&OFFICES.replace("Asia/Tokyo", "Asia/Tokio"));
    assert_eq!(run(&json!({}), &broken, &account).unwrap_err().name, Why::InvalidConfig);
    assert_eq!(account.rules_now().len(), 1, "{:?}", account.rules_now());
    assert_eq!(account.rules_now()[0].name, "maintenance");
}

#[test]
fn rules_that_cannot_be_listed_are_said_when_there_may_be_any() {
    let account = ruled().with(Trouble::RefuseListingRules).at(NIGHT);
    assert_eq!(reconcile(&account).unwrap_err().name, Why::AlarmsNotSet);
    let never = super::account().with(Trouble::RefuseListingRules).at(NIGHT);
    reconcile(&never).unwrap();
}

#[test]
fn one_rule_that_cannot_be_removed_fails_its_own_alarms_only() {
    let account = ruled().with(Trouble::RefuseRemovingRules);
    let failure = run(&json!({"action": "arm", "schedule": "london-office"}), &by_rule(), &account).unwrap_err();
    assert!(failure.message.contains("yakei-London-1, yakei-London-2, yakei-shared\n"), "{}", failure.message);
    assert!(!failure.message.contains("yakei-ConsoleLogin"), "{}", failure.message);
}

#[test]
fn a_rule_that_cannot_be_removed_fails_the_run_though_no_schedule_names_its_alarms_any_more() {
    let account = ruled().with(Trouble::RefuseRemovingRules);
    let nobody = settings(
        "[[schedule]]\nname = \"osaka\"\ntimezone = \"Asia/Tokyo\"\nalarms = [\"app-other\"]\n\
         windows = [{ days = [\"Sun\"], start = \"09:00\", end = \"18:00\" }]\n",
    );
    let failure = run(&json!({}), &nobody, &account).unwrap_err();
    for alarm in account.ruled() {
        assert!(failure.message.contains(&alarm), "{alarm}: {}", failure.message);
    }
}

#[test]
fn a_hold_for_all_that_is_kept_at_the_second_try_replaces_that_of_a_schedule_all_the_same() {
    // Whether the first write fails, or works and its answer is lost, or the old one is not removed: seen in many ways.
    for seed in 0..400 {
        let account = account().seeded(seed).at(NIGHT);
        let single = json!({"action": "mute", "schedule": "london-office", "until": "2026-11-24T21:30:00Z"});
        run(&single, &settings(OFFICES), &account).unwrap();
        account.flaky.set(300);
        let word = json!({"action": "arm", "until": "2026-11-24T22:00:00Z"});
        let said = run(&word, &settings(OFFICES), &account);
        account.heal();
        account.wait(1);
        if said.is_ok() {
            reconcile(&account).unwrap();
            assert_eq!(account.muted(), ["somebody-else"], "seed {seed}: {:?}", account.calls());
        }
    }
}

#[test]
fn one_alarm_that_may_not_be_touched_leaves_the_others_to_be_armed() {
    let names: Vec<String> = (0..100).map(|n| format!("yakei-{n:03}")).chain(["app-1".to_owned()]).collect();
    let alarms: Vec<_> = names.iter().map(|name| (name.as_str(), Mode::Muted)).collect();
    let text = OFFICES.replace(r#""yakei-ConsoleLogin", "yakei-shared", "yakei-gone""#, r#""yakei-*", "app-*""#);
    for denied in ["yakei-000", "yakei-057", "yakei-099", "app-1"] {
        let account = Account::new(&alarms).at(NIGHT);
        account.deny(&[denied]);
        let failure = run(&json!({}), &settings(&text), &account).unwrap_err();
        assert_eq!(account.muted(), [denied]);
        assert!(failure.message.starts_with(&format!("not as they should be: {denied}\n")), "{}", failure.message);
        assert!(account.writes().len() < 20, "{:?}", account.writes());
        assert!(account.writes()[0].contains("yakei-000"), "our own come first");
    }
    let late = Account::new(&alarms).at(NIGHT);
    late.deny(&["yakei-057"]);
    late.leave(std::time::Duration::from_secs(10));
    run(&json!({}), &settings(&text), &late).unwrap_err();
    assert_eq!(late.writes().len(), 2, "no time is left for finding out which");
}

#[test]
fn what_was_muted_is_armed_whoever_s_name_it_has_when_no_schedule_names_it_any_more() {
    let text = OFFICES.replace("\"yakei-gone\"", "\"app-pager\", \"yakei-eu-own\"");
    let account = account().at(TOKYO_MORNING);
    account.set_mode("app-pager", Mode::Armed);
    account.set_mode("yakei-eu-own", Mode::Armed);
    run(&json!({}), &settings(&text), &account).unwrap();
    assert!(account.muted().contains(&"app-pager".to_owned()) && account.muted().contains(&"yakei-eu-own".to_owned()));
    account.go_off("app-pager");
    account.wait(5);
    let answer = reconcile(&account).unwrap();
    assert_eq!(answer["schedules"][2]["alarms"]["changed"], json!(["app-pager", "yakei-eu-own"]));
    assert_eq!(account.muted(), ["somebody-else", "yakei-ConsoleLogin"]);
    assert_eq!(account.digests()[0].alarms[0].name, "app-pager", "strays are told about too");
}

#[test]
fn of_two_selectors_the_one_that_can_be_read_is_armed() {
    let account = account().at(BOTH);
    account.set_mode("corp-1", Mode::Muted);
    let broken = settings(&OFFICES.replace("\"yakei-gone\"", "\"corp-*\", \"a*b*\""));
    assert_eq!(run(&json!({}), &broken, &account).unwrap_err().name, Why::InvalidConfig);
    assert_eq!(account.muted(), ["somebody-else"]);
}

#[test]
fn a_new_hold_survives_the_tidying_of_an_old_one() {
    let account = account().at(NIGHT);
    run(&json!({"action": "mute", "until": "2026-11-24T21:00:00Z"}), &settings(OFFICES), &account).unwrap();
    let account = account.at("2026-11-24T21:05:00Z");
    let new = r#"{"desired":"armed","since":"2026-11-24T21:05:00Z"}"#;
    account.meanwhile("read back yakei-hold", "yakei-hold", new);
    reconcile(&account).unwrap();
    assert_eq!(account.kept("Hold").get("yakei-hold").map(String::as_str), Some(new));
}

#[test]
fn a_hold_that_is_tidied_away_with_an_old_one_is_kept_again() {
    let account = account().at(NIGHT);
    account.lose_next_hold();
    run(&json!({"action": "mute", "until": "2026-11-24T21:00:00Z"}), &settings(OFFICES), &account).unwrap();
    assert_eq!(account.kept("Hold").len(), 1);
    assert_eq!(account.muted().len(), 5);
}

#[test]
fn a_hold_that_lands_while_a_run_is_under_way_counts_in_that_run() {
    let account = account().at(BOTH);
    account.meanwhile("muted", "yakei-hold", r#"{"desired":"armed","since":"2026-11-24T08:30:00Z"}"#);
    reconcile(&account).unwrap();
    assert_eq!(account.muted(), ["somebody-else"], "{:?}", account.calls());
}

#[test]
fn a_stranger_s_alarm_is_no_hold_and_is_never_deleted_nor_overwritten() {
    let text = r#"{"desired":"muted","since":"2026-11-24T19:00:00Z","until":"2026-11-24T23:00:00Z"}"#;
    let account = account().at(NIGHT);
    account.plant("yakei-hold-tokyo-office", "hold-tokyo-office", text, true); // a control of that key
    account.plant("yakei-hold", Holds::METRIC, text, false); // of our metric, without our tag
    let before = account.kept(Holds::METRIC);
    let answer = run(&json!({"action": "resume"}), &settings(OFFICES), &account).unwrap();
    assert_eq!((&answer["holds"], account.muted()), (&json!([]), vec!["somebody-else".to_owned()]));
    assert_eq!((account.kept("hold-tokyo-office").len(), account.kept(Holds::METRIC)), (1, before.clone()));
    for action in [json!({"action": "arm"}), json!({"action": "mute", "until": "2026-11-24T21:00:00Z"})] {
        let failure = run(&action, &settings(OFFICES), &account).unwrap_err();
        assert_eq!(failure.name, Why::HoldNotKept);
        assert!(failure.message.contains("somebody else's alarm"), "{}", failure.message);
        assert_eq!((account.kept(Holds::METRIC), account.muted()), (before.clone(), vec!["somebody-else".to_owned()]));
    }
    let event = json!({"action": "arm", "schedule": "tokyo-office"});
    assert_eq!(run(&event, &settings(OFFICES), &account).unwrap_err().name, Why::HoldNotKept);
    assert_eq!(account.kept("hold-tokyo-office").len(), 1);
}

#[test]
fn a_stranger_s_alarm_remembers_nothing_for_the_toggler_and_is_never_deleted_nor_overwritten() {
    let text = r#"{"muted":[{"since":"2026-11-24T00:00:00Z","names":["yakei-RootUsage"]}]}"#;
    for metric in [Memory::METRIC, "muted-1"] {
        let account = account().at(BOTH);
        account.plant("yakei-muted-1", metric, text, false);
        account.set_mode("yakei-RootUsage", Mode::Muted);
        account.untag("yakei-RootUsage");
        reconcile(&account).unwrap();
        assert_eq!(account.kept(metric)["yakei-muted-1"], text);
        assert!(account.kept(Memory::METRIC)["yakei-muted-2"].contains("ConsoleLogin"));
        assert_eq!(account.muted().len(), 6, "what a stranger calls muted is not armed for it: {:?}", account.muted());
        let account = account.at(NIGHT);
        reconcile(&account).unwrap();
        assert_eq!((account.muted().len(), account.kept(metric)["yakei-muted-1"].as_str()), (2, text));
        assert!(!account.kept(Memory::METRIC).contains_key("yakei-muted-2"), "ours is tidied away");
    }
}

#[test]
fn where_nobody_may_say_whose_a_hold_is_everything_is_armed() {
    for text in [
        r#"{"desired":"muted","since":"2026-11-24T08:00:00Z","until":"2026-11-24T20:00:00Z"}"#,
        r#"{"desired":"armed","since":"2026-11-24T08:00:00Z"}"#,
    ] {
        let account = account().at(BOTH);
        reconcile(&account).unwrap();
        account.plant("yakei-hold", Holds::METRIC, text, true);
        let account = account.with(Trouble::RefuseTags);
        let failure = reconcile(&account).unwrap_err();
        assert!(failure.message.contains("ListTagsForResource: AccessDenied"), "{}", failure.message);
        assert_eq!(account.muted(), ["somebody-else"]);
    }
}

#[test]
fn an_arm_for_a_schedule_that_is_renamed_arms_all() {
    let account = account().at(BOTH);
    run(&json!({"action": "arm", "schedule": "tokyo-office"}), &settings(OFFICES), &account).unwrap();
    run(&json!({}), &settings(&OFFICES.replace("tokyo-office", "hq")), &account).unwrap();
    assert_eq!(account.muted(), ["somebody-else"]);
}

#[test]
fn an_alarm_that_is_deleted_between_write_and_reading_back_is_no_failure() {
    let account = account().at(TOKYO_MORNING);
    account.delete_before_reading_back("yakei-ConsoleLogin");
    let answer = reconcile(&account).unwrap();
    let alarms = &answer["schedules"][0]["alarms"];
    assert_eq!((&alarms["failed"], &alarms["missing"]), (&json!([]), &json!(["yakei-ConsoleLogin", "yakei-gone"])));
}

#[test]
fn what_cannot_be_remembered_is_not_muted() {
    let account = account().at(BOTH).with(Trouble::RefuseKeeping);
    let failure = reconcile(&account).unwrap_err();
    assert!(failure.message.contains("PutMetricAlarm: AccessDenied"), "{}", failure.message);
    assert_eq!(account.muted(), ["somebody-else"]);
}

#[test]
fn sixty_windows_of_their_own_take_no_more_rules_than_the_time_allows() {
    let mut text = String::new();
    for n in 0..60 {
        let _ = write!(
            text,
            "[[schedule]]\nname = \"s{n}\"\nby = \"mute-rule\"\ntimezone = \"UTC\"\nalarms = [\"yakei-{n:02}\"]\n\
             windows = [{{ days = [\"Tue\"], start = \"08:00\", end = \"17:{n:02}\" }}]\n"
        );
    }
    let names: Vec<String> = (0..60).map(|n| format!("yakei-{n:02}")).collect();
    let alarms: Vec<_> = names.iter().map(|name| (name.as_str(), Mode::Armed)).collect();
    let account = Account::new(&alarms).at(BOTH);
    account.leave(std::time::Duration::from_secs(5));
    let failure = run(&json!({}), &settings(&text), &account).unwrap_err();
    assert!(failure.message.contains("OutOfTime"), "{}", failure.message);
    assert_eq!(account.rules_now().len(), 0);
    account.leave(std::time::Duration::from_mins(1));
    run(&json!({}), &settings(&text), &account).unwrap();
    assert_eq!(account.rules_now().len(), 60);
}

#[test]
fn what_may_be_touched_is_armed_in_time_however_many_refused_ones_stand_between() {
    // Own alarms and others, of which every second, the first or the last may not be touched: more than a run can find out.
    let own: Vec<String> = (0..120).map(|n| format!("yakei-{n:03}")).collect();
    let all: Vec<String> = own.iter().cloned().chain((0..120).map(|n| format!("app-{n:03}"))).collect();
    let alarms: Vec<_> = all.iter().map(|name| (name.as_str(), Mode::Muted)).collect();
    let text = OFFICES.replace(r#""yakei-ConsoleLogin", "yakei-shared", "yakei-gone""#, r#""yakei-*", "app-*""#);
    let text = text.replace(r#"["Mon", "Tue", "Wed", "Thu", "Fri"]"#, r#"["Sun"]"#);
    let patterns: [fn(usize) -> bool; 3] = [|n| n % 2 == 0, |n| n % 120 < 70, |n| n >= 121 || n == 7];
    for refused in patterns {
        let denied: Vec<&str> =
            all.iter().enumerate().filter(|(n, _)| refused(*n)).map(|(_, name)| name.as_str()).collect();
        let account = Account::new(&alarms).at(NIGHT).slow(1);
        account.deny(&denied);
        for _ in 0..60 {
            account.invoke();
            let began = account.now();
            run(&json!({}), &settings(&text), &account).unwrap_err();
            assert!(account.now().duration_since(began).as_secs() <= 60, "Lambda would have ended it");
            account.wait(5);
        }
        let mut expected = denied.clone();
        expected.sort_unstable();
        assert_eq!(account.muted(), expected);
    }
    // Our own are all armed before anybody else's are looked for.
    let account = Account::new(&alarms).at(NIGHT).slow(1);
    let others: Vec<&str> = all.iter().filter(|name| name.starts_with("app-")).map(String::as_str).collect();
    account.deny(&[&others[..], &["yakei-057"]].concat());
    account.invoke();
    run(&json!({}), &settings(&text), &account).unwrap_err();
    let own = account.muted().into_iter().filter(|name| name.starts_with("yakei-")).collect::<Vec<_>>();
    assert_eq!(own, ["yakei-057"]);
}

#[test]
fn a_rule_of_ours_that_mutes_beyond_its_end_goes() {
    let account = account().at(NIGHT);
    // Somebody has made it longer by hand: its name still says what was wanted.
    let name = "yakei-mute-20261124T0000Z-20261124T0900Z-0000000000000001";
    account.add_rule(name, "2026-11-24T00:00:00Z", "2026-12-08T00:00:00Z", &["yakei-ConsoleLogin"]);
    let denied = account.with(Trouble::RefuseRemovingRules);
    let failure = reconcile(&denied).unwrap_err();
    assert!(failure.message.contains("yakei-ConsoleLogin"), "{}", failure.message);
    denied.heal();
    let answer = reconcile(&denied).unwrap();
    assert_eq!(answer["schedules"][0]["alarms"]["changed"], json!(["yakei-ConsoleLogin"]));
    assert_eq!(denied.rules_now(), []);
}

/// What somebody does to a rule.
type Change<'a> = (&'a str, &'a dyn Fn(&mut MuteRule));

#[test]
fn what_somebody_changes_of_a_rule_of_ours_is_seen_and_put_right_by_the_next_run() {
    // A quarter past eight: Tokyo's rule ends at nine, London's at five in the afternoon.
    let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let of = |account: &Account, alarm: &str| {
        let named = |rule: &MuteRule| rule.alarms.iter().any(|it| it == alarm);
        account.rules_now().iter().position(named).unwrap()
    };
    let changes: [Change; 7] = [
        ("another alarm of ours", &|rule| rule.alarms.push("yakei-RootUsage".to_owned())),
        ("an alarm that nobody names", &|rule| rule.alarms.push("pager".to_owned())),
        ("one alarm less", &|rule| drop(rule.alarms.pop())),
        ("other alarms", &|rule| rule.alarms = vec!["yakei-RootUsage".to_owned()]),
        ("a later end", &|rule| rule.end += SignedDuration::from_hours(24 * 13)),
        ("an earlier end", &|rule| rule.end = "2026-11-24T08:30:00Z".parse().unwrap()),
        ("another day", &|rule| {
            (rule.start, rule.end) =
                (rule.start + SignedDuration::from_hours(99), rule.end + SignedDuration::from_hours(99));
        }),
    ];
    for (what, change) in changes {
        for alarm in ["yakei-ConsoleLogin", "yakei-London-1"] {
            let account = ruled();
            let (before, rules) = (account.ruled(), account.rules_now().len());
            account.change_rule(of(&account, alarm), change);
            let meddled = account.rules_now();
            for _ in 0..3 {
                account.wait(5);
                run(&json!({}), &by_rule(), &account).unwrap();
                let stray = |name: &String| name == "yakei-RootUsage" || name == "pager";
                assert!(!account.ruled().iter().any(stray), "{what} of {alarm}: {:?}", account.rules_now());
            }
            assert_ne!(account.rules_now(), meddled, "{what} of {alarm}");
            assert_eq!(account.ruled(), before, "{what} of {alarm}");
            assert!(account.rules_now().len() <= rules + 1, "{what} of {alarm}: {:?}", account.rules_now());
            for (at, ruled) in [("2026-11-24T09:00:00Z", true), ("2026-11-24T17:00:00Z", false)] {
                account.advance(instant(at));
                run(&json!({}), &by_rule(), &account).unwrap();
                assert!(!account.ruled().contains("yakei-ConsoleLogin"), "{what} of {alarm}");
                assert_eq!(account.ruled().contains("yakei-London-1"), ruled, "{what} of {alarm}");
            }
        }
    }
}

#[test]
fn a_mute_ends_a_day_from_now_by_whatever_clock_it_was_asked_for() {
    let account = account().at(NIGHT);
    let text = r#"{"desired":"muted","since":"2026-11-24T20:04:00Z","until":"2026-11-30T00:00:00Z"}"#;
    account.plant("yakei-hold", Holds::METRIC, text, true);
    let answer = reconcile(&account).unwrap();
    let ends = answer["schedules"][0]["next_change"].as_str().unwrap();
    assert!(ends <= "2026-11-25T20:00:00Z", "{ends}");
}

#[test]
fn without_a_config_nobody_says_that_all_is_armed_while_rules_could_not_be_listed() {
    let broken = settings(&OFFICES.replace("Asia/Tokyo", "Asia/Tokio"));
    let account = account().at(NIGHT).with(Trouble::RefuseListingRules);
    let name = "yakei-mute-20261124T0900Z-20261125T0900Z-0000000000000001";
    account.add_rule(name, "2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z", &["yakei-RootUsage"]);
    let failure = run(&json!({}), &broken, &account).unwrap_err();
    assert!(!failure.message.contains("was armed"), "{}", failure.message);
    assert!(failure.message.contains("ListAlarmMuteRules"), "{}", failure.message);
}

#[test]
fn without_a_config_what_rules_are_seen_go_whatever_else_cannot_be_read() {
    let broken = settings(&OFFICES.replace("Asia/Tokyo", "Asia/Tokio"));
    // Those of the first page though the second is refused, and those of which nobody may know what they mute.
    for (trouble, left) in [(Trouble::RefuseSecondPageOfRules, 1), (Trouble::RefuseReadingRules, 0)] {
        let account = account().at(NIGHT).with(trouble);
        for (hash, alarm) in [(1, "yakei-ConsoleLogin"), (2, "yakei-shared"), (3, "yakei-RootUsage")] {
            let name = format!("yakei-mute-20261124T0900Z-20261125T0900Z-000000000000000{hash}");
            account.add_rule(&name, "2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z", &[alarm]);
        }
        let failure = run(&json!({}), &broken, &account).unwrap_err();
        assert_eq!(open_rules(&account), left, "{trouble:?}");
        assert_eq!(failure.message.contains("was armed"), left == 0, "{trouble:?}: {}", failure.message);
        if left > 0 {
            account.ail(Some(Trouble::RefuseListingRules), 0);
            assert_eq!(open_rules(&account), left);
        }
    }
}

#[test]
fn removing_more_rules_than_the_time_allows_ends_in_time_and_the_next_run_goes_on() {
    let account = account().at(NIGHT).slow(1);
    for n in 0..80 {
        let name = format!("yakei-mute-20261124T0900Z-20261125T0900Z-{n:016x}");
        account.add_rule(&name, "2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z", &["yakei-ConsoleLogin"]);
    }
    for fails in [true, true, true, false] {
        account.invoke();
        let began = account.now();
        let ended = reconcile(&account);
        assert_eq!(ended.is_err(), fails, "{ended:?}");
        assert!(account.now().duration_since(began).as_secs() <= 60, "Lambda would have ended it");
        account.wait(5);
    }
    assert_eq!(account.rules_now(), []);
}

#[test]
fn a_rule_whose_alarms_are_deleted_goes_before_somebody_makes_them_again() {
    let account = account().at("2026-11-23T20:00:00Z");
    run(&json!({}), &by_rule(), &account).unwrap();
    let of_tokyo =
        |account: &Account| account.rules_now().iter().filter(|rule| rule.alarms == ["yakei-ConsoleLogin"]).count();
    assert_eq!(of_tokyo(&account), 1);
    account.delete("yakei-ConsoleLogin");
    account.wait(5);
    run(&json!({}), &by_rule(), &account).unwrap();
    assert_eq!(of_tokyo(&account), 0);
}
