//! Alarm mute rules behind the port.

use aws_sdk_cloudwatch::types::{AlarmMuteRuleStatus, MuteTargets, Rule, Schedule, Tag};
use yakei_core::names::Name;

use super::CloudWatch;
use crate::mute_rule;
use crate::port::{CallError, KnownRule, MuteRule, MuteRules};

impl MuteRules for CloudWatch {
    async fn rules(&self) -> Result<Vec<KnownRule>, CallError> {
        let listing = self.client.list_alarm_mute_rules();
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let page = self.within("ListAlarmMuteRules", listing.clone().set_next_token(token).send()).await?;
            all.extend(page.alarm_mute_rule_summaries().iter().filter_map(|rule| {
                let name = rule.alarm_mute_rule_arn()?.rsplit(':').next()?.to_owned();
                Some(KnownRule { name, active: rule.status() == Some(&AlarmMuteRuleStatus::Active) })
            }));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    async fn rule_alarms(&self, name: &str) -> Result<Vec<String>, CallError> {
        let call = self.client.get_alarm_mute_rule().alarm_mute_rule_name(name).send();
        let rule = self.within("GetAlarmMuteRule", call).await?;
        Ok(rule.mute_targets.and_then(|targets| targets.alarm_names).unwrap_or_default())
    }

    async fn put_rule(&self, rule: &MuteRule, owner: &Name) -> Result<(), CallError> {
        self.pace().await;
        let begin = rule.start.strftime("at(%Y-%m-%dT%H:%M)").to_string();
        let schedule =
            Schedule::builder().expression(begin).duration(mute_rule::duration(rule)).timezone("UTC").build();
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
        self.within("DeleteAlarmMuteRule", call).await.map(drop)
    }
}
