//! Alarms.

use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{
    AlarmMuteRuleStatus, AlarmType, ComparisonOperator, MetricAlarm, MuteTargets, StandardUnit, Statistic, Tag,
    WarmUpConfiguration,
};
use aws_sdk_resourcegroupstagging::Client as Tagging;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use yakei_core::names::Name;
use yakei_core::plan::{Alarm, Desired, Found, Key, Kind, Problem, ProblemKind, Resource, Tags, Want, WarmUp, meets};
use yakei_core::verify::MuteRule;

use super::found::{FoundMap, by_tag};
use super::problem::Said as _;
use super::tags::indexed;

/// CloudWatch takes ten `ListTagsForResource` a second and Region.
const EACH: Duration = Duration::from_millis(110);
const AT_ONCE: usize = 8;

/// Every alarm that bears our prefix, wanted or not.
pub(super) async fn read(client: &Client, tagging: &Tagging, desired: &Desired) -> Result<FoundMap, Problem> {
    let mut alarms = Vec::new();
    let mut found = FoundMap::new();
    let call = client.describe_alarms().alarm_name_prefix(desired.name().alarm_prefix());
    let call = call.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.said("cloudwatch:DescribeAlarms")?;
        // Yakei makes no composite alarms; one under a wanted name is in the way.
        let composite = page.composite_alarms().iter().filter_map(|alarm| alarm.alarm_name());
        found.extend(composite.map(|name| (desired.key(Kind::Alarm, name), Found::FOREIGN)));
        alarms.extend(page.metric_alarms.unwrap_or_default());
    }
    // Only what may be ours is asked for its tags: of somebody else's there may be hundreds that bear our prefix.
    let key = |alarm: &MetricAlarm| desired.key(Kind::Alarm, alarm.alarm_name().unwrap_or_default());
    let may_be_ours = |alarm: &MetricAlarm| {
        desired.contains(&key(alarm)) || alarm.namespace() == Some(desired.name().metric_namespace())
    };
    let (alarms, strangers): (Vec<_>, Vec<_>) = alarms.into_iter().partition(may_be_ours);
    found.extend(strangers.iter().map(|alarm| (key(alarm), Found::FOREIGN)));
    let arns: Vec<&str> = alarms.iter().filter_map(MetricAlarm::alarm_arn).collect();
    let index = indexed(tagging, &arns).await;
    // Ours by the index, and as it should be: nothing will be done with it, so nobody else need be asked.
    let mut to_ask = Vec::new();
    for alarm in alarms {
        let (key, tags) = (key(&alarm), alarm.alarm_arn().and_then(|arn| index.get(arn)));
        match tags.map(|tags| Resource::Alarm(from(&alarm, tags.clone()))).filter(|have| is_right(desired, &key, have))
        {
            Some(have) => drop(found.insert(key, Found::Ours(have))),
            None => to_ask.push(alarm),
        }
    }
    let tagged = stream::iter(to_ask.into_iter().enumerate()).map(|(index, alarm)| async move {
        // Faster would be throttled: then it is tried again, which takes longer.
        tokio::time::sleep(EACH * u32::try_from(index.saturating_sub(AT_ONCE)).unwrap_or(u32::MAX)).await;
        let tags = tags_of(client, alarm.alarm_arn().unwrap_or_default()).await?.unwrap_or_default();
        let key = desired.key(Kind::Alarm, alarm.alarm_name().unwrap_or_default());
        Ok((key, by_tag(desired.name(), &tags.clone(), || Resource::Alarm(from(&alarm, tags)))))
    });
    let tagged: Vec<_> = tagged.buffer_unordered(usize::MAX).try_collect().await?;
    found.extend(tagged);
    Ok(found)
}

/// Whether it is as wanted, our tags included.
fn is_right(desired: &Desired, key: &Key, have: &Resource) -> bool {
    let mut wanted = desired.of_kind(Kind::Alarm).filter(|wanted| wanted.key == *key);
    wanted.any(|wanted| matches!(&wanted.want, Want::Make(want) if meets(want, have)))
}

/// `None` when there is no such alarm.
async fn tags_of(client: &Client, arn: &str) -> Result<Option<Tags>, Problem> {
    let answer = client.list_tags_for_resource().resource_arn(arn).send().await;
    let tags = answer.unless("cloudwatch:ListTagsForResource", &["ResourceNotFoundException", "ResourceNotFound"])?;
    Ok(tags.map(|answer| answer.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?))).collect()))
}

fn from(alarm: &MetricAlarm, tags: Tags) -> Alarm {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let dimension = |d: &aws_sdk_cloudwatch::types::Dimension| {
        format!("{}={}", d.name().unwrap_or_default(), d.value().unwrap_or_default())
    };
    Alarm {
        description: text(alarm.alarm_description()),
        metric_name: text(alarm.metric_name()),
        namespace: text(alarm.namespace()),
        dimensions: alarm.dimensions().iter().map(dimension).collect(),
        unit: text(alarm.unit().map(StandardUnit::as_str)),
        statistic: text(alarm.statistic().map(Statistic::as_str)),
        period: alarm.period().unwrap_or_default(),
        evaluation_periods: alarm.evaluation_periods().unwrap_or_default(),
        // All of one is one.
        datapoints_to_alarm: alarm.datapoints_to_alarm().filter(|n| alarm.evaluation_periods() != Some(*n)),
        threshold: alarm.threshold().unwrap_or_default(),
        comparison: text(alarm.comparison_operator().map(ComparisonOperator::as_str)),
        missing_data: text(alarm.treat_missing_data()),
        alarm_actions: alarm.alarm_actions().to_vec(),
        ok_actions: alarm.ok_actions().to_vec(),
        insufficient_data_actions: alarm.insufficient_data_actions().to_vec(),
        warm_up: WarmUp(
            alarm.warm_up_configuration().and_then(WarmUpConfiguration::warm_up_period_duration_in_minutes),
        ),
        others: others(alarm),
        actions_enabled: alarm.actions_enabled(),
        tags,
    }
}

/// Members that no alarm of ours has and that change when it rings.
fn others(alarm: &MetricAlarm) -> Vec<String> {
    let mut others = Vec::new();
    let mut say = |name: &str, value: Option<String>| others.extend(value.map(|value| format!("{name}={value}")));
    say("ExtendedStatistic", alarm.extended_statistic.clone());
    say("EvaluateLowSampleCountPercentile", alarm.evaluate_low_sample_count_percentile.clone());
    say("Metrics", alarm.metrics.as_ref().filter(|it| !it.is_empty()).map(|it| format!("{it:?}")));
    say("ThresholdMetricId", alarm.threshold_metric_id.clone());
    say("EvaluationWindow", alarm.evaluation_window.as_ref().map(|it| format!("{it:?}")));
    say("EvaluationInterval", alarm.evaluation_interval.map(|it| it.to_string()));
    say("ActionConfiguration", alarm.action_configuration.as_ref().map(|it| format!("{it:?}")));
    say("EvaluationCriteria", alarm.evaluation_criteria.as_ref().map(|it| format!("{it:?}")));
    others
}

/// Ends as soon as there is data.
fn warm_up(minutes: i32) -> WarmUpConfiguration {
    WarmUpConfiguration::builder().warm_up_period_duration_in_minutes(minutes).build()
}

/// Makes an alarm, armed, or changes one and leaves it armed or muted as it is.
pub(super) async fn put(client: &Client, name: &str, want: &Alarm, have: Option<&Alarm>) -> Result<(), Problem> {
    let enabled = want.actions_enabled.or_else(|| have.and_then(|have| have.actions_enabled)).unwrap_or(true);
    let call = client
        .put_metric_alarm()
        .alarm_name(name)
        .alarm_description(&want.description)
        .metric_name(&want.metric_name)
        .namespace(&want.namespace)
        .statistic(Statistic::from(want.statistic.as_str()))
        .period(want.period)
        .evaluation_periods(want.evaluation_periods)
        .set_datapoints_to_alarm(want.datapoints_to_alarm)
        .threshold(want.threshold)
        .comparison_operator(ComparisonOperator::from(want.comparison.as_str()))
        .treat_missing_data(&want.missing_data)
        .set_alarm_actions(Some(want.alarm_actions.clone()))
        .set_ok_actions(Some(want.ok_actions.clone()))
        .actions_enabled(enabled)
        .set_warm_up_configuration(want.warm_up.0.map(warm_up));
    let Some(have) = have else {
        call.set_tags(Some(tags(&want.tags))).send().await.said("cloudwatch:PutMetricAlarm")?;
        return Ok(());
    };
    call.send().await.said("cloudwatch:PutMetricAlarm")?;
    let missing = want.tags.missing_in(&have.tags);
    if missing.0.is_empty() {
        return Ok(());
    }
    // PutMetricAlarm ignores tags of an alarm that is there.
    let found = client.describe_alarms().alarm_names(name).send().await.said("cloudwatch:DescribeAlarms")?;
    let Some(arn) = found.metric_alarms().first().and_then(MetricAlarm::alarm_arn) else { return Ok(()) };
    let call = client.tag_resource().resource_arn(arn).set_tags(Some(tags(&missing)));
    call.send().await.said("cloudwatch:TagResource")?;
    Ok(())
}

fn tags(tags: &Tags) -> Vec<Tag> {
    tags.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Removes an alarm that bears our tag at this moment; the index of tags may have told of one that it bore.
pub(super) async fn delete(client: &Client, name: &str, arn: &str, have: &Alarm) -> Result<(), Problem> {
    let ours = have.tags.0.get(Name::TAG_KEY).map(String::as_str).unwrap_or_default();
    match tags_of(client, arn).await? {
        None => return Ok(()),
        Some(tags) if tags.has(Name::TAG_KEY, ours) => {}
        Some(_) => {
            let there = client.describe_alarms().alarm_names(name).send().await.said("cloudwatch:DescribeAlarms")?;
            if there.metric_alarms().is_empty() {
                return Ok(());
            }
            let message = format!("it no longer bears the tag {}={ours}: left as it is", Name::TAG_KEY);
            let mend = "If it is to go, remove it by hand; in some minutes it is told as somebody else's";
            return Err(Problem::new(ProblemKind::Unfit, message, mend));
        }
    }
    client.delete_alarms().alarm_names(name).send().await.said("cloudwatch:DeleteAlarms")?;
    Ok(())
}

/// Mute rules of other people that cover alarms of ours; those that the toggler writes are known by their names.
pub(super) async fn foreign_mute_rules(client: &Client, desired: &Desired) -> Result<Vec<MuteRule>, Problem> {
    let prefix = desired.name().alarm_prefix();
    let mut names = Vec::new();
    let call = client.list_alarm_mute_rules().statuses(AlarmMuteRuleStatus::Active);
    let mut pages = call.statuses(AlarmMuteRuleStatus::Scheduled).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.said("cloudwatch:ListAlarmMuteRules")?;
        let arns = page.alarm_mute_rule_summaries().iter().filter_map(|rule| rule.alarm_mute_rule_arn());
        names.extend(arns.filter_map(|arn| arn.rsplit(':').next()).map(ToOwned::to_owned));
    }
    let mut rules = Vec::new();
    for name in names.into_iter().filter(|name| !desired.name().is_mute_rule(name)) {
        let call = client.get_alarm_mute_rule().alarm_mute_rule_name(&name).send().await;
        // One that ended since it was listed mutes nothing.
        let absent = &["ResourceNotFoundException", "ResourceNotFound"];
        let Some(rule) = call.unless("cloudwatch:GetAlarmMuteRule", absent)? else { continue };
        let alarms = rule.mute_targets().map(MuteTargets::alarm_names).unwrap_or_default().iter();
        let ours = alarms.filter(|alarm| alarm.starts_with(&prefix));
        rules.extend(ours.map(|alarm| MuteRule { name: name.clone(), alarm: alarm.clone() }));
    }
    Ok(rules)
}
