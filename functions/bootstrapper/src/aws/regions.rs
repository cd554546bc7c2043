//! Which Regions the account has.

use aws_sdk_account::Client;
use aws_sdk_account::types::RegionOptStatus;
use yakei_core::plan::Problem;

use super::problem::Said as _;

/// The Regions that are enabled for the account, by default or by opting in.
pub(super) async fn enabled(client: &Client) -> Result<Vec<String>, Problem> {
    let call = client.list_regions();
    let call = call.region_opt_status_contains(RegionOptStatus::Enabled);
    let call = call.region_opt_status_contains(RegionOptStatus::EnabledByDefault);
    let mut pages = call.into_paginator().send();
    let mut regions = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.said("account:ListRegions")?;
        regions.extend(page.regions().iter().filter_map(|region| region.region_name().map(ToOwned::to_owned)));
    }
    regions.sort();
    Ok(regions)
}
