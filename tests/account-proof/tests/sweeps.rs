//! The life of a watch on accounts that are right and hard to read: lists in pages of one, thousands of somebody else's
//! alarms, reads that run behind writes, runs that end anywhere. `make account-proof SEEDS=0..20` tries more of the last two.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use account_proof::judge::Edit;
use account_proof::proxy::{Alteration, Pages, Proxy};
use account_proof::rights::Account;
use common::{Ran, Random, Setting, World, own_config, seeds};
use futures_util::{StreamExt as _, stream};
use scenarios::deploy::checkout;
use scenarios::terminal::{PYTHON, aws_cli, run};
use scenarios::world::ACCOUNT;
use serde_json::{Value, json};

const HOME: &str = "us-east-1";
const DESTROY: &str = r#"{"action":"destroy","confirm":"yakei"}"#;

/// Accounts side by side: much of a run is waiting.
const AT_ONCE: usize = 2;

/// The config of `infra` and a key of the trail's own.
fn config() -> String {
    format!("{}\n[trail]\nkms_key = \"make\"\n", own_config())
}

async fn world(config: &str) -> World {
    let (aws, sdk) = World::aws(HOME).await;
    World::new(aws, &sdk, HOME, &Setting::of(config)).await
}

/// What of an answer says how the account is: every change or link with its verdict.
fn lines(ran: &Ran, what: &str) -> BTreeSet<String> {
    let lines = ran.answer[what].as_array().unwrap_or_else(|| panic!("no {what}:\n{}", ran.said));
    lines.iter().map(ToString::to_string).collect()
}

/// The links that fail, but those that only people and CloudTrail can mend.
fn fails(ran: &Ran) -> Vec<String> {
    let links = ran.answer["links"].as_array().unwrap_or_else(|| panic!("no answer:\n{}", ran.said));
    let people = ["somebody gets the notices", "trail delivers", "log group receives"];
    let open = links.iter().filter(|it| it["verdict"] == "fail");
    let open = open.filter(|it| !people.iter().any(|part| it["link"].as_str().unwrap().contains(part)));
    open.map(ToString::to_string).collect()
}

/// What a plan would still do.
fn work(plan: &Ran) -> Vec<String> {
    let changes = plan.answer["changes"].as_array().unwrap_or_else(|| panic!("no plan:\n{}", plan.said));
    changes.iter().filter(|it| it["change"] != "none").map(ToString::to_string).collect()
}

/// What was made more than once, though AWS makes a second one or asks people a second time. A topic, a bucket of ours in
/// us-east-1 and a subscription that asks nobody are answered with the one that is there.
fn twice(proxy: &Proxy) -> Vec<String> {
    let same = |made: &String| {
        [" sns:CreateTopic ", " s3:CreateBucket "].iter().any(|it| made.contains(it))
            || made.contains(" sns:Subscribe ") && !made.contains("\"email\"")
    };
    let (mut once, made) = (BTreeSet::new(), proxy.seen().made);
    made.into_iter().filter(|it| !same(it)).filter(|it| !once.insert(it.clone())).collect()
}

async fn keys(world: &World) -> usize {
    let keys = run(aws_cli("kms list-keys --query Keys", &world.aws)).await.unwrap();
    serde_json::from_str::<Value>(&keys).unwrap().as_array().unwrap().len()
}

/// Every list that a run asks for, a page at a time and the first one empty: nothing is taken for the whole that is a part.
#[tokio::test(flavor = "multi_thread")]
async fn in_pages_of_one_no_list_is_cut_off() {
    let config = format!("{}regions = [\"all\"]\n", config());
    let world = world(&config).await;
    let proxy = &world.proxy;
    proxy.weather().clear();
    let all: Vec<Value> = [HOME, "eu-west-1"].iter().map(|it| json!({ "RegionName": it })).collect();
    let regions = vec![Edit { path: json!(["Regions"]), value: json!(all) }];
    proxy.alter(vec![Alteration { call: "account:ListRegions".into(), about: String::new(), edits: regions }]);
    // What others have comes before ours, and after it.
    for words in [
        "logs create-log-group --log-group-name /yakei/cloudtrail-of-others",
        "kms create-alias --alias-name alias/a-key-of-others --target-key-id arn:aws:kms:us-east-1:000000000000:key/x",
        "s3api create-bucket --bucket of-others",
        "cloudtrail create-trail --name a-trail-of-others --s3-bucket-name of-others",
        "cloudtrail create-trail --name z-trail-of-others --s3-bucket-name of-others",
    ] {
        drop(run(aws_cli(words, &world.aws)).await);
    }
    let one = Pages { size: 1, lose: false };
    proxy.pages(one);
    let before = world.bootstrapper(&world.reads, "plan").await;
    let made = world.bootstrapper(&world.writes, "apply").await;
    assert!(made.success, "{}", made.said);
    proxy.pages(Pages::default());
    let plan = world.bootstrapper(&world.reads, "plan").await;
    assert_eq!(work(&plan), [""; 0]);
    let whole = lines(&world.bootstrapper(&world.reads, "verify").await, "links");
    proxy.pages(one);
    assert_eq!(lines(&world.bootstrapper(&world.reads, "plan").await, "changes"), lines(&plan, "changes"));
    let audit = world.bootstrapper(&world.reads, "verify").await;
    assert_eq!(lines(&audit, "links"), whole);
    assert_eq!(fails(&audit), [""; 0]);
    // A page that promises no more is taken for the last: that is what the above would look like.
    proxy.pages(Pages { lose: true, ..one });
    assert!(!fails(&world.bootstrapper(&world.reads, "verify").await).is_empty());
    proxy.pages(one);
    let removed = world.bootstrapper(&world.writes, DESTROY).await;
    assert!(removed.success, "{}", removed.said);
    let seen = proxy.seen();
    assert!(seen.wrong.is_empty() && seen.denied.is_empty(), "{:?} {:?}", seen.wrong, seen.denied);
    for call in [
        "account:ListRegions",
        "cloudtrail:ListTags",
        "cloudtrail:ListTrails",
        "iam:ListRolePolicies",
        "kms:ListAliases",
        "kms:ListResourceTags",
        "logs:DescribeLogGroups",
        "logs:DescribeMetricFilters",
        "monitoring:DescribeAlarms",
        "scheduler:ListSchedules",
        "sns:ListSubscriptionsByTopic",
    ] {
        assert!(seen.pages.get(call).is_some_and(|items| *items > 0), "{call} was never cut: {:?}", seen.pages);
    }
    // What stays are buckets, the log group and the key.
    proxy.pages(Pages::default());
    let after = world.bootstrapper(&world.reads, "plan").await;
    let (before, after) = (work(&before).len(), work(&after).len());
    assert!(after < before && before - after < 8, "{before} things were made, {after} are gone");
    world.aws.stop().await;
}

const FOREIGN: usize = 5_000;

/// 5,000 alarms of somebody else that bear our prefix, told a hundred at once as CloudWatch does, ours scattered among them.
#[tokio::test(flavor = "multi_thread")]
async fn among_five_thousand_alarms_of_others_none_of_ours_is_missed_and_none_of_theirs_is_asked_for_its_tags() {
    let world = world(&config()).await;
    world.proxy.weather().clear();
    let made = world.bootstrapper(&world.writes, "apply").await;
    assert!(made.success, "{}", made.said);
    let ours = run(aws_cli("cloudwatch describe-alarms --query MetricAlarms[].AlarmName", &world.aws)).await.unwrap();
    let ours = serde_json::from_str::<Vec<String>>(&ours).unwrap();
    // In front of the same account another proxy, with CloudWatch's quotas.
    let python = checkout().join(PYTHON);
    let proxy = Proxy::start(&world.aws.endpoint(), &python, Account::new("aws", ACCOUNT)).await.unwrap();
    let letters = ('A'..='Z').cycle();
    let theirs: Vec<Value> = letters
        .zip(0..FOREIGN)
        .map(|(letter, number)| {
            let name = format!("yakei-{letter}{number}");
            json!({ "AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:{HOME}:{ACCOUNT}:alarm:{name}"),
                "MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "StateValue": "OK" })
        })
        .collect();
    let edits = vec![Edit { path: json!(["MetricAlarms", "among"]), value: json!(theirs) }];
    // A question by name is about one of ours.
    let (call, about) = ("monitoring:DescribeAlarms".to_owned(), "AlarmNamePrefix".to_owned());
    proxy.alter(vec![Alteration { call, about, edits }]);
    proxy.pages(Pages { size: 100, lose: false });
    let asked = |call: &str| proxy.seen().questions.get(call).copied().unwrap_or_default();
    let pages = (FOREIGN + ours.len()).div_ceil(100) + 1; // and the empty one
    let mut calls = Vec::new();
    for action in ["plan", "verify"] {
        proxy.forget();
        let ran = world.through(&proxy, &world.reads, action).await;
        assert_eq!(asked("monitoring:DescribeAlarms"), pages, "{action}");
        assert_eq!(asked("monitoring:ListTagsForResource"), 0, "{action}: {}", ran.said);
        assert_eq!(asked("tagging:GetResources"), 1, "{action}");
        calls.push(proxy.seen().questions.values().sum::<usize>());
        let what = if action == "plan" { "changes" } else { "links" };
        let told = lines(&ran, what);
        for name in &ours {
            let fine = |line: &&String| {
                line.contains(&format!("alarm/{name}\"")) && (line.contains("\"none\"") || line.contains("\"pass\""))
            };
            assert!(told.iter().any(|line| fine(&line)), "{action}: {name}: {}", ran.said);
        }
        if action == "verify" {
            assert_eq!(fails(&ran), [""; 0]);
        }
    }
    proxy.forget();
    let removed = world.through(&proxy, &world.writes, DESTROY).await;
    assert!(removed.success, "{}", removed.said);
    assert_eq!(asked("monitoring:DeleteAlarms"), ours.len());
    println!("{FOREIGN} alarms of others beside {} of ours: calls of plan and verify {calls:?}", ours.len());
    world.aws.stop().await;
}

/// Services whose reads run behind.
const SERVICES: [&str; 10] =
    ["s3", "logs", "iam", "sns", "scheduler", "cloudtrail", "monitoring", "tagging", "lambda", "kms"];

/// Makes, changes, removes and makes again while reads of these services run behind.
async fn lives_late(services: &[&str], answers: usize) {
    let (what, config) = (format!("{services:?} {answers} answers late"), config());
    let world = world(&config).await;
    let proxy = &world.proxy;
    proxy.weather().clear();
    proxy.late(services, answers);
    let made = world.bootstrapper(&world.writes, "apply").await;
    assert!(made.success, "{what}: {}", made.said);
    assert_eq!(twice(proxy), [""; 0], "{what}");
    assert!(!proxy.seen().late.is_empty(), "{what}: nothing was told late");
    // Another threshold, another retention, another address.
    let config = config.replace("security@example.com", "other@example.com");
    let config = format!("{config}retention_days = 30\n[controls]\nthresholds = {{ RootUsage = 2 }}\n");
    world.configure(&config);
    let changed = world.bootstrapper(&world.writes, "apply").await;
    assert!(changed.success, "{what}: {}", changed.said);
    assert_eq!(twice(proxy), [""; 0], "{what}");
    proxy.late(&[], 0);
    assert_eq!(work(&world.bootstrapper(&world.reads, "plan").await), [""; 0], "{what}");
    assert_eq!(fails(&world.bootstrapper(&world.reads, "verify").await), [""; 0], "{what}");
    proxy.late(services, answers);
    let removed = world.bootstrapper(&world.writes, DESTROY).await;
    assert!(removed.success, "{what}: {}", removed.said);
    let again = world.bootstrapper(&world.writes, "apply").await;
    assert!(again.success, "{what}: {}", again.said);
    proxy.late(&[], 0);
    assert_eq!(work(&world.bootstrapper(&world.reads, "plan").await), [""; 0], "{what}");
    assert_eq!(keys(&world).await, 1, "{what}");
    assert!(proxy.seen().denied.is_empty() && proxy.seen().wrong.is_empty(), "{what}: {:?}", proxy.seen());
    world.aws.stop().await;
}

/// All services at once, and each seed one of them that takes longer, some longer than it takes to write once more.
#[tokio::test(flavor = "multi_thread")]
async fn what_reads_tell_late_is_made_once_and_ends_right() {
    let one = seeds().map(|seed| {
        let mut random = Random(seed);
        let (service, answers) = (random.below(SERVICES.len()), 1 + random.below(5));
        // CreateTrail of MiniStack forgets the log group, which an update after the next look must bring back; AWS takes it
        // at once.
        let answers = if SERVICES[service] == "cloudtrail" { answers.min(2) } else { answers };
        println!("late: seed {seed}: {}, {answers} answers", SERVICES[service]);
        (&SERVICES[service..=service], answers)
    });
    let lives = std::iter::once((&SERVICES[..], 2)).chain(one);
    stream::iter(lives).for_each_concurrent(AT_ONCE, |(services, answers)| lives_late(services, answers)).await;
}

/// A run that is killed anywhere, in AWS's own weather, and run again until it succeeds leaves one of everything.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_a_random_call_in_any_weather_and_run_again_it_ends_right() {
    stream::iter(seeds()).for_each_concurrent(AT_ONCE, killed).await;
}

async fn killed(seed: u64) {
    let mut random = Random(seed);
    let (world, call) = (world(&config()).await, random.below(400));
    let what = format!("killed at call {call} of seed {seed}");
    println!("{what}");
    world.proxy.silence_after(Some(call));
    tokio::select! {
        ran = world.bootstrapper(&world.writes, "apply") => assert!(ran.success, "{what}: {}", ran.said),
        // What is dropped is killed.
        () = world.proxy.silence() => {}
    }
    world.proxy.silence_after(None);
    let mut made = world.bootstrapper(&world.writes, "apply").await;
    // What the run before made a moment ago AWS may not know whole: that is told, left as it is, and known to the next.
    for _ in 0..3 {
        if made.success {
            break;
        }
        made = world.bootstrapper(&world.writes, "apply").await;
    }
    assert!(made.success, "{what}: {}", made.said);
    assert_eq!(work(&world.bootstrapper(&world.reads, "plan").await), [""; 0], "{what}");
    assert_eq!(fails(&world.bootstrapper(&world.reads, "verify").await), [""; 0], "{what}");
    assert_eq!(keys(&world).await, 1, "{what}");
    let saw = world.proxy.seen();
    assert!(saw.denied.is_empty() && saw.wrong.is_empty(), "{what}: {:?} {:?}", saw.denied, saw.wrong);
    world.aws.stop().await;
}
