//! Roles, each with one inline policy.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;
use yakei_core::names::Name;
use yakei_core::plan::{Attached, Found, Problem, Resource, Role, Tags, Wanted};
use yakei_core::policies::Policy;

use super::found::by_tag;
use super::problem::Said as _;

const ABSENT: &[&str] = &["NoSuchEntity", "NoSuchEntityException"];

/// The inline policy's name.
const POLICY: &str = "yakei";

pub(super) async fn read(client: &Client, name: &Name, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let role_name = &wanted.key.name;
    let call = client.get_role().role_name(role_name).send().await;
    let Some(answer) = call.unless("iam:GetRole", ABSENT)? else { return Ok(None) };
    let Some(role) = answer.role() else { return Ok(None) };
    let tags: Tags = role.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    let policy = client.get_role_policy().role_name(role_name).policy_name(POLICY).send().await;
    let policy = policy.unless("iam:GetRolePolicy", ABSENT)?.map(|answer| decoded(answer.policy_document()));
    let trust = decoded(role.assume_role_policy_document().unwrap_or_default());
    let path = role.path().to_owned();
    let others = others(client, role_name).await?;
    let boundary = match role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()) {
        Some(arn) => Some(managed(client, arn).await?),
        None => None,
    };
    Ok(Some(by_tag(name, &tags.clone(), || Resource::Role(Role { path, trust, policy, others, boundary, tags }))))
}

/// Every policy on a role but ours, with what it says.
async fn others(client: &Client, role: &str) -> Result<Vec<Attached>, Problem> {
    let mut others = Vec::new();
    let mut names = client.list_role_policies().role_name(role).into_paginator().items().send();
    while let Some(name) = names.next().await {
        let name = name.said("iam:ListRolePolicies")?;
        if name != POLICY {
            let answer = client.get_role_policy().role_name(role).policy_name(&name).send().await;
            let policy = decoded(answer.said("iam:GetRolePolicy")?.policy_document());
            others.push(Attached { name, policy });
        }
    }
    let mut attached = client.list_attached_role_policies().role_name(role).into_paginator().items().send();
    while let Some(policy) = attached.next().await {
        let policy = policy.said("iam:ListAttachedRolePolicies")?;
        others.push(managed(client, policy.policy_arn().unwrap_or_default()).await?);
    }
    Ok(others)
}

/// A managed policy as it stands.
async fn managed(client: &Client, arn: &str) -> Result<Attached, Problem> {
    let answer = client.get_policy().policy_arn(arn).send().await.said("iam:GetPolicy")?;
    let version = answer.policy().and_then(|policy| policy.default_version_id()).unwrap_or("v1");
    let call = client.get_policy_version().policy_arn(arn).version_id(version).send().await;
    let answer = call.said("iam:GetPolicyVersion")?;
    let document = answer.policy_version().and_then(|version| version.document()).unwrap_or_default();
    Ok(Attached { name: arn.to_owned(), policy: decoded(document) })
}

/// IAM answers documents URL-encoded (RFC 3986).
fn decoded(document: &str) -> Policy {
    Policy::read(&percent_decode_str(document).decode_utf8_lossy())
}

pub(super) async fn create(client: &Client, role: &str, want: &Role) -> Result<(), Problem> {
    let call = client.create_role().role_name(role).assume_role_policy_document(want.trust.to_json());
    call.set_tags(Some(tags(&want.tags)?)).send().await.unless("iam:CreateRole", &["EntityAlreadyExists"])?;
    put_policy(client, role, want).await
}

pub(super) async fn update(client: &Client, role: &str, want: &Role, have: &Role) -> Result<(), Problem> {
    if want.trust != have.trust {
        let call = client.update_assume_role_policy().role_name(role).policy_document(want.trust.to_json());
        call.send().await.said("iam:UpdateAssumeRolePolicy")?;
    }
    if want.policy != have.policy {
        put_policy(client, role, want).await?;
    }
    let missing = want.tags.missing_in(&have.tags);
    if !missing.0.is_empty() {
        client.tag_role().role_name(role).set_tags(Some(tags(&missing)?)).send().await.said("iam:TagRole")?;
    }
    Ok(())
}

async fn put_policy(client: &Client, role: &str, want: &Role) -> Result<(), Problem> {
    let Some(policy) = &want.policy else { return Ok(()) };
    let call = client.put_role_policy().role_name(role).policy_name(POLICY).policy_document(policy.to_json());
    call.send().await.said("iam:PutRolePolicy")?;
    Ok(())
}

fn tags(tags: &Tags) -> Result<Vec<Tag>, Problem> {
    tags.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build().said("iam:TagRole")).collect()
}

pub(super) async fn delete(client: &Client, role: &str) -> Result<(), Problem> {
    let call = client.delete_role_policy().role_name(role).policy_name(POLICY).send().await;
    call.unless("iam:DeleteRolePolicy", ABSENT)?;
    client.delete_role().role_name(role).send().await.unless("iam:DeleteRole", ABSENT)?;
    Ok(())
}
