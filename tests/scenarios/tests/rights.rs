//! Least privilege: the rights that `infra/template.yaml` gives a function are those that its code can use, no more and
//! no less. What the code can use is read from the code: the operations of the SDKs that its `aws` modules call.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test that cannot go on ends

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_sdk_iam::Client;
use local_aws::{LocalAws, Options};
use percent_encoding::percent_decode_str;
use scenarios::deploy::checkout;
use scenarios::sdks::sdks;
use scenarios::terminal::{aws_cli, run};
use scenarios::world::BINARIES;
use serde_json::Value;

/// Operations whose action has another name, or none, or needs more than one. Source: Service Authorization Reference
/// (S3, CloudTrail, EventBridge Scheduler: "Actions", column "Dependent actions").
const OTHERWISE: &[(&str, &[&str])] = &[
    ("s3:HeadBucket", &["s3:ListBucket"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    // Everybody may.
    ("sts:GetCallerIdentity", &[]),
    // The service takes the role for the caller.
    ("cloudtrail:CreateTrail", &["cloudtrail:CreateTrail", "iam:PassRole"]),
    ("scheduler:CreateSchedule", &["scheduler:CreateSchedule", "iam:PassRole"]),
    // What is made with its tags needs the right to tag: the API references of the three.
    ("s3:CreateBucket", &["s3:CreateBucket", "s3:TagResource"]),
    ("logs:CreateLogGroup", &["logs:CreateLogGroup", "logs:TagResource"]),
    ("cloudwatch:PutMetricAlarm", &["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"]),
    // A mute rule is made with its tags.
    ("cloudwatch:PutAlarmMuteRule", &["cloudwatch:PutAlarmMuteRule", "cloudwatch:TagResource"]),
    ("kms:CreateKey", &["kms:CreateKey", "kms:TagResource"]),
    // To a topic that a customer key encrypts.
    ("sns:Publish", &["sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"]),
];

/// What the Lambda service does by a function's role: its log, and its failed events.
const BY_LAMBDA: &[&str] = &["logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"];

/// What CloudTrail asks of who makes an organization's trail. Source: Service Authorization Reference, `CreateTrail`.
const ORGANIZATION: &[&str] = &[
    "organizations:DescribeOrganization",
    "organizations:ListAWSServiceAccessForOrganization",
    "iam:CreateServiceLinkedRole",
];

/// Actions that must reach a second sort of resource: what the union of a role's actions does not show.
/// Source: API references of `PutAlarmMuteRule` and `TagResource`.
const REACHES: &[(&str, &str, &str)] = &[
    ("toggler", "cloudwatch:TagResource", "alarm-mute-rule:night-"),
    ("toggler", "cloudwatch:TagResource", "alarm:night-hold"),
    ("toggler", "cloudwatch:PutAlarmMuteRule", "alarm-mute-rule:night-"),
    ("toggler", "cloudwatch:PutAlarmMuteRule", "alarm:night-"),
    ("toggler", "cloudwatch:PutAlarmMuteRule", "alarm:other"),
    ("bootstrapper", "iam:PassRole", "role/night-cloudtrail-to-logs"),
    ("bootstrapper", "iam:PassRole", "role/night-scheduler"),
];

/// Actions for which AWS offers no narrower resource. Source: Service Authorization Reference, column "Resource types";
/// the first two from their API references: composite alarms are answered only to permissions that are scoped to `*`.
const UNBINDABLE: &[&str] = &[
    "cloudtrail:ListTrails",
    "kms:CreateKey",
    "kms:ListAliases",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:GetMetricStatistics",
    "logs:DescribeLogGroups",
    "organizations:DescribeOrganization",
    "organizations:ListAWSServiceAccessForOrganization",
    "scheduler:ListSchedules",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "tag:GetResources",
];

#[tokio::test]
async fn each_function_may_do_what_its_code_can_do_and_nothing_else() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    // Every switch on: the rights that a config can ask for at most.
    let switches = "Name=night Regions=* KmsKeyArn=arn:aws:kms:us-east-1:000000000000:key/k MuteRules=true TrailKey=make \
                    OtherAlarmArns=arn:aws:cloudwatch:us-east-1:000000000000:alarm:other Organization=true";
    let template = checkout().join("infra/template.yaml");
    let mut deploy = aws_cli("cloudformation deploy --stack-name night --capabilities CAPABILITY_NAMED_IAM", &aws);
    deploy.arg("--template-file").arg(template).arg("--parameter-overrides").args(switches.split_whitespace());
    run(deploy).await.unwrap();
    let iam = Client::new(&aws.sdk_config());
    let operations = operations();
    let mut wrong = Vec::new();
    for function in BINARIES {
        let statements = statements(&iam, &format!("night-{function}")).await;
        let allowed: BTreeSet<String> = statements.iter().flat_map(|statement| texts(&statement["Action"])).collect();
        let mut needed: BTreeSet<String> = called(function, &operations).iter().flat_map(actions).collect();
        needed.extend(BY_LAMBDA.iter().map(ToString::to_string));
        if function == "bootstrapper" {
            needed.extend(ORGANIZATION.iter().map(ToString::to_string));
        }
        wrong.extend(allowed.difference(&needed).map(|action| format!("{function}: {action} is allowed, not used")));
        wrong.extend(needed.difference(&allowed).map(|action| format!("{function}: {action} is used, not allowed")));
        wrong.extend(statements.iter().filter_map(unbound).map(|what| format!("{function}: {what}")));
        wrong.extend(REACHES.iter().filter(|(of, ..)| *of == function).filter_map(|(_, action, resource)| {
            let reaches = |statement: &Value| {
                texts(&statement["Action"]).iter().any(|it| it == action)
                    && texts(&statement["Resource"]).iter().any(|it| it.contains(resource))
            };
            (!statements.iter().any(reaches)).then(|| format!("{function}: {action} does not reach {resource}"))
        }));
        let trust = trust(&iam, &format!("night-{function}")).await.to_string();
        if !trust.contains("aws:SourceAccount") {
            wrong.push(format!("{function}: its role may be taken for other accounts: {trust}"));
        }
    }
    // plan and verify need the first policy alone.
    let reads = document(&policy(&iam, "arn:aws:iam::000000000000:policy/night-bootstrapper-reads").await);
    let reads: BTreeSet<String> =
        reads["Statement"].as_array().unwrap().iter().flat_map(|it| texts(&it["Action"])).collect();
    let looks = |call: &&String| {
        let operation = call.split(':').nth(1).unwrap();
        let drill = ["FilterLogEvents", "GetMetricStatistics"].contains(&operation);
        !drill && ["Get", "List", "Describe", "Head"].iter().any(|verb| operation.starts_with(verb))
    };
    let looked: BTreeSet<String> = called("bootstrapper", &operations).iter().filter(looks).flat_map(actions).collect();
    wrong.extend(looked.difference(&reads).map(|action| format!("plan and verify: {action} is used, not allowed")));
    wrong.extend(reads.difference(&looked).map(|action| format!("plan and verify: {action} is allowed, not used")));
    assert!(wrong.is_empty(), "infra/template.yaml:\n{}", wrong.join("\n"));
    aws.stop().await;
}

/// What is wrong with a statement's resources.
fn unbound(statement: &Value) -> Option<String> {
    let (actions, resources) = (texts(&statement["Action"]), texts(&statement["Resource"]));
    let bindable: Vec<&String> = actions.iter().filter(|action| !UNBINDABLE.contains(&action.as_str())).collect();
    let sid = &statement["Sid"];
    if resources.iter().any(|resource| resource == "*") {
        return (!bindable.is_empty()).then(|| format!("{sid}: {bindable:?} can be bound to a resource"));
    }
    // A listing names nothing; whatever else must name what is Yakei's, or what the parameters name.
    let listing = |action: &&&String| {
        ["logs:DescribeMetricFilters", "cloudwatch:GetAlarmMuteRule", "cloudwatch:ListAlarmMuteRules"]
            .contains(&action.as_str())
    };
    let named = |resource: &&String| {
        // Whatever policy others attached to our roles is read; the account tells its Regions of itself.
        let others = ["policy/*", ":account::000000000000:account"];
        ["night", "alarm:other", "key/k", "yakei-drill", "aws-service-role/cloudtrail", others[0], others[1]]
            .iter()
            .any(|name| resource.contains(name))
    };
    // A key that is made later has no name yet: it is known by its tag or its alias, or named by ours.
    let of_a_key = |resource: &&String| {
        resource.ends_with(":key/*") && (statement.get("Condition").is_some() || actions == ["kms:CreateAlias"])
    };
    let named = |resource: &&String| named(resource) || of_a_key(resource);
    let strays: Vec<&String> = resources.iter().filter(|resource| !named(resource)).collect();
    let all_listings = bindable.iter().all(|action| listing(&action));
    (!strays.is_empty() && !all_listings).then(|| format!("{sid}: {strays:?} names nothing of Yakei's"))
}

/// Who may take a role.
async fn trust(iam: &Client, role: &str) -> Value {
    let role = iam.get_role().role_name(role).send().await.unwrap().role.unwrap();
    document(role.assume_role_policy_document().unwrap())["Statement"].clone()
}

/// IAM answers policies URL-encoded.
fn document(text: &str) -> Value {
    serde_json::from_str(&percent_decode_str(text).decode_utf8().unwrap()).unwrap()
}

/// Every statement of a role's inline and attached policies.
async fn statements(iam: &Client, role: &str) -> Vec<Value> {
    let mut documents = Vec::new();
    let inline = iam.list_role_policies().role_name(role).send().await.unwrap();
    for policy in inline.policy_names() {
        let answer = iam.get_role_policy().role_name(role).policy_name(policy).send().await.unwrap();
        documents.push(answer.policy_document().to_owned());
    }
    let attached = iam.list_attached_role_policies().role_name(role).send().await.unwrap();
    for policy in attached.attached_policies() {
        documents.push(self::policy(iam, policy.policy_arn().unwrap()).await);
    }
    let read = |text: &String| {
        let document = document(text);
        assert!(document.to_string().len() <= 6_144, "a managed policy takes 6,144 characters");
        document["Statement"].as_array().unwrap().clone()
    };
    documents.iter().flat_map(read).collect()
}

/// A managed policy's document.
async fn policy(iam: &Client, arn: &str) -> String {
    let policy = iam.get_policy().policy_arn(arn).send().await.unwrap().policy.unwrap();
    let version = policy.default_version_id().unwrap();
    let answer = iam.get_policy_version().policy_arn(arn).version_id(version).send().await.unwrap();
    answer.policy_version.unwrap().document.unwrap()
}

/// A text, or each of a list.
fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| value.as_str().unwrap().to_owned();
    value.as_array().map_or_else(|| vec![one(value)], |all| all.iter().map(one).collect())
}

/// The actions that a call needs, `s3:HeadBucket` say.
fn actions(call: &String) -> Vec<String> {
    let otherwise = OTHERWISE.iter().find(|(operation, _)| operation == call);
    otherwise.map_or_else(|| vec![call.clone()], |(_, actions)| actions.iter().map(ToString::to_string).collect())
}

/// The operations of each SDK that the workspace uses, by the method that calls them: `head_bucket`.
fn operations() -> BTreeMap<String, BTreeSet<String>> {
    let modules = |folder: PathBuf| {
        let text = std::fs::read_to_string(folder.join("operation.rs")).unwrap();
        let modules = text.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';'));
        modules.map(ToOwned::to_owned).collect()
    };
    sdks().unwrap().into_iter().map(|(sdk, folder)| (sdk, modules(folder))).collect()
}

/// The calls, as `service:Operation`, that a function's code makes: methods of the SDKs that a file names.
fn called(function: &str, operations: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for file in sources(&checkout().join("functions").join(function).join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let sdks: Vec<_> = operations.iter().filter(|(sdk, _)| text.contains(&format!("aws_sdk_{sdk}::"))).collect();
        for method in methods(text) {
            let of: Vec<&String> = sdks.iter().filter(|(_, all)| all.contains(method)).map(|(sdk, _)| *sdk).collect();
            match of[..] {
                [] => {}
                [sdk] => drop(calls.insert(format!("{}:{}", service(sdk), camel(method)))),
                _ => {
                    panic!("{}: .{method}() is an operation of each of {of:?}: call them in two files", file.display())
                }
            }
        }
    }
    calls
}

/// `.describe_alarms()` is `describe_alarms`: operations take no arguments.
fn methods(text: &str) -> impl Iterator<Item = &str> {
    text.split("()").filter_map(|before| {
        let name = before.rsplit(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_').next()?;
        before.strip_suffix(name)?.trim_end().ends_with('.').then_some(name)
    })
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = Vec::new();
    for path in entries {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name == "tests" || name.ends_with("_tests") {
            continue;
        }
        if path.is_dir() {
            files.extend(sources(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// IAM's prefix of a service.
fn service(sdk: &str) -> &str {
    match sdk {
        "cloudwatchlogs" => "logs",
        "resourcegroupstagging" => "tag",
        other => other,
    }
}

fn camel(method: &str) -> String {
    let words = method
        .split('_')
        .map(|word| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default());
    words.collect()
}
