//! The account's own settings: which Regions it has enabled.

use aws_sdk_account::Client;
use aws_sdk_account::types::RegionOptStatus;
use yakei_core::plan::Problem;

use super::problem::Said as _;

/// The Regions in which things can be made, by name.
pub(super) async fn enabled_regions(client: &Client) -> Result<Vec<String>, Problem> {
    let call = client
        .list_regions()
        .region_opt_status_contains(RegionOptStatus::Enabled)
        .region_opt_status_contains(RegionOptStatus::EnabledByDefault);
    let mut regions = Vec::new();
    let mut all = call.into_paginator().items().send();
    while let Some(region) = all.next().await {
        regions.extend(region.said("account:ListRegions")?.region_name().map(ToOwned::to_owned));
    }
    regions.sort();
    Ok(regions)
}
