//! CloudWatch behind the port.

use std::cell::Cell;
use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::types::AlarmType;
use tokio::time::Instant;
use yakei_core::hours::Desired;

use crate::port::{Alarm, Alarms, CHUNK, CallError, Read};

/// `EnableAlarmActions` and `DisableAlarmActions` allow 3 calls a second each (CloudWatch service quotas).
const BETWEEN_WRITES: Duration = Duration::from_millis(340);

/// How long a write may take to become visible.
const SETTLE: Duration = Duration::from_millis(800);

/// The alarms of the account and Region that a client is for.
#[derive(Debug)]
pub struct CloudWatch {
    client: Client,
    last_write: Cell<Option<Instant>>,
}

impl CloudWatch {
    /// Uses this client.
    pub fn new(client: Client) -> Self {
        Self { client, last_write: Cell::new(None) }
    }

    /// A listing of all kinds of alarms; without the types CloudWatch leaves composite alarms out.
    fn describe(&self) -> DescribeAlarmsFluentBuilder {
        let page = i32::try_from(CHUNK).unwrap_or(100);
        self.client
            .describe_alarms()
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
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
        pages(self.describe().set_alarm_name_prefix(prefix)).await
    }

    async fn read_named(&self, names: &[String]) -> Read {
        let mut all = Read::default();
        for chunk in names.chunks(CHUNK) {
            let Read { alarms, cut_off } = pages(self.describe().set_alarm_names(Some(chunk.to_vec()))).await;
            all.alarms.extend(alarms);
            if cut_off.is_some() {
                return Read { cut_off, ..all };
            }
        }
        all
    }

    async fn set(&self, desired: Desired, names: &[String]) -> Result<(), CallError> {
        self.pace().await;
        let names = Some(names.to_vec());
        match desired {
            Desired::Armed => {
                let call = self.client.enable_alarm_actions().set_alarm_names(names).send();
                call.await.map(drop).map_err(|e| call_error("EnableAlarmActions", &e))
            }
            Desired::Muted => {
                let call = self.client.disable_alarm_actions().set_alarm_names(names).send();
                call.await.map(drop).map_err(|e| call_error("DisableAlarmActions", &e))
            }
        }
    }

    async fn settle(&self) {
        tokio::time::sleep(SETTLE).await;
    }
}

async fn pages(listing: DescribeAlarmsFluentBuilder) -> Read {
    let mut read = Read::default();
    let mut pages = listing.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) => return Read { cut_off: Some(call_error("DescribeAlarms", &error)), ..read },
        };
        let metric = page.metric_alarms().iter().map(|a| (a.alarm_name(), a.actions_enabled()));
        let composite = page.composite_alarms().iter().map(|a| (a.alarm_name(), a.actions_enabled()));
        read.alarms.extend(metric.chain(composite).filter_map(|(name, enabled)| Some(alarm(name?, enabled))));
    }
    read
}

/// `ActionsEnabled` is true when a service leaves it out, as `PutMetricAlarm` defaults it.
fn alarm(name: &str, actions_enabled: Option<bool>) -> Alarm {
    let state = if actions_enabled.unwrap_or(true) { Desired::Armed } else { Desired::Muted };
    Alarm { name: name.to_owned(), state }
}

fn call_error<E>(operation: &'static str, error: &SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let service = error.as_service_error();
    let code = service.and_then(ProvideErrorMetadata::code).unwrap_or(match error {
        SdkError::TimeoutError(_) => "Timeout",
        SdkError::DispatchFailure(_) => "Connection",
        SdkError::ConstructionFailure(_) => "Request",
        _ => "Response",
    });
    let message = service.and_then(ProvideErrorMetadata::message).map(str::to_owned);
    let message = message.unwrap_or_else(|| chain(error));
    CallError { operation, code: code.to_owned(), message }
}

/// An error and its causes, without the innards that the SDK's own rendering adds.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests;
