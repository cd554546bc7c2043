//! Asking AWS: the ports on the SDK, one client a Region, made when it is first needed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types as cw;
use aws_sdk_cloudwatchlogs::types as logs;
use aws_sdk_sns::types::MessageAttributeValue;
use jiff::Timestamp;
use yakei_core::alarm::{Alarm, Comparison, Evaluation, Metric, Span, State, Transition, Watches, evaluated};
use yakei_core::arns;
use yakei_core::notice::Outgoing;

use crate::ports::{Alarms, CallError, Described, LogEvent, Logs, MetricFilter, Notices, Page, Query};

/// Pages of a listing that are read at most; 50 metric filters a page.
const LIST_PAGES: usize = 20;

/// Most time for opening connections in init.
const WARM_UP: Duration = Duration::from_secs(2);

/// The ports on AWS.
#[derive(Debug)]
pub struct Aws {
    sdk: SdkConfig,
    topic: String,
    logs: RefCell<HashMap<String, aws_sdk_cloudwatchlogs::Client>>,
    alarms: RefCell<HashMap<String, aws_sdk_cloudwatch::Client>>,
    sns: aws_sdk_sns::Client,
}

impl Aws {
    /// On these settings, publishing to this topic, in the topic's own Region.
    pub fn new(sdk: &SdkConfig, topic: &str) -> Self {
        let sns = aws_sdk_sns::Client::new(&yakei_host::sdk::in_region_of(sdk, topic));
        Self { sdk: sdk.clone(), topic: topic.to_owned(), logs: RefCell::default(), alarms: RefCell::default(), sns }
    }

    /// Opens the connection that every alarm needs first, while init still has a full CPU: at 128 MB of memory
    /// an invocation has 7 % of one, and a TLS handshake in it takes ten times as long.
    ///
    /// The call is one that the function's role permits; a denied one would stand in CloudTrail and could raise
    /// an alarm itself. Whether it succeeds does not matter here.
    pub async fn warm_up(&self, region: &str) {
        let call = self.logs(region).describe_metric_filters().limit(1).send();
        if tokio::time::timeout(WARM_UP, call).await.is_err() {
            tracing::warn!("opening a connection to CloudWatch Logs took too long; going on without");
        }
    }

    fn logs(&self, region: &str) -> aws_sdk_cloudwatchlogs::Client {
        let make = || {
            let config =
                aws_sdk_cloudwatchlogs::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
            aws_sdk_cloudwatchlogs::Client::from_conf(config.build())
        };
        self.logs.borrow_mut().entry(region.to_owned()).or_insert_with(make).clone()
    }

    fn alarms(&self, region: &str) -> aws_sdk_cloudwatch::Client {
        let make = || {
            let config = aws_sdk_cloudwatch::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
            aws_sdk_cloudwatch::Client::from_conf(config.build())
        };
        self.alarms.borrow_mut().entry(region.to_owned()).or_insert_with(make).clone()
    }
}

impl Logs for Aws {
    async fn metric_filters(&self, region: &str, metric: &Metric) -> Result<Vec<MetricFilter>, CallError> {
        const CALL: &str = "DescribeMetricFilters";
        let client = self.logs(region);
        let mut found = Vec::new();
        let mut token = None;
        for _ in 0..LIST_PAGES {
            let call = client.describe_metric_filters().metric_name(&metric.name).metric_namespace(&metric.namespace);
            let page = call.set_next_token(token).send().await.map_err(|error| failed(CALL, &error))?;
            found
                .extend(page.metric_filters.unwrap_or_default().into_iter().filter_map(|it| metric_filter(it, metric)));
            token = page.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(CallError {
            call: CALL,
            code: "TooManyPages".into(),
            message: format!("more than {LIST_PAGES} pages of metric filters"),
        })
    }

    async fn page(&self, region: &str, query: &Query, token: Option<&str>) -> Result<Page, CallError> {
        let Span { from, to } = query.window;
        // Both ends of FilterLogEvents are inclusive.
        let call = self.logs(region).filter_log_events().log_group_name(&query.log_group);
        let call = call.start_time(from.as_millisecond().max(0)).end_time((to.as_millisecond() - 1).max(0));
        let call = call.set_filter_pattern(Some(query.pattern.clone()).filter(|it| !it.trim().is_empty()));
        let page = call.set_next_token(token.map(str::to_owned)).send().await;
        let page = page.map_err(|error| failed("FilterLogEvents", &error))?;
        Ok(Page { events: page.events.unwrap_or_default().into_iter().map(log_event).collect(), next: page.next_token })
    }
}

/// MiniStack and some proxies ignore the request's filter by metric, so the answer is filtered too.
fn metric_filter(filter: logs::MetricFilter, metric: &Metric) -> Option<MetricFilter> {
    let of_metric =
        |it: &&logs::MetricTransformation| it.metric_name == metric.name && it.metric_namespace == metric.namespace;
    let transformation = filter.metric_transformations.as_deref()?.iter().find(of_metric)?;
    let default_is_zero = transformation.default_value.is_none_or(|it| it == 0.0);
    Some(MetricFilter {
        counts_events: transformation.metric_value.trim() == "1" && default_is_zero,
        log_group: filter.log_group_name?,
        pattern: filter.filter_pattern.unwrap_or_default(),
        on_transformed: filter.apply_on_transformed_logs,
    })
}

fn log_event(event: logs::FilteredLogEvent) -> LogEvent {
    let time = |it: Option<i64>| Timestamp::from_millisecond(it?).ok();
    LogEvent {
        id: event.event_id.unwrap_or_default(),
        logged_at: time(event.timestamp).unwrap_or_default(),
        ingested_at: time(event.ingestion_time),
        message: event.message.unwrap_or_default(),
    }
}

impl Alarms for Aws {
    async fn describe(&self, region: &str, names: &[String]) -> Result<Vec<Described>, CallError> {
        let mut described = Vec::new();
        // At most 100 names a call; composite alarms are left out unless asked for.
        for names in names.chunks(100) {
            let call = self.alarms(region).describe_alarms().set_alarm_names(Some(names.to_vec())).max_records(100);
            let call = call.alarm_types(cw::AlarmType::MetricAlarm).alarm_types(cw::AlarmType::CompositeAlarm);
            let page = call.send().await.map_err(|error| failed("DescribeAlarms", &error))?;
            described
                .extend(page.metric_alarms.unwrap_or_default().into_iter().filter_map(|it| metric_alarm(it, region)));
            described.extend(
                page.composite_alarms.unwrap_or_default().into_iter().filter_map(|it| composite_alarm(it, region)),
            );
        }
        Ok(described)
    }

    async fn history(&self, region: &str, alarm: &str, window: Span) -> Result<Vec<Transition>, CallError> {
        let call = self.alarms(region).describe_alarm_history().alarm_name(alarm).max_records(100);
        let call = call.alarm_types(cw::AlarmType::MetricAlarm).alarm_types(cw::AlarmType::CompositeAlarm);
        let call = call.history_item_type(cw::HistoryItemType::StateUpdate).scan_by(cw::ScanBy::TimestampDescending);
        let call = call.start_date(date_time(window.from)).end_date(date_time(window.to));
        let page = call.send().await.map_err(|error| failed("DescribeAlarmHistory", &error))?;
        let mut history: Vec<_> = page.alarm_history_items.unwrap_or_default().iter().filter_map(transition).collect();
        history.sort_by_key(|it| std::cmp::Reverse(it.at));
        Ok(history)
    }
}

fn transition(item: &cw::AlarmHistoryItem) -> Option<Transition> {
    Transition::read(timestamp(item.timestamp.as_ref())?, item.history_data.as_deref()?)
}

fn metric_alarm(alarm: cw::MetricAlarm, region: &str) -> Option<Described> {
    let metrics = alarm.metrics.unwrap_or_default();
    let period = alarm.period.or_else(|| metrics.iter().filter_map(period_of).max());
    let watches = match (alarm.namespace, alarm.metric_name) {
        (Some(namespace), Some(name)) => Watches::Metric(Metric { namespace, name }),
        _ => Watches::Math(metrics.into_iter().filter_map(metric_of).collect()),
    };
    let evaluation = Evaluation {
        period: period.map(i64::from),
        periods: alarm.evaluation_periods.map(i64::from),
        threshold: alarm.threshold,
        comparison: alarm.comparison_operator.and_then(|it| Comparison::parse(it.as_str())),
        statistic: alarm.statistic.map(|it| it.as_str().to_owned()),
    };
    let evaluated = alarm.state_reason_data.as_deref().map(evaluated).unwrap_or_default();
    let alarm = Alarm {
        name: alarm.alarm_name?,
        account: alarm.alarm_arn.as_deref().and_then(arns::account).map(str::to_owned),
        arn: alarm.alarm_arn,
        region: Some(region.to_owned()),
        state: State::parse(alarm.state_value.as_ref().map_or("", cw::StateValue::as_str)),
        previous: State::Unknown,
        changed_at: timestamp(alarm.state_transitioned_timestamp.as_ref().or(alarm.state_updated_timestamp.as_ref())),
        reason: alarm.state_reason.unwrap_or_default(),
        description: alarm.alarm_description,
        watches,
        evaluation,
    };
    Some(Described { alarm, evaluated })
}

fn composite_alarm(alarm: cw::CompositeAlarm, region: &str) -> Option<Described> {
    let alarm = Alarm {
        name: alarm.alarm_name?,
        account: alarm.alarm_arn.as_deref().and_then(arns::account).map(str::to_owned),
        arn: alarm.alarm_arn,
        region: Some(region.to_owned()),
        state: State::parse(alarm.state_value.as_ref().map_or("", cw::StateValue::as_str)),
        previous: State::Unknown,
        changed_at: timestamp(alarm.state_transitioned_timestamp.as_ref().or(alarm.state_updated_timestamp.as_ref())),
        reason: alarm.state_reason.unwrap_or_default(),
        description: alarm.alarm_description,
        watches: Watches::Composite { rule: alarm.alarm_rule.unwrap_or_default(), triggering: Vec::new() },
        evaluation: Evaluation::default(),
    };
    Some(Described { alarm, evaluated: Vec::new() })
}

fn metric_of(query: cw::MetricDataQuery) -> Option<Metric> {
    let metric = query.metric_stat?.metric?;
    Some(Metric { namespace: metric.namespace?, name: metric.metric_name? })
}

fn period_of(query: &cw::MetricDataQuery) -> Option<i32> {
    query.period.or_else(|| query.metric_stat.as_ref()?.period)
}

fn timestamp(time: Option<&DateTime>) -> Option<Timestamp> {
    Timestamp::from_nanosecond(time?.as_nanos()).ok()
}

fn date_time(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millisecond())
}

impl Notices for Aws {
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError> {
        let mut call = self.sns.publish().topic_arn(&self.topic).subject(&outgoing.subject).message(&outgoing.message);
        for attribute in &outgoing.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(&attribute.value).build();
            let value = value.map_err(|error| CallError {
                call: "Publish",
                code: "InvalidAttribute".into(),
                message: error.to_string(),
            })?;
            call = call.message_attributes(attribute.name, value);
        }
        call.message_structure("json").send().await.map_err(|error| failed("Publish", &error))?;
        Ok(())
    }
}

fn failed<E: ProvideErrorMetadata, R>(call: &'static str, error: &SdkError<E, R>) -> CallError {
    let code = match error {
        SdkError::TimeoutError(_) => "Timeout",
        SdkError::DispatchFailure(_) => "DispatchFailure",
        SdkError::ResponseError(_) => "ResponseError",
        SdkError::ConstructionFailure(_) => "ConstructionFailure",
        _ => error.code().unwrap_or("UnknownError"),
    };
    CallError { call, code: code.to_owned(), message: error.message().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests;
