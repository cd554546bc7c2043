//! CloudWatch: alarms as they stand, and their history.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types as sdk;
use jiff::Timestamp;
use yakei_core::alarm::{
    Alarm, Comparison, Evaluation, LogQuery, Metric, Span, State, Statistic, Transition, Watches, evaluated,
};
use yakei_core::arns;

use super::Aws;
use super::failed::failed;
use crate::ports::{Alarms, CallError};

impl Alarms for Aws {
    async fn describe(&self, region: &str, names: &[String]) -> Result<Vec<Alarm>, CallError> {
        // Composite and log alarms are left out unless asked for.
        let call = self.alarms(region).describe_alarms().set_alarm_names(Some(names.to_vec())).max_records(100);
        let call = call.alarm_types(sdk::AlarmType::MetricAlarm).alarm_types(sdk::AlarmType::CompositeAlarm);
        let call = call.alarm_types(sdk::AlarmType::LogAlarm);
        let page = call.send().await.map_err(|error| failed("DescribeAlarms", &error))?;
        let metric = page.metric_alarms.unwrap_or_default().into_iter().filter_map(|it| metric_alarm(it, region));
        let composite = page.composite_alarms.unwrap_or_default();
        let composite = composite.into_iter().filter_map(|it| composite_alarm(it, region));
        let log = page.log_alarms.unwrap_or_default().into_iter().filter_map(|it| log_alarm(it, region));
        Ok(metric.chain(composite).chain(log).collect())
    }

    async fn history(&self, region: &str, alarm: &str, span: Span) -> Result<Vec<Transition>, CallError> {
        let call = self.alarms(region).describe_alarm_history().alarm_name(alarm).max_records(100);
        let call = call.alarm_types(sdk::AlarmType::MetricAlarm).alarm_types(sdk::AlarmType::CompositeAlarm);
        let call = call.alarm_types(sdk::AlarmType::LogAlarm);
        let call = call.history_item_type(sdk::HistoryItemType::StateUpdate).scan_by(sdk::ScanBy::TimestampDescending);
        let call = call.start_date(date_time(span.from)).end_date(date_time(span.to));
        let page = call.send().await.map_err(|error| failed("DescribeAlarmHistory", &error))?;
        let mut history: Vec<_> = page.alarm_history_items.unwrap_or_default().iter().filter_map(transition).collect();
        history.sort_by_key(|it| std::cmp::Reverse(it.at));
        Ok(history)
    }
}

fn transition(item: &sdk::AlarmHistoryItem) -> Option<Transition> {
    Transition::read(timestamp(item.timestamp.as_ref())?, item.history_data.as_deref()?)
}

fn metric_alarm(alarm: sdk::MetricAlarm, region: &str) -> Option<Alarm> {
    let queries = alarm.metrics.unwrap_or_default();
    let period = alarm.period.or_else(|| queries.iter().filter_map(period_of).max());
    let stat = || queries.iter().find_map(|it| it.metric_stat.as_ref()?.stat.as_deref());
    let statistic = alarm.statistic.as_ref().map(sdk::Statistic::as_str).or_else(stat).map(Statistic::parse);
    let watches = if let (Some(namespace), Some(name)) = (alarm.namespace, alarm.metric_name) {
        Watches::Metric(Metric { namespace, name, dimensions: dimensions(alarm.dimensions), account: None })
    } else {
        let several = queries.len() > 1;
        let mut metrics: Vec<_> = queries.into_iter().filter_map(metric_of).collect();
        match metrics.pop() {
            Some(metric) if !several => Watches::Metric(metric),
            last => Watches::Math(metrics.into_iter().chain(last).collect()),
        }
    };
    let evaluation = Evaluation {
        period: period.map(i64::from),
        periods: alarm.evaluation_periods.map(i64::from),
        threshold: alarm.threshold,
        comparison: alarm.comparison_operator.and_then(|it| Comparison::parse(it.as_str())),
        statistic,
    };
    Some(Alarm {
        name: alarm.alarm_name?,
        account: alarm.alarm_arn.as_deref().and_then(arns::account).map(str::to_owned),
        arn: alarm.alarm_arn,
        region: Some(region.to_owned()),
        state: state(alarm.state_value.as_ref()),
        previous: State::Unknown,
        changed_at: timestamp(alarm.state_transitioned_timestamp.as_ref().or(alarm.state_updated_timestamp.as_ref())),
        reason: alarm.state_reason.unwrap_or_default(),
        evaluated: alarm.state_reason_data.as_deref().map(evaluated).unwrap_or_default(),
        description: alarm.alarm_description,
        watches,
        evaluation,
    })
}

fn composite_alarm(alarm: sdk::CompositeAlarm, region: &str) -> Option<Alarm> {
    Some(Alarm {
        name: alarm.alarm_name?,
        account: alarm.alarm_arn.as_deref().and_then(arns::account).map(str::to_owned),
        arn: alarm.alarm_arn,
        region: Some(region.to_owned()),
        state: state(alarm.state_value.as_ref()),
        previous: State::Unknown,
        changed_at: timestamp(alarm.state_transitioned_timestamp.as_ref().or(alarm.state_updated_timestamp.as_ref())),
        reason: alarm.state_reason.unwrap_or_default(),
        evaluated: Vec::new(),
        description: alarm.alarm_description,
        watches: Watches::Composite { rule: alarm.alarm_rule.unwrap_or_default(), triggering: Vec::new() },
        evaluation: Evaluation::default(),
    })
}

fn log_alarm(alarm: sdk::LogAlarm, region: &str) -> Option<Alarm> {
    let query = alarm.scheduled_query_configuration;
    let log_groups = query.as_ref().and_then(|it| it.log_group_identifiers.clone()).unwrap_or_default();
    let most_lines = alarm.action_log_line_count.and_then(|it| usize::try_from(it).ok());
    let query = query.and_then(|it| it.query_string).unwrap_or_default();
    Some(Alarm {
        name: alarm.alarm_name?,
        account: alarm.alarm_arn.as_deref().and_then(arns::account).map(str::to_owned),
        arn: alarm.alarm_arn,
        region: Some(region.to_owned()),
        state: state(alarm.state_value.as_ref()),
        previous: State::Unknown,
        changed_at: timestamp(alarm.state_transitioned_timestamp.as_ref().or(alarm.state_updated_timestamp.as_ref())),
        reason: alarm.state_reason.unwrap_or_default(),
        evaluated: Vec::new(),
        description: alarm.alarm_description,
        watches: Watches::Log(LogQuery { log_groups, query, lines: None, most_lines }),
        evaluation: Evaluation::default(),
    })
}

fn state(value: Option<&sdk::StateValue>) -> State {
    State::parse(value.map_or("", sdk::StateValue::as_str))
}

fn dimensions(dimensions: Option<Vec<sdk::Dimension>>) -> Vec<(String, String)> {
    let pair = |it: sdk::Dimension| Some((it.name?, it.value?));
    let mut dimensions: Vec<_> = dimensions.unwrap_or_default().into_iter().filter_map(pair).collect();
    dimensions.sort();
    dimensions
}

fn metric_of(query: sdk::MetricDataQuery) -> Option<Metric> {
    let account = query.account_id;
    let metric = query.metric_stat?.metric?;
    let dimensions = dimensions(metric.dimensions);
    Some(Metric { namespace: metric.namespace?, name: metric.metric_name?, dimensions, account })
}

fn period_of(query: &sdk::MetricDataQuery) -> Option<i32> {
    query.period.or_else(|| query.metric_stat.as_ref()?.period)
}

fn timestamp(time: Option<&DateTime>) -> Option<Timestamp> {
    Timestamp::from_nanosecond(time?.as_nanos()).ok()
}

fn date_time(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millisecond())
}
