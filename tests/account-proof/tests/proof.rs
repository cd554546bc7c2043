//! Plan, apply, verify, drill, apply again, destroy of the built bootstrapper against an account that collides, delays,
//! throttles, loses a write and denies what the deployed policies do not give: each configuration ends well, with no
//! denied call and no request that AWS's own models refuse.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::time::Instant;

use account_proof::judge::Edit;
use account_proof::proxy::{Alteration, Play, Seen};
use account_proof::weather::{Fate, Trouble};
use aws_types::SdkConfig;
use common::{Ran, Setting, World, own_config};
use local_aws::LocalAws;
use scenarios::terminal::{aws_cli, run};
use scenarios::world::ACCOUNT;
use serde_json::{Value, json};
use yakei_core::regions::BY_DEFAULT;

const HOME: &str = "us-east-1";

/// The config of `infra`, with more in it. A table that is there already takes the lines at its head.
fn config(notify: &str, trail: &str) -> String {
    let own = own_config().replacen("\n[notify]\n", &format!("\n[notify]\n{notify}\n"), 1);
    if trail.is_empty() { own } else { format!("{own}\n[trail]\n{trail}\n") }
}

/// Links that only people, CloudTrail or the toggler can mend: nobody has confirmed, nothing is recorded here.
fn is_for_people(link: &Value) -> bool {
    ["somebody gets the notices", "trail delivers", "log group receives"]
        .iter()
        .any(|it| link["link"].as_str().unwrap().contains(it))
}

fn fails(ran: &Ran) -> Vec<String> {
    let links = ran.answer["links"].as_array().unwrap_or_else(|| panic!("no answer:\n{}", ran.said));
    let failing = links.iter().filter(|link| link["verdict"] == "fail" && !is_for_people(link));
    failing.map(|link| format!("{} {}: {}", link["region"], link["link"], link["detail"])).collect()
}

fn clean(what: &str, seen: &Seen) {
    assert!(seen.denied.is_empty(), "{what}: calls that the policies deny:\n{}", seen.denied.join("\n"));
    // S3's model does not name the sovereign cloud's Region yet.
    let wrong: Vec<&str> =
        seen.wrong.iter().map(String::as_str).filter(|it| !it.contains("Constraint: 'eusc-")).collect();
    assert!(wrong.is_empty(), "{what}: requests that AWS's models refuse:\n{}", wrong.join("\n"));
    assert!(seen.unknown.is_empty(), "{what}: calls whose rights nobody knows:\n{}", seen.unknown.join("\n"));
}

/// What AWS does to everybody who sets up a trail, filters, alarms, topics and schedules.
const TROUBLES: [&str; 10] = [
    "logs:CreateLogGroup OperationAbortedException",
    "lambda:AddPermission ResourceConflictException",
    "lambda:AddPermission PreconditionFailedException",
    "lambda:AddPermission (lost)",
    "iam:PutRolePolicy NoSuchEntity",
    "cloudtrail:CreateTrail InvalidCloudWatchLogsRoleArnException",
    "scheduler:CreateScheduleGroup ConflictException",
    "monitoring:PutMetricAlarm Throttling",
    "s3:CreateBucket OperationAborted",
    "s3:PutBucketLogging InvalidTargetBucketForLogging",
];

/// One configuration, and what is there before it.
struct Life<'a> {
    name: &'a str,
    region: &'a str,
    config: String,
    /// The Regions that the account has enabled; empty: whatever the local AWS says.
    enabled: &'a [&'a str],
    /// The log group of the existing trail.
    log_group: &'a str,
    strangers: &'a [&'a str],
    /// Those of [`TROUBLES`] for which there is no occasion: what they hit exists already.
    never: &'a [&'a str],
    /// Beginnings of the problems that no run of ours can mend.
    stays: &'a [&'a str],
    /// Whether a drill reaches the enricher: MiniStack tells a function of the partition `aws` alone.
    drills: bool,
}

impl<'a> Life<'a> {
    fn new(name: &'a str, region: &'a str, config: String) -> Self {
        Self { name, region, config, enabled: &[], log_group: "", strangers: &[], never: &[], stays: &[], drills: true }
    }
}

/// The links that fail, those apart that are told before anything is made.
fn fails_but(ran: &Ran, stays: &[&str]) -> Vec<String> {
    fails(ran).into_iter().filter(|line| !stays.iter().any(|it| line.contains(it))).collect()
}

/// How many calls of a run were no questions.
fn writes(seen: &Seen) -> Vec<&String> {
    let asks = ["Get", "List", "Describe", "Head"];
    let is_write = |call: &&String| {
        let operation = call.split(':').nth(1).unwrap();
        !asks.iter().any(|verb| operation.starts_with(verb))
    };
    // The enricher works whenever an alarm changes.
    seen.calls.keys().filter(|call| !call.contains(' ')).filter(is_write).collect()
}

/// Of alarms that are right by the index of tags none is asked for its own.
fn one_question_for_all_tags(name: &str, seen: &Seen) {
    let asked = |call: &str| seen.questions.get(call).copied().unwrap_or_default();
    assert_eq!(asked("monitoring:ListTagsForResource"), 0, "{name}");
    assert_eq!(asked("tagging:GetResources"), asked("monitoring:DescribeAlarms"), "{name}: a Region asks once");
}

/// The whole life of a watch.
async fn lives(life: Life<'_>, prepare: impl AsyncFnOnce(&LocalAws, &SdkConfig) -> Option<String>) {
    let Life { name, region, config, enabled, log_group, strangers, never, stays, drills } = life;
    let (aws, sdk) = World::aws(region).await;
    let config = match prepare(&aws, &sdk).await {
        Some(key) => config.replace("KEY", &key),
        None => config,
    };
    let setting = Setting { config: &config, log_group, strangers, enriches: drills };
    let world = World::new(aws, &sdk, region, &setting).await;
    if !enabled.is_empty() {
        let all: Vec<Value> = enabled.iter().map(|it| json!({ "RegionName": it })).collect();
        let edits = vec![Edit { path: json!(["Regions"]), value: json!(all) }];
        world.proxy.alter(vec![Alteration { call: "account:ListRegions".into(), about: String::new(), edits }]);
    }
    let started = Instant::now();
    let mut calls = Vec::new();
    let mut run = async |rights, event: &str| {
        world.proxy.forget();
        let ran = world.bootstrapper(rights, event).await;
        let seen = world.proxy.seen();
        clean(&format!("{name}: {event}"), &seen);
        calls.push(seen.calls.values().sum::<usize>());
        ran
    };
    // A config whose own lines are in want of something ends without success and makes what can be made.
    let ends = |what: &str, ran: &Ran| {
        assert_eq!(ran.success, stays.is_empty(), "{name}: {what}: {}\n{}", ran.answer, ran.said);
    };
    let plan = run(&world.reads, "plan").await;
    ends("plan", &plan);
    let made = plan.answer["summary"]["create"].as_u64().unwrap();
    ends("apply", &run(&world.writes, "apply").await);
    let again = run(&world.reads, "plan").await;
    assert_eq!(again.answer["summary"]["create"], 0, "{name}: {}", again.answer);
    assert_eq!(again.answer["summary"]["update"], 0, "{name}: {}", again.answer);
    let second = run(&world.writes, "apply").await;
    ends("second apply", &second);
    assert_eq!(writes(&world.proxy.seen()), [""; 0], "{name}: the second apply");
    one_question_for_all_tags(name, &world.proxy.seen());
    let audit = run(&world.reads, "verify").await;
    one_question_for_all_tags(name, &world.proxy.seen());
    assert_eq!(fails_but(&audit, stays), [""; 0], "{name}");
    for told in stays {
        assert!(fails(&audit).iter().any(|line| line.contains(told)), "{name}: {told}: {}", audit.answer);
    }
    if drills {
        let drill = run(&world.writes, "drill").await;
        assert!(drill.success && drill.answer["ok"] == true, "{name}: {}\n{}", drill.answer, drill.said);
        // The enricher's own calls, with its own rights, are among those that were seen.
        assert!(
            world.proxy.seen().calls.contains_key("yakei-enricher sns:Publish"),
            "{name}: {:?}",
            world.proxy.seen()
        );
    }
    let removed = run(&world.writes, r#"{"action":"destroy","confirm":"yakei"}"#).await;
    assert!(removed.success, "{name}: {}\n{}", removed.answer, removed.said);
    // What was just removed is made again: a group of schedules that is still being deleted is waited for.
    ends("apply after destroy", &run(&world.writes, "apply").await);
    let played = world.proxy.weather().played();
    println!(
        "{name}: {made} things made, calls {calls:?}, {} troubles of {} sorts, {:.0} s",
        played.values().sum::<usize>(),
        played.len(),
        started.elapsed().as_secs_f64()
    );
    for trouble in TROUBLES.iter().filter(|it| !never.contains(it)) {
        assert!(played.contains_key(*trouble), "{name}: {trouble} was not played: {played:#?}");
    }
    for trouble in never {
        assert!(TROUBLES.contains(trouble) && !played.contains_key(*trouble), "{name}: {trouble} was played");
    }
    world.aws.stop().await;
}

/// Four Regions that are on by default, and one that was opted into.
const SEVERAL: &str = r#"regions = ["us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2", "eu-south-1"]"#;
const ALL: &str = r#"regions = ["all"]"#;
const NAMED: &str = "topic = \"people\"\nalarm_topic = \"company\"";
const NO_TRAIL: &str = "cloudtrail:CreateTrail InvalidCloudWatchLogsRoleArnException";
const NO_BUCKET: &str = "s3:CreateBucket OperationAborted";
const NO_LOGGING: &str = "s3:PutBucketLogging InvalidTargetBucketForLogging";
const NO_GROUP: &str = "logs:CreateLogGroup OperationAbortedException";

async fn topics(_: &LocalAws, sdk: &SdkConfig) -> Option<String> {
    let sns = aws_sdk_sns::Client::new(sdk);
    for topic in ["people", "company"] {
        sns.create_topic().name(topic).send().await.unwrap();
    }
    None
}

async fn key(_: &LocalAws, sdk: &SdkConfig) -> Option<String> {
    let made = aws_sdk_kms::Client::new(sdk).create_key().send().await.unwrap();
    made.key_metadata.unwrap().arn
}

async fn nothing(_: &LocalAws, _: &SdkConfig) -> Option<String> {
    None
}

/// A bucket, with whatever its owner lets others do.
async fn bucket(aws: &LocalAws, _: &SdkConfig) -> Option<String> {
    run(aws_cli("s3api create-bucket --bucket company-logs", aws)).await.unwrap();
    None
}

/// A trail of the account, for all Regions and without a log group.
async fn bare_trail(aws: &LocalAws, sdk: &SdkConfig) -> Option<String> {
    bucket(aws, sdk).await;
    let trail = "cloudtrail create-trail --name company --s3-bucket-name company-logs --is-multi-region-trail";
    run(aws_cli(trail, aws)).await.unwrap();
    run(aws_cli("cloudtrail start-logging --name company", aws)).await.unwrap();
    None
}

/// The same, with a log group of its own.
async fn trail(aws: &LocalAws, sdk: &SdkConfig) -> Option<String> {
    bare_trail(aws, sdk).await;
    run(aws_cli("logs create-log-group --log-group-name company/trail", aws)).await.unwrap();
    let group = format!("arn:aws:logs:{HOME}:{ACCOUNT}:log-group:company/trail:*");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/company");
    let words = format!("cloudtrail update-trail --name company --cloud-watch-logs-log-group-arn {group}");
    run(aws_cli(&format!("{words} --cloud-watch-logs-role-arn {role}"), aws)).await.unwrap();
    None
}

/// Side by side: most of each is waiting.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_one_trail_lives_by_default_with_existing_topics_a_key_an_organization_and_at_an_opt_in_home() {
    let (default, named) = (config("", ""), config(NAMED, ""));
    let (encrypted, organization) = (config("kms_key = \"KEY\"", ""), config("", "organization = \"o-a1b2c3d4e5\""));
    let extras = config("", "kms_key = \"make\"\ndata_events = [\"s3\"]");
    futures_util::join!(
        Box::pin(lives(Life::new("default", HOME, default.clone()), nothing)),
        Box::pin(lives(Life::new("existing topics", HOME, named), topics)),
        Box::pin(lives(Life::new("key", HOME, encrypted), key)),
        Box::pin(lives(Life::new("a trail with its own key and data events", HOME, extras), nothing)),
        Box::pin(lives(Life::new("organization", HOME, organization), nothing)),
        Box::pin(lives(Life::new("opt-in home", "eu-south-1", default), nothing)),
    );
}

/// Whatever of the trail exists already is used, and asked for nothing that it would refuse.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_lives_on_an_existing_trail_with_and_without_a_log_group_and_on_another_accounts_bucket() {
    let company = config("", "name = \"company\"");
    let arn = config("", &format!("name = \"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/company\""));
    let (never, no_bucket) = ([NO_TRAIL, NO_BUCKET, NO_LOGGING, NO_GROUP], [NO_BUCKET, NO_LOGGING]);
    let existing = |name, config| Life { log_group: "company/trail", never: &never, ..Life::new(name, HOME, config) };
    let bare = Life { never: &never[..3], ..Life::new("existing trail without a log group", HOME, company.clone()) };
    let theirs = config("", "bucket = \"company-logs\"");
    let theirs =
        Life { strangers: &["company-logs"], never: &no_bucket, ..Life::new("another account's bucket", HOME, theirs) };
    futures_util::join!(
        Box::pin(lives(existing("existing trail", company), trail)),
        Box::pin(lives(existing("existing trail by its ARN", arn), trail)),
        Box::pin(lives(bare, bare_trail)),
        Box::pin(lives(theirs, bucket)),
    );
}

/// With existing topics each of the other Regions has a topic of Yakei's own. An opt-in home hears of no other Region,
/// so that nothing is made there, and that is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_several_regions_lives_also_with_existing_topics_and_at_an_opt_in_home() {
    let (own, named, all) = (config("", SEVERAL), config(NAMED, SEVERAL), config("", ALL));
    let alone = Life {
        enabled: &["eu-south-1", "eu-west-1", "il-central-1", "us-east-1"],
        stays: &["cannot have us-east-1", "of an alarm in eu-west-1, il-central-1, us-east-1: nothing is set up there"],
        ..Life::new("opt-in home, all Regions", "eu-south-1", all)
    };
    futures_util::join!(
        Box::pin(lives(Life::new("regions", HOME, own), nothing)),
        Box::pin(lives(Life::new("existing topics, regions", HOME, named), topics)),
        Box::pin(lives(alone, nothing)),
    );
}

/// China, `GovCloud` and the sovereign cloud: other ARNs, other Regions for global services, the same service principals.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_lives_in_other_partitions() {
    let extras = config("", "kms_key = \"make\"\ndata_events = [\"s3\"]");
    let regions = config("", "regions = [\"us-gov-west-1\", \"us-gov-east-1\"]");
    let elsewhere = |region, config| Life { drills: false, ..Life::new(region, region, config) };
    futures_util::join!(
        Box::pin(lives(elsewhere("cn-north-1", extras), nothing)),
        Box::pin(lives(elsewhere("us-gov-west-1", regions), nothing)),
        Box::pin(lives(elsewhere("eusc-de-east-1", config(NAMED, "")), topics)),
    );
}

/// A run that is ended between making the key and giving it its alias leaves one key, and the next takes that one.
#[tokio::test(flavor = "multi_thread")]
async fn killed_before_its_key_has_a_name_and_run_again_it_makes_no_second_key() {
    let (aws, sdk) = World::aws(HOME).await;
    let config = config("", "kms_key = \"make\"");
    let world = World::new(aws, &sdk, HOME, &Setting::of(&config)).await;
    world.proxy.weather().clear();
    world.proxy.play(vec![Play { call: "kms:CreateAlias".into(), about: String::new(), fate: Fate::Silence }]);
    tokio::select! {
        ran = world.bootstrapper(&world.writes, "apply") => panic!("it went on: {}", ran.said),
        // What is dropped is killed.
        () = world.proxy.silence() => {}
    }
    world.proxy.play(Vec::new());
    world.proxy.forget();
    let plan = world.bootstrapper(&world.reads, "plan").await;
    let key = plan.answer["changes"].as_array().unwrap().iter().find(|it| it["resource"] == "kms-key/yakei-trail");
    assert!(key.unwrap()["detail"].as_str().unwrap().contains("named false → true"), "{plan:?}", plan = plan.said);
    let made = world.bootstrapper(&world.writes, "apply").await;
    assert!(made.success, "{}", made.said);
    assert_eq!(fails(&world.bootstrapper(&world.reads, "verify").await), [""; 0]);
    clean("killed before the alias", &world.proxy.seen());
    let kms = aws_sdk_kms::Client::new(&sdk);
    let keys = kms.list_keys().send().await.unwrap().keys.unwrap();
    let aliases = kms.list_aliases().send().await.unwrap().aliases.unwrap();
    let named: Vec<_> = aliases.iter().filter(|it| it.alias_name() == Some("alias/yakei-trail")).collect();
    assert_eq!((keys.len(), named.len()), (1, 1));
    assert_eq!(named[0].target_key_id(), keys[0].key_id());
    world.aws.stop().await;
}

/// Whatever lost its mark is somebody else's for a plan and an audit, and ours again when it is adopted.
#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_lost_its_tag_fails_and_can_be_adopted() {
    let (aws, sdk) = World::aws(HOME).await;
    let config = config("", "kms_key = \"make\"");
    let world = World::new(aws, &sdk, HOME, &Setting::of(&config)).await;
    world.proxy.weather().clear();
    let made = world.bootstrapper(&world.writes, "apply").await;
    assert!(made.success, "{}", made.said);
    let key = aws_sdk_kms::Client::new(&sdk).list_keys().send().await.unwrap().keys.unwrap()[0].key_id.clone().unwrap();
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:{HOME}:{ACCOUNT}:{rest}");
    let bucket = |middle: &str| format!("yakei-{middle}-{ACCOUNT}-{HOME}");
    let cut = |words: String, arn: String| format!("{words} {arn} --tag-keys managed-by");
    let lost = [
        (
            "alarm/yakei-RootUsage",
            cut("cloudwatch untag-resource --resource-arn".into(), arn("cloudwatch", "alarm:yakei-RootUsage")),
        ),
        ("topic/yakei-alarms", cut("sns untag-resource --resource-arn".into(), arn("sns", "yakei-alarms"))),
        ("topic/yakei-notices", cut("sns untag-resource --resource-arn".into(), arn("sns", "yakei-notices"))),
        ("role/yakei-scheduler", cut("iam untag-role --role-name".into(), "yakei-scheduler".into())),
        ("role/yakei-cloudtrail-to-logs", cut("iam untag-role --role-name".into(), "yakei-cloudtrail-to-logs".into())),
        (
            "log-group//yakei/cloudtrail",
            cut("logs untag-resource --resource-arn".into(), arn("logs", "log-group:/yakei/cloudtrail")),
        ),
        (
            "schedule-group/yakei",
            cut("scheduler untag-resource --resource-arn".into(), arn("scheduler", "schedule-group/yakei")),
        ),
        (
            "trail/yakei-trail",
            format!(
                "cloudtrail remove-tags --resource-id {} --tags-list Key=managed-by",
                arn("cloudtrail", "trail/yakei-trail")
            ),
        ),
        ("kms-key/yakei-trail", cut("kms untag-resource --key-id".into(), key)),
        ("bucket/trail", format!("s3api delete-bucket-tagging --bucket {}", bucket("trail"))),
        ("bucket/access", format!("s3api delete-bucket-tagging --bucket {}", bucket("access"))),
    ];
    for (_, words) in &lost {
        run(aws_cli(words, &world.aws)).await.unwrap();
    }
    let names: Vec<String> = lost
        .iter()
        .map(|(name, _)| match *name {
            "bucket/trail" => format!("bucket/{}", bucket("trail")),
            "bucket/access" => format!("bucket/{}", bucket("access")),
            name => name.to_owned(),
        })
        .collect();
    world.proxy.forget();
    let audit = fails(&world.bootstrapper(&world.reads, "verify").await);
    for name in &names {
        assert!(audit.iter().any(|line| line.contains(name.as_str())), "{name}: {audit:#?}");
    }
    // The trail is known by the bucket of ours that it writes to, and gets its tag again by itself.
    let others: Vec<&String> = names.iter().filter(|name| *name != "trail/yakei-trail").collect();
    let adopting = json!({ "action": "apply", "adopt": others }).to_string();
    let adopted = world.bootstrapper(&world.writes, &adopting).await;
    assert!(adopted.success, "{}", adopted.said);
    assert_eq!(fails(&world.bootstrapper(&world.reads, "verify").await), [""; 0]);
    clean("adoption", &world.proxy.seen());
    world.aws.stop().await;
}

/// Every Region that is on by default.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_all_regions_lives() {
    lives(Life { enabled: &BY_DEFAULT, ..Life::new("17 Regions", HOME, config("", ALL)) }, nothing).await;
}

/// A trail of another place as CloudTrail tells it; its tags it tells to its own account alone.
fn elsewhere(arn: &str, account: &str, region: &str) -> Vec<Play> {
    let group = format!("arn:aws:logs:{region}:{account}:log-group:company/trail:*");
    let trail = json!({ "Trail": { "Name": "company", "TrailARN": arn, "HomeRegion": region, "S3BucketName": "b",
        "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": true, "CloudWatchLogsLogGroupArn": group,
        "IsOrganizationTrail": true } });
    let selectors = json!({ "EventSelectors": [{ "ReadWriteType": "All", "IncludeManagementEvents": true }] });
    let play = |operation: &str, fate| Play { call: format!("cloudtrail:{operation}"), about: arn.into(), fate };
    let answer = |operation, body: Value| play(operation, Fate::Answer(body.to_string()));
    vec![
        answer("GetTrail", trail),
        answer("GetTrailStatus", json!({ "IsLogging": true })),
        answer("GetEventSelectors", selectors),
        play("ListTags", Fate::Fail(Trouble { status: 400, code: "CloudTrailARNInvalidException" })),
    ]
}

/// Filters on a log group here of the same name would count nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_trail_of_another_region_or_account_is_refused_by_both_names_and_the_own_links_are_judged() {
    let places = [(ACCOUNT, "eu-west-1"), ("999988887777", HOME), ("999988887777", "ap-northeast-1")];
    futures_util::future::join_all(places.map(async |(account, region)| {
        let (aws, sdk) = World::aws(HOME).await;
        run(aws_cli("logs create-log-group --log-group-name company/trail", &aws)).await.unwrap();
        let arn = format!("arn:aws:cloudtrail:{region}:{account}:trail/company");
        let config = config("", &format!("name = \"{arn}\""));
        let world = World::new(aws, &sdk, HOME, &Setting::of(&config)).await;
        let refused = [elsewhere(&arn, account, region), refusing(&arn)];
        for (told, plays) in refused.into_iter().enumerate() {
            world.proxy.play(plays);
            for (rights, action) in [(&world.reads, "plan"), (&world.writes, "apply"), (&world.reads, "verify")] {
                world.proxy.forget();
                let ran = world.bootstrapper(rights, action).await;
                let (what, seen) = (format!("{arn} {told}: {action}"), world.proxy.seen());
                clean(&what, &seen);
                assert_eq!((ran.success, writes(&seen)), (false, Vec::<&String>::new()), "{what}: {}", ran.said);
                for part in [account, region] {
                    assert!(ran.said.contains(part), "{what}: {part}: {}", ran.said);
                }
                if action != "verify" {
                    assert!(ran.said.contains("WrongPlace"), "{what}: {}", ran.said);
                    continue;
                }
                let links = ran.answer["links"].as_array().unwrap();
                let is = |verdict: &str, part: &str| {
                    links.iter().any(|it| it["verdict"] == verdict && it["link"].as_str().unwrap().contains(part))
                };
                // The functions are there, the alarms are not; the trail is no link of this chain.
                assert!(
                    is("pass", "yakei-toggler runs") && is("fail", "alarm/yakei-RootUsage"),
                    "{what}: {}",
                    ran.said
                );
                assert!(is("fail", &arn) && !is("pass", &arn), "{what}: {}", ran.said);
            }
        }
        world.aws.stop().await;
    }))
    .await;
}

/// The same trail, of which its account tells nobody anything.
fn refusing(arn: &str) -> Vec<Play> {
    let fate = Fate::Fail(Trouble { status: 400, code: "CloudTrailARNInvalidException" });
    let play =
        |operation: &&str| Play { call: format!("cloudtrail:{operation}"), about: arn.into(), fate: fate.clone() };
    ["GetTrail", "GetTrailStatus", "GetEventSelectors", "ListTags"].iter().map(play).collect()
}

/// The index of tags runs behind: an alarm that somebody made his own a moment ago stays, whatever the index says.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_removed_by_what_the_index_of_tags_says() {
    let (aws, sdk) = World::aws(HOME).await;
    let config = config("", "");
    let world = World::new(aws, &sdk, HOME, &Setting::of(&config)).await;
    world.proxy.weather().clear();
    assert!(world.bootstrapper(&world.writes, "apply").await.success);
    let edits = vec![Edit { path: json!(["Tags"]), value: json!([]) }];
    let (call, about) = ("monitoring:ListTagsForResource".to_owned(), "yakei-RootUsage".to_owned());
    world.proxy.alter(vec![Alteration { call, about, edits }]);
    let removed = world.bootstrapper(&world.writes, r#"{"action":"destroy","confirm":"yakei"}"#).await;
    assert!(!removed.success && removed.said.contains("no longer bears the tag"), "{}", removed.said);
    let left = run(aws_cli("cloudwatch describe-alarms --query MetricAlarms[].AlarmName", &world.aws)).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&left).unwrap(), json!(["yakei-RootUsage"]));
    world.aws.stop().await;
}
