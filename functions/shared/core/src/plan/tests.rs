//! The plan on an in-memory account.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::arns::Place;
use crate::config::Config;
use crate::controls::Catalogue;

const CONFIG: &str = r#"
[[schedule]]
name = "tokyo-office"
timezone = "Asia/Tokyo"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }]
alarms = ["yakei-ConsoleLogin"]

[notify]
emails = ["security@example.com"]
"#;

fn facts() -> Facts {
    Facts::deployed_in("ap-northeast-1")
}

fn wanted_with(config: &str, facts: &Facts) -> Desired {
    let config = Config::parse(config).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    desired(&config, &controls, facts)
}

fn wanted() -> Desired {
    wanted_with(CONFIG, &facts())
}

/// What an account does with a plan.
fn apply(observed: &mut Observed, changes: &[Change]) {
    for change in changes {
        match change.action() {
            Action::Create | Action::Update => {
                observed.0.insert(change.key.clone(), Found::Ours(change.want.clone().unwrap()));
            }
            Action::Delete => {
                observed.0.remove(&change.key);
            }
            Action::None | Action::Foreign => {}
        }
    }
}

fn complete() -> Observed {
    let mut account = Observed::default();
    apply(&mut account, &diff(&wanted(), &Observed::default()));
    account
}

fn work(desired: &Desired, observed: &Observed) -> Vec<String> {
    diff(desired, observed).iter().filter(|c| c.is_work() || c.problem.is_some()).map(ToString::to_string).collect()
}

#[test]
fn an_empty_account_needs_everything() {
    let plan: Vec<String> = diff(&wanted(), &Observed::default()).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(plan.join("\n"));
}

#[test]
fn what_is_wanted_in_full() {
    let all = wanted();
    let one = |kind: Kind, part: &str| all.of_kind(kind).find(|w| w.key.name.contains(part)).cloned();
    insta::assert_debug_snapshot!([
        one(Kind::Bucket, "yakei-trail"),
        one(Kind::Trail, ""),
        one(Kind::MetricFilter, "RootUsage"),
        one(Kind::Alarm, "RootUsage"),
        one(Kind::Alarm, "ConsoleLogin"),
        one(Kind::Schedule, "edge"),
        one(Kind::Subscription, "lambda"),
    ]);
}

#[test]
fn a_finished_account_needs_nothing() {
    assert_eq!(work(&wanted(), &complete()), [""; 0]);
    let summary = Summary::of(&diff(&wanted(), &complete()));
    assert_eq!(summary.none, wanted().wanted().count());
    assert_eq!(
        serde_json::to_value(summary).unwrap(),
        serde_json::json!({"create": 0, "update": 0, "none": summary.none, "foreign": 0, "failed": 0})
    );
}

#[test]
fn a_strangers_edit_and_a_deleted_alarm_are_one_update_and_one_create() {
    let all = wanted();
    let mut account = complete();
    account.0.remove(&all.key(Kind::Alarm, "yakei-VPCChanges"));
    let Some(Found::Ours(Resource::Alarm(alarm))) = account.0.get_mut(&all.key(Kind::Alarm, "yakei-RootUsage")) else {
        panic!("there is one");
    };
    alarm.threshold = 1000.0;
    alarm.actions_enabled = Some(false);
    insta::assert_snapshot!(work(&all, &account).join("\n"));
}

#[test]
fn a_change_prints_as_the_contract_says() {
    let mut changes = diff(&wanted(), &Observed::default());
    let line = serde_json::to_value(&changes[0]).unwrap();
    assert_eq!(line["change"], "create");
    assert_eq!(line["region"], "ap-northeast-1");
    assert_eq!(line["why"], "missing");
    assert_eq!(line.as_object().unwrap().len(), 5);
    changes[0].problem =
        Some(Problem { code: "AccessDenied".into(), ..Problem::new(ProblemKind::Denied, "no", "Ask.") });
    assert_eq!(serde_json::to_value(&changes[0]).unwrap()["failed"]["code"], "AccessDenied");
}

#[test]
fn meaning_is_compared() {
    let all = wanted();
    let mut account = complete();
    for found in account.0.values_mut() {
        match found {
            Found::Ours(Resource::MetricFilter(filter)) => {
                filter.pattern.0 = filter.pattern.0.replace(" && ", "   &&").replace("||", "  ||");
            }
            // S3 itself writes into the other one.
            Found::Ours(Resource::Bucket(bucket)) if bucket.access_logs.is_some() => {
                bucket.encryption = Encryption::Key("arn".into());
            }
            Found::Ours(Resource::Alarm(alarm)) => {
                alarm.tags.0.insert("hold".into(), "mute".into());
                if alarm.metric_name == "ConsoleLogin" {
                    alarm.actions_enabled = Some(false);
                }
            }
            _ => {}
        }
    }
    assert_eq!(work(&all, &account), [""; 0]);
}

#[test]
fn what_is_foreign_or_unreadable_is_left_alone() {
    let all = wanted();
    let mut account = complete();
    account.0.insert(all.key(Kind::Topic, "yakei-alarms"), Found::FOREIGN);
    let denied = Problem { code: "AccessDenied".into(), ..Problem::new(ProblemKind::Denied, "no", "Ask.") };
    account.0.insert(all.key(Kind::Role, "yakei-scheduler"), Found::Unreadable(denied));
    let plan = diff(&all, &account);
    assert_eq!(Summary::of(&plan).foreign, 1);
    assert_eq!(Summary::of(&plan).failed, 1);
    assert!(plan.iter().all(|change| !change.is_work()));
}

#[test]
fn the_heartbeats_alarm_does_not_ring_before_the_togglers_first_run() {
    let all = wanted();
    let key = all.key(Kind::Alarm, "yakei-TogglerHeartbeat");
    let Some(Want::Make(Resource::Alarm(heartbeat))) =
        all.of_kind(Kind::Alarm).find(|it| it.key == key).map(|it| it.want.clone())
    else {
        panic!("there is one");
    };
    // Without data it rings, so it is given as long as it looks back.
    assert_eq!(
        (heartbeat.missing_data.as_str(), heartbeat.warm_up),
        ("breaching", WarmUp(Some(heartbeat.period / 60)))
    );
    let showing = |warm_up| {
        let mut account = complete();
        account.0.insert(key.clone(), Found::Ours(Resource::Alarm(Alarm { warm_up, ..heartbeat.clone() })));
        work(&all, &account).len()
    };
    assert_eq!((showing(WarmUp(None)), showing(WarmUp(Some(15))), showing(WarmUp(Some(10_000)))), (0, 0, 1));
}

#[test]
fn a_control_that_is_skipped_is_taken_away() {
    let fewer = wanted_with(&format!("{CONFIG}\n[controls]\nskip = [\"VPCChanges\"]\n"), &facts());
    assert_eq!(
        work(&fewer, &complete()),
        [
            "delete  metric-filter/yakei-VPCChanges: the config no longer wants it",
            "delete  alarm/yakei-VPCChanges: the config no longer wants it"
        ]
    );
}

#[test]
fn functions_that_are_not_there_yet_are_said_and_are_no_failure() {
    let all = wanted_with(CONFIG, &Facts { toggler: false, enricher: false, ..facts() });
    let plan = diff(&all, &Observed::default());
    let waiting: Vec<_> = plan.iter().filter(|c| c.action() == Action::None).map(ToString::to_string).collect();
    insta::assert_snapshot!(waiting.join("\n"));
    assert_eq!(Summary::of(&plan).failed, 0);
}

#[test]
fn existing_things_are_used_as_they_are() {
    let config = format!("{CONFIG}\n[trail]\nname = \"company\"\n");
    // With a log group of its own: nothing of the trail is made.
    let with = Facts {
        trail_log_group_arn: Some("arn:aws:logs:ap-northeast-1:111122223333:log-group:/company/trail:*".into()),
        ..facts()
    };
    let all = wanted_with(&config, &with);
    assert_eq!(all.log_group(), "/company/trail");
    let made = |all: &Desired| {
        let is_made = |w: &&Wanted| matches!(w.want, Want::Make(_)) && w.key.kind < Kind::MetricFilter;
        all.wanted().filter(is_made).map(|w| w.key.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        made(&all),
        ["role/yakei-scheduler", "topic/yakei-alarms", "topic/yakei-notices", "schedule-group/yakei"]
    );
    // Without one: only what is missing is added.
    assert_eq!(
        made(&wanted_with(&config, &facts())),
        [
            "log-group//yakei/cloudtrail",
            "role/yakei-cloudtrail-to-logs",
            "role/yakei-scheduler",
            "topic/yakei-alarms",
            "topic/yakei-notices",
            "schedule-group/yakei",
            "trail-delivery/company"
        ]
    );
    // Named, but not there: said, and a failure.
    let plan = diff(&all, &Observed::default());
    let missing: Vec<_> = plan.iter().filter(|c| c.problem.is_some()).map(|c| c.key.to_string()).collect();
    assert_eq!(missing, ["log-group//company/trail", "trail/company"]);
}

/// A topic for each, a key and a bucket, all there before.
const NAMED: &str = r#"
[[schedule]]
timezone = "UTC"
windows = []
[notify]
topic = "people"
alarm_topic = "arn:aws:sns:ap-northeast-1:111122223333:company"
emails = ["security@example.com"]
kms_key = "arn:aws:kms:ap-northeast-1:111122223333:key/1234"
[trail]
bucket = "logs"
[controls]
only = ["RootUsage"]
"#;

/// Of what exists, what `policy` holds of our statements.
fn with_policies(account: &mut Observed, all: &Desired, policy: &crate::policies::Policy) {
    for wanted in all.wanted() {
        match &wanted.want {
            Want::Use(_) => {
                account.0.insert(wanted.key.clone(), Found::FOREIGN);
            }
            Want::Make(Resource::Grant(grant)) => {
                account.0.insert(wanted.key.clone(), Found::Ours(Resource::Grant(grant.found_in(policy))));
            }
            _ => {}
        }
    }
}

#[test]
fn existing_topics_keys_and_buckets_get_the_statements_that_they_lack() {
    use crate::policies::Policy;
    let all = wanted_with(NAMED, &facts());
    let mut account = Observed::default();
    with_policies(&mut account, &all, &Policy::empty());
    insta::assert_snapshot!(work(&all, &account).join("\n"));
    let changes = diff(&all, &account);
    apply(&mut account, &changes);
    assert_eq!(work(&all, &account), [""; 0]);

    // Everything goes but what was there before: our statements go, theirs and an address stay.
    let plan: Vec<_> = teardown(&all, &account).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(plan.join("\n"));

    // What others allow already needs nothing of ours, and leaves nothing to remove.
    let open = Policy::read(
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": ["sns:*", "kms:*", "s3:*"], "Resource": "*"}}"#,
    );
    with_policies(&mut account, &all, &open);
    assert_eq!(work(&all, &account), [""; 0]);
    let removed = teardown(&all, &account);
    assert!(removed.iter().all(|c| c.action() != Action::Delete || !c.key.kind.as_str().ends_with("-policy")));
}

#[test]
fn alarms_and_subscriptions_go_to_the_named_topics() {
    let all = wanted_with(NAMED, &facts());
    let text = format!("{:?}", all.wanted().collect::<Vec<_>>());
    for part in [
        "alarm_actions: [\"arn:aws:sns:ap-northeast-1:111122223333:company\"]",
        "\"people/email/security@example.com\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("yakei-alarms") && !text.contains("yakei-notices"), "{text}");
}

#[test]
fn what_belongs_to_another_account_or_region_is_refused() {
    let at = |account: &str, region: &str| {
        misplaced(
            &Config::parse(NAMED).unwrap(),
            &Place { partition: "aws".into(), account: account.into(), region: region.into() },
            None,
        )
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
    };
    assert_eq!(at("111122223333", "ap-northeast-1"), [""; 0]);
    let wrong = at("111122223333", "eu-west-1");
    assert_eq!(wrong.len(), 2);
    assert!(wrong[0].contains("such as arn:aws:sns:eu-west-1:111122223333:company"), "{wrong:?}");
    assert_eq!(at("999999999999", "ap-northeast-1").len(), 1);
    // Another account's key may encrypt a topic, but its policy is not ours to write.
    let other = wanted_with(&NAMED.replace("111122223333:key", "999999999999:key"), &facts());
    assert_eq!(other.of_kind(Kind::KeyPolicy).count(), 0);
}

#[test]
fn removing_keeps_logs_and_what_is_foreign() {
    let all = wanted();
    let mut account = complete();
    account.0.insert(all.key(Kind::Alarm, "yakei-VPCChanges"), Found::FOREIGN);
    let plan = teardown(&all, &account);
    let kept: Vec<_> = plan.iter().filter(|c| c.action() != Action::Delete).map(ToString::to_string).collect();
    insta::assert_snapshot!(kept.join("\n"));
    apply(&mut account, &plan);
    assert_eq!(teardown(&all, &account).iter().filter(|c| c.is_work()).count(), 0);
    assert_eq!(account.0.len(), 4);
}

#[test]
fn a_per_region_set_up_makes_what_is_regional_in_each() {
    let config = Config::parse(&format!("{CONFIG}\n[trail]\nregions = [\"us-east-1\", \"ap-northeast-1\"]\n")).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    let (home, others) = (desired(&config, &controls, &facts()), satellites(&config, &controls, &facts()));
    assert_eq!(others.len(), 1);
    let other: Vec<_> =
        others[0].wanted().filter(|w| w.key.kind != Kind::MetricFilter && w.key.kind != Kind::Alarm).collect();
    insta::assert_debug_snapshot!(other);
    assert!(others[0].wanted().all(|wanted| wanted.key.region == "us-east-1"));
    assert_eq!(others[0].of_kind(Kind::Alarm).count(), 17);
    let permissions: Vec<_> = home.of_kind(Kind::Permission).map(|w| w.key.name.as_str()).collect();
    assert_eq!(permissions, ["yakei-enricher/alarm-topic", "yakei-enricher/alarm-topic-us-east-1"]);
    let trail = |all: &Desired| match all.of_kind(Kind::Trail).next().map(|w| w.want.clone()) {
        Some(Want::Make(Resource::Trail(trail))) => (trail.multi_region, trail.global_events),
        other => panic!("{other:?}"),
    };
    assert_eq!((trail(&home), trail(&others[0])), ((false, false), (false, true)));
    assert!(satellites(&Config::parse(CONFIG).unwrap(), &controls, &facts()).is_empty());
}

#[test]
fn schedules_in_a_group_of_somebody_else_are_neither_made_nor_removed() {
    let all = wanted();
    let group = all.key(Kind::ScheduleGroup, "yakei");
    let old = all.key(Kind::Schedule, "yakei/edge-UTC-0300");
    let mut account = complete();
    let some = account.0.iter().find(|(key, _)| key.kind == Kind::Schedule).map(|(_, found)| found.clone()).unwrap();
    account.0.retain(|key, _| key.kind != Kind::Schedule);
    account.0.insert(old.clone(), some);
    let of_schedules = |changes: Vec<Change>| {
        let schedules = changes.into_iter().filter(|change| change.key.kind == Kind::Schedule);
        schedules.map(|change| change.action()).collect::<Vec<_>>()
    };
    assert!(of_schedules(diff(&all, &account)).contains(&Action::Delete));
    assert!(of_schedules(teardown(&all, &account)).contains(&Action::Delete));

    account.0.insert(group.clone(), Found::FOREIGN);
    assert_eq!(of_schedules(diff(&all, &account)), [Action::Foreign; 3]);
    assert_eq!(of_schedules(teardown(&all, &account)), [Action::Foreign]);
    let denied = Problem { code: "AccessDenied".into(), ..Problem::new(ProblemKind::Denied, "no", "Allow it") };
    account.0.insert(group.clone(), Found::Unreadable(denied));
    assert_eq!(of_schedules(diff(&all, &account)), [Action::None; 3]);

    // Removing the group would remove a stranger's schedule that is in it.
    let mut account = complete();
    account.0.insert(all.key(Kind::Schedule, "yakei/payroll"), Found::FOREIGN);
    let kept = teardown(&all, &account).into_iter().find(|change| change.key == group).unwrap();
    assert_eq!(kept.action(), Action::None);
}

#[test]
fn a_schedule_is_ours_by_its_shape_and_its_target() {
    let all = wanted();
    let Some(Found::Ours(Resource::Schedule(ours))) =
        complete().0.remove(&all.key(Kind::Schedule, "yakei/every-5-minutes"))
    else {
        panic!("there is one");
    };
    let other = Schedule { target_arn: format!("{}-other", ours.target_arn), ..ours.clone() };
    for (name, found, expected) in [
        ("yakei/every-5-minutes", &other, true), // wanted: an edited target is mended
        ("yakei/edge-UTC-0300", &ours, true),
        ("yakei/edge-UTC-0300", &other, false),
        ("yakei/once-UTC-20261228-0300", &ours, true),
        ("yakei/once-UTC-20261228-0300", &other, false),
        ("yakei/payroll", &ours, false),
    ] {
        assert_eq!(is_our_schedule(&all, &all.key(Kind::Schedule, name), found), expected, "{name}");
    }
}

#[test]
fn a_watch_of_the_watch_that_somebody_muted_is_armed_and_so_is_the_heartbeat() {
    let all = wanted_with(&CONFIG.replace("yakei-ConsoleLogin", "yakei-*"), &facts());
    let mut account = Observed::default();
    apply(&mut account, &diff(&all, &Observed::default()));
    for found in account.0.values_mut() {
        if let Found::Ours(Resource::Alarm(alarm)) = found {
            alarm.actions_enabled = Some(false);
        }
    }
    let armed = |name: &str| format!("update  alarm/{name}: actions enabled false → true");
    assert_eq!(work(&all, &account), [armed("yakei-MonitoringChanges"), armed("yakei-TogglerHeartbeat")]);
    let noon = "2026-11-24T03:00:00Z".parse().unwrap();
    assert!(all.mutes("yakei-RootUsage", noon) && !all.mutes("yakei-MonitoringChanges", noon));
}

#[test]
fn a_further_filter_that_is_not_wanted_any_more_is_removed_with_its_control() {
    let skipped = wanted_with(&format!("{CONFIG}\n[controls]\nskip = [\"MonitoringChanges\"]\n"), &facts());
    let gone = |thing: &str| format!("delete  {thing}: the config no longer wants it");
    let filters = ["", "-2", "-3", "-4", "-5"].map(|end| gone(&format!("metric-filter/yakei-MonitoringChanges{end}")));
    let all: Vec<String> = filters.into_iter().chain([gone("alarm/yakei-MonitoringChanges")]).collect();
    assert_eq!(work(&skipped, &complete()), all);
    let config = Config::parse(&format!("{CONFIG}\n[controls]\nskip = [\"MonitoringChanges\"]\n")).unwrap();
    let line = unwatched(&config, &[], &facts()).unwrap();
    assert_eq!((line.why, line.is_stuck()), (Why::Gap, false));
    assert!(line.detail.contains("nobody is told"), "{line}");
    let controls = Catalogue::builtin().unwrap();
    assert_eq!(unwatched(&config, controls.controls(), &facts()), None);
}

/// The plan at an instant, of an account that was set up at another with other dates.
fn once(before: &str, after: &str, now: &str) -> Vec<String> {
    let dates = |dates: &str| CONFIG.replace("alarms =", &format!("dates = {{ {dates} }}\nalarms ="));
    let mut account = Observed::default();
    apply(&mut account, &diff(&wanted_with(&dates(before), &facts()), &Observed::default()));
    work(&wanted_with(&dates(after), &Facts { now: now.parse().unwrap(), ..facts() }), &account)
}

#[test]
fn a_date_has_its_schedule_until_it_ran_and_a_changed_one_has_another() {
    let noon = r#""2026-12-28" = [{ start = "09:00", end = "12:00" }]"#;
    let one = r#""2026-12-28" = [{ start = "09:00", end = "13:00" }]"#;
    let today = "2026-11-21T12:00:00Z";
    let made = |at: &str| {
        format!("create  schedule/yakei/once-Asia.Tokyo-20261228-{at}00: at(2026-12-28T{at}:00:00) Asia/Tokyo")
    };
    let gone =
        |at: &str| format!("delete  schedule/yakei/once-Asia.Tokyo-20261228-{at}00: the config no longer wants it");
    assert_eq!(once("", noon, today), [made("12")]);
    assert_eq!(once(noon, noon, today), [""; 0]);
    assert_eq!(once(noon, one, today), [gone("12"), made("13")]);
    assert_eq!(once(noon, "", today), [gone("12")]);
    // Noon in Tokyo is 03:00 UTC. About its time it is let alone, there or not; one that is left behind goes.
    for now in ["2026-12-28T02:55:00Z", "2026-12-28T03:10:00Z"] {
        assert_eq!(once(noon, noon, now), [""; 0]);
        assert_eq!(once("", noon, now), [""; 0]);
    }
    assert_eq!(once(noon, noon, "2026-12-28T04:00:00Z"), [gone("12")]);
    assert_eq!(once("", noon, "2026-12-28T04:00:00Z"), [""; 0]);
    // Before the toggler is deployed it waits as the others do.
    let text = CONFIG.replace("alarms =", &format!("dates = {{ {noon} }}\nalarms ="));
    let waits = diff(&wanted_with(&text, &Facts { toggler: false, ..facts() }), &Observed::default());
    let waits = waits.iter().filter(|it| it.why == Why::Waits && it.key.name.contains("once-"));
    assert_eq!(waits.count(), 1);
}

#[test]
fn an_organization_and_a_key_are_one_switch_each() {
    let config = CONFIG.replace("[notify]", "[notify]\nkms_key = \"arn:aws:kms:ap-northeast-1:1:key/k\"");
    let all = wanted_with(&format!("{config}\n[trail]\norganization = \"o-a1b2c3d4e5\"\n"), &facts());
    let text = format!("{:?}", all.wanted().collect::<Vec<_>>());
    for part in ["organization: true", "/AWSLogs/o-a1b2c3d4e5/*", "log-stream:o-a1b2c3d4e5_*"] {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(text.matches("arn:aws:kms:ap-northeast-1:1:key/k").count(), 2);
}

#[test]
fn what_is_wrong_with_the_list_of_regions_is_said() {
    let config = |regions: &str| Config::parse(&format!("{CONFIG}\n{regions}")).unwrap();
    let listed = |regions: &str| config(&format!("[trail]\nregions = {regions}\n"));
    let facts =
        |regions: &[&str]| Facts { trail_regions: Ok(regions.iter().map(ToString::to_string).collect()), ..facts() };
    let lines = |config: &Config, facts: &Facts| {
        gaps(config, facts).iter().map(|c| format!("{} {c}", c.key.region)).collect::<Vec<_>>()
    };

    assert_eq!(misplaced(&listed(r#"["us-east-1", "eu-west-1"]"#), &facts(&[]).place, None).len(), 1);
    let tokyo = r#"["ap-northeast-1", "eu-west-1"]"#;
    assert_eq!(misplaced(&listed(tokyo), &facts(&[]).place, None), []);
    insta::assert_snapshot!(lines(&listed(tokyo), &facts(&["eu-west-1", "eu-west-3"])).join("\n"));
    let all = listed(r#"["all"]"#);
    let enabled = |regions: &[&str], home: &str| Facts {
        enabled_regions: regions.iter().map(ToString::to_string).collect(),
        place: Place { region: home.into(), ..facts(&[]).place },
        ..facts(&["ap-northeast-1", "us-east-1", "eu-west-1"])
    };
    let most = ["ap-northeast-1", "ap-southeast-2", "eu-north-1", "eu-west-1", "us-east-1", "us-east-2"];
    // Nothing is lost; but no trail of them covers all Regions.
    assert_eq!(lines(&all, &enabled(&most, "ap-northeast-1")).len(), 1);
    // A Region that was opted into is told to others; it cannot be the home of others.
    let with_milan = [&most[..], &["eu-south-1"]].concat();
    assert_eq!(lines(&all, &enabled(&with_milan, "ap-northeast-1")).len(), 1);
    let unheard = lines(&all, &enabled(&with_milan, "eu-south-1"));
    insta::assert_snapshot!("an_opt_in_home_hears_nobody", unheard.join("\n"));
    // Whoever follows the advice is not refused again.
    let (milan, two) = (Place { region: "eu-south-1".into(), ..facts(&[]).place }, r#"["il-central-1", "me-south-1"]"#);
    let mend = |regions: &str| misplaced(&listed(regions), &milan, None)[0].problem.clone().unwrap().mend;
    assert_eq!(
        mend(tokyo),
        "Set AWS_REGION to one of ap-northeast-1, eu-west-1, or leave [trail] regions out: then one trail covers them all"
    );
    assert!(mend(two).starts_with("A Region that must be opted into can be no home of others"), "{}", mend(two));
    // Back to one trail for all Regions.
    assert_eq!(left_behind(&config(""), &facts(&["ap-northeast-1", "us-east-1"])).collect::<Vec<_>>(), ["us-east-1"]);
    let denied = Problem { code: "AccessDenied".into(), ..Problem::new(ProblemKind::Denied, "no", "Allow it") };
    let unknown = Facts { trail_regions: Err(denied), ..enabled(&most, "ap-northeast-1") };
    assert_eq!(gaps(&all, &unknown).len(), 2);
}

/// Whatever is enabled and wherever the home is: what is set up is heard, and what is not is named.
#[test]
fn a_region_is_set_up_only_where_its_alarms_reach_the_home_region() {
    let all = ["ap-northeast-1", "eu-south-1", "eu-west-1", "il-central-1", "us-east-1", "us-west-2"];
    let config = Config::parse(&format!("{CONFIG}\n[trail]\nregions = [\"all\"]\n")).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    for home in all {
        let place = Place { region: home.into(), ..facts().place };
        let enabled_regions = all.map(str::to_owned).to_vec();
        let facts = Facts { place, enabled_regions, ..facts() };
        let made: Vec<String> =
            satellites(&config, &controls, &facts).iter().map(|it| it.place().region.clone()).collect();
        let out: Vec<&str> = left_out(&config, &facts).collect();
        assert_eq!(made.len() + out.len(), all.len() - 1, "{home}");
        assert_eq!(out.is_empty(), !crate::regions::is_opt_in(home), "{home}");
        // The home's own role and bucket let in exactly those that are set up.
        let text = format!("{:?}", desired(&config, &controls, &facts).wanted().collect::<Vec<_>>());
        for region in &out {
            assert!(!text.contains(&format!(":{region}:")), "{home}: {region}");
            let told = gaps(&config, &facts)
                .iter()
                .any(|it| it.problem.as_ref().is_some_and(|it| it.message.contains(region)));
            assert!(told, "{home}: {region}");
        }
        assert!(made.iter().all(|region| text.contains(&format!(":{region}:"))), "{home}");
    }
}

#[test]
fn global_services_are_recorded_in_one_region_of_each_partition() {
    for (partition, region) in [("aws", "us-east-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")] {
        let place = Place { partition: partition.into(), account: "1".into(), region: "r".into() };
        assert_eq!(place.global_region(), Some(region));
    }
}

/// An account in any state: of what is wanted, each thing missing, right, edited, foreign; and things
/// of ours that nobody wants.
fn any_account() -> impl Strategy<Value = Observed> {
    let complete = complete();
    let size = complete.0.len();
    (proptest::collection::vec(0..5u8, size), proptest::collection::vec(any::<u8>(), size), 0..3usize).prop_map(
        move |(states, seeds, extra)| {
            let mut account = BTreeMap::new();
            for ((key, found), (state, seed)) in complete.0.iter().zip(states.into_iter().zip(seeds)) {
                let Found::Ours(right) = found else { continue };
                let found = match state {
                    0 => continue,
                    1 => Found::FOREIGN,
                    2 => Found::Ours(right.clone()),
                    _ => Found::Ours(edited(right.clone(), seed)),
                };
                account.insert(key.clone(), found);
            }
            for index in 0..extra {
                let region = "ap-northeast-1".to_owned();
                let key = Key { kind: Kind::Alarm, region, name: format!("yakei-Old{index}") };
                if let Some(any) = complete.0.values().find(|f| matches!(f, Found::Ours(Resource::Alarm(_)))) {
                    account.insert(key, any.clone());
                }
            }
            Observed(account)
        },
    )
}

fn edited(mut resource: Resource, seed: u8) -> Resource {
    match &mut resource {
        Resource::Bucket(r) => match seed % 5 {
            0 => r.policy = None,
            1 => r.public_access_blocked = false,
            2 => r.encryption = Encryption::Off,
            3 => r.versioned = false,
            _ => r.lifecycle = None,
        },
        Resource::Grant(r) => match seed % 2 {
            0 => *r = r.found_in(&crate::policies::Policy::empty()),
            _ => r.ours = false,
        },
        Resource::LogGroup(r) => r.retention_days = None,
        Resource::KmsKey(it) => it.rotation = false,
        Resource::Role(r) => match seed % 2 {
            0 => r.policy = None,
            _ => r.trust = crate::policies::Policy::read("{}"),
        },
        Resource::Topic(r) => r.policy = crate::policies::Policy::read("{}"),
        Resource::ScheduleGroup(r) => r.tags.0.clear(),
        Resource::Trail(r) => match seed % 4 {
            0 => r.logging = false,
            1 => r.global_events = false,
            2 => r.log_group_arn = None,
            _ => r.tags.0.clear(),
        },
        Resource::Delivery(r) => r.role_arn = None,
        Resource::MetricFilter(r) => match seed % 2 {
            0 => r.pattern = PatternText("{ $.a = 1 }".into()),
            _ => r.default_value = Some(0.0),
        },
        Resource::Alarm(r) => match seed % 4 {
            0 => r.threshold = 99.0,
            1 => r.ok_actions.clear(),
            2 => r.dimensions.push("a=b".into()),
            _ => r.statistic = String::new(),
        },
        Resource::Permission(r) => r.statement = crate::policies::Policy::read("{}"),
        Resource::Subscription(r) => r.filter_policy = r#"{"suppressed":["true"]}"#.to_owned(),
        Resource::Schedule(r) => r.enabled = false,
    }
    resource
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn after_an_apply_the_plan_is_empty(mut account in any_account()) {
        let all = wanted();
        let before = account.clone();
        let changes = diff(&all, &account);
        apply(&mut account, &changes);
        prop_assert_eq!(work(&all, &account), Vec::<String>::new());
        for (key, found) in &before.0 {
            if found.is_foreign() {
                prop_assert_eq!(account.0.get(key), Some(&Found::FOREIGN));
            }
        }
    }
}
