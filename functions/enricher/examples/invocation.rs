//! How long a whole invocation takes beside the sum of its calls' times: calls answer after a fixed time, a search
//! with a page of real-sized records.
//!
//! `cargo run --release -p enricher --example invocation`

use std::cell::Cell;
use std::time::{Duration, Instant};

use enricher::ports::{Alarms, CallError, FilterPage, Filters, LogEvent, Logs, MetricFilter, Notices, Page, Query};
use enricher::{Enricher, Invoked, Limits, Settings};
use jiff::Timestamp;
use serde_json::json;
use yakei_core::alarm::{Alarm, Span, Transition};
use yakei_core::notice::Outgoing;

/// What each call takes.
const CALL: Duration = Duration::from_millis(20);
/// Records in the page, about 1.4 kB each.
const RECORDS: usize = 700;
/// Filters of the metric, searched side by side.
const FILTERS: usize = 3;

struct Stub {
    page: Vec<LogEvent>,
    calls: Cell<u32>,
    published: Cell<usize>,
}

impl Stub {
    fn new() -> Self {
        let event = |n: usize| {
            LogEvent {
            id: n.to_string(),
            logged_at: Timestamp::UNIX_EPOCH,
            ingested_at: None,
            message: json!({"eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com", "eventTime": "2026-11-21T18:41:00Z",
                "userIdentity": {"type": "IAMUser", "userName": format!("user-{}", n % 20)}, "sourceIPAddress": "203.0.113.5",
                "requestParameters": "x".repeat(1200)})
            .to_string(),
        }
        };
        Self { page: (0..RECORDS).map(event).collect(), calls: Cell::default(), published: Cell::default() }
    }

    async fn answers(&self) {
        self.calls.set(self.calls.get() + 1);
        tokio::time::sleep(CALL).await;
    }
}

impl Logs for Stub {
    async fn filters(&self, _: &str, _: Filters<'_>, _: Option<&str>) -> Result<FilterPage, CallError> {
        self.answers().await;
        let filter = |n| MetricFilter {
            log_group: format!("/yakei/cloudtrail-{n}"),
            pattern: "{ $.eventName = \"ConsoleLogin\" }".into(),
            metric: ("yakei".into(), "ConsoleLogin".into()),
            counts_events: true,
            ..MetricFilter::default()
        };
        Ok(FilterPage { filters: (0..FILTERS).map(filter).collect(), next: None })
    }

    async fn page(&self, _: &str, _: &Query, _: Option<&str>) -> Result<Page, CallError> {
        self.answers().await;
        Ok(Page { events: self.page.clone(), next: None })
    }

    async fn oldest(&self, _: &str, _: &str, _: Span, _: Option<&str>) -> Result<Page, CallError> {
        self.answers().await;
        Ok(Page::default())
    }
}

impl Alarms for Stub {
    async fn describe(&self, _: &str, _: &[String]) -> Result<Vec<Alarm>, CallError> {
        self.answers().await;
        Ok(Vec::new())
    }

    async fn history(&self, _: &str, _: &str, _: Span) -> Result<Vec<Transition>, CallError> {
        self.answers().await;
        Ok(Vec::new())
    }
}

impl Notices for Stub {
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError> {
        self.answers().await;
        self.published.set(outgoing.bytes());
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let topic = "arn:aws:sns:eu-west-1:123456789012:yakei-notices";
    // Without the pauses that keep several alarms below the quota of searches.
    let limits = Limits { calls_a_second: 1000, ..Limits::default() };
    let enricher = Enricher::new(Stub::new(), Settings::default(), limits, Some(topic.into()), None);
    for environment in ["cold", "warm"] {
        let reason = format!("[{}.0 (21/11/26 18:40:00)]", RECORDS * FILTERS);
        let alarm = json!({"AlarmName": "yakei-ConsoleLogin", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:yakei-ConsoleLogin",
            "NewStateValue": "ALARM", "NewStateReason": reason, "StateChangeTime": "2026-11-21T18:46:12.345+0000",
            "Trigger": {"MetricName": "ConsoleLogin", "Namespace": "yakei", "Statistic": "SUM", "Period": 300, "Threshold": 1.0,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold"}});
        let event = json!({"Records": [{"Sns": {"MessageId": environment, "Message": alarm.to_string()}}]});
        let (before, began) = (enricher.ports().calls.get(), Instant::now());
        let invoked = Invoked { now: Timestamp::UNIX_EPOCH, left: Duration::from_mins(1), function_arn: "" };
        let answer = enricher.handle(&event, invoked).await;
        let took = began.elapsed();
        let calls = enricher.ports().calls.get() - before;
        assert!(answer.is_ok(), "{answer:?}");
        println!(
            "{environment}: {took:.1?} for {calls} calls of {CALL:?}, one after the other {:?}; {} records read, {} bytes published",
            CALL * calls,
            RECORDS * FILTERS,
            enricher.ports().published.get()
        );
    }
}
