//! Keys: the one that is made for the trail, and policies of others'.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyState, KeyUsageType, Tag};
use yakei_core::plan::{Desired, Found, Grant, Holder, KmsKey, Problem, Resource, Tags, Want, Wanted};
use yakei_core::policies::Policy;

use super::found::by_tag;
use super::problem::Said as _;

/// A key has one policy, and this is its name.
const NAME: &str = "default";

/// `None` when there is no such key.
pub(super) async fn policy(client: &Client, key: &str) -> Result<Option<Policy>, Problem> {
    let call = client.get_key_policy().key_id(key).policy_name(NAME).send().await;
    let answer = call.unless("kms:GetKeyPolicy", &["NotFoundException"])?;
    Ok(answer.map(|answer| Policy::read(answer.policy().unwrap_or_default())))
}

/// A key's state where it is not `Enabled`.
pub(super) async fn unusable(client: &Client, key: &str) -> Result<Option<String>, Problem> {
    let answer = client.describe_key().key_id(key).send().await.said("kms:DescribeKey")?;
    let state = answer.key_metadata().and_then(|key| key.key_state());
    Ok(state.filter(|state| **state != KeyState::Enabled).map(|state| state.as_str().to_owned()))
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

pub(super) async fn read(client: &Client, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let Want::Make(Resource::KmsKey(want)) = &wanted.want else { return Ok(None) };
    let alias = desired.name().trail_key_alias();
    let Some(id) = target(client, &alias).await? else { return Ok(None) };
    let found = whole(client, &id, want).await?;
    Ok(Some(by_tag(desired.name(), &found.tags.clone(), || Resource::KmsKey(found))))
}

async fn whole(client: &Client, id: &str, want: &KmsKey) -> Result<KmsKey, Problem> {
    let answer = client.describe_key().key_id(id).send().await.said("kms:DescribeKey")?;
    let unfit = answer.key_metadata().and_then(unfit);
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
    Ok(KmsKey { statements: found.statements, denials: found.denials, rotation, unfit, tags })
}

/// Why CloudTrail can encrypt nothing with a key, in KMS's words.
fn unfit(key: &KeyMetadata) -> Option<String> {
    let KeyMetadata { key_state, key_usage, key_spec, .. } = key;
    let state = key_state.as_ref().filter(|it| **it != KeyState::Enabled).map(KeyState::as_str);
    let usage = key_usage.as_ref().filter(|it| **it != KeyUsageType::EncryptDecrypt).map(KeyUsageType::as_str);
    let spec = key_spec.as_ref().filter(|it| **it != KeySpec::SymmetricDefault).map(KeySpec::as_str);
    state.or(usage).or(spec).map(ToOwned::to_owned)
}

/// Our statements in the policy of this key.
pub(super) fn grant_on(id: &str, want: &KmsKey) -> Grant {
    let statements = want.statements.clone();
    Grant { on: Holder::Key(id.to_owned()), statements, ours: true, denials: Vec::new() }
}

/// Makes a key with its tags and gives it its alias at once: by that it is found again.
pub(super) async fn create(client: &Client, alias: &str, want: &KmsKey) -> Result<String, Problem> {
    // An earlier try may have got as far as this, and a second key would cost as much as the first.
    if let Some(id) = target(client, alias).await? {
        return Ok(id);
    }
    let call = client.create_key().description("Encrypts the log files of Yakei's CloudTrail trail");
    let made = call.set_tags(Some(tags(&want.tags)?)).send().await.said("kms:CreateKey")?;
    let id = made.key_metadata().map(|key| key.key_id().to_owned()).unwrap_or_default();
    client.create_alias().alias_name(alias).target_key_id(&id).send().await.said("kms:CreateAlias")?;
    Ok(id)
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
