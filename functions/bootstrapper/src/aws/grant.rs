//! Statements of ours in policies of others: of a bucket, a key, a topic that the config names.
//!
//! A policy can only be put whole. It is read again right before that, and every statement but ours goes back as it
//! came.

use yakei_core::arns;
use yakei_core::plan::{Desired, Found, Grant, Holder, Kind, Problem, ProblemKind, Resource, Want, Wanted};
use yakei_core::policies::Policy;
use yakei_core::verify::AlarmKey;

use super::clients::Aws;
use super::{kms, s3, sns};

pub(super) async fn read(aws: &Aws, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let Want::Make(Resource::Grant(want)) = &wanted.want else { return Ok(None) };
    // Nor does KMS tell the policy of another account's or another Region's key.
    if let Holder::Key(arn) = &want.on
        && (arns::account(arn) != Some(&desired.place().account) || arns::region(arn) != Some(&desired.place().region))
    {
        return Ok(Some(Found::FOREIGN));
    }
    // Another account's bucket is not asked for its policy: S3 would deny that, and the denial be recorded.
    if let Holder::Bucket(name) = &want.on
        && s3::is_elsewhere(&aws.s3, name, &desired.place().account).await?
    {
        return Ok(Some(Found::FOREIGN));
    }
    Ok(Some(match policy(aws, &want.on).await? {
        Some(policy) => {
            let unfit = match &want.on {
                Holder::Key(arn) => kms::unfit(&aws.kms, arn).await?,
                Holder::Bucket(_) | Holder::Topic(_) => None,
            };
            Found::Ours(Resource::Grant(Grant { unfit, ..want.found_in(&policy) }))
        }
        None => Found::FOREIGN,
    }))
}

/// The policy as it is now; `None` when it is not for this account and Region to read.
async fn policy(aws: &Aws, on: &Holder) -> Result<Option<Policy>, Problem> {
    match on {
        Holder::Bucket(name) => match s3::policy(&aws.s3, name).await? {
            s3::BucketPolicy::Is(policy) => Ok(Some(policy)),
            s3::BucketPolicy::Elsewhere => Ok(None),
            s3::BucketPolicy::NoBucket => Err(absent(&format!("the bucket {name}"), "[trail] bucket")),
        },
        Holder::Key(arn) => match kms::policy(&aws.kms, arn).await? {
            Some(policy) => Ok(Some(policy)),
            None => Err(absent(&format!("the key {arn}"), "[notify] kms_key or [trail] kms_key")),
        },
        Holder::Topic(arn) => match sns::attributes(&aws.sns, arn).await? {
            Some(attributes) => Ok(Some(attributes.policy)),
            None => Err(absent(&format!("the topic {arn}"), "[notify] alarm_topic")),
        },
    }
}

fn absent(what: &str, place: &str) -> Problem {
    Problem::new(
        ProblemKind::NotFound,
        format!("{what} is named in {place}, but it does not exist"),
        format!("Correct {place}, or leave it out"),
    )
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
    let before = policy(aws, &grant.on).await?.ok_or_else(|| {
        Problem::new(
            ProblemKind::Denied,
            "s3:GetBucketPolicy: the bucket belongs to another account or Region",
            "Ask its owner to let CloudTrail write for this trail",
        )
    })?;
    let after = to(&before).ok_or_else(|| {
        Problem::new(
            ProblemKind::Unfit,
            "the policy that is there is no policy document",
            "Look at it and mend it by hand",
        )
    })?;
    if after == before {
        return Ok(());
    }
    match &grant.on {
        // S3 takes no policy without statements; the bucket had none before us.
        Holder::Bucket(name) if after.is_empty() => s3::delete_policy(&aws.s3, name).await,
        Holder::Bucket(name) => s3::put_policy(&aws.s3, name, &after).await,
        Holder::Key(arn) => kms::put_policy(&aws.kms, arn, &after).await,
        Holder::Topic(arn) => sns::set_policy(&aws.sns, arn, &after).await,
    }
}

/// The key of the alarm topic, for the audit.
pub(super) async fn alarm_key(aws: &Aws, desired: &Desired) -> Result<Option<AlarmKey>, Problem> {
    let topic = desired.place().topic(desired.alarm_topic());
    let Some(id) = sns::attributes(&aws.sns, &topic).await?.and_then(|topic| topic.kms_key) else { return Ok(None) };
    // Whoever runs this may ask of the key that the config names, and of no other: a denied call would itself ring.
    let named = |grant: &Grant| match &grant.on {
        Holder::Key(arn) => *arn == id || arn.rsplit('/').next() == Some(id.as_str()),
        Holder::Bucket(_) | Holder::Topic(_) => false,
    };
    let askable = desired
        .of_kind(Kind::KeyPolicy)
        .any(|wanted| matches!(&wanted.want, Want::Make(Resource::Grant(grant)) if named(grant)));
    if !askable {
        return Ok(Some(AlarmKey { id, policy: None, unusable: None }));
    }
    let policy = kms::policy(&aws.kms, &id).await?;
    let unusable = kms::unfit(&aws.kms, &id).await?;
    Ok(Some(AlarmKey { id, policy, unusable }))
}
