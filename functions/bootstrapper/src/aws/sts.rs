//! Where we are.

use aws_sdk_sts::Client;
use yakei_core::arns::{self, Place};
use yakei_core::plan::Problem;
use yakei_core::regions;

use super::problem::Said as _;

pub(super) async fn place(client: &Client, region: &str) -> Result<Place, Problem> {
    let identity = client.get_caller_identity().send().await.said("sts:GetCallerIdentity")?;
    // arn:aws:sts::111122223333:assumed-role/…
    let partition = identity.arn().and_then(arns::partition).unwrap_or_else(|| regions::partition(region)).to_owned();
    Ok(Place { partition, account: identity.account().unwrap_or_default().to_owned(), region: region.to_owned() })
}
