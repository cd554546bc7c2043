//! Keys: the one that is made for the trail, and policies of others'.

use aws_sdk_kms::Client;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, KeyState, KeyUsageType, Tag};
use yakei_core::plan::{Desired, Found, Grant, Holder, KmsKey, Problem, Resource, Tags, Want, Wanted};
use yakei_core::policies::Policy;

use super::clients::Aws;
use super::found::by_tag;
use super::problem::Said as _;
use super::tags::tagged;

/// A key has one policy, and this is its name.
const NAME: &str = "default";
/// Of a key of which KMS tells less than it documents.
const UNTOLD: &str = "KMS does not tell its state, its usage and its sort";
/// What a key of ours says of itself.
const ABOUT: &str = "Encrypts the log files of Yakei's CloudTrail trail";

/// `None` when there is no such key.
pub(super) async fn policy(client: &Client, key: &str) -> Result<Option<Policy>, Problem> {
    let call = client.get_key_policy().key_id(key).policy_name(NAME).send().await;
    let answer = call.unless("kms:GetKeyPolicy", &["NotFoundException"])?;
    Ok(answer.map(|answer| Policy::read(answer.policy().unwrap_or_default())))
}

/// Why nothing can be encrypted with a key, in KMS's words; `None` when it can.
pub(super) async fn unfit(client: &Client, key: &str) -> Result<Option<String>, Problem> {
    let answer = client.describe_key().key_id(key).send().await.said("kms:DescribeKey")?;
    Ok(why_unfit(answer.key_metadata()))
}

pub(super) async fn put_policy(client: &Client, key: &str, policy: &Policy) -> Result<(), Problem> {
    let call = client.put_key_policy().key_id(key).policy_name(NAME).policy(policy.to_json());
    call.send().await.said("kms:PutKeyPolicy").map(drop)
}

/// The key of an alias: its id.
pub(super) async fn target(client: &Client, alias: &str) -> Result<Option<String>, Problem> {
    // Asked by its name, an alias that is not there may be denied, and a denial rings.
    let mut pages = client.list_aliases().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.said("kms:ListAliases")?;
        if let Some(found) = page.aliases().iter().find(|it| it.alias_name() == Some(alias)) {
            return Ok(found.target_key_id().map(ToOwned::to_owned));
        }
    }
    Ok(None)
}

/// A key that a run made for us and then could not name, because it ended there; the oldest, where there are several.
///
/// Its tag finds it by AWS's index of tags, which runs some seconds behind: a run right after that one may not find it.
/// To ask every key of the account for its tags is no way, for the policies of some deny it, and a denial rings.
async fn unnamed(aws: &Aws, want: &KmsKey) -> Result<Option<String>, Problem> {
    let mut found = Vec::new();
    for arn in tagged(&aws.tagging, "kms:key", &want.tags).await? {
        let answer = aws.kms.describe_key().key_id(&arn).send().await;
        let answer = answer.unless("kms:DescribeKey", &["NotFoundException"])?;
        let key = answer.and_then(|answer| answer.key_metadata);
        // Others may tag keys as ours are; nobody else describes them so.
        if let Some(key) = key.filter(|key| key.description() == Some(ABOUT) && why_unfit(Some(key)).is_none()) {
            let made = key.creation_date().map(|time| (time.secs(), time.subsec_nanos()));
            found.push((made, key.key_id));
        }
    }
    Ok(found.into_iter().min().map(|(_, id)| id))
}

pub(super) async fn read(aws: &Aws, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let Want::Make(Resource::KmsKey(want)) = &wanted.want else { return Ok(None) };
    let named = target(&aws.kms, &desired.name().trail_key_alias()).await?;
    let (id, named) = match named {
        Some(id) => (id, true),
        None => match unnamed(aws, want).await? {
            Some(id) => (id, false),
            None => return Ok(None),
        },
    };
    let found = KmsKey { named, ..whole(&aws.kms, &id, want).await? };
    Ok(Some(by_tag(desired.name(), &found.tags.clone(), || Resource::KmsKey(found))))
}

async fn whole(client: &Client, id: &str, want: &KmsKey) -> Result<KmsKey, Problem> {
    let answer = client.describe_key().key_id(id).send().await.said("kms:DescribeKey")?;
    let unfit = why_unfit(answer.key_metadata());
    let mut tags = Tags::default();
    let mut pages = client.list_resource_tags().key_id(id).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.said("kms:ListResourceTags")?;
        tags.0.extend(page.tags().iter().map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned())));
    }
    let policy = policy(client, id).await?.unwrap_or_else(Policy::empty);
    let found = grant_on(id, want).found_in(&policy);
    // Of a key that cannot be renewed KMS does not say whether it is.
    let rotation = if unfit.is_some() {
        want.rotation
    } else {
        let call = client.get_key_rotation_status().key_id(id).send().await;
        call.said("kms:GetKeyRotationStatus")?.key_rotation_enabled()
    };
    Ok(KmsKey { statements: found.statements, denials: found.denials, named: true, rotation, unfit, tags })
}

/// Neither CloudTrail nor SNS takes a key that cannot both encrypt and decrypt; and nobody can let CloudTrail and
/// CloudWatch use one that AWS manages.
fn why_unfit(key: Option<&KeyMetadata>) -> Option<String> {
    let Some(KeyMetadata { key_state, key_usage, key_spec, key_manager, .. }) = key else {
        return Some(UNTOLD.to_owned());
    };
    // What is not told is not taken for good.
    let state = key_state.as_ref().map_or(UNTOLD, KeyState::as_str);
    let usage = key_usage.as_ref().map_or(UNTOLD, KeyUsageType::as_str);
    let spec = key_spec.as_ref().map_or(UNTOLD, KeySpec::as_str);
    let state = (state != KeyState::Enabled.as_str()).then_some(state);
    let usage = (usage != KeyUsageType::EncryptDecrypt.as_str()).then_some(usage);
    let spec = (spec != KeySpec::SymmetricDefault.as_str()).then_some(spec);
    let managed = key_manager.as_ref().filter(|it| **it == KeyManagerType::Aws).map(|_| "managed by AWS");
    state.or(usage).or(spec).or(managed).map(ToOwned::to_owned)
}

/// Our statements in the policy of this key.
pub(super) fn grant_on(id: &str, want: &KmsKey) -> Grant {
    let statements = want.statements.clone();
    Grant { on: Holder::Key(id.to_owned()), statements, ours: true, denials: Vec::new(), unfit: None }
}

/// Makes a key with its tags and gives it its alias at once: by that it is found again.
pub(super) async fn create(aws: &Aws, alias: &str, want: &KmsKey) -> Result<String, Problem> {
    // An earlier try may have got as far as this, and a second key would cost as much as the first.
    if let Some(id) = target(&aws.kms, alias).await? {
        return Ok(id);
    }
    let id = match aws.new_key.get() {
        Some(id) => id.clone(),
        None => match unnamed(aws, want).await? {
            Some(id) => id,
            None => new(aws, want).await?,
        },
    };
    aws.kms.create_alias().alias_name(alias).target_key_id(&id).send().await.said("kms:CreateAlias")?;
    Ok(id)
}

/// Tried once: KMS cannot tell a second try from a second key.
async fn new(aws: &Aws, want: &KmsKey) -> Result<String, Problem> {
    let once = aws_sdk_kms::config::Builder::new().retry_config(RetryConfig::disabled());
    let call = aws.kms.create_key().description(ABOUT).set_tags(Some(tags(&want.tags)?));
    let made = call.customize().config_override(once).send().await.said("kms:CreateKey")?;
    let id = made.key_metadata.map(|key| key.key_id).unwrap_or_default();
    Ok(aws.new_key.get_or_init(|| id).clone())
}

/// What a new key or one that is there lacks of what is wanted, but its policy.
pub(super) async fn update(client: &Client, id: &str, want: &KmsKey, have: Option<&KmsKey>) -> Result<(), Problem> {
    let missing = have.map(|have| want.tags.missing_in(&have.tags)).unwrap_or_default();
    if !missing.0.is_empty() {
        let call = client.tag_resource().key_id(id).set_tags(Some(tags(&missing)?));
        call.send().await.said("kms:TagResource")?;
    }
    if want.rotation && !have.is_some_and(|have| have.rotation) {
        client.enable_key_rotation().key_id(id).send().await.said("kms:EnableKeyRotation")?;
    }
    Ok(())
}

fn tags(tags: &Tags) -> Result<Vec<Tag>, Problem> {
    let built = tags.0.iter().map(|(key, value)| Tag::builder().tag_key(key).tag_value(value).build());
    built.map(|tag| tag.said("kms:TagResource")).collect()
}
