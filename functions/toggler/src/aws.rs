//! CloudWatch behind the port.

mod answer;
mod histories;
mod rule_calls;
mod topic;

use std::cell::Cell;
use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::types::{
    AlarmType, ComparisonOperator, CompositeAlarm, LogAlarm, MetricAlarm, StateValue, Statistic, Tag,
};
use jiff::Timestamp;
use tokio::time::Instant;
use yakei_core::hours::Mode;
use yakei_core::names::Name;

use crate::ports::{Alarm, Alarms, CHUNK, CallError, History, Kept, Read};

use answer::share_of;

pub use topic::{Topic, topic_client};

/// `EnableAlarmActions` and `DisableAlarmActions` allow 3 calls a second each (CloudWatch service quotas).
const BETWEEN_WRITES: Duration = Duration::from_millis(340);

/// How long a write may take to become visible.
const SETTLE: Duration = Duration::from_millis(800);

/// Most time for opening the connection in init.
const WARM_UP: Duration = Duration::from_secs(3);

/// How often a call is tried at most; the time that is left ends it sooner.
const ATTEMPTS: u32 = 12;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The alarms of the account and Region that a client is for, within the time of one invocation.
#[derive(Debug)]
pub struct CloudWatch {
    client: Client,
    deadline: Instant,
    last_write: Cell<Option<Instant>>,
}

/// A client that tries throttled calls and calls that fail with 5xx again for as long as it is let.
pub fn client(sdk: &aws_types::SdkConfig) -> Client {
    let builder = aws_sdk_cloudwatch::config::Builder::from(sdk).retry_config(retries());
    Client::from_conf(builder.retry_partition(unlimited()).build())
}

/// Opens the connection while init still has a full CPU: at 256 MB an invocation has 15 % of one, and a TLS handshake in
/// it takes seven times as long.
///
/// The call is one that the function's role permits and that every run begins with; a denied one would stand in
/// `CloudTrail` and could raise an alarm itself. Whether it succeeds does not matter here: nothing is learnt from it.
pub async fn warm_up(client: &Client, name: &Name) {
    let call = client.describe_alarms().alarm_name_prefix(name.alarm_prefix()).max_records(1).send();
    match tokio::time::timeout(WARM_UP, call).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            let code = error.code().unwrap_or("no answer");
            tracing::warn!(code, "no connection was opened at start; going on without");
        }
        Err(_) => tracing::warn!("no connection was opened at start within {WARM_UP:?}; going on without"),
    }
}

/// How often and how patiently a call is tried.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE)
}

/// Retries are bounded by the attempts and by the time that is left. The SDK would bound them by a bucket too, which
/// all clients of a process share and which bad invocations leave empty: then a single throttle fails a run.
fn unlimited() -> RetryPartition {
    RetryPartition::custom("yakei").token_bucket(TokenBucket::unlimited()).build()
}

impl CloudWatch {
    /// Uses this client, and ends every call before so much time has passed.
    pub fn new(client: Client, time_left: Duration) -> Self {
        Self { client, deadline: Instant::now() + time_left, last_write: Cell::new(None) }
    }

    /// Lets a call, retries included, have half of the time that is left: the calls after it, which may be the
    /// ones that arm, keep the other half.
    async fn within<T, E>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E>>>,
    ) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        share_of(self.deadline, operation, call).await
    }

    /// The next page of a listing.
    async fn page<T, E>(
        &self,
        operation: &'static str,
        next: impl Future<Output = Option<Result<T, SdkError<E>>>>,
    ) -> Result<Option<T>, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.within(operation, async { next.await.transpose() }).await
    }

    async fn pages(&self, listing: DescribeAlarmsFluentBuilder) -> Read {
        let mut pages = listing.into_paginator().send();
        let mut read = Read::default();
        loop {
            match self.page("DescribeAlarms", pages.next()).await {
                Ok(Some(page)) => read.alarms.extend(alarms(&page)),
                Ok(None) => return read,
                Err(error) => return Read { cut_off: Some(error), ..read },
            }
        }
    }

    /// A listing of all kinds of alarms; without the types CloudWatch answers metric alarms alone.
    fn describe(&self) -> DescribeAlarmsFluentBuilder {
        let page = i32::try_from(CHUNK).unwrap_or(100);
        self.client
            .describe_alarms()
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .alarm_types(AlarmType::LogAlarm)
            .max_records(page)
    }

    async fn pace(&self) {
        if let Some(last) = self.last_write.get() {
            tokio::time::sleep_until(last + BETWEEN_WRITES).await;
        }
        self.last_write.set(Some(Instant::now()));
    }
}

impl Alarms for CloudWatch {
    async fn read(&self, prefix: &str) -> Read {
        let prefix = Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty());
        self.pages(self.describe().set_alarm_name_prefix(prefix)).await
    }

    async fn read_named(&self, names: &[String]) -> Read {
        let mut all = Read::default();
        for chunk in names.chunks(CHUNK) {
            let Read { alarms, cut_off } = self.pages(self.describe().set_alarm_names(Some(chunk.to_vec()))).await;
            all.alarms.extend(alarms);
            if cut_off.is_some() {
                return Read { cut_off, ..all };
            }
        }
        all
    }

    async fn is_tagged(&self, alarm: &Alarm, owner: &Name) -> Result<bool, CallError> {
        let Some(arn) = &alarm.arn else { return Ok(false) };
        let call = self.client.list_tags_for_resource().resource_arn(arn).send();
        let answer = self.within("ListTagsForResource", call).await?;
        Ok(answer.tags().iter().any(|tag| tag.key() == Some(Name::TAG_KEY) && tag.value() == Some(owner.as_str())))
    }

    async fn set(&self, mode: Mode, names: &[String]) -> Result<(), CallError> {
        self.pace().await;
        let names = Some(names.to_vec());
        match mode {
            Mode::Armed => {
                let call = self.client.enable_alarm_actions().set_alarm_names(names).send();
                self.within("EnableAlarmActions", call).await.map(drop)
            }
            Mode::Muted => {
                let call = self.client.disable_alarm_actions().set_alarm_names(names).send();
                self.within("DisableAlarmActions", call).await.map(drop)
            }
        }
    }

    async fn keep(&self, kept: &Kept, owner: &Name) -> Result<(), CallError> {
        self.pace().await;
        let Kept { alarm, metric, text } = kept;
        let tag = Tag::builder().key(Name::TAG_KEY).value(owner.as_str()).build();
        // A metric that nobody writes: the alarm stays without data and has no actions.
        let call = self.client.put_metric_alarm().alarm_name(alarm).alarm_description(text).tags(tag);
        let call = call.namespace(owner.metric_namespace()).metric_name(*metric).statistic(Statistic::Sum).period(60);
        let call = call.evaluation_periods(1).threshold(1.0).treat_missing_data("missing");
        let call = call.comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold);
        self.within("PutMetricAlarm", call.send()).await.map(drop)
    }

    async fn remove(&self, names: &[String]) -> Result<(), CallError> {
        self.pace().await;
        let call = self.client.delete_alarms().set_alarm_names(Some(names.to_vec())).send();
        self.within("DeleteAlarms", call).await.map(drop)
    }

    async fn history(&self, since: &std::collections::BTreeMap<String, Timestamp>) -> History {
        histories::read(&self.client, self.deadline, since).await
    }

    async fn settle(&self) {
        tokio::time::sleep(SETTLE).await;
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// The alarms of a page, of every kind.
fn alarms(page: &DescribeAlarmsOutput) -> impl Iterator<Item = Alarm> {
    let metric = page.metric_alarms().iter().filter_map(|alarm| {
        let MetricAlarm {
            alarm_name: name,
            alarm_arn: arn,
            actions_enabled,
            state_value: state,
            alarm_description: text,
            ..
        } = alarm;
        let read = read_alarm(name.as_ref(), arn.as_ref(), *actions_enabled, state.as_ref(), text.as_ref())?;
        let metric = alarm.namespace().zip(alarm.metric_name());
        let metric = metric.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()));
        Some(Alarm { metric, ..read })
    });
    let composite = page.composite_alarms().iter().filter_map(|alarm| {
        let CompositeAlarm {
            alarm_name: name,
            alarm_arn: arn,
            actions_enabled,
            state_value: state,
            alarm_description: text,
            ..
        } = alarm;
        read_alarm(name.as_ref(), arn.as_ref(), *actions_enabled, state.as_ref(), text.as_ref())
    });
    let log = page.log_alarms().iter().filter_map(|alarm| {
        let LogAlarm {
            alarm_name: name,
            alarm_arn: arn,
            actions_enabled,
            state_value: state,
            alarm_description: text,
            ..
        } = alarm;
        read_alarm(name.as_ref(), arn.as_ref(), *actions_enabled, state.as_ref(), text.as_ref())
    });
    metric.chain(composite).chain(log)
}

/// `ActionsEnabled` is true when a service leaves it out, as `PutMetricAlarm` defaults it.
fn read_alarm(
    name: Option<&String>,
    arn: Option<&String>,
    enabled: Option<bool>,
    value: Option<&StateValue>,
    description: Option<&String>,
) -> Option<Alarm> {
    let mode = if enabled.unwrap_or(true) { Mode::Armed } else { Mode::Muted };
    let in_alarm = value == Some(&StateValue::Alarm);
    let (name, arn, description) = (name?.clone(), arn.cloned(), description.cloned());
    Some(Alarm { name, arn, mode, in_alarm, description, metric: None })
}

#[cfg(test)]
mod tests;
