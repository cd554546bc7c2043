//! Every member of every thing in a healthy account, changed one at a time: the audit sees it, or it stands in a list
//! of harmless ones with the reason.
//!
//! Each type is destructured whole, so that a new member breaks the build until it is changed here as well.

use jiff::Timestamp;
use serde_json::json;

use super::tests::{complete, healthy, wanted, wanted_with};
use super::*;
use crate::plan::{
    AccessLogs, Alarm, Attached, Bucket, Delivery, Desired, Encryption, Ending, EventSelector, Found, Grant, Key,
    KmsKey, Lifecycle, LogGroup, MetricFilter, Observed, PatternText, Permission, Problem, ProblemKind, Resource, Role,
    Schedule, ScheduleGroup, Subscription, Tags, Topic, Trail, WarmUp,
};
use crate::policies::{Denial, Policy};

/// Changes that break no link, and why.
const HARMLESS: [(&str, &str, &str); 10] = [
    ("bucket/yakei-access-", "access_logs", "whether the accesses to the access logs are logged as well"),
    (
        "bucket",
        "encryption",
        "a key of the owner's instead of S3's: where CloudTrail may not use it, its delivery fails and says so",
    ),
    ("log-group", "kms_key", "the owner's key; where Logs may not use it, the delivery fails and says so"),
    ("trail", "kms_key", "the owner's key; where CloudTrail may not use it, the delivery fails and says so"),
    ("bucket-policy", "ours", "whose statement allows it does not matter"),
    ("key-policy", "ours", "whose statement allows it does not matter"),
    ("topic-policy", "ours", "whose statement allows it does not matter"),
    ("bucket-policy", "on", "whose policy was read stands in the thing's name"),
    ("key-policy", "on", "whose policy was read stands in the thing's name"),
    ("topic-policy", "on", "whose policy was read stands in the thing's name"),
];

/// `mutants!(Variant(Type), value; member: other, another; …)`.
macro_rules! mutants {
    ($variant:ident($type:ident), $value:expr; $($member:ident: $($other:expr),+);+ $(;)?) => {{
        let value: &$type = $value;
        let $type { $($member: _),+ } = value;
        vec![$($({
            let mut mutant = value.clone();
            mutant.$member = $other;
            (stringify!($member), Resource::$variant(mutant))
        }),+),+]
    }};
}

fn text() -> String {
    "other".to_owned()
}

fn selector() -> EventSelector {
    EventSelector { name: "yakei-s3-9".to_owned(), conditions: [].into() }
}

fn policy() -> Policy {
    Policy::read("{}")
}

/// A policy that denies everything to everybody.
fn denying() -> Attached {
    let policy = json!({ "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } });
    Attached { name: "Guardrail".to_owned(), policy: Policy::new(policy) }
}

fn mutants(resource: &Resource) -> Vec<(&'static str, Resource)> {
    match resource {
        Resource::Bucket(it) => mutants!(Bucket(Bucket), it;
            policy: None, Some(policy());
            public_access_blocked: false;
            encryption: Encryption::Off, Encryption::Key(text());
            versioned: false;
            access_logs: None, Some(AccessLogs { bucket: text(), prefix: text() });
            lifecycle: None,
                Some(Lifecycle { days: 1, replaced_days: 400, narrowed: String::new() }),
                Some(Lifecycle { days: 400, replaced_days: 1, narrowed: String::new() }),
                Some(Lifecycle { days: 400, replaced_days: 400, narrowed: "the prefix x".into() });
            endings: vec![Ending { rule: "clean".into(), days: 1 }];
            tags: Tags::default()),
        Resource::Grant(it) => mutants!(Grant(Grant), it;
            on: crate::plan::Holder::Bucket("elsewhere".into());
            statements: Vec::new(), vec![policy()];
            ours: false;
            denials: vec![Denial { statement: "the statement \"x\"".into(), action: "sns:Publish".into(), certain: true }],
                vec![Denial { statement: "the statement \"x\"".into(), action: "sns:Publish".into(), certain: false }];
            unfit: Some("Disabled".into())),
        Resource::LogGroup(it) => mutants!(LogGroup(LogGroup), it;
            retention_days: None, Some(1); kms_key: Some(text()); standard: false; tags: Tags::default()),
        Resource::Role(it) => mutants!(Role(Role), it;
            path: "/moved/".into(); trust: policy(); policy: None, Some(policy()); others: vec![denying()];
            boundary: Some(denying()), Some(Attached { name: "Empty".into(), policy: policy() }); tags: Tags::default()),
        Resource::KmsKey(it) => mutants!(KmsKey(KmsKey), it;
            statements: Vec::new(), vec![policy()];
            denials: vec![Denial { statement: "the statement \"x\"".into(), action: "kms:DescribeKey".into(), certain: true }];
            named: false; rotation: false; unfit: Some("PendingDeletion".into()); tags: Tags::default()),
        Resource::Topic(it) => mutants!(Topic(Topic), it;
            policy: policy(); kms_key: Some(text()); tags: Tags::default()),
        Resource::ScheduleGroup(it) => mutants!(ScheduleGroup(ScheduleGroup), it;
            deleting: true; tags: Tags::default()),
        Resource::Trail(it) => mutants!(Trail(Trail), it;
            bucket: text(); prefix: Some(text()); log_group_arn: None, Some(text()); role_arn: None, Some(text());
            multi_region: !it.multi_region; organization: true; global_events: !it.global_events; file_validation: false;
            management_events: false; data_events: vec![selector()]; feeds_itself: Some(text()); logging: false; kms_key: Some(text()); tags: Tags::default()),
        Resource::Delivery(it) => mutants!(Delivery(Delivery), it;
            log_group_arn: None, Some(text()); role_arn: None, Some(text())),
        Resource::MetricFilter(it) => mutants!(MetricFilter(MetricFilter), it;
            log_group: text(); pattern: PatternText("{ $.a = 1 }".into()); metric_name: text(); namespace: text();
            value: "0".into(), "$.x".into(); default_value: Some(0.0); dimensions: vec!["User=$.user".into()];
            unit: "Bytes".into(); transformed: true; selection: "@aws.region = \"nowhere-1\"".into();
            system_dimensions: vec!["@aws.account".into()]; transformations: 2),
        Resource::Alarm(it) => mutants!(Alarm(Alarm), it;
            description: text(); metric_name: text(); namespace: text(); dimensions: vec!["User=bob".into()];
            statistic: "Average".into(), String::new(); unit: "Bytes".into(); period: 86_400; evaluation_periods: 5;
            datapoints_to_alarm: Some(3); threshold: 1e9; comparison: "GreaterThanUpperThreshold".into();
            missing_data: "ignore".into(); alarm_actions: Vec::new(), vec![text()]; ok_actions: Vec::new();
            insufficient_data_actions: vec![text()]; actions_enabled: Some(false);
            warm_up: WarmUp(Some(10_000)); others: vec!["EvaluationWindow=…".into()]; tags: Tags::default()),
        Resource::Permission(it) => mutants!(Permission(Permission), it;
            function: text(); statement_id: text(); topic_arn: text(); statement: policy()),
        Resource::Subscription(it) => mutants!(Subscription(Subscription), it;
            topic_arn: text(); protocol: "sms".into(); endpoint: text();
            filter_policy: r#"{"suppressed":["true"]}"#.into(), r#"{"x":["y"]}"#.into();
            filters_body: true; raw: true; pending: true; kept: !it.kept),
        Resource::Schedule(it) => mutants!(Schedule(Schedule), it;
            group: text(); expression: "rate(9 days)".into(); timezone: "Asia/Tokio".into(); target_arn: text();
            role_arn: text(); input: r#"{"action":"mute"}"#.into(); retries: 0; max_age: 60;
            dead_letters: Some(text()); enabled: false; starts: Some("2099-01-01T00:00:00Z".into());
            ends: Some("2020-01-01T00:00:00Z".into()); deletes_itself: !it.deletes_itself; flexible_minutes: 60; kms_key: Some(text());
            others: vec!["ActionAfterCompletion=DELETE".into()]),
    }
}

/// What existing topics, keys and buckets add to what is made.
const NAMED: &str = r#"
schedule = [{ timezone = "UTC", windows = [] }]
[notify]
alarm_topic = "company"
emails = ["security@example.com"]
kms_key = "arn:aws:kms:eu-west-1:111122223333:key/1234"
[trail]
bucket = "logs"
[controls]
only = ["RootUsage"]
"#;

/// The links of an account that say something other than pass.
fn wrong(all: &Desired, account: &Observed, vitals: &Vitals) -> usize {
    audit(all, account, vitals).iter().filter(|link| link.verdict != Verdict::Pass).count()
}

/// How many mutants of a thing there are, and those that nobody sees.
fn missed(all: &Desired, account: &Observed, vitals: &Vitals, key: &Key, have: &Resource) -> (usize, Vec<String>) {
    let before = wrong(all, account, vitals);
    let mut changed: Vec<(&str, Found)> =
        mutants(have).into_iter().map(|(member, mutant)| (member, Found::Ours(mutant))).collect();
    changed.push(("(foreign)", Found::Foreign(Some(have.clone()))));
    changed.push(("(foreign, not read)", Found::FOREIGN));
    let denied = Problem::new(ProblemKind::Denied, "no", "Allow it");
    changed.push(("(unreadable)", Found::Unreadable(denied)));
    let count = changed.len();
    let unseen = changed.into_iter().filter(|(_, found)| {
        let mut account = account.clone();
        account.0.insert(key.clone(), found.clone());
        wrong(all, &account, vitals) <= before
    });
    let told = key.to_string();
    let is = |thing: &str| thing == key.kind.as_str() || (thing.contains('/') && told.starts_with(thing));
    let harmless = |member: &str| HARMLESS.iter().any(|(thing, it, _)| is(thing) && *it == member);
    (count, unseen.filter(|(member, _)| !harmless(member)).map(|(member, _)| format!("{key}: {member}")).collect())
}

#[test]
fn every_mutation_of_a_healthy_account_is_seen_or_harmless_with_its_reason() {
    let (mut count, mut unseen) = (0, Vec::new());
    let mut kinds = std::collections::BTreeSet::new();
    let extras = NAMED.replace("bucket = \"logs\"", "kms_key = \"make\"\ndata_events = [\"s3\"]");
    for all in [wanted(), wanted_with(NAMED), wanted_with(&extras)] {
        let account = complete(&all);
        for (key, found) in &account.0 {
            let Found::Ours(have) = found else { continue };
            kinds.insert(key.kind);
            let (tried, missed) = missed(&all, &account, &healthy(), key, have);
            count += tried;
            unseen.extend(missed);
        }
    }
    assert_eq!(unseen, [""; 0]);
    assert!(count > 100 && kinds.len() >= 13, "{count} {kinds:?}");
}

/// What only an audit asks, one change a member.
fn sick() -> Vec<(&'static str, Vitals)> {
    let denied = || Problem::new(ProblemKind::Denied, "no", "Allow it");
    let long_ago: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let mut all = Vec::new();
    let mut add = |name, change: &dyn Fn(&mut Vitals)| {
        let mut vitals = healthy();
        change(&mut vitals);
        all.push((name, vitals));
    };
    let Vitals { now: _, trail: _, last_event: _, subscribers: _, mute_rules: _, alarm_key: _, functions: _ } =
        healthy();
    macro_rules! trail {
        ($($member:ident: $other:expr),+ $(,)?) => {{
            let Ok(Some(TrailVitals { $($member: _),+ })) = healthy().trail else { panic!("a trail") };
            $(add(stringify!($member), &|it| {
                if let Ok(Some(trail)) = &mut it.trail { trail.$member = $other }
            });)+
        }};
    }
    trail!(
        logging: false,
        multi_region: false,
        global_events: false,
        management_events: false,
        log_group_arn: Some("arn:aws:logs:us-east-1:111122223333:log-group:/yakei/cloudtrail:*".into()),
        bucket: Delivered { at: Some(long_ago), error: Some("NoSuchBucket".into()) },
        logs: Delivered { at: Some(long_ago), error: None },
    );
    add("another account's log group of the same name", &|it| {
        if let Ok(Some(trail)) = &mut it.trail {
            trail.log_group_arn = Some("arn:aws:logs:eu-west-1:999988887777:log-group:/yakei/cloudtrail:*".into());
        }
    });
    add("trail", &|it| it.trail = Ok(None));
    add("trail unreadable", &|it| it.trail = Err(denied()));
    add("last_event", &|it| it.last_event = Ok(Some(long_ago)));
    add("last_event none", &|it| it.last_event = Ok(None));
    add("subscribers", &|it| it.subscribers = Ok(Subscribers::default()));
    add("subscribers pending", &|it| it.subscribers = Ok(Subscribers { confirmed: 0, pending: 1 }));
    add("mute_rules", &|it| {
        it.mute_rules = Ok(vec![MuteRule { name: "quiet".into(), alarm: "yakei-RootUsage".into() }]);
    });
    let key = |policy, unusable| {
        Ok(Some(AlarmKey { id: "arn:aws:kms:eu-west-1:111122223333:key/k".into(), policy, unusable }))
    };
    add("alarm_key", &|it| it.alarm_key = key(Some(Policy::empty()), None));
    let open = json!({ "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*" });
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*" });
    let allowing = Policy::new(json!({ "Statement": [open.clone()] }));
    let both = Policy::new(json!({ "Statement": [open, deny] }));
    add("alarm_key pending deletion", &|it| it.alarm_key = key(Some(allowing.clone()), Some("PendingDeletion".into())));
    add("alarm_key denied", &|it| it.alarm_key = key(Some(both.clone()), None));
    add("functions unreadable", &|it| {
        it.functions.insert("yakei-toggler".into(), Err(denied()));
    });
    all
}

#[test]
fn every_sick_sign_is_seen() {
    let all = wanted();
    let account = complete(&all);
    assert_eq!(wrong(&all, &account, &healthy()), 0);
    let unseen: Vec<_> = sick().into_iter().filter(|(_, vitals)| wrong(&all, &account, vitals) == 0).collect();
    assert!(unseen.is_empty(), "{:?}", unseen.iter().map(|(name, _)| name).collect::<Vec<_>>());
}
