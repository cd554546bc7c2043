//! The alarms' history, oldest first: what was read before a bound or a failure counts, and how far it reaches is said.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::describe_alarm_history::builders::DescribeAlarmHistoryFluentBuilder;
use aws_sdk_cloudwatch::primitives::{DateTime, DateTimeFormat};
use aws_sdk_cloudwatch::types::{AlarmHistoryItem, AlarmType, HistoryItemType, ScanBy};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use yakei_core::time::parse_aws;

use super::answer::share_of;
use crate::ports::{CallError, CutOff, History, Item, What};

const CALL: &str = "DescribeAlarmHistory";

/// So many alarms are asked for by name; for more, the whole account's history takes fewer calls.
const BY_NAME: usize = 100;

/// The most pages in all, of 100 entries each.
const PAGES: usize = 200;

/// What reading the history leaves of the time, for telling people.
const FOR_TELLING: Duration = Duration::from_secs(10);

/// Reads what happened to alarms, each since its own instant.
pub(super) async fn read(client: &Client, deadline: Instant, since: &BTreeMap<String, Timestamp>) -> History {
    let until = deadline.checked_sub(FOR_TELLING).unwrap_or(deadline);
    let mut history = History::default();
    let mut pages = PAGES;
    if since.len() > BY_NAME {
        let from = since.values().min().copied().unwrap_or_default();
        let (items, end) = listing(client, None, from, until, &mut pages).await;
        history.items.extend(items.into_iter().filter(|item| since.get(&item.alarm).is_some_and(|it| item.at >= *it)));
        history
            .cut_off
            .extend(end.into_iter().flat_map(|end| since.keys().map(move |alarm| (alarm.clone(), end.clone()))));
        return history;
    }
    for (alarm, from) in since {
        let (items, end) = listing(client, Some(alarm), *from, until, &mut pages).await;
        history.items.extend(items.into_iter().filter(|item| item.at >= *from));
        history.cut_off.extend(end.map(|end| (alarm.clone(), end)));
    }
    history
}

/// The history of one alarm or of all; where it ends too early, the entries of its last instant are left out, since
/// there may be more of them.
async fn listing(
    client: &Client,
    alarm: Option<&String>,
    from: Timestamp,
    until: Instant,
    pages: &mut usize,
) -> (Vec<Item>, Option<CutOff>) {
    let mut token = None;
    let mut items: Vec<Item> = Vec::new();
    let mut read_to = from;
    let error = loop {
        if *pages == 0 {
            break CallError {
                operation: CALL,
                code: "TooManyPages".to_owned(),
                message: format!("there are more than {PAGES} pages; the next run reads on"),
                refused: false,
            };
        }
        if Instant::now() >= until {
            break CallError::out_of_time(CALL);
        }
        *pages -= 1;
        let page = match share_of(until, CALL, request(client, alarm, from).set_next_token(token.take()).send()).await {
            Ok(page) => page,
            Err(error) => break error,
        };
        let last = page.alarm_history_items().iter().filter_map(|item| instant(item.timestamp()?)).max();
        read_to = read_to.max(last.unwrap_or(read_to));
        items.extend(page.alarm_history_items().iter().filter_map(item));
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return (items, None);
        }
    };
    items.retain(|item| item.at < read_to);
    (items, Some(CutOff { read_to, error }))
}

fn request(client: &Client, alarm: Option<&String>, from: Timestamp) -> DescribeAlarmHistoryFluentBuilder {
    let request = client.describe_alarm_history().set_alarm_name(alarm.cloned());
    let request = request.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
    let request = request.alarm_types(AlarmType::LogAlarm).start_date(DateTime::from_secs(from.as_second()));
    request.max_records(100).scan_by(ScanBy::TimestampAscending)
}

fn instant(at: &DateTime) -> Option<Timestamp> {
    at.fmt(DateTimeFormat::DateTime).ok().and_then(|text| parse_aws(&text))
}

/// A change of state or an action that was carried out, from the JSON that CloudWatch keeps with each entry.
fn item(item: &AlarmHistoryItem) -> Option<Item> {
    let (alarm, at) = (item.alarm_name()?.to_owned(), instant(item.timestamp()?)?);
    let what = match item.history_item_type()? {
        HistoryItemType::StateUpdate => change(item.history_data()?)?,
        HistoryItemType::Action => action(item.history_data()?)?,
        _ => return None,
    };
    Some(Item { alarm, at, what })
}

fn change(data: &str) -> Option<What> {
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
    let State { state_value, state_reason } = serde_json::from_str::<Data>(data).ok()?.new_state;
    Some(if state_value == "ALARM" { What::WentOff(state_reason) } else { What::Calmed })
}

/// An action that succeeded; `stateUpdateTimestamp` says for which change, in milliseconds or as a text.
fn action(data: &str) -> Option<What> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        action_state: String,
        #[serde(default)]
        state_update_timestamp: Value,
    }
    let data: Data = serde_json::from_str(data).ok()?;
    let of = match &data.state_update_timestamp {
        Value::Number(number) => number.as_i64().and_then(|at| Timestamp::from_millisecond(at).ok()),
        Value::String(text) => parse_aws(text),
        _ => None,
    };
    (data.action_state == "Succeeded").then_some(What::ActionDone(of))
}
