//! The tags of many things by one question, from AWS's own index of tags.
//!
//! The index runs behind the services: for a while it knows things that are gone and does not know new ones
//! (`GetResources`: "previously tagged"; aws-sdk#302, boto3#3341). What it says is a hint and no more: nothing is changed or
//! removed by it, and what it does not know is asked of the service itself.

use std::collections::BTreeMap;

use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::types::TagFilter;
use yakei_core::plan::{Problem, Tags};

use super::problem::Said as _;

/// `GetResources` takes so many ARNs.
const ARNS: usize = 100;

/// The tags of those of these things that the index knows. An index that does not answer knows nothing.
pub(super) async fn indexed(client: &Client, arns: &[&str]) -> BTreeMap<String, Tags> {
    let mut all = BTreeMap::new();
    for arns in arns.chunks(ARNS) {
        match ask(client, arns).await {
            Ok(known) => all.extend(known),
            Err(problem) => {
                tracing::info!(%problem, "the index of tags does not answer: each thing is asked for its own");
                break;
            }
        }
    }
    all
}

/// The ARNs of the things of one sort (`kms:key`) that bear all these tags, as the index knows it.
pub(super) async fn tagged(client: &Client, sort: &str, tags: &Tags) -> Result<Vec<String>, Problem> {
    let filters = tags.0.iter().map(|(key, value)| TagFilter::builder().key(key).values(value).build()).collect();
    let call = client.get_resources().resource_type_filters(sort).set_tag_filters(Some(filters));
    let mut pages = call.into_paginator().send();
    let mut arns = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.said("tag:GetResources")?;
        let things = page.resource_tag_mapping_list.unwrap_or_default();
        arns.extend(things.into_iter().filter_map(|thing| thing.resource_arn));
    }
    Ok(arns)
}

async fn ask(client: &Client, arns: &[&str]) -> Result<Vec<(String, Tags)>, Problem> {
    let arns = arns.iter().map(ToString::to_string).collect();
    let answer = client.get_resources().set_resource_arn_list(Some(arns)).send().await.said("tag:GetResources")?;
    let known = answer.resource_tag_mapping_list.unwrap_or_default().into_iter();
    let known = known.filter_map(|thing| {
        let tags = thing.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
        Some((thing.resource_arn?, tags))
    });
    Ok(known.collect())
}
