//! Key policies.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::KeyState;
use yakei_core::plan::Problem;
use yakei_core::policies::Policy;

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
