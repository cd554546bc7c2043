//! The trail.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::Tag;
use jiff::Timestamp;
use yakei_core::arns;
use yakei_core::plan::{Delivery, Desired, Found, Kind, Problem, Resource, Tags, Trail, Want, Wanted};
use yakei_core::verify::{Delivered, TrailVitals};

use crate::ports::Account as _;

use super::clients::Aws;
use super::found::by_tag;
use super::kms;
use super::problem::Said as _;
use super::selectors;

const ABSENT: &[&str] = &["TrailNotFoundException"];

/// The ARN of the log group of somebody's trail.
pub(super) async fn log_group_arn_of(client: &Client, trail: &str) -> Result<Option<String>, Problem> {
    let found = get(client, trail).await?;
    let arn = found.as_ref().and_then(|trail| trail.cloud_watch_logs_log_group_arn());
    Ok(arn.filter(|arn| !arn.is_empty()).map(ToOwned::to_owned))
}

/// The home Regions of this account's trails of this name; one call tells of all Regions.
pub(super) async fn home_regions(client: &Client, name: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut found = Vec::new();
    let mut pages = client.list_trails().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.said("cloudtrail:ListTrails")?;
        let named = page.trails().iter().filter(|trail| trail.name() == Some(name));
        // The trail of an organization's management account is listed as well.
        let account = |arn: &str| arns::account(arn).unwrap_or_default().to_owned();
        found.extend(named.filter_map(|trail| Some((account(trail.trail_arn()?), trail.home_region()?.to_owned()))));
    }
    Ok(found)
}

async fn get(client: &Client, trail: &str) -> Result<Option<aws_sdk_cloudtrail::types::Trail>, Problem> {
    let call = client.get_trail().name(trail).send().await;
    Ok(call.unless("cloudtrail:GetTrail", ABSENT)?.and_then(|answer| answer.trail))
}

pub(super) async fn read(aws: &Aws, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let client = &aws.cloudtrail;
    let name = &wanted.key.name;
    if matches!(wanted.want, Want::Use(_)) {
        return Ok(get(client, name).await?.map(|_| Found::FOREIGN));
    }
    let Some((mut found, region)) = whole(client, name, true).await? else { return Ok(None) };
    if region.is_some_and(|region| region != desired.place().region) {
        // A multi-Region trail of another home Region casts its shadow here.
        return Ok(Some(Found::FOREIGN));
    }
    if let Want::Make(Resource::Trail(want)) = &wanted.want {
        by_alias(aws, want, &mut found).await?;
    }
    // A trail made by a run that was cut off, or by an emulator that forgets tags, is known by our own bucket.
    let own_bucket =
        desired.of_kind(Kind::Bucket).any(|b| matches!(b.want, Want::Make(_)) && b.key.name == found.bucket);
    if own_bucket {
        return Ok(Some(Found::Ours(Resource::Trail(found))));
    }
    Ok(Some(by_tag(desired.name(), &found.tags.clone(), || Resource::Trail(found))))
}

/// CloudTrail takes an alias and tells the key: where it is the key of the wanted alias, the alias stands for it.
async fn by_alias(aws: &Aws, want: &Trail, found: &mut Trail) -> Result<(), Problem> {
    let (Some(alias), Some(key)) = (&want.kms_key, &found.kms_key) else { return Ok(()) };
    let Some((_, name)) = alias.split_once(":alias/").filter(|_| alias != key) else { return Ok(()) };
    let region = arns::region(alias).unwrap_or(&aws.region);
    let target = if region == aws.region {
        kms::target(&aws.kms, &format!("alias/{name}")).await?
    } else {
        kms::target(&aws.in_region(region).kms, &format!("alias/{name}")).await?
    };
    let here = arns::region(key).is_none_or(|it| it == region);
    if here && target.is_some_and(|id| key.rsplit('/').next() == Some(id.as_str())) {
        found.kms_key.clone_from(&want.kms_key);
    }
    Ok(())
}

/// The trail with its state, and its home Region.
/// Tags are asked of what may be ours: another account's trail cannot be asked.
async fn whole(client: &Client, name: &str, tagged: bool) -> Result<Option<(Trail, Option<String>)>, Problem> {
    let Some(trail) = get(client, name).await? else { return Ok(None) };
    let status = client.get_trail_status().name(name).send().await.said("cloudtrail:GetTrailStatus")?;
    let selectors = selectors::read(client, name).await?;
    let arn = trail.trail_arn().unwrap_or_default();
    let tags = if tagged { tags_of(client, arn).await? } else { Tags::default() };
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let found = Trail {
        bucket: text(trail.s3_bucket_name()).unwrap_or_default(),
        prefix: text(trail.s3_key_prefix()),
        log_group_arn: text(trail.cloud_watch_logs_log_group_arn()),
        role_arn: text(trail.cloud_watch_logs_role_arn()),
        multi_region: trail.is_multi_region_trail().unwrap_or(false),
        organization: trail.is_organization_trail().unwrap_or(false),
        global_events: trail.include_global_service_events().unwrap_or(false),
        file_validation: trail.log_file_validation_enabled().unwrap_or(false),
        management_events: selectors.management_events(),
        data_events: selectors.data_events(),
        feeds_itself: text(trail.s3_bucket_name()).and_then(|bucket| {
            let bucket = format!("arn:{}:s3:::{bucket}", arns::partition(arn).unwrap_or("aws"));
            let feeds = selectors.others().find(|it| it.records_writes_to(&bucket));
            feeds.map(|it| if it.name.is_empty() { "(unnamed)".to_owned() } else { it.name.clone() })
        }),
        logging: status.is_logging().unwrap_or(false),
        kms_key: text(trail.kms_key_id()),
        tags,
    };
    Ok(Some((found, text(trail.home_region()))))
}

async fn tags_of(client: &Client, arn: &str) -> Result<Tags, Problem> {
    let mut tags = Tags::default();
    let mut pages = client.list_tags().resource_id_list(arn).into_paginator().items().send();
    while let Some(resource) = pages.next().await {
        let resource = resource.said("cloudtrail:ListTags")?;
        let found = resource.tags_list().iter();
        tags.0.extend(found.map(|tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned())));
    }
    Ok(tags)
}

pub(super) async fn create(client: &Client, name: &str, want: &Trail) -> Result<(), Problem> {
    let call = client
        .create_trail()
        .name(name)
        .s3_bucket_name(&want.bucket)
        .set_cloud_watch_logs_log_group_arn(want.log_group_arn.clone())
        .set_cloud_watch_logs_role_arn(want.role_arn.clone())
        .is_multi_region_trail(want.multi_region)
        .is_organization_trail(want.organization)
        .include_global_service_events(want.global_events)
        .enable_log_file_validation(want.file_validation)
        .set_kms_key_id(want.kms_key.clone());
    let call = call.set_tags_list(Some(tags(&want.tags)?));
    call.send().await.unless("cloudtrail:CreateTrail", &["TrailAlreadyExistsException"])?;
    // What creating leaves open (logging, and with emulators more) is the difference to what is there now.
    match whole(client, name, true).await? {
        Some((have, _)) => update(client, name, want, &have).await,
        // Not shown yet. A trail is no trail until it logs.
        None => client.start_logging().name(name).send().await.said("cloudtrail:StartLogging").map(drop),
    }
}

pub(super) async fn update(client: &Client, name: &str, want: &Trail, have: &Trail) -> Result<(), Problem> {
    let Trail { logging, management_events, data_events, tags: wanted_tags, .. } = want;
    // UpdateTrail takes all but these; it is asked when anything else differs.
    let rest = Trail {
        logging: *logging,
        management_events: *management_events,
        data_events: data_events.clone(),
        feeds_itself: None,
        tags: wanted_tags.clone(),
        ..have.clone()
    };
    if rest != *want {
        let call = client
            .update_trail()
            .name(name)
            .s3_bucket_name(&want.bucket)
            .set_cloud_watch_logs_log_group_arn(want.log_group_arn.clone())
            .set_cloud_watch_logs_role_arn(want.role_arn.clone())
            .is_multi_region_trail(want.multi_region)
            .is_organization_trail(want.organization)
            .include_global_service_events(want.global_events)
            .enable_log_file_validation(want.file_validation)
            .set_kms_key_id(want.kms_key.clone());
        call.send().await.said("cloudtrail:UpdateTrail")?;
    }
    let mut recorded = have.data_events.clone();
    recorded.sort();
    if (*management_events && !have.management_events) || recorded != *data_events {
        selectors::put(client, name, want).await?;
    }
    if *logging && !have.logging {
        client.start_logging().name(name).send().await.said("cloudtrail:StartLogging")?;
    }
    let missing = wanted_tags.missing_in(&have.tags);
    if !missing.0.is_empty()
        && let Some(trail) = get(client, name).await?
    {
        let call = client.add_tags().resource_id(trail.trail_arn().unwrap_or_default());
        call.set_tags_list(Some(tags(&missing)?)).send().await.said("cloudtrail:AddTags")?;
    }
    Ok(())
}

fn tags(tags: &Tags) -> Result<Vec<Tag>, Problem> {
    tags.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build().said("cloudtrail:AddTags")).collect()
}

pub(super) async fn read_delivery(client: &Client, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let Some(trail) = get(client, &wanted.key.name).await? else { return Ok(None) };
    let Some(arn) = trail.cloud_watch_logs_log_group_arn().filter(|arn| !arn.is_empty()) else { return Ok(None) };
    let role_arn = trail.cloud_watch_logs_role_arn().map(ToOwned::to_owned);
    Ok(Some(Found::Ours(Resource::Delivery(Delivery { log_group_arn: Some(arn.to_owned()), role_arn }))))
}

/// Gives an existing trail a log group and nothing else.
pub(super) async fn deliver(client: &Client, trail: &str, want: &Delivery) -> Result<(), Problem> {
    let call = client
        .update_trail()
        .name(trail)
        .set_cloud_watch_logs_log_group_arn(want.log_group_arn.clone())
        .set_cloud_watch_logs_role_arn(want.role_arn.clone());
    call.send().await.said("cloudtrail:UpdateTrail")?;
    Ok(())
}

pub(super) async fn delete(client: &Client, name: &str) -> Result<(), Problem> {
    client.delete_trail().name(name).send().await.unless("cloudtrail:DeleteTrail", ABSENT)?;
    Ok(())
}

/// The state of the trail that is wanted or named.
pub(super) async fn vitals(client: &Client, desired: &Desired) -> Result<Option<TrailVitals>, Problem> {
    let Some(wanted) = desired.of_kind(Kind::Trail).next() else { return Ok(None) };
    let name = &wanted.key.name;
    let Some((trail, _)) = whole(client, name, false).await? else { return Ok(None) };
    let status = client.get_trail_status().name(name).send().await.said("cloudtrail:GetTrailStatus")?;
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    Ok(Some(TrailVitals {
        logging: trail.logging,
        multi_region: trail.multi_region,
        global_events: trail.global_events,
        management_events: trail.management_events,
        log_group_arn: trail.log_group_arn,
        bucket: Delivered {
            at: status.latest_delivery_time().and_then(instant),
            error: text(status.latest_delivery_error()),
        },
        logs: Delivered {
            at: status.latest_cloud_watch_logs_delivery_time().and_then(instant),
            error: text(status.latest_cloud_watch_logs_delivery_error()),
        },
    }))
}

fn instant(time: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.secs()).ok()
}
