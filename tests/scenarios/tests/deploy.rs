//! From a clone to a watched account and back, with the real tools, as the README says it.

#![allow(clippy::unwrap_used)] // a test that cannot go on ends

use std::collections::BTreeSet;

use local_aws::{LocalAws, Options};
use scenarios::terminal::{aws_cli, make, run};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn deploy_apply_verify_drill_and_undeploy() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    for target in ["deploy", "apply", "verify", "drill"] {
        run(make(target, &aws)).await.unwrap();
    }
    // Repeatable: nothing is made twice, and what apply wired stays wired.
    run(make("deploy", &aws)).await.unwrap();
    run(make("verify", &aws)).await.unwrap();
    nothing_is_called_without_a_right(&aws).await;

    run(make("undeploy", &aws)).await.unwrap();
    assert_eq!(left(&aws).await, ["bucket yakei-trail-000000000000-us-east-1", "log group /yakei/cloudtrail"]);
    aws.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_template_alone_sets_an_account_up_and_takes_it_down() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    run(make("package", &aws)).await.unwrap();
    run(aws_cli("s3 mb s3://code", &aws)).await.unwrap();
    run(aws_cli("s3 sync --quiet target/package s3://code/v1/", &aws)).await.unwrap();
    let deploy = "cloudformation deploy --stack-name night --template-file infra/template.yaml \
                  --capabilities CAPABILITY_NAMED_IAM --parameter-overrides Regions=us-east-1 CodeBucket=code \
                  CodePrefix=v1/ Architecture=x86_64";
    run(aws_cli(deploy, &aws)).await.unwrap();
    // The custom resource has applied yakei.toml, and everything is wired.
    run(make("verify", &aws)).await.unwrap();

    run(aws_cli("cloudformation delete-stack --stack-name night", &aws)).await.unwrap();
    run(aws_cli("cloudformation wait stack-delete-complete --stack-name night", &aws)).await.unwrap();
    let left = left(&aws).await;
    assert_eq!(left, ["bucket code", "bucket yakei-trail-000000000000-us-east-1", "log group /yakei/cloudtrail"]);
    aws.stop().await;
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
