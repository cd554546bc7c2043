//! Alarm mute rules behind the port.

use aws_sdk_cloudwatch::types::{AlarmMuteRuleStatus, MuteTargets, Rule, Schedule, Tag};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use yakei_core::names::Name;

use super::CloudWatch;
use crate::ports::{CallError, KnownRule, MuteRule, MuteRules, RuleList, RuleSaid};
use crate::rule_name::{self, MutedSpan};

impl MuteRules for CloudWatch {
    async fn rules(&self) -> RuleList {
        let mut pages = self.client.list_alarm_mute_rules().into_paginator().send();
        let mut all = RuleList::default();
        loop {
            let page = match self.page("ListAlarmMuteRules", pages.next()).await {
                Ok(Some(page)) => page,
                Ok(None) => return all,
                // A CloudWatch that does not know rules has none: some partition's, or a local one.
                Err(error) if error.code == "InvalidAction" && all.rules.is_empty() => return all,
                Err(error) => return RuleList { cut_off: Some(error), ..all },
            };
            all.rules.extend(page.alarm_mute_rule_summaries().iter().filter_map(|rule| {
                let name = rule.alarm_mute_rule_arn()?.rsplit(':').next()?.to_owned();
                let updated = rule.last_updated_timestamp().and_then(|at| Timestamp::from_second(at.secs()).ok());
                Some(KnownRule { name, active: rule.status() == Some(&AlarmMuteRuleStatus::Active), updated })
            }));
        }
    }

    async fn rule(&self, name: &str) -> Result<Option<RuleSaid>, CallError> {
        let call = self.client.get_alarm_mute_rule().alarm_mute_rule_name(name).send();
        match self.within("GetAlarmMuteRule", call).await {
            Ok(rule) => {
                let alarms = rule.mute_targets.and_then(|targets| targets.alarm_names).unwrap_or_default();
                let span = rule.rule.and_then(|rule| rule.schedule).and_then(|schedule| span(&schedule));
                Ok(Some(RuleSaid { alarms, span }))
            }
            // It ended, or another run removed it.
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn put_rule(&self, rule: &MuteRule, owner: &Name) -> Result<(), CallError> {
        self.pace().await;
        let begin = rule.start.strftime("at(%Y-%m-%dT%H:%M)").to_string();
        let schedule =
            Schedule::builder().expression(begin).duration(rule_name::duration(rule)).timezone("UTC").build();
        let targets = MuteTargets::builder().set_alarm_names(Some(rule.alarms.clone())).build();
        let tag = Tag::builder().key(Name::TAG_KEY).value(owner.as_str()).build();
        let call = self.client.put_alarm_mute_rule().name(&rule.name).mute_targets(targets).tags(tag);
        let call = call.rule(Rule::builder().schedule(schedule).build());
        let call = call.description("business hours; made by the toggler, ends by itself");
        self.within("PutAlarmMuteRule", call.send()).await.map(drop)
    }

    async fn remove_rule(&self, name: &str) -> Result<(), CallError> {
        self.pace().await;
        let call = self.client.delete_alarm_mute_rule().alarm_mute_rule_name(name).send();
        match self.within("DeleteAlarmMuteRule", call).await {
            Err(error) if !is_gone(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

/// The one span of time in which a schedule mutes; `None` when it recurs or cannot be read.
fn span(schedule: &Schedule) -> Option<MutedSpan> {
    let begin = schedule.expression()?.trim().strip_prefix("at(")?.strip_suffix(')')?;
    let begin: jiff::civil::DateTime = begin.parse().ok()?;
    let zone = TimeZone::get(schedule.timezone().unwrap_or("UTC")).ok()?;
    let start = begin.to_zoned_datetime(zone).ok()?.timestamp();
    let length: Span = schedule.duration()?.parse().ok()?;
    let length: SignedDuration = length.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Some(MutedSpan { start, end: start.checked_add(length).ok()? })
}

fn is_gone(error: &CallError) -> bool {
    matches!(error.code.as_str(), "ResourceNotFound" | "ResourceNotFoundException")
}
