//! What a drill writes and follows.

use aws_sdk_cloudwatch::types::{Datapoint, StateValue, Statistic};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use jiff::Timestamp;
use serde_json::Value;
use yakei_core::notice::TOLD;
use yakei_core::plan::Problem;

use super::clients::Aws;
use super::problem::Said as _;
use crate::ports::{AlarmNow, Chain};

impl Chain for Aws {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn alarm_now(&self, alarm: &str) -> Result<Option<AlarmNow>, Problem> {
        let answer = Box::pin(self.cloudwatch.describe_alarms().alarm_names(alarm).send()).await;
        let answer = answer.said("cloudwatch:DescribeAlarms")?;
        Ok(answer.metric_alarms().first().map(|alarm| AlarmNow {
            in_alarm: alarm.state_value() == Some(&StateValue::Alarm),
            enabled: alarm.actions_enabled().unwrap_or(true),
        }))
    }

    async fn metric_sum(&self, namespace: &str, metric: &str, since: Timestamp) -> Result<f64, Problem> {
        let minute = since.as_second() - since.as_second().rem_euclid(60);
        let call = self
            .cloudwatch
            .get_metric_statistics()
            .namespace(namespace)
            .metric_name(metric)
            .statistics(Statistic::Sum)
            .period(60)
            .start_time(aws_sdk_cloudwatch::primitives::DateTime::from_secs(minute))
            .end_time(aws_sdk_cloudwatch::primitives::DateTime::from_secs(self.now().as_second() + 60));
        let answer = Box::pin(call.send()).await.said("cloudwatch:GetMetricStatistics")?;
        Ok(answer.datapoints().iter().filter_map(Datapoint::sum).sum())
    }

    async fn write_records(&self, log_group: &str, stream: &str, records: &[String]) -> Result<(), Problem> {
        let create = self.logs.create_log_stream().log_group_name(log_group).log_stream_name(stream);
        Box::pin(create.send()).await.said("logs:CreateLogStream")?;
        let now = self.now().as_millisecond();
        let event = |record: &String| InputLogEvent::builder().timestamp(now).message(record).build();
        let events = records.iter().map(event).collect::<Result<_, _>>().said("logs:PutLogEvents")?;
        let put = self.logs.put_log_events().log_group_name(log_group).log_stream_name(stream);
        let put = put.set_log_events(Some(events));
        Box::pin(put.send()).await.said("logs:PutLogEvents")?;
        Ok(())
    }

    async fn remove_record(&self, log_group: &str, stream: &str) -> Result<(), Problem> {
        let call = self.logs.delete_log_stream().log_group_name(log_group).log_stream_name(stream);
        Box::pin(call.send()).await.unless("logs:DeleteLogStream", &["ResourceNotFoundException"])?;
        Ok(())
    }

    async fn told(&self, function: &str, alarm: &str, since: Timestamp) -> Result<Option<String>, Problem> {
        let call = self.logs.filter_log_events().log_group_name(format!("/aws/lambda/{function}"));
        let call = call.filter_pattern(format!("{{ $.message = \"{TOLD}\" }}")).start_time(since.as_millisecond());
        let mut pages = call.into_paginator().send();
        while let Some(page) = Box::pin(pages.next()).await {
            let page = page.unless("logs:FilterLogEvents", &["ResourceNotFoundException"])?;
            let Some(page) = page else { return Ok(None) };
            let told = page.events().iter().find_map(|event| notice_id(event.message()?, alarm));
            if told.is_some() {
                return Ok(told);
            }
        }
        Ok(None)
    }
}

/// The notice's id in the enricher's line on this alarm in ALARM.
fn notice_id(line: &str, alarm: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let is = |key: &str, text: &str| line.get(key).and_then(Value::as_str) == Some(text);
    let id = line.get("id").and_then(Value::as_str).unwrap_or_default();
    (is("message", TOLD) && is("alarm", alarm) && is("state", "ALARM")).then(|| format!("notice {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enrichers_line_on_this_alarm_is_known() {
        let line = r#"{"timestamp":"t","level":"INFO","message":"told","id":"n1","alarm":"yakei-ConsoleLogin","state":"ALARM"}"#;
        assert_eq!(notice_id(line, "yakei-ConsoleLogin").as_deref(), Some("notice n1"));
        assert_eq!(notice_id(line, "yakei-RootUsage"), None);
        assert_eq!(notice_id("START RequestId: x", "yakei-ConsoleLogin"), None);
        assert_eq!(notice_id(&line.replace("ALARM", "OK"), "yakei-ConsoleLogin"), None);
    }
}
