//! An AWS in memory: log groups, metric filters, alarms and a topic; every call can be made to fail.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use yakei_core::alarm::{Metric, Span, Transition};
use yakei_core::notice::Outgoing;

use crate::ports::{Alarms, CallError, Described, LogEvent, Logs, MetricFilter, Notices, Page, Query};

#[derive(Debug)]
pub(super) struct Fake {
    pub filters: HashMap<(String, Metric), Vec<MetricFilter>>,
    pub logs: HashMap<String, Vec<LogEvent>>,
    pub described: HashMap<String, Described>,
    pub transitions: Vec<Transition>,
    /// Events a page.
    pub page: usize,
    /// Whether every page with events is followed by one without, which has a token all the same.
    pub empty_pages: bool,
    /// Searches that see nothing yet.
    pub blind: Cell<usize>,
    /// The calls that fail, with which code.
    pub faults: RefCell<HashMap<&'static str, &'static str>>,
    /// The searches' pages that fail, counted from 1.
    pub fails_at_page: Option<usize>,
    /// Calls that never answer.
    pub hangs: Option<&'static str>,
    pub calls: RefCell<Vec<String>>,
    pub published: RefCell<Vec<Outgoing>>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            filters: HashMap::new(),
            logs: HashMap::new(),
            described: HashMap::new(),
            transitions: Vec::new(),
            page: 100,
            empty_pages: false,
            blind: Cell::new(0),
            faults: RefCell::default(),
            fails_at_page: None,
            hangs: None,
            calls: RefCell::default(),
            published: RefCell::default(),
        }
    }
}

impl Fake {
    async fn called(&self, call: &'static str, what: impl std::fmt::Display) -> Result<(), CallError> {
        self.calls.borrow_mut().push(format!("{call} {what}"));
        if self.hangs == Some(call) {
            std::future::pending::<()>().await;
        }
        match self.faults.borrow().get(call) {
            Some(code) => Err(CallError { call, code: (*code).to_owned(), message: "because".to_owned() }),
            None => Ok(()),
        }
    }

    pub(super) fn count(&self, call: &str) -> usize {
        self.calls.borrow().iter().filter(|it| it.split(' ').next() == Some(call)).count()
    }

    /// A log event of a record, logged five minutes after its `eventTime`.
    pub(super) fn log(&mut self, group: &str, logged_at: &str, record: &Value) {
        let events = self.logs.entry(group.to_owned()).or_default();
        let logged_at: Timestamp = logged_at.parse().unwrap();
        let id = format!("{group}-{}", events.len());
        events.push(LogEvent { id, logged_at, ingested_at: Some(logged_at), message: record.to_string() });
    }

    pub(super) fn filter(&mut self, region: &str, metric: &str, group: &str, pattern: &str) {
        let metric = Metric { namespace: "yakei".into(), name: metric.into() };
        let filter = MetricFilter {
            log_group: group.into(),
            pattern: pattern.into(),
            counts_events: true,
            on_transformed: false,
        };
        self.filters.entry((region.to_owned(), metric)).or_default().push(filter);
    }

    /// The JSON of the only notice.
    pub(super) fn notice(&self) -> Value {
        assert_eq!(self.published.borrow().len(), 1, "exactly one notice");
        self.notices().remove(0)
    }

    pub(super) fn notices(&self) -> Vec<Value> {
        let protocols = self
            .published
            .borrow()
            .iter()
            .map(|it| serde_json::from_str::<Value>(&it.message).unwrap())
            .collect::<Vec<_>>();
        protocols.iter().map(|it| serde_json::from_str(it["sqs"].as_str().unwrap()).unwrap()).collect()
    }

    pub(super) fn mail(&self) -> String {
        let message: Value = serde_json::from_str(&self.published.borrow()[0].message).unwrap();
        message["email"].as_str().unwrap().to_owned()
    }
}

impl Logs for Fake {
    async fn metric_filters(&self, region: &str, metric: &Metric) -> Result<Vec<MetricFilter>, CallError> {
        self.called("DescribeMetricFilters", format!("{region} {}", metric.name)).await?;
        Ok(self.filters.get(&(region.to_owned(), metric.clone())).cloned().unwrap_or_default())
    }

    async fn page(&self, region: &str, query: &Query, token: Option<&str>) -> Result<Page, CallError> {
        let Query { log_group, pattern, window } = query;
        self.called("FilterLogEvents", format!("{region} {log_group} {pattern} {}..{}", window.from, window.to))
            .await?;
        if self.fails_at_page == Some(self.count("FilterLogEvents")) {
            return Err(CallError {
                call: "FilterLogEvents",
                code: "ThrottlingException".into(),
                message: "Rate exceeded".into(),
            });
        }
        if self.blind.get() > 0 {
            self.blind.set(self.blind.get() - 1);
            return Ok(Page::default());
        }
        let matching = |it: &&LogEvent| query.window.contains(it.logged_at) && it.message.contains(pattern.as_str());
        let all: Vec<_> = self.logs.get(log_group).into_iter().flatten().filter(matching).cloned().collect();
        let (from, empty) = match token.map(|it| it.split_once('/').unwrap()) {
            Some((from, kind)) => (from.parse().unwrap(), kind == "empty"),
            None => (0, false),
        };
        if empty {
            return Ok(Page { events: Vec::new(), next: Some(format!("{from}/full")) });
        }
        let to = all.len().min(from + self.page);
        let kind = if self.empty_pages { "empty" } else { "full" };
        Ok(Page { events: all[from..to].to_vec(), next: (to < all.len()).then(|| format!("{to}/{kind}")) })
    }
}

impl Alarms for Fake {
    async fn describe(&self, region: &str, names: &[String]) -> Result<Vec<Described>, CallError> {
        self.called("DescribeAlarms", format!("{region} {}", names.join(","))).await?;
        Ok(names.iter().filter_map(|name| self.described.get(name).cloned()).collect())
    }

    async fn history(&self, region: &str, alarm: &str, window: Span) -> Result<Vec<Transition>, CallError> {
        self.called("DescribeAlarmHistory", format!("{region} {alarm}")).await?;
        Ok(self.transitions.iter().filter(|it| window.contains(it.at)).cloned().collect())
    }
}

impl Notices for Fake {
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError> {
        self.called("Publish", &outgoing.subject).await?;
        self.published.borrow_mut().push(outgoing.clone());
        Ok(())
    }
}

/// A console sign-in.
pub(super) fn sign_in(who: &str, time: &str) -> Value {
    json!({"eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com", "eventTime": time, "awsRegion": "us-east-1",
        "userIdentity": {"type": "IAMUser", "userName": who, "accountId": "123456789012"}, "sourceIPAddress": "203.0.113.5",
        "eventID": format!("{who}-{time}"), "userAgent": "Mozilla/5.0", "recipientAccountId": "123456789012",
        "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"MFAUsed": "No"}})
}

pub(super) const TOPIC_IN: &str = "arn:aws:sns:eu-west-1:123456789012:yakei-alarms";
pub(super) const TOPIC_OUT: &str = "arn:aws:sns:eu-west-1:123456789012:yakei-notices";

/// An alarm's body: `yakei-ConsoleLogin`, five-minute sums, at 18:46:12, with this reason.
pub(super) fn alarm(state: &str, previous: &str, reason: &str) -> Value {
    json!({"AlarmName": "yakei-ConsoleLogin", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:yakei-ConsoleLogin",
        "AlarmDescription": null, "AWSAccountId": "123456789012", "NewStateValue": state, "OldStateValue": previous, "NewStateReason": reason,
        "StateChangeTime": "2026-11-21T18:46:12.345+0000", "Region": "EU (Ireland)",
        "Trigger": {"MetricName": "ConsoleLogin", "Namespace": "yakei", "Statistic": "SUM", "Period": 300, "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1.0}})
}

/// The reason of a breach by so many events in the five minutes from 18:40.
pub(super) fn breach(count: usize) -> String {
    format!(
        "Threshold Crossed: 1 out of the last 1 datapoints [{count}.0 (21/11/26 18:40:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
}

/// An SNS event with these messages.
pub(super) fn event(bodies: &[&str]) -> Value {
    let record = |(n, body): (usize, &&str)| {
        json!({"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {"Type": "Notification", "MessageId": format!("m-{n}"),
            "TopicArn": TOPIC_IN, "Subject": "ALARM", "Message": body}})
    };
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}
