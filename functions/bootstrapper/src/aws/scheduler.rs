//! Schedules and their group.

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::ProvideErrorMetadata;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy,
    ScheduleGroupState, ScheduleState, Tag, Target,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use yakei_core::plan::{
    Desired, Found, Kind, Problem, Resource, Schedule, ScheduleGroup, Tags, Wanted, is_our_schedule,
};

use super::found::{FoundMap, READS, by_tag};
use super::problem::Said as _;

const ABSENT: &[&str] = &["ResourceNotFoundException"];

pub(super) async fn read_group(client: &Client, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let name = &wanted.key.name;
    if state(client, name).await? != Some(ScheduleGroupState::Active) {
        return Ok(None);
    }
    let deleting = false;
    let arn = desired.place().schedule_group(name);
    let call = client.list_tags_for_resource().resource_arn(arn).send().await;
    let listed = call.unless("scheduler:ListTagsForResource", ABSENT)?;
    let tags: Tags =
        listed.iter().flat_map(ListTagsForResourceOutput::tags).map(|tag| (tag.key(), tag.value())).collect();
    Ok(Some(by_tag(desired.name(), &tags.clone(), || Resource::ScheduleGroup(ScheduleGroup { deleting, tags }))))
}

/// A group that is being deleted stays until the last of its schedules is gone, and is as good as gone already.
async fn state(client: &Client, name: &str) -> Result<Option<ScheduleGroupState>, Problem> {
    let call = client.get_schedule_group().name(name).send().await;
    let group = call.unless("scheduler:GetScheduleGroup", ABSENT)?;
    Ok(group.map(|group| group.state().cloned().unwrap_or(ScheduleGroupState::Active)))
}

pub(super) async fn create_group(client: &Client, name: &str, want: &ScheduleGroup) -> Result<(), Problem> {
    let call = client.create_schedule_group().name(name).set_tags(Some(tags(&want.tags)?));
    let answer = call.send().await;
    // An answer of an earlier try was lost; or a group of this name is being deleted, which ends by waiting.
    let there = answer.as_ref().err().and_then(ProvideErrorMetadata::code) == Some("ConflictException")
        && state(client, name).await? == Some(ScheduleGroupState::Active);
    if there { Ok(()) } else { answer.said("scheduler:CreateScheduleGroup").map(drop) }
}

pub(super) async fn tag_group(client: &Client, name: &str, missing: &Tags) -> Result<(), Problem> {
    let group = client.get_schedule_group().name(name).send().await.said("scheduler:GetScheduleGroup")?;
    let call = client.tag_resource().resource_arn(group.arn().unwrap_or_default()).set_tags(Some(tags(missing)?));
    call.send().await.said("scheduler:TagResource")?;
    Ok(())
}

fn tags(tags: &Tags) -> Result<Vec<Tag>, Problem> {
    tags.0
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build().said("scheduler:TagResource"))
        .collect()
}

/// Every schedule of the group. Whether the group is ours is for the plan to weigh; in it, what is not of our shape
/// is somebody else's.
pub(super) async fn read(client: &Client, desired: &Desired) -> Result<FoundMap, Problem> {
    let group = desired.name().schedule_group();
    // The group stands in the home Region alone, and another may not be asked for it.
    if !desired.contains(&desired.key(Kind::ScheduleGroup, &group)) {
        return Ok(FoundMap::new());
    }
    if state(client, &group).await? != Some(ScheduleGroupState::Active) {
        return Ok(FoundMap::new());
    }
    let mut names = Vec::new();
    let mut pages = client.list_schedules().group_name(&group).into_paginator().send();
    while let Some(page) = pages.next().await {
        let Some(page) = page.unless("scheduler:ListSchedules", ABSENT)? else { break };
        names.extend(page.schedules().iter().filter_map(|schedule| schedule.name().map(ToOwned::to_owned)));
    }
    let read = stream::iter(names).map(|name| {
        let group = &group;
        async move {
            let call = client.get_schedule().group_name(group).name(&name).send().await;
            let Some(found) = call.unless("scheduler:GetSchedule", ABSENT)? else { return Ok(None) };
            let key = desired.key(Kind::Schedule, format!("{group}/{name}"));
            let found = from(group, &found);
            let ours = is_our_schedule(desired, &key, &found);
            Ok(Some((
                key,
                if ours {
                    Found::Ours(Resource::Schedule(found))
                } else {
                    Found::Foreign(Some(Resource::Schedule(found)))
                },
            )))
        }
    });
    let read: Vec<_> = read.buffer_unordered(READS).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

fn from(group: &str, found: &GetScheduleOutput) -> Schedule {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let target = found.target();
    let retry = target.and_then(Target::retry_policy);
    Schedule {
        group: group.to_owned(),
        expression: text(found.schedule_expression()),
        timezone: found.schedule_expression_timezone().unwrap_or("UTC").to_owned(),
        target_arn: text(target.map(Target::arn)),
        role_arn: text(target.map(Target::role_arn)),
        input: text(target.and_then(Target::input)),
        // Scheduler's own defaults.
        retries: retry.and_then(RetryPolicy::maximum_retry_attempts).unwrap_or(185),
        max_age: retry.and_then(RetryPolicy::maximum_event_age_in_seconds).unwrap_or(86_400),
        dead_letters: target
            .and_then(Target::dead_letter_config)
            .and_then(|config| config.arn())
            .map(ToOwned::to_owned),
        enabled: found.state() == Some(&ScheduleState::Enabled),
        starts: found.start_date().map(ToString::to_string),
        ends: found.end_date().map(ToString::to_string),
        deletes_itself: found.action_after_completion() == Some(&ActionAfterCompletion::Delete),
        flexible_minutes: found
            .flexible_time_window()
            .and_then(FlexibleTimeWindow::maximum_window_in_minutes)
            .unwrap_or_default(),
        kms_key: found.kms_key_arn().map(ToOwned::to_owned),
        others: Vec::new(),
    }
}

pub(super) async fn put(client: &Client, key: &str, want: &Schedule, update: bool) -> Result<(), Problem> {
    let (call, name) = ("scheduler:CreateSchedule", in_group(key, &want.group));
    let exact = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().said(call)?;
    let state = if want.enabled { ScheduleState::Enabled } else { ScheduleState::Disabled };
    let after = if want.deletes_itself { ActionAfterCompletion::Delete } else { ActionAfterCompletion::None };
    let target = target(want)?;
    if !update {
        let request = client.create_schedule().name(name).group_name(&want.group).target(target.clone());
        let request =
            request.state(state.clone()).action_after_completion(after.clone()).flexible_time_window(exact.clone());
        let request = request.schedule_expression(&want.expression).schedule_expression_timezone(&want.timezone);
        // A try whose answer was lost made it already: then it is set right.
        if request.send().await.unless(call, &["ConflictException"])?.is_some() {
            return Ok(());
        }
    }
    let request = client.update_schedule().name(name).group_name(&want.group).target(target).state(state);
    let request = request.schedule_expression(&want.expression).schedule_expression_timezone(&want.timezone);
    request.action_after_completion(after).flexible_time_window(exact).send().await.said("scheduler:UpdateSchedule")?;
    Ok(())
}

fn target(want: &Schedule) -> Result<Target, Problem> {
    let retry = RetryPolicy::builder().maximum_retry_attempts(want.retries).maximum_event_age_in_seconds(want.max_age);
    Target::builder()
        .arn(&want.target_arn)
        .role_arn(&want.role_arn)
        .input(&want.input)
        .retry_policy(retry.build())
        .set_dead_letter_config(want.dead_letters.as_ref().map(|arn| DeadLetterConfig::builder().arn(arn).build()))
        .build()
        .said("scheduler:CreateSchedule")
}

pub(super) async fn delete(client: &Client, key: &str, have: &Schedule) -> Result<(), Problem> {
    let call = client.delete_schedule().group_name(&have.group).name(in_group(key, &have.group)).send().await;
    call.unless("scheduler:DeleteSchedule", ABSENT)?;
    Ok(())
}

/// `yakei/every-5-minutes` is `every-5-minutes` in the group `yakei`.
fn in_group<'a>(key: &'a str, group: &str) -> &'a str {
    key.strip_prefix(group).and_then(|rest| rest.strip_prefix('/')).unwrap_or(key)
}

pub(super) async fn delete_group(client: &Client, name: &str) -> Result<(), Problem> {
    client.delete_schedule_group().name(name).send().await.unless("scheduler:DeleteScheduleGroup", ABSENT)?;
    Ok(())
}
