//! An AWS in memory: log groups, metric filters, alarms and a topic; every call can be made to fail.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use yakei_core::alarm::{Alarm, Span, Transition};
use yakei_core::notice::Outgoing;

use crate::ports::{Alarms, CallError, Fault, FilterPage, Filters, LogEvent, Logs, MetricFilter, Notices, Page, Query};

#[derive(Debug)]
pub(super) struct Fake {
    /// With the Region of each.
    pub filters: Vec<(String, MetricFilter)>,
    pub logs: HashMap<String, Vec<LogEvent>>,
    pub described: HashMap<String, Alarm>,
    /// By alarm; under an empty name those of any alarm.
    pub transitions: HashMap<String, Vec<Transition>>,
    /// Whether the Region has more filters than a page lists.
    pub many_filters: bool,
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
    /// How long each call takes.
    pub takes: Duration,
    /// Calls that never answer.
    pub hangs: Option<&'static str>,
    /// So many first calls of an operation meet this failure, or hang when it is `hang`.
    pub first: RefCell<HashMap<&'static str, (usize, &'static str)>>,
    /// Calls of an operation after so many are refused.
    pub refused_after: Option<(&'static str, usize)>,
    pub calls: RefCell<Vec<String>>,
    pub published: RefCell<Vec<Outgoing>>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            filters: Vec::new(),
            logs: HashMap::new(),
            described: HashMap::new(),
            transitions: HashMap::new(),
            many_filters: false,
            page: 100,
            empty_pages: false,
            blind: Cell::new(0),
            faults: RefCell::default(),
            fails_at_page: None,
            takes: Duration::ZERO,
            hangs: None,
            first: RefCell::default(),
            refused_after: None,
            calls: RefCell::default(),
            published: RefCell::default(),
        }
    }
}

impl Fake {
    async fn called(&self, call: &'static str, what: impl std::fmt::Display) -> Result<(), CallError> {
        self.calls.borrow_mut().push(format!("{call} {what}"));
        if !self.takes.is_zero() {
            tokio::time::sleep(self.takes).await;
        }
        if self.hangs == Some(call) {
            std::future::pending::<()>().await;
        }
        let trouble = self.first.borrow_mut().get_mut(call).and_then(|(left, code)| {
            *left = left.checked_sub(1)?;
            Some(*code)
        });
        match trouble {
            Some("hang") => std::future::pending::<()>().await,
            Some(code) => return Err(failure(call, code)),
            None => {}
        }
        if self.refused_after.is_some_and(|(it, most)| it == call && self.count(call) > most) {
            return Err(failure(call, "AccessDeniedException"));
        }
        match self.faults.borrow().get(call) {
            Some(code) => Err(failure(call, code)),
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
        let filter = MetricFilter {
            log_group: group.into(),
            pattern: pattern.into(),
            metric: ("yakei".into(), metric.into()),
            counts_events: true,
            counts_samples: true,
            ..MetricFilter::default()
        };
        self.filters.push((region.to_owned(), filter));
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
    async fn filters(&self, region: &str, of: Filters<'_>, _: Option<&str>) -> Result<FilterPage, CallError> {
        let what = match of {
            Filters::OfGroup(group) => group,
            Filters::OfMetric(metric) => &metric.name,
            Filters::All => "all",
        };
        self.called("DescribeMetricFilters", format!("{region} {what}")).await?;
        let asked = |(there, it): &&(String, MetricFilter)| match of {
            _ if there != region => false,
            Filters::OfGroup(group) => it.log_group == group,
            Filters::OfMetric(metric) => it.metric.0 == metric.namespace && it.metric.1 == metric.name,
            Filters::All => true,
        };
        let next = (of == Filters::All && self.many_filters).then(|| "more".to_owned());
        Ok(FilterPage { filters: self.filters.iter().filter(asked).map(|(_, it)| it.clone()).collect(), next })
    }

    async fn page(&self, region: &str, query: &Query, token: Option<&str>) -> Result<Page, CallError> {
        let Query { log_group, pattern, window } = query;
        self.called("FilterLogEvents", format!("{region} {log_group} {pattern} {}..{}", window.from, window.to))
            .await?;
        if self.fails_at_page == Some(self.count("FilterLogEvents")) {
            return Err(failure("FilterLogEvents", "AccessDeniedException"));
        }
        if self.blind.get() > 0 {
            self.blind.set(self.blind.get() - 1);
            return Ok(Page::default());
        }
        let parsed = filter_pattern::Pattern::parse(pattern).ok().filter(|_| pattern.starts_with('{'));
        let is_matched = |message: &str| match &parsed {
            Some(parsed) => parsed.matches(message),
            None => message.contains(pattern.as_str()),
        };
        let matching = |it: &&LogEvent| query.window.contains(it.logged_at) && is_matched(&it.message);
        let mut all: Vec<_> = self.logs.get(log_group).into_iter().flatten().filter(matching).cloned().collect();
        // As AWS gives them when it is asked for the newest first.
        all.sort_by_key(|it| std::cmp::Reverse(it.logged_at));
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

    async fn oldest(&self, region: &str, group: &str, of: Span, token: Option<&str>) -> Result<Page, CallError> {
        self.first(region, group, of, token).await
    }
}

impl Fake {
    /// The oldest event in a span, behind one page without any.
    async fn first(&self, region: &str, group: &str, of: Span, token: Option<&str>) -> Result<Page, CallError> {
        self.called("Oldest", format!("{region} {group}")).await?;
        if token.is_none() && self.empty_pages {
            return Ok(Page { events: Vec::new(), next: Some("on".to_owned()) });
        }
        let events = self.logs.get(group).into_iter().flatten().filter(|it| of.contains(it.logged_at));
        Ok(Page { events: events.min_by_key(|it| it.logged_at).cloned().into_iter().collect(), next: None })
    }
}

impl Alarms for Fake {
    async fn describe(&self, region: &str, names: &[String]) -> Result<Vec<Alarm>, CallError> {
        self.called("DescribeAlarms", format!("{region} {}", names.join(","))).await?;
        Ok(names.iter().filter_map(|name| self.described.get(name).cloned()).collect())
    }

    async fn history(&self, region: &str, alarm: &str, window: Span) -> Result<Vec<Transition>, CallError> {
        self.called("DescribeAlarmHistory", format!("{region} {alarm}")).await?;
        let of_alarm = self.transitions.get(alarm).or_else(|| self.transitions.get("")).into_iter().flatten();
        let mut history: Vec<_> = of_alarm.filter(|it| window.contains(it.at)).cloned().collect();
        history.sort_by_key(|it| std::cmp::Reverse(it.at));
        Ok(history)
    }
}

impl Notices for Fake {
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError> {
        self.called("Publish", &outgoing.subject).await?;
        self.published.borrow_mut().push(outgoing.clone());
        Ok(())
    }
}

pub(super) fn failure(call: &'static str, code: &str) -> CallError {
    let fault = match code {
        _ if code.contains("Throttl") => Fault::Throttled,
        "ResourceNotFoundException" => Fault::NotThere,
        "DispatchFailure" => Fault::CutOff,
        _ => Fault::Refused,
    };
    CallError { call, fault, code: code.to_owned(), message: "because".to_owned() }
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
