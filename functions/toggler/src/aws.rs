//! CloudWatch behind the port.

mod mute_rules;
mod topic;

use std::cell::Cell;
use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    AlarmHistoryItem, AlarmType, ComparisonOperator, CompositeAlarm, HistoryItemType, MetricAlarm, ScanBy, StateValue,
    Statistic, Tag,
};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::Instant;
use yakei_core::hours::Mode;
use yakei_core::names::Name;
use yakei_core::text::causes;

use crate::port::{Alarm, Alarms, CHUNK, CallError, History, Read, WentOff};

pub use topic::Topic;

/// `EnableAlarmActions` and `DisableAlarmActions` allow 3 calls a second each (CloudWatch service quotas).
const BETWEEN_WRITES: Duration = Duration::from_millis(340);

/// How long a write may take to become visible.
const SETTLE: Duration = Duration::from_millis(800);

/// How often a call is tried at most; the time that is left ends it sooner.
const ATTEMPTS: u32 = 12;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// So many alarms are asked for by name; for more, the whole account's history takes fewer calls.
const FEW: usize = 10;

/// The most pages of history in all, of 100 entries each, the newest first.
const HISTORY_PAGES: usize = 20;

/// What reading the history leaves of the time, for telling people.
const FOR_TELLING: Duration = Duration::from_secs(5);

/// The alarms of the account and Region that a client is for, within the time of one invocation.
#[derive(Debug)]
pub struct CloudWatch {
    client: Client,
    deadline: Instant,
    last_write: Cell<Option<Instant>>,
}

/// A client that tries throttled calls and calls that fail with 5xx again for as long as it is let.
pub fn client(sdk: &aws_config::SdkConfig) -> Client {
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE);
    Client::from_conf(aws_sdk_cloudwatch::config::Builder::from(sdk).retry_config(retries).build())
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

    /// The newest pages of one alarm's history, or of all alarms'.
    async fn history(&self, since: Timestamp, name: Option<&str>, pages: usize) -> History {
        const CALL: &str = "DescribeAlarmHistory";
        let listing = self.client.describe_alarm_history().history_item_type(HistoryItemType::StateUpdate);
        let listing = listing.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        let listing = listing.start_date(DateTime::from_secs(since.as_second())).max_records(100);
        let listing = listing.scan_by(ScanBy::TimestampDescending).set_alarm_name(name.map(str::to_owned));
        let until = self.deadline.checked_sub(FOR_TELLING).unwrap_or(self.deadline);
        let (mut all, mut token) = (Vec::new(), None);
        for _ in 0..pages {
            if Instant::now() >= until {
                let message = "the time that is left is kept for telling people".to_owned();
                let cut_off = CallError { operation: CALL, code: "Timeout".to_owned(), message };
                return History { went_off: all, cut_off: Some(cut_off) };
            }
            let page = match share_of(until, CALL, listing.clone().set_next_token(token).send()).await {
                Ok(page) => page,
                Err(error) => return History { went_off: all, cut_off: Some(error) },
            };
            all.extend(page.alarm_history_items().iter().filter_map(went_off));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return History { went_off: all, cut_off: None };
            }
        }
        let message = format!("there are more than {pages} pages; the newest were read");
        History {
            went_off: all,
            cut_off: Some(CallError { operation: CALL, code: "TooManyPages".to_owned(), message }),
        }
    }

    async fn pages(&self, listing: DescribeAlarmsFluentBuilder) -> Read {
        let mut read = Read::default();
        let mut token = None;
        loop {
            let page = match self.within("DescribeAlarms", listing.clone().set_next_token(token).send()).await {
                Ok(page) => page,
                Err(error) => return Read { cut_off: Some(error), ..read },
            };
            read.alarms.extend(page.metric_alarms().iter().filter_map(|alarm| {
                let MetricAlarm { alarm_name, actions_enabled, state_value, alarm_description, .. } = alarm;
                let name = alarm_name.as_ref()?;
                Some(read_alarm(name, *actions_enabled, state_value.as_ref(), alarm_description.as_ref()))
            }));
            read.alarms.extend(page.composite_alarms().iter().filter_map(|alarm| {
                let CompositeAlarm { alarm_name, actions_enabled, state_value, alarm_description, .. } = alarm;
                let name = alarm_name.as_ref()?;
                Some(read_alarm(name, *actions_enabled, state_value.as_ref(), alarm_description.as_ref()))
            }));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return read;
            }
        }
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

    async fn set(&self, desired: Mode, names: &[String]) -> Result<(), CallError> {
        self.pace().await;
        let names = Some(names.to_vec());
        match desired {
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

    async fn keep(&self, name: &str, description: &str, owner: &Name) -> Result<(), CallError> {
        self.pace().await;
        let tag = Tag::builder().key(Name::TAG_KEY).value(owner.as_str()).build();
        // A metric that nobody writes: the alarm stays without data and has no actions.
        let call = self.client.put_metric_alarm().alarm_name(name).alarm_description(description).tags(tag);
        let call = call.namespace(owner.metric_namespace()).metric_name("Hold").statistic(Statistic::Sum).period(60);
        let call = call.evaluation_periods(1).threshold(1.0).treat_missing_data("missing");
        let call = call.comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold);
        self.within("PutMetricAlarm", call.send()).await.map(drop)
    }

    async fn remove(&self, names: &[String]) -> Result<(), CallError> {
        self.pace().await;
        let call = self.client.delete_alarms().set_alarm_names(Some(names.to_vec())).send();
        self.within("DeleteAlarms", call).await.map(drop)
    }

    async fn went_off(&self, since: Timestamp, names: &[&str]) -> History {
        if names.is_empty() || names.len() > FEW {
            return self.history(since, None, HISTORY_PAGES).await;
        }
        let mut all = History::default();
        for name in names {
            let History { went_off, cut_off } = self.history(since, Some(name), HISTORY_PAGES / names.len()).await;
            all.went_off.extend(went_off);
            all.cut_off = all.cut_off.or(cut_off);
        }
        all
    }

    async fn settle(&self) {
        tokio::time::sleep(SETTLE).await;
    }
}

/// A call, retries included, ended after half of the time that is left until `deadline`.
async fn share_of<T, E>(
    deadline: Instant,
    operation: &'static str,
    call: impl Future<Output = Result<T, SdkError<E>>>,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let share = deadline.saturating_duration_since(Instant::now()) / 2;
    let Ok(answer) = tokio::time::timeout(share, call).await else {
        let message = format!("no answer within {:.1} s, half of the time that was left", share.as_secs_f64());
        return Err(CallError { operation, code: "Timeout".to_owned(), message });
    };
    answer.map_err(|error| call_error(operation, &error))
}

/// `ActionsEnabled` is true when a service leaves it out, as `PutMetricAlarm` defaults it.
fn read_alarm(name: &str, enabled: Option<bool>, value: Option<&StateValue>, description: Option<&String>) -> Alarm {
    let state = if enabled.unwrap_or(true) { Mode::Armed } else { Mode::Muted };
    let in_alarm = value == Some(&StateValue::Alarm);
    Alarm { name: name.to_owned(), state, in_alarm, description: description.cloned() }
}

/// A change to ALARM, from the JSON that CloudWatch keeps with each change of state.
fn went_off(item: &AlarmHistoryItem) -> Option<WentOff> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        new_state: State,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct State {
        state_value: String,
        #[serde(default)]
        state_reason: String,
    }
    let data: Data = serde_json::from_str(item.history_data()?).ok()?;
    let at = item.timestamp().and_then(|at| Timestamp::from_second(at.secs()).ok())?;
    let State { state_value, state_reason } = data.new_state;
    (state_value == "ALARM").then_some(WentOff { alarm: item.alarm_name()?.to_owned(), at, reason: state_reason })
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
    let message = message.unwrap_or_else(|| causes(error));
    CallError { operation, code: code.to_owned(), message }
}

#[cfg(test)]
mod tests;
