//! The audit of accounts in memory.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::config::Config;
use crate::controls::Catalogue;
use crate::plan::{Desired, Facts, Found, Kind, Observed, Problem, ProblemKind, Resource, desired, diff};
use crate::policies::{self, Policy};

const CONFIG: &str = r#"
[[schedule]]
timezone = "Asia/Tokyo"
windows = [{ days = ["Mon"], start = "09:00", end = "18:00" }]
dates = { "2026-12-28" = [{ start = "09:00", end = "12:00" }] }
[notify]
emails = ["security@example.com"]
[controls]
only = ["ConsoleLogin", "RootUsage"]
"#;

pub(super) fn wanted() -> Desired {
    wanted_with(CONFIG)
}

pub(super) fn wanted_with(config: &str) -> Desired {
    let config = Config::parse(config).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    desired(&config, &controls, &Facts::deployed_in("eu-west-1"))
}

pub(super) fn complete(all: &Desired) -> Observed {
    let made = diff(all, &Observed::default()).into_iter();
    Observed(made.filter_map(|change| Some((change.key, Found::Ours(change.want?)))).collect())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn healthy() -> Vitals {
    let delivered = || Delivered { at: Some(at("2026-11-21T11:55:00Z")), error: None };
    let trail = TrailVitals {
        logging: true,
        multi_region: true,
        global_events: true,
        management_events: true,
        log_group_arn: Some("arn:aws:logs:eu-west-1:111122223333:log-group:/yakei/cloudtrail:*".into()),
        bucket: delivered(),
        logs: delivered(),
    };
    Vitals {
        now: at("2026-11-21T12:00:00Z"),
        trail: Ok(Some(trail)),
        last_event: Ok(Some(at("2026-11-21T11:58:00Z"))),
        subscribers: Ok(Subscribers { confirmed: 1, pending: 0 }),
        mute_rules: Ok(Vec::new()),
        alarm_key: Ok(None),
        functions: ["yakei-enricher", "yakei-toggler"].map(|name| (name.to_owned(), Ok(Some(function())))).into(),
    }
}

fn function() -> FunctionVitals {
    FunctionVitals {
        state: FunctionState::Good,
        last_update: FunctionState::Good,
        reserved_concurrency: None,
        notify_arn: Some("arn:aws:sns:eu-west-1:111122223333:yakei-notices".into()),
        dead_letters: Some(DeadLetters { arn: "arn:aws:sqs:eu-west-1:111122223333:q".into(), exists: Ok(true) }),
    }
}

/// The links that are not right.
fn wrong(all: &Desired, account: &Observed, vitals: &Vitals) -> String {
    let links = audit(all, account, vitals);
    let wrong = links.iter().filter(|link| link.verdict != Verdict::Pass);
    wrong.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_healthy_account_passes_every_link() {
    let all = wanted();
    let links = audit(&all, &complete(&all), &healthy());
    insta::assert_snapshot!(links.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    assert_eq!(Tally::of(&links), Tally { pass: links.len(), fail: 0, unknown: 0 });
}

#[test]
fn nothing_passes_in_an_empty_account_but_the_absence_of_mute_rules() {
    let vitals = Vitals {
        trail: Ok(None),
        last_event: Ok(None),
        subscribers: Ok(Subscribers::default()),
        functions: BTreeMap::new(),
        ..healthy()
    };
    let links = audit(&wanted(), &Observed::default(), &vitals);
    let passed: Vec<_> = links.iter().filter(|l| l.verdict == Verdict::Pass).map(|l| l.link.as_str()).collect();
    assert_eq!(passed, ["no foreign mute rule"]);
    assert!(links.iter().filter(|l| l.verdict == Verdict::Fail).all(|l| !l.mend.is_empty()));
}

#[test]
fn each_broken_link_is_told_with_its_mend() {
    let all = wanted();
    let mut vitals = healthy();
    if let Ok(Some(trail)) = &mut vitals.trail {
        trail.global_events = false;
        trail.log_group_arn = Some("arn:aws:logs:eu-west-1:111122223333:log-group:/other:*".into());
        trail.bucket.error = Some("AccessDenied".into());
        trail.logs.at = Some(at("2026-11-19T00:00:00Z"));
    }
    vitals.last_event = Ok(None);
    vitals.subscribers = Ok(Subscribers { confirmed: 0, pending: 2 });
    vitals.mute_rules = Ok(vec![MuteRule { name: "quiet".into(), alarm: "yakei-RootUsage".into() }]);
    let mut account = complete(&all);
    account.0.remove(&all.key(Kind::MetricFilter, "yakei-RootUsage"));
    for found in account.0.values_mut() {
        match found {
            Found::Ours(Resource::Alarm(alarm)) => alarm.actions_enabled = Some(false),
            Found::Ours(Resource::Topic(topic)) => topic.policy = Policy::read("{}"),
            _ => {}
        }
    }
    insta::assert_snapshot!(wrong(&all, &account, &vitals));
}

#[test]
fn what_cannot_be_read_is_unknown_never_right() {
    let all = wanted();
    let denied = Problem { code: "AccessDenied".into(), ..Problem::new(ProblemKind::Denied, "no", "Allow it") };
    let vitals = Vitals {
        now: at("2026-11-21T12:00:00Z"),
        trail: Err(denied.clone()),
        last_event: Err(denied.clone()),
        subscribers: Err(denied.clone()),
        mute_rules: Err(denied.clone()),
        alarm_key: Err(denied.clone()),
        functions: [("yakei-enricher".to_owned(), Err(denied.clone()))].into(),
    };
    let account = Observed(all.wanted().map(|w| (w.key.clone(), Found::Unreadable(denied.clone()))).collect());
    let links = audit(&all, &account, &vitals);
    assert_eq!(Tally::of(&links).unknown, links.len());
}

#[test]
fn the_key_of_an_encrypted_topic_must_let_cloudwatch_use_it() {
    let all = wanted();
    let granted = Policy::empty().with(&[policies::alarms_use_key(all.place(), all.name())]);
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/k";
    for (id, policy, verdict) in [
        ("alias/aws/sns", None, Verdict::Fail),
        ("alias/mine", None, Verdict::Unknown),
        (arn, Some(Policy::empty()), Verdict::Fail),
        (arn, granted, Verdict::Pass),
    ] {
        let vitals = Vitals { alarm_key: Ok(Some(AlarmKey { id: id.into(), policy, unusable: None })), ..healthy() };
        let links = audit(&all, &complete(&all), &vitals);
        let link = links.iter().find(|l| l.link == "the alarm topic's key lets CloudWatch use it").unwrap();
        assert_eq!((link.verdict, link.mend.is_empty()), (verdict, verdict == Verdict::Pass), "{id}");
    }
}

/// An audit of a healthy account in which one function is like this.
fn with_function(name: &str, change: impl FnOnce(&mut FunctionVitals)) -> String {
    let all = wanted();
    let mut function = function();
    change(&mut function);
    let mut vitals = healthy();
    vitals.functions.insert(name.into(), Ok(Some(function)));
    wrong(&all, &complete(&all), &vitals)
}

#[test]
fn both_functions_must_publish_to_the_topic_for_people() {
    for name in ["yakei-enricher", "yakei-toggler"] {
        for arn in [None, Some(""), Some("arn:aws:sns:eu-west-1:111122223333:old")] {
            let wrong = with_function(name, |it| it.notify_arn = arn.map(ToOwned::to_owned));
            assert_eq!(wrong.lines().count(), 1, "{wrong}");
            assert!(wrong.starts_with(&format!("FAIL    {name} publishes")), "{wrong}");
            assert!(wrong.ends_with("to arn:aws:sns:eu-west-1:111122223333:yakei-notices"), "{wrong}");
        }
    }
}

type Break = Box<dyn FnOnce(&mut FunctionVitals)>;

#[test]
fn a_function_that_cannot_run_or_loses_what_it_cannot_handle_is_a_broken_link() {
    let failed = || FunctionState::Failed("Failed: ENILimitExceeded".into());
    let not_yet = || FunctionState::NotYet("Pending".into());
    let queue = |exists| Some(DeadLetters { arn: "arn:aws:sqs:eu-west-1:111122223333:gone".into(), exists });
    let denied = Problem::new(ProblemKind::Denied, "no", "Allow it");
    let cases: [(Break, &str); 8] = [
        (Box::new(move |it| it.reserved_concurrency = Some(0)), "FAIL    yakei-enricher runs: its reserved"),
        (Box::new(move |it| it.state = failed()), "FAIL    yakei-enricher runs: Lambda cannot"),
        (Box::new(move |it| it.state = not_yet()), "unknown yakei-enricher runs: Pending"),
        (Box::new(move |it| it.last_update = failed()), "FAIL    yakei-enricher runs what was deployed last"),
        (Box::new(move |it| it.last_update = not_yet()), "unknown yakei-enricher runs what was deployed last"),
        (Box::new(move |it| it.dead_letters = None), "FAIL    yakei-enricher keeps"),
        (Box::new(move |it| it.dead_letters = queue(Ok(false))), "FAIL    yakei-enricher keeps"),
        (Box::new(move |it| it.dead_letters = queue(Err(denied))), "unknown yakei-enricher keeps"),
    ];
    for (change, expected) in cases {
        let wrong = with_function("yakei-enricher", change);
        assert!(wrong.starts_with(expected) && wrong.lines().count() == 1, "{expected}: {wrong}");
    }
    assert_eq!(with_function("yakei-enricher", |it| it.reserved_concurrency = Some(1)), "");
}

#[test]
fn the_run_at_a_dates_edge_is_missed_while_it_is_ahead_and_not_after() {
    let all = wanted();
    let key = all.key(Kind::Schedule, "yakei/once-Asia.Tokyo-20261228-1200");
    let mut account = complete(&all);
    assert!(account.0.remove(&key).is_some());
    let told = wrong(&all, &account, &healthy());
    assert!(told.starts_with("FAIL    schedule/yakei/once-Asia.Tokyo-20261228-1200: is not there"), "{told}");
    let config = Config::parse(CONFIG).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    // Noon in Tokyo: it ran, and Scheduler removed it.
    let facts = Facts { now: at("2026-12-28T03:00:30Z"), ..Facts::deployed_in("eu-west-1") };
    assert_eq!(wrong(&desired(&config, &controls, &facts), &account, &healthy()), "");
}

#[test]
fn a_muted_alarm_is_right_only_while_its_schedule_or_a_hold_wants_it() {
    let all = wanted();
    let mut account = complete(&all);
    let key = all.key(Kind::Alarm, "yakei-ConsoleLogin");
    if let Some(Found::Ours(Resource::Alarm(alarm))) = account.0.get_mut(&key) {
        alarm.actions_enabled = Some(false);
    }
    let verdict = |account: &Observed, now: &str| {
        let links = audit(&all, account, &Vitals { now: at(now), ..healthy() });
        links.iter().find(|link| link.link == key.to_string()).unwrap().verdict
    };
    // Monday in Tokyo: business hours, 18:04, 18:06.
    assert_eq!(verdict(&account, "2026-11-23T01:00:00Z"), Verdict::Pass);
    assert_eq!(verdict(&account, "2026-11-23T09:04:00Z"), Verdict::Pass);
    assert_eq!(verdict(&account, "2026-11-23T09:06:00Z"), Verdict::Fail);
    // A stranger's alarm of such a name is no hold.
    let mut hold = account.0[&key].clone();
    account.0.insert(all.key(Kind::Alarm, "yakei-hold-music"), hold.clone());
    assert_eq!(verdict(&account, "2026-11-23T09:06:00Z"), Verdict::Fail);
    let Found::Ours(Resource::Alarm(alarm)) = &mut hold else { panic!("an alarm") };
    alarm.metric_name = "Hold".into();
    account.0.insert(all.key(Kind::Alarm, "yakei-hold"), hold);
    assert_eq!(verdict(&account, "2026-11-23T09:06:00Z"), Verdict::Unknown);
}

#[test]
fn a_region_that_is_not_watched_or_left_behind_fails() {
    let config = Config::parse(&format!("{CONFIG}\n[trail]\nregions = [\"eu-west-1\"]\n")).unwrap();
    let regions = Ok(vec!["eu-west-1".into(), "eu-west-3".into()]);
    let facts = Facts { trail_regions: regions, ..Facts::deployed_in("eu-west-1") };
    let links = lines(&crate::plan::gaps(&config, &facts));
    let told: Vec<_> = links.iter().map(|link| (link.region.as_str(), link.verdict)).collect();
    let wrong: Vec<_> =
        told.iter().filter(|(_, verdict)| *verdict == Verdict::Fail).map(|(region, _)| *region).collect();
    assert_eq!(wrong, ["us-east-1", "eu-west-3"]);
    // Three Regions of sign-ins that may be lost, and no trail of all Regions: said, and no failure.
    assert_eq!(told.len(), 2 + 4, "{told:?}");
    assert!(links.iter().all(|link| !link.mend.is_empty()));
}

#[test]
fn a_denial_on_the_existing_topic_for_people_is_told_of_each_function_that_it_silences() {
    let all = wanted_with(&CONFIG.replace("emails", "topic = \"people\"\nemails"));
    let told = |statement: serde_json::Value| {
        let mut account = complete(&all);
        let policy = crate::policies::Policy::new(serde_json::json!({ "Statement": [statement] }));
        let topic = crate::plan::Topic { policy, kms_key: None, tags: crate::plan::Tags::default() };
        let found = Found::Foreign(Some(crate::plan::Resource::Topic(topic)));
        account.0.insert(all.key(crate::plan::Kind::Topic, "people"), found);
        let links = audit(&all, &account, &healthy()).into_iter().filter(|link| link.link.ends_with(" publish"));
        links.filter(|link| link.link.contains("people")).map(|it| (it.link, it.verdict)).collect::<Vec<_>>()
    };
    let deny = |principal: &str| serde_json::json!({ "Effect": "Deny", "Principal": { "AWS": principal }, "Action": "sns:Publish", "Resource": "*" });
    let fails = |role: &str| (format!("topic/people lets {role} publish"), Verdict::Fail);
    assert_eq!(told(deny("arn:aws:iam::111122223333:role/yakei-enricher")), [fails("yakei-enricher")]);
    assert_eq!(told(deny("*")), [fails("yakei-enricher"), fails("yakei-toggler")]);
    assert_eq!(told(deny("arn:aws:iam::111122223333:role/other")), []);
}
