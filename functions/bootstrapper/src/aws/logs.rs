//! Log groups and metric filters.

use std::collections::HashMap;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{LogGroupClass, MetricTransformation, OrderBy};
use jiff::Timestamp;
use yakei_core::plan::{
    Desired, Found, Kind, LogGroup, MetricFilter, PatternText, Problem, ProblemKind, Resource, Tags, Want, Wanted,
};

use super::found::{FoundMap, by_tag};
use super::problem::Said as _;

const ABSENT: &[&str] = &["ResourceNotFoundException"];

pub(super) async fn read_group(client: &Client, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let name = &wanted.key.name;
    let mut pages = client.describe_log_groups().log_group_name_prefix(name).into_paginator().items().send();
    let group = loop {
        let Some(group) = pages.next().await else { return Ok(None) };
        let group = group.said("logs:DescribeLogGroups")?;
        if group.log_group_name() == Some(name) {
            break group;
        }
    };
    if let Want::Use(place) = &wanted.want {
        return if group.log_group_class().is_none_or(|class| *class == LogGroupClass::Standard) {
            Ok(Some(Found::FOREIGN))
        } else {
            Err(Problem::new(
                ProblemKind::Unfit,
                "only log groups of the Standard class take metric filters",
                format!("Name a log group of the Standard class in {place}; a class cannot be changed"),
            ))
        };
    }
    let arn = desired.place().log_group(name);
    let tags = client.list_tags_for_resource().resource_arn(arn).send().await.said("logs:ListTagsForResource")?;
    let tags: Tags = tags.tags().into_iter().flatten().collect();
    let (retention_days, kms_key) = (group.retention_in_days(), group.kms_key_id().map(ToOwned::to_owned));
    let standard = group.log_group_class().is_none_or(|class| *class == LogGroupClass::Standard);
    let group = LogGroup { retention_days, kms_key, standard, tags: tags.clone() };
    Ok(Some(by_tag(desired.name(), &tags, || Resource::LogGroup(group))))
}

pub(super) async fn create_group(client: &Client, name: &str, want: &LogGroup) -> Result<(), Problem> {
    let tags: HashMap<_, _> = want.tags.0.clone().into_iter().collect();
    let call = client.create_log_group().log_group_name(name).set_tags(Some(tags)).set_kms_key_id(want.kms_key.clone());
    call.send().await.unless("logs:CreateLogGroup", &["ResourceAlreadyExistsException"])?;
    set_retention(client, name, want).await
}

/// `arn` without the `:*` at its end, as tags want it.
pub(super) async fn update_group(
    client: &Client,
    (name, arn): (&str, &str),
    want: &LogGroup,
    have: &LogGroup,
) -> Result<(), Problem> {
    let missing = want.tags.missing_in(&have.tags);
    if !missing.0.is_empty() {
        let tags: HashMap<_, _> = missing.0.into_iter().collect();
        client.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await.said("logs:TagResource")?;
    }
    if want.retention_days != have.retention_days {
        set_retention(client, name, want).await?;
    }
    if let Some(key) = want.kms_key.as_ref().filter(|_| want.kms_key != have.kms_key) {
        let call = client.associate_kms_key().log_group_name(name).kms_key_id(key);
        call.send().await.said("logs:AssociateKmsKey")?;
    }
    Ok(())
}

async fn set_retention(client: &Client, name: &str, want: &LogGroup) -> Result<(), Problem> {
    let Some(days) = want.retention_days else { return Ok(()) };
    let call = client.put_retention_policy().log_group_name(name).retention_in_days(days);
    call.send().await.said("logs:PutRetentionPolicy")?;
    Ok(())
}

/// The filters of the log group that bear our prefix. A filter has no tags: one of a wanted name is ours by that name,
/// any other when it counts into the metric of our namespace that its name says.
pub(super) async fn read_filters(client: &Client, desired: &Desired) -> Result<FoundMap, Problem> {
    let mut found = FoundMap::new();
    let call = client.describe_metric_filters().log_group_name(desired.log_group());
    let mut pages = call.filter_name_prefix(desired.name().alarm_prefix()).into_paginator().send();
    while let Some(page) = pages.next().await {
        let Some(page) = page.unless("logs:DescribeMetricFilters", ABSENT)? else { break };
        for filter in page.metric_filters() {
            let Some(name) = filter.filter_name() else { continue };
            let key = desired.key(Kind::MetricFilter, name);
            let suffix = name.strip_prefix(&desired.name().alarm_prefix());
            let [transformation, ..] = filter.metric_transformations() else {
                found.insert(key, Found::FOREIGN);
                continue;
            };
            let dimensions = transformation.dimensions().into_iter().flatten();
            // A wanted name on the log group is ours; of others, those that count where ours count.
            let ours = desired.contains(&key)
                || (transformation.metric_namespace() == desired.name().metric_namespace()
                    && suffix.is_some_and(|suffix| is_filter_of(suffix, transformation.metric_name())));
            let read = MetricFilter {
                log_group: desired.log_group().to_owned(),
                pattern: PatternText(filter.filter_pattern().unwrap_or_default().to_owned()),
                metric_name: transformation.metric_name().to_owned(),
                namespace: transformation.metric_namespace().to_owned(),
                value: transformation.metric_value().to_owned(),
                default_value: transformation.default_value(),
                dimensions: dimensions.map(|(name, selector)| format!("{name}={selector}")).collect(),
                unit: transformation.unit().map(|unit| unit.as_str().to_owned()).unwrap_or_default(),
                transformed: filter.apply_on_transformed_logs(),
                selection: filter.field_selection_criteria().unwrap_or_default().to_owned(),
                system_dimensions: filter.emit_system_field_dimensions().to_vec(),
                transformations: filter.metric_transformations().len(),
            };
            let read = Resource::MetricFilter(read);
            found.insert(key, if ours { Found::Ours(read) } else { Found::Foreign(Some(read)) });
        }
    }
    Ok(found)
}

/// Whether a filter's name says that it counts into a metric: the metric's own, or a further one, `MonitoringChanges-2`.
fn is_filter_of(suffix: &str, metric: &str) -> bool {
    let further = suffix.strip_prefix(metric).and_then(|rest| rest.strip_prefix('-'));
    suffix == metric || further.is_some_and(|number| number.parse::<usize>().is_ok_and(|number| number > 1))
}

pub(super) async fn put_filter(client: &Client, name: &str, want: &MetricFilter) -> Result<(), Problem> {
    const CALL: &str = "logs:PutMetricFilter";
    let transformation = MetricTransformation::builder()
        .metric_name(&want.metric_name)
        .metric_namespace(&want.namespace)
        .metric_value(&want.value)
        .set_default_value(want.default_value)
        .build()
        .said(CALL)?;
    let call = client
        .put_metric_filter()
        .log_group_name(&want.log_group)
        .filter_name(name)
        .filter_pattern(&want.pattern.0)
        .metric_transformations(transformation);
    call.send().await.said(CALL)?;
    Ok(())
}

pub(super) async fn delete_filter(client: &Client, name: &str, have: &MetricFilter) -> Result<(), Problem> {
    let call = client.delete_metric_filter().log_group_name(&have.log_group).filter_name(name);
    call.send().await.unless("logs:DeleteMetricFilter", ABSENT)?;
    Ok(())
}

/// When the log group got its newest event, as its streams tell it.
pub(super) async fn last_event(client: &Client, log_group: &str) -> Result<Option<Timestamp>, Problem> {
    let call = client.describe_log_streams().log_group_name(log_group).order_by(OrderBy::LastEventTime);
    let call = call.descending(true).limit(1).send().await;
    let streams = call.unless("logs:DescribeLogStreams", ABSENT)?.and_then(|answer| answer.log_streams);
    // Ingestion is known at once, the last event's own time only after a while.
    let newest =
        streams.unwrap_or_default().into_iter().filter_map(|s| s.last_ingestion_time().max(s.last_event_timestamp()));
    Ok(newest.max().and_then(|millis| Timestamp::from_millisecond(millis).ok()))
}
