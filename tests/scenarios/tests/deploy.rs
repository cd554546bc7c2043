//! From a clone to a watched account and back, with the real tools, as the README says it.

#![allow(clippy::unwrap_used)] // a test that cannot go on ends

use std::collections::BTreeSet;
use std::path::Path;

use local_aws::{LocalAws, Options};
use scenarios::deploy::checkout;
use scenarios::terminal::{PYTHON, aws_cli, in_account, make, run};
use scenarios::world::BINARIES;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn deploy_apply_verify_drill_and_undeploy() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = with_holiday_file(folder.path());
    let make = |target: &str| {
        let mut command = make(target, &aws);
        command.arg(format!("CONFIG={config}"));
        command
    };
    for target in ["deploy", "apply"] {
        run(make(target)).await.unwrap();
    }
    let unconfirmed = run(make("verify")).await.unwrap_err().to_string();
    assert!(unconfirmed.contains("none confirmed"), "{unconfirmed}");
    aws.confirm().await.unwrap();
    for target in ["verify", "drill"] {
        run(make(target)).await.unwrap();
    }
    // Repeatable: nothing is made twice, and what apply wired stays wired.
    run(make("deploy")).await.unwrap();
    run(make("verify")).await.unwrap();
    nothing_is_called_without_a_right(&aws).await;
    // The config and what it names are in the zip.
    let mut plan = make("ask");
    plan.env("EVENT", r#"{"action":"plan","at":"2026-12-24T03:00:00Z"}"#);
    let plan: Value = serde_json::from_str(&run(plan).await.unwrap()).unwrap();
    assert_eq!(plan.pointer("/schedules/0/because"), Some(&"holiday".into()), "{plan:#}");

    // With a hold in the account: it goes as well.
    let mut mute = make("ask");
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    mute.env("EVENT", format!(r#"{{"action":"mute","until":"{until}","reason":"test"}}"#));
    run(mute).await.unwrap();
    run(make("undeploy")).await.unwrap();
    assert_eq!(
        left(&aws).await,
        [
            "bucket yakei-access-000000000000-us-east-1",
            "bucket yakei-trail-000000000000-us-east-1",
            "log group /yakei/cloudtrail"
        ]
    );
    aws.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_template_alone_sets_an_account_up_and_takes_it_down() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut package = make("package", &aws);
    package.arg(format!("PACKAGE={}", folder.path().display()));
    run(package).await.unwrap();
    let (mut made, architecture) = (names(folder.path()), architecture());
    made.sort();
    assert_eq!(made, published(architecture));

    // From here on with nothing of the checkout but a Python and an AWS CLI: so does who has downloaded a release.
    let path = |name: &str| folder.path().join(name).into_os_string();
    let zips = BINARIES.map(|function| path(&format!("{function}-{architecture}.zip")));
    let mut with_config = in_account(PYTHON, &aws);
    with_config.arg(path("with_config.py")).arg(path("yakei.toml")).args(&zips).current_dir(folder.path());
    run(with_config).await.unwrap();
    run(aws_cli("s3 mb s3://code", &aws)).await.unwrap();
    let mut upload = aws_cli("s3 sync --quiet", &aws);
    upload.arg(folder.path()).arg("s3://code/v1/").args(["--exclude", "*", "--include", "*.zip"]);
    run(upload).await.unwrap();
    let mut deploy = aws_cli("cloudformation deploy --stack-name night --capabilities CAPABILITY_NAMED_IAM", &aws);
    deploy.arg("--template-file").arg(path("template.yaml")).args(["--parameter-overrides", "Regions=us-east-1"]);
    deploy.args(["CodeBucket=code", "CodePrefix=v1/", &format!("Architecture={architecture}")]);
    run(deploy).await.unwrap();
    // The template gives both a dead-letter queue; MiniStack's CloudFormation drops it. The schedules use the toggler's,
    // so what the custom resource has applied is applied once more.
    for function in ["yakei-toggler", "yakei-enricher"] {
        let queue = "TargetArn=arn:aws:sqs:us-east-1:000000000000:yakei-dead-letters";
        let words =
            format!("lambda update-function-configuration --function-name {function} --dead-letter-config {queue}");
        run(aws_cli(&words, &aws)).await.unwrap();
    }
    run(make("apply", &aws)).await.unwrap();
    // Everything is wired once the mail is answered.
    aws.confirm().await.unwrap();
    run(make("verify", &aws)).await.unwrap();

    run(aws_cli("cloudformation delete-stack --stack-name night", &aws)).await.unwrap();
    run(aws_cli("cloudformation wait stack-delete-complete --stack-name night", &aws)).await.unwrap();
    let left = left(&aws).await;
    assert_eq!(
        left,
        [
            "bucket code",
            "bucket yakei-access-000000000000-us-east-1",
            "bucket yakei-trail-000000000000-us-east-1",
            "log group /yakei/cloudtrail"
        ]
    );
    aws.stop().await;
}

/// This machine's, in AWS's words.
fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The files that the release workflow publishes for an architecture, or for both.
fn published(architecture: &str) -> Vec<String> {
    let workflow = std::fs::read_to_string(checkout().join(".github/workflows/release.yml")).unwrap();
    let command = workflow.split("gh release create").nth(1).unwrap().split("\n\n").next().unwrap();
    let words = command.split_whitespace().filter_map(|word| word.strip_prefix("published/"));
    let ours = words.filter(|name| name.contains(architecture) || !name.contains(other(architecture)));
    let mut ours: Vec<String> = ours.map(ToOwned::to_owned).collect();
    ours.sort();
    ours
}

fn other(architecture: &str) -> &str {
    if architecture == "arm64" { "x86_64" } else { "arm64" }
}

/// The config of `infra` with a calendar beside it, in which the 24th of December 2026, a Thursday, is free.
fn with_holiday_file(folder: &Path) -> String {
    let text = std::fs::read_to_string(checkout().join("infra/yakei.toml")).unwrap();
    let named = text.replace("# holiday_files", "holiday_files");
    assert_ne!(named, text);
    let path = folder.join("named as you like.toml");
    std::fs::write(&path, named).unwrap();
    let lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z"];
    let rest = [
        "DTSTART;VALUE=DATE:20261224",
        "SUMMARY:Free",
        "DESCRIPTION:Public holiday",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ];
    std::fs::write(folder.join("office.ics"), [&lines[..], &rest[..]].concat().join("\r\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What each function called, as far as its protocol tells, its role's policies allow.
async fn nothing_is_called_without_a_right(aws: &LocalAws) {
    let calls = aws.calls_by_function();
    assert!(calls.iter().any(|call| call.app == "yakei-enricher" && call.operation == "FilterLogEvents"), "{calls:?}");
    for function in ["yakei-toggler", "yakei-enricher"] {
        let query = "iam get-role-policy --query PolicyDocument.Statement[].Action --policy-name";
        let policy = function.trim_start_matches("yakei-");
        let answer = run(aws_cli(&format!("{query} {policy} --role-name {function}"), aws)).await.unwrap();
        let actions: Value = serde_json::from_str(&answer).unwrap();
        let actions: BTreeSet<&str> = actions.as_array().unwrap().iter().flat_map(texts).collect();
        for call in calls.iter().filter(|call| call.app == function) {
            let action = format!("{}:{}", call.service, call.operation);
            assert!(actions.contains(action.as_str()), "{function} called {action}, and may only {actions:?}");
        }
    }
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map_or_else(|| vec![value.as_str().unwrap()], |all| all.iter().filter_map(Value::as_str).collect())
}

/// What there is in the account of the kinds that Yakei makes.
async fn left(aws: &LocalAws) -> Vec<String> {
    let listings = [
        ("bucket", "s3api list-buckets --query Buckets[].Name"),
        ("log group", "logs describe-log-groups --query logGroups[].logGroupName"),
        ("alarm", "cloudwatch describe-alarms --query MetricAlarms[].AlarmName"),
        ("topic", "sns list-topics --query Topics[].TopicArn"),
        ("function", "lambda list-functions --query Functions[].FunctionName"),
        ("role", "iam list-roles --query Roles[].RoleName"),
        ("policy", "iam list-policies --scope Local --query Policies[].PolicyName"),
        ("queue", "sqs list-queues --query QueueUrls"),
        ("trail", "cloudtrail list-trails --query Trails[].Name"),
        ("schedule group", "scheduler list-schedule-groups --query ScheduleGroups[?Name!='default'].Name"),
    ];
    let mut all = Vec::new();
    for (kind, listing) in listings {
        // SQS has an endpoint of its own in this CLI, whatever AWS_ENDPOINT_URL says.
        let listing = format!("{listing} --output json --endpoint-url {}", aws.endpoint());
        let answer = run(aws_cli(&listing, aws)).await.unwrap();
        let names: Value = serde_json::from_str(&answer).unwrap_or_default();
        all.extend(names.as_array().into_iter().flatten().map(|name| format!("{kind} {}", name.as_str().unwrap())));
    }
    all
}
