//! The policy documents that Yakei writes.
//!
//! Every document that opens something to an AWS service is bound to this account or to one
//! resource of it (`aws:SourceAccount`, `aws:SourceArn`) where the service takes that, against the confused deputy:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>.

use serde_json::{Value, json};

use super::policy::Policy;
use crate::arns::Place;
use crate::names::Name;

/// The bucket policy: CloudTrail writes for these trails alone, and everybody uses TLS.
///
/// Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail". `organization` adds the
/// prefix under which an organization trail writes the member accounts' logs.
pub fn bucket(place: &Place, bucket: &str, trail_arns: &[String], organization: Option<&str>) -> Policy {
    let arn = place.bucket(bucket);
    let mut statements = trail_writes(place, bucket, trail_arns, organization, "").map(Policy::into_document).to_vec();
    statements.push(tls_only(&arn));
    Policy::new(json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// The policy of the bucket for access logs: S3 writes those of this one bucket, and everybody uses TLS.
///
/// Source: S3 User Guide, "Enabling Amazon S3 server access logging", permissions of the logging service principal.
pub fn access_log_bucket(place: &Place, bucket: &str, source: &str, prefix: &str) -> Policy {
    let arn = place.bucket(bucket);
    Policy::new(json!({ "Version": "2012-10-17", "Statement": [
        {
            "Sid": "S3WritesAccessLogs", "Effect": "Allow", "Principal": { "Service": "logging.s3.amazonaws.com" },
            "Action": "s3:PutObject", "Resource": format!("{arn}/{prefix}*"),
            "Condition": {
                "ArnLike": { "aws:SourceArn": place.bucket(source) },
                "StringEquals": { "aws:SourceAccount": place.account }
            }
        },
        tls_only(&arn)
    ] }))
}

fn tls_only(arn: &str) -> Value {
    json!({
        "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [arn, format!("{arn}/*")],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } }
    })
}

/// What a bucket that exists already must allow, and may lack.
pub fn trail_uses_bucket(
    place: &Place,
    name: &Name,
    bucket: &str,
    trail_arns: &[String],
    organization: Option<&str>,
) -> [Policy; 2] {
    trail_writes(place, bucket, trail_arns, organization, &sid_prefix(name))
}

fn trail_writes(
    place: &Place,
    bucket: &str,
    trail_arns: &[String],
    organization: Option<&str>,
    sid_prefix: &str,
) -> [Policy; 2] {
    let arn = place.bucket(bucket);
    let cloudtrail = json!({ "Service": "cloudtrail.amazonaws.com" });
    let mut prefixes = vec![format!("{arn}/AWSLogs/{}/*", place.account)];
    prefixes.extend(organization.map(|id| format!("{arn}/AWSLogs/{id}/*")));
    [
        Policy::new(json!({
            "Sid": format!("{sid_prefix}CloudTrailReadsAcl"), "Effect": "Allow", "Principal": cloudtrail,
            "Action": "s3:GetBucketAcl", "Resource": arn,
            "Condition": { "StringEquals": { "aws:SourceArn": trail_arns } }
        })),
        Policy::new(json!({
            "Sid": format!("{sid_prefix}CloudTrailWrites"), "Effect": "Allow", "Principal": cloudtrail,
            "Action": "s3:PutObject", "Resource": prefixes,
            "Condition": { "StringEquals": {
                "aws:SourceArn": trail_arns,
                "s3:x-amz-acl": "bucket-owner-full-control"
            } }
        })),
    ]
}

/// What our `Sid`s begin with in a policy of somebody else's: letters and digits only, as every service takes them,
/// and telling two set-ups with one key apart. `night-watch` is `NightZwatch`.
fn sid_prefix(name: &Name) -> String {
    // A Sid takes no hyphen, and a name no capital: yakei-2 is YakeiZ2, and yakei2 another.
    let plain = name.as_str().replace('-', "Z");
    let (first, rest) = plain.split_at_checked(1).unwrap_or((&plain, ""));
    first.to_uppercase() + rest
}

/// What follows that prefix, whatever the name.
pub(super) const SIDS: [&str; 5] =
    ["CloudTrailReadsAcl", "CloudTrailWrites", "CloudWatchAlarms", "CloudTrailEncrypts", "CloudTrailDescribesKey"];

/// Who may take the role by which CloudTrail writes to the log group: CloudTrail.
///
/// Without a condition: "The role policy doesn't support the use of aws:SourceArn and aws:SourceAccount" (CloudTrail
/// User Guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring").
pub fn trail_role_trust() -> Policy {
    Policy::new(json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "sts:AssumeRole"
        }]
    }))
}

/// What that role may do: write this account's CloudTrail streams of this log group, in each of the Regions.
///
/// Source: CloudTrail User Guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring".
pub fn trail_role(places: &[Place], log_group: &str, organization: Option<&str>) -> Policy {
    let mut streams = Vec::new();
    for place in places {
        let group = place.log_group(log_group);
        streams.push(format!("{group}:log-stream:{}_CloudTrail_{}*", place.account, place.region));
        // An organization trail names its streams after the organization, then the account.
        streams.extend(organization.map(|id| format!("{group}:log-stream:{id}_*")));
    }
    Policy::new(json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "WriteTrailStreams", "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": streams
        }]
    }))
}

/// Who may take the role by which Scheduler invokes the toggler: Scheduler, for this schedule group.
///
/// Source: Scheduler User Guide, "Cross-service confused deputy prevention": the source is the group,
/// a single schedule is refused.
pub fn scheduler_role_trust(place: &Place, group: &str) -> Policy {
    assume("scheduler.amazonaws.com", place, &json!(place.schedule_group(group)))
}

/// What that role may do: invoke the toggler, and leave what cannot be delivered in the queue.
pub fn scheduler_role(place: &Place, name: &Name, dead_letters: Option<&str>) -> Policy {
    let function = place.function(&name.toggler());
    let mut statements = vec![json!({
        "Sid": "InvokeToggler", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function
    })];
    statements.extend(dead_letters.map(
        |queue| json!({ "Sid": "KeepUndelivered", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue }),
    ));
    Policy::new(json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn assume(service: &str, place: &Place, source_arn: &Value) -> Policy {
    Policy::new(json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": service },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceAccount": place.account, "aws:SourceArn": source_arn } }
        }]
    }))
}

/// The alarm topic: the account's own principals by their own policies, CloudWatch for this account's alarms.
pub fn alarm_topic(place: &Place, topic: &str) -> Policy {
    let mut statements = own_topic(place, &place.topic(topic));
    statements.push(publishes(place, topic, "CloudWatchAlarms"));
    Policy::new(json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// What a topic that exists already must allow, and may lack: CloudWatch publishes to it for this account's alarms.
pub fn alarms_publish(place: &Place, name: &Name, topic: &str) -> Policy {
    Policy::new(publishes(place, topic, &format!("{}CloudWatchAlarms", sid_prefix(name))))
}

fn publishes(place: &Place, topic: &str, sid: &str) -> Value {
    json!({
        "Sid": sid, "Effect": "Allow",
        "Principal": { "Service": "cloudwatch.amazonaws.com" },
        "Action": "sns:Publish", "Resource": place.topic(topic),
        "Condition": {
            "StringEquals": { "aws:SourceAccount": place.account },
            "ArnLike": { "aws:SourceArn": place.alarm("*") }
        }
    })
}

/// What the key of an encrypted alarm topic must allow: CloudWatch asks KMS itself, and where it may not, alarms
/// vanish without a word.
///
/// Bound to the account. Not to the alarms' ARNs: the SNS Developer Guide ("Key management") names `aws:SourceArn` for
/// event sources in general, and a condition that one caller does not fill would silence every alarm.
pub fn alarms_use_key(place: &Place, name: &Name) -> Policy {
    Policy::new(json!({
        "Sid": format!("{}CloudWatchAlarms", sid_prefix(name)), "Effect": "Allow",
        "Principal": { "Service": "cloudwatch.amazonaws.com" },
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
        "Condition": { "StringEquals": { "aws:SourceAccount": place.account } }
    }))
}

/// What the key of encrypted log files must allow: CloudTrail encrypts for these trails, and looks whether it can.
///
/// Who may read the logs is the key owner's to say: the account's own policies, as far as the key's policy lets them.
/// Source: CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail".
pub fn trail_uses_key(place: &Place, name: &Name, trail_arns: &[String]) -> [Policy; 2] {
    let prefix = sid_prefix(name);
    let cloudtrail = json!({ "Service": "cloudtrail.amazonaws.com" });
    let context = format!("arn:{}:cloudtrail:*:{}:trail/*", place.partition, place.account);
    [
        Policy::new(json!({
            "Sid": format!("{prefix}CloudTrailEncrypts"), "Effect": "Allow", "Principal": cloudtrail,
            "Action": "kms:GenerateDataKey*", "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:SourceArn": trail_arns },
                "StringLike": { "kms:EncryptionContext:aws:cloudtrail:arn": context }
            }
        })),
        Policy::new(json!({
            "Sid": format!("{prefix}CloudTrailDescribesKey"), "Effect": "Allow", "Principal": cloudtrail,
            "Action": "kms:DescribeKey", "Resource": "*",
            "Condition": { "StringEquals": { "aws:SourceArn": trail_arns } }
        })),
    ]
}

/// What a function's role does with a topic, by a policy of its own: the topic's need only not deny it.
pub fn role_publishes(place: &Place, role: &str, topic: &str) -> Policy {
    Policy::new(json!({
        "Effect": "Allow", "Principal": { "AWS": place.role(role) },
        "Action": "sns:Publish", "Resource": place.topic(topic)
    }))
}

/// The notice topic: the account's own principals by their own policies.
pub fn notice_topic(place: &Place, topic: &str) -> Policy {
    Policy::new(json!({ "Version": "2012-10-17", "Statement": own_topic(place, &place.topic(topic)) }))
}

fn own_topic(place: &Place, arn: &str) -> Vec<Value> {
    let root = place.root();
    vec![
        json!({
            "Sid": "OwnAccount", "Effect": "Allow", "Principal": { "AWS": root },
            "Action": ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish", "sns:SetTopicAttributes", "sns:Subscribe"],
            "Resource": arn
        }),
        json!({
            "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": arn,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } }
        }),
    ]
}

/// The statement by which the alarm topic may invoke a function, as `AddPermission` writes it.
///
/// Bound to the topic alone: its ARN names the account, and nothing documents that SNS fills `aws:SourceAccount`.
pub fn invoke_from_topic(
    place: &Place,
    principal: &str,
    function: &str,
    topic_arn: &str,
    statement_id: &str,
) -> Policy {
    Policy::new(json!({
        "Sid": statement_id, "Effect": "Allow",
        "Principal": { "Service": principal },
        "Action": "lambda:InvokeFunction",
        "Resource": place.function(function),
        "Condition": { "ArnLike": { "AWS:SourceArn": topic_arn } }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() }
    }

    #[test]
    fn cloudwatch_is_allowed_on_the_alarm_topic_alone() {
        let (alarms, notices) = (alarm_topic(&place(), "yakei-alarms"), notice_topic(&place(), "yakei-notices"));
        let wanted = |topic: &str| alarms_publish(&place(), &Name::parse("yakei").unwrap(), topic);
        assert!(alarms.allows(&wanted("yakei-alarms")));
        assert!(!notices.allows(&wanted("yakei-notices")));
    }

    #[test]
    fn documents() {
        let (place, name) = (place(), Name::parse("yakei").unwrap());
        let trail = [place.trail(&name.trail())];
        // Sorted: whether serde_json keeps the order depends on what else is built with it.
        let documents = json!({
            "bucket": bucket(&place, "b", &trail, None).0,
            "bucket for access logs": access_log_bucket(&place, "l", "b", "trail/").0,
            "trail role trust": trail_role_trust().0,
            "trail role": trail_role(std::slice::from_ref(&place), "/yakei/cloudtrail", None).0,
            "scheduler role trust": scheduler_role_trust(&place, "yakei").0,
            "scheduler role": scheduler_role(&place, &name, Some("arn:aws:sqs:eu-west-1:111122223333:q")).0,
            "alarm topic": alarm_topic(&place, "yakei-alarms").0,
            "notice topic": notice_topic(&place, "yakei-notices").0,
            "added to a topic": alarms_publish(&place, &Name::parse("night-watch").unwrap(), "company").0,
            "added to a key": alarms_use_key(&place, &name).0,
            "added to the trail's key": trail_uses_key(&place, &name, &trail).map(|it| it.0),
            "added to a bucket": trail_uses_bucket(&place, &name, "b", &trail, Some("o-a1b2c3d4e5")).map(|it| it.0),
            "enricher permission": invoke_from_topic(&place, "sns.amazonaws.com", "yakei-enricher", &place.topic("yakei-alarms"), "yakei-alarms").0,
        });
        insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!(documents); });
    }
}
