use yakei_core::config::Config;

use super::*;
use crate::hold::Holds;
use crate::rule_name::duration;

const NIGHTS: &str = r#"
[[schedule]]
name = "tokyo"
by = "mute-rule"
timezone = "Asia/Tokyo"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }]
holidays = ["2026-11-23"]
alarms = ["a*"]
[[schedule]]
name = "london"
by = "mute-rule"
timezone = "Europe/London"
windows = [{ days = ["Fri", "Sat"], start = "22:00", end = "06:30" }]
alarms = ["b*", "a-both"]
[[schedule]]
name = "old"
timezone = "Asia/Tokyo"
windows = [{ days = ["Tue"], start = "00:00", end = "24:00" }]
alarms = ["a-mixed"]
[[schedule]]
name = "always"
by = "mute-rule"
timezone = "UTC"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], start = "00:00", end = "24:00" }]
alarms = ["c*"]
"#;

fn owner() -> Name {
    Name::parse("yakei").unwrap()
}

fn plan_at(now: &str, there: Vec<OwnRule>, names: &[&str]) -> RulePlan {
    let config = Config::parse(NIGHTS).unwrap();
    let (holds, now) = (Holds::default(), now.parse().unwrap());
    let known = plan::Known::of(&config);
    let targets = plan::targets(&config, &known, &holds, now);
    let at = |schedule: usize, t| plan::decide(&config, &known, schedule, &holds, t);
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let wanted = wanted(&targets, &at, names.iter(), now);
    super::plan(&owner(), &targets, &wanted, there, &BTreeSet::new(), now)
}

fn there(rules: &[MuteRule]) -> Vec<OwnRule> {
    let own = |rule: &MuteRule| OwnRule {
        name: rule.name.clone(),
        span: RuleName::parse(&owner(), &rule.name).unwrap().span,
        active: true,
        alarms: rule.alarms.clone(),
    };
    rules.iter().map(own).collect()
}

fn show(rules: &[MuteRule]) -> Vec<String> {
    rules.iter().map(|rule| format!("{} {} {}", rule.start, duration(rule), rule.alarms.join(" "))).collect()
}

#[test]
fn the_next_window_within_a_day_has_a_rule() {
    let put = plan_at("2026-11-23T20:00:00Z", Vec::new(), &["a1", "a2"]).put;
    assert_eq!(show(&put), ["2026-11-24T00:00:00Z PT9H a1 a2"]);
    assert_eq!(plan_at("2026-11-22T20:00:00Z", Vec::new(), &["a1"]), RulePlan::default(), "the 23rd is a holiday");
    assert_eq!(plan_at("2026-11-27T09:00:00Z", Vec::new(), &["a1"]), RulePlan::default(), "the weekend is long");
}

#[test]
fn an_open_window_begins_at_the_next_minute_and_keeps_its_end() {
    let first = plan_at("2026-11-24T03:10:30Z", Vec::new(), &["a1"]);
    assert_eq!(show(&first.put), ["2026-11-24T03:11:00Z PT5H49M a1"]);
    let later = plan_at("2026-11-24T05:00:00Z", there(&first.put), &["a1"]);
    assert_eq!((later.stay.len(), later.put.len(), later.remove.len()), (1, 0, 0), "{later:?}");
    assert_eq!(plan_at("2026-11-24T08:59:30Z", Vec::new(), &["a1"]).put, [], "less than a minute is left");
}

#[test]
fn durations_are_real_ones_across_a_clock_change() {
    // Saturday night in London, when clocks go forward and back.
    assert_eq!(show(&plan_at("2026-03-28T20:00:00Z", Vec::new(), &["b"]).put), ["2026-03-28T22:00:00Z PT7H30M b"]);
    assert_eq!(show(&plan_at("2026-10-24T20:00:00Z", Vec::new(), &["b"]).put), ["2026-10-24T21:00:00Z PT9H30M b"]);
}

#[test]
fn a_shared_alarm_has_the_common_window_and_a_mixed_one_has_none() {
    let plan = plan_at("2026-11-27T22:10:00Z", Vec::new(), &["a-both", "a-mixed", "b"]);
    assert_eq!(
        show(&plan.put),
        ["2026-11-27T22:11:00Z PT8H19M b"],
        "Tokyo has no Saturdays, the mixed one is by actions"
    );
}

#[test]
fn one_alarm_more_gets_a_rule_of_its_own_and_the_others_keep_theirs() {
    let first = plan_at("2026-11-24T03:10:30Z", Vec::new(), &["a1"]).put;
    let more = plan_at("2026-11-24T05:00:00Z", there(&first), &["a1", "a2"]);
    assert_eq!((more.remove, more.replace), (Vec::new(), Vec::new()));
    assert_eq!(show(&more.put), ["2026-11-24T05:01:00Z PT3H59M a2"]);
}

#[test]
fn a_rule_whose_end_moves_stays_and_is_continued_in_time() {
    let first = plan_at("2026-11-24T03:10:30Z", Vec::new(), &["c1"]).put;
    assert_eq!(show(&first), ["2026-11-24T03:11:00Z PT359H59M c1"]);
    for day in ["2026-11-24T03:15:00Z", "2026-11-30T12:00:00Z", "2026-12-08T03:05:00Z"] {
        let later = plan_at(day, there(&first), &["c1"]);
        assert_eq!((later.put, later.remove, later.replace), (Vec::new(), Vec::new(), Vec::new()), "{day}");
    }
    let next = plan_at("2026-12-08T03:15:00Z", there(&first), &["c1"]);
    assert_eq!((show(&next.put), next.remove), (vec!["2026-12-09T03:09:00Z PT336H6M c1".to_owned()], Vec::new()));
}

#[test]
fn a_rule_that_ends_too_late_goes_when_another_is_seen_to_mute() {
    let span = |end: &str| MutedSpan { start: "2026-11-24T00:00:00Z".parse().unwrap(), end: end.parse().unwrap() };
    let rule =
        |end: &str| OwnRule { name: end.to_owned(), span: span(end), active: true, alarms: vec!["a1".to_owned()] };
    let late = rule("2026-11-24T10:00:00Z");
    let first = plan_at("2026-11-24T05:00:00Z", vec![late.clone()], &["a1"]);
    assert_eq!((show(&first.put).len(), &first.replace, &first.remove), (1, &vec![late.clone()], &Vec::new()));
    let both = vec![late.clone(), rule("2026-11-24T09:00:00Z")];
    let second = plan_at("2026-11-24T05:05:00Z", both, &["a1"]);
    assert_eq!((second.put, second.replace, second.remove), (Vec::new(), Vec::new(), vec![late.clone()]));
    let over = plan_at("2026-11-24T09:00:00Z", vec![late.clone()], &["a1"]);
    assert_eq!(over.remove, [late], "it mutes what should be armed");
}

#[test]
fn what_has_ended_or_never_began_is_over_and_what_nobody_wants_is_removed() {
    let first = there(&plan_at("2026-11-24T03:10:30Z", Vec::new(), &["a1"]).put);
    assert_eq!(plan_at("2026-11-24T09:00:00Z", first.clone(), &["a1"]).over, first);
    let asleep: Vec<OwnRule> = first.iter().map(|rule| OwnRule { active: false, ..rule.clone() }).collect();
    assert_eq!(plan_at("2026-11-24T03:11:30Z", asleep.clone(), &["a1"]).put, [], "it may begin any moment");
    let anew = plan_at("2026-11-24T03:15:00Z", asleep.clone(), &["a1"]);
    assert_eq!((anew.put.len(), anew.over), (1, asleep));
    let nobody_s = vec![OwnRule { alarms: vec!["z".to_owned()], ..first[0].clone() }];
    assert_eq!(plan_at("2026-11-24T04:00:00Z", nobody_s.clone(), &["a1"]).remove, nobody_s);
}

#[test]
fn a_hundred_alarms_a_rule_and_one_rule_for_like_windows() {
    let names: Vec<String> = (0..250).map(|n| format!("a{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let put = plan_at("2026-11-24T03:10:30Z", Vec::new(), &names).put;
    assert_eq!(put.iter().map(|rule| rule.alarms.len()).sum::<usize>(), 250);
    assert!(put.iter().all(|rule| rule.alarms.len() <= 100));
}
