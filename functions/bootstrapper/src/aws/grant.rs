//! Statements of ours in policies of others: of a bucket, a key, a topic that the config names.
//!
//! A policy can only be put whole. It is read again right before that, and every statement but ours goes back as it
//! came.

use aws_sdk_kms::error::ProvideErrorMetadata as _;
use yakei_core::arns;
use yakei_core::plan::{Found, Grant, Holder, Problem, Resource, Want, Wanted};
use yakei_core::policies::Policy;
use yakei_core::verify::AlarmKey;

use super::problem::Said as _;
use super::{Aws, sns};

/// A key has one policy, and this is its name.
const KEY_POLICY: &str = "default";

pub(super) async fn read(aws: &Aws, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let Want::Make(Resource::Grant(want)) = &wanted.want else { return Ok(None) };
    Ok(Some(match policy(aws, &want.on).await? {
        Some(policy) => Found::Ours(Resource::Grant(want.found_in(&policy))),
        None => Found::Foreign,
    }))
}

/// The policy as it is now; `None` when it is not for this account and Region to read.
async fn policy(aws: &Aws, on: &Holder) -> Result<Option<Policy>, Problem> {
    match on {
        Holder::Bucket(name) => bucket_policy(aws, name).await,
        Holder::Key(arn) => key_policy(aws, arn).await.map(Some),
        Holder::Topic(arn) => match sns::attributes(&aws.sns, arn).await? {
            Some(attributes) => Ok(Some(attributes.policy)),
            None => Err(absent(&format!("the topic {arn}"), "[notify] alarm_topic")),
        },
    }
}

async fn bucket_policy(aws: &Aws, name: &str) -> Result<Option<Policy>, Problem> {
    let call = aws.s3.get_bucket_policy().bucket(name).send().await;
    let code = call.as_ref().err().and_then(|error| error.as_service_error()).and_then(|error| error.code());
    match code {
        Some("NoSuchBucketPolicy") => Ok(Some(Policy::empty())),
        // Another account's, or another Region's.
        Some("AccessDenied" | "MethodNotAllowed" | "PermanentRedirect" | "AuthorizationHeaderMalformed") => Ok(None),
        Some("NoSuchBucket") => Err(absent(&format!("the bucket {name}"), "[trail] bucket")),
        _ => {
            let answer = call.said("s3:GetBucketPolicy")?;
            Ok(Some(answer.policy().map_or_else(Policy::empty, Policy::read)))
        }
    }
}

async fn key_policy(aws: &Aws, key: &str) -> Result<Policy, Problem> {
    let call = aws.kms.get_key_policy().key_id(key).policy_name(KEY_POLICY).send().await;
    match call.unless("kms:GetKeyPolicy", &["NotFoundException"])? {
        Some(answer) => Ok(Policy::read(answer.policy().unwrap_or_default())),
        None => Err(absent(&format!("the key {key}"), "[notify] kms_key")),
    }
}

fn absent(what: &str, place: &str) -> Problem {
    Problem {
        code: Problem::NOT_FOUND.to_owned(),
        message: format!("{what} is named in {place}, but it does not exist"),
        mend: format!("Correct {place}, or leave it out"),
    }
}

/// Adds what is missing, and sets right what differs.
pub(super) async fn add(aws: &Aws, want: &Grant) -> Result<(), Problem> {
    change(aws, want, |before| {
        let there = want.found_in(before).statements;
        let missing: Vec<Policy> = want.statements.iter().filter(|it| !there.contains(it)).cloned().collect();
        before.with(&missing)
    })
    .await
}

/// Removes our statements.
pub(super) async fn remove(aws: &Aws, have: &Grant) -> Result<(), Problem> {
    change(aws, have, |before| before.without(&have.statements)).await
}

async fn change(aws: &Aws, grant: &Grant, to: impl Fn(&Policy) -> Option<Policy>) -> Result<(), Problem> {
    let before = policy(aws, &grant.on).await?.ok_or_else(|| Problem {
        code: "AccessDenied".to_owned(),
        message: "s3:GetBucketPolicy: the bucket belongs to another account or Region".to_owned(),
        mend: "Ask its owner to let CloudTrail write for this trail".to_owned(),
    })?;
    let after = to(&before).ok_or_else(|| Problem {
        code: "NoPolicy".to_owned(),
        message: "the policy that is there is no policy document".to_owned(),
        mend: "Look at it and mend it by hand".to_owned(),
    })?;
    if after == before {
        return Ok(());
    }
    match &grant.on {
        Holder::Bucket(name) if after.is_empty() => {
            // S3 takes no policy without statements; the bucket had none before us.
            aws.s3.delete_bucket_policy().bucket(name).send().await.said("s3:DeleteBucketPolicy")?;
        }
        Holder::Bucket(name) => {
            let call = aws.s3.put_bucket_policy().bucket(name).policy(after.to_json());
            call.send().await.said("s3:PutBucketPolicy")?;
        }
        Holder::Key(arn) => {
            let call = aws.kms.put_key_policy().key_id(arn).policy_name(KEY_POLICY).policy(after.to_json());
            call.send().await.said("kms:PutKeyPolicy")?;
        }
        Holder::Topic(arn) => sns::set_policy(&aws.sns, arn, &after).await?,
    }
    Ok(())
}

/// The key of the alarm topic, for the audit.
pub(super) async fn alarm_key(aws: &Aws, topic_arn: &str) -> Result<Option<AlarmKey>, Problem> {
    let Some(id) = sns::attributes(&aws.sns, topic_arn).await?.and_then(|topic| topic.kms_key) else { return Ok(None) };
    // An alias cannot be asked for a policy, nor can another account's key.
    let elsewhere = id.starts_with("arn:") && arns::account(&id) != arns::account(topic_arn);
    let askable = !elsewhere && !id.contains("alias/");
    let policy = if askable { Some(key_policy(aws, &id).await?) } else { None };
    Ok(Some(AlarmKey { id, policy }))
}
