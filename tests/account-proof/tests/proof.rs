//! Plan, apply, verify, destroy of the built bootstrapper against an account that collides, delays, throttles, loses a
//! write and denies what the deployed policies do not give: each configuration ends well, with no denied call and no
//! request that AWS's own models refuse.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::time::Instant;

use account_proof::proxy::Seen;
use aws_config::SdkConfig;
use common::{Ran, World};
use scenarios::deploy::checkout;
use serde_json::Value;

const HOME: &str = "us-east-1";

/// The config of `infra`, with more in it. A table that is there already takes the lines at its head.
fn config(notify: &str, trail: &str) -> String {
    let own = std::fs::read_to_string(checkout().join("infra/yakei.toml")).unwrap();
    let own = own.replacen("\n[notify]\n", &format!("\n[notify]\n{notify}\n"), 1);
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
    assert!(seen.wrong.is_empty(), "{what}: requests that AWS's models refuse:\n{}", seen.wrong.join("\n"));
    assert!(seen.unknown.is_empty(), "{what}: calls whose rights nobody knows:\n{}", seen.unknown.join("\n"));
}

/// The whole life of a watch.
async fn lives(name: &str, region: &str, config: &str, prepare: impl AsyncFnOnce(&SdkConfig) -> Option<String>) {
    let (aws, sdk) = World::aws(region).await;
    let config = match prepare(&sdk).await {
        Some(key) => config.replace("KEY", &key),
        None => config.to_owned(),
    };
    let world = World::new(aws, &sdk, region, &config).await;
    let started = Instant::now();
    let run = async |rights, event: &str| {
        let ran = world.bootstrapper(rights, event).await;
        clean(&format!("{name}: {event}"), &world.proxy.seen());
        ran
    };
    let plan = run(&world.reads, "plan").await;
    assert!(plan.success, "{name}: {}", plan.said);
    let first = run(&world.writes, "apply").await;
    assert!(first.success, "{name}: {}\n{}", first.answer, first.said);
    let made = first.answer["summary"]["create"].as_u64().unwrap();
    let again = run(&world.reads, "plan").await;
    assert_eq!(again.answer["summary"]["create"], 0, "{name}: {}", again.answer);
    assert_eq!(again.answer["summary"]["update"], 0, "{name}: {}", again.answer);
    let audit = run(&world.reads, "verify").await;
    assert_eq!(fails(&audit), [""; 0], "{name}");
    let removed = run(&world.writes, r#"{"action":"destroy","confirm":"yakei"}"#).await;
    assert!(removed.success, "{name}: {}\n{}", removed.answer, removed.said);
    // What was just removed is made again: a group of schedules that is still being deleted is waited for.
    let anew = run(&world.writes, "apply").await;
    assert!(anew.success, "{name}: {}\n{}", anew.answer, anew.said);
    let (seen, played) = (world.proxy.seen(), world.proxy.weather().played());
    println!(
        "{name}: {made} things made, {} calls, {} troubles of {} sorts, {:.0} s",
        seen.calls.values().sum::<usize>(),
        played.values().sum::<usize>(),
        played.len(),
        started.elapsed().as_secs_f64()
    );
    for trouble in [
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
    ] {
        assert!(played.contains_key(trouble), "{name}: {trouble} was not played: {played:#?}");
    }
    world.aws.stop().await;
}

const SEVERAL: &str = r#"regions = ["us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2"]"#;
const NAMED: &str = "topic = \"people\"\nalarm_topic = \"company\"";

async fn topics(sdk: &SdkConfig) -> Option<String> {
    let sns = aws_sdk_sns::Client::new(sdk);
    for topic in ["people", "company"] {
        sns.create_topic().name(topic).send().await.unwrap();
    }
    None
}

async fn key(sdk: &SdkConfig) -> Option<String> {
    let made = aws_sdk_kms::Client::new(sdk).create_key().send().await.unwrap();
    made.key_metadata.unwrap().arn
}

async fn nothing(_: &SdkConfig) -> Option<String> {
    None
}

/// Side by side: most of each is waiting.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_one_trail_lives_by_default_with_existing_topics_a_key_an_organization_and_at_an_opt_in_home() {
    let (default, named) = (config("", ""), config(NAMED, ""));
    let (encrypted, organization) = (config("kms_key = \"KEY\"", ""), config("", "organization = \"o-a1b2c3d4e5\""));
    let extras = config("", "kms_key = \"make\"\ndata_events = [\"s3\"]");
    futures_util::join!(
        Box::pin(lives("default", HOME, &default, nothing)),
        Box::pin(lives("existing topics", HOME, &named, topics)),
        Box::pin(lives("key", HOME, &encrypted, key)),
        Box::pin(lives("a trail with its own key and data events", HOME, &extras, nothing)),
        Box::pin(lives("organization", HOME, &organization, nothing)),
        Box::pin(lives("opt-in home", "eu-south-1", &default, nothing)),
    );
}

/// With existing topics each of the other Regions has a topic of Yakei's own.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_several_regions_lives_also_with_existing_topics() {
    let (own, named) = (config("", SEVERAL), config(NAMED, SEVERAL));
    futures_util::join!(
        Box::pin(lives("regions", HOME, &own, nothing)),
        Box::pin(lives("existing topics, regions", HOME, &named, topics)),
    );
}
