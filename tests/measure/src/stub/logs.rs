//! CloudWatch Logs: metric filters of the trail's log group, and searches that find as many records as is said.

use serde_json::{Value, json};

/// The log group, and the metric that its filters feed.
pub(crate) const LOG_GROUP: &str = "/yakei/cloudtrail";
pub(crate) const METRIC: &str = "ConsoleLogin";
/// What a page of `FilterLogEvents` holds: 1 MB of records of this size.
const PAGE: usize = 700;

/// What searches find.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// Metric filters of the metric, each with another pattern.
    pub filters: usize,
    /// Records in all, shared among the filters.
    pub events: usize,
}

impl Default for Found {
    fn default() -> Self {
        Self { filters: 1, events: 1 }
    }
}

impl Found {
    pub(super) fn filters(&self) -> Value {
        let filter = |n: usize| {
            json!({
                "filterName": format!("yakei-{METRIC}-{n}"), "logGroupName": LOG_GROUP, "creationTime": 1_795_000_000_000_u64,
                "filterPattern": format!("{{ ($.eventName = \"ConsoleLogin\") && ($.n != {n}) }}"),
                "metricTransformations": [{"metricName": METRIC, "metricNamespace": "yakei", "metricValue": "1"}]
            })
        };
        json!({"metricFilters": (0..self.filters).map(filter).collect::<Vec<_>>()})
    }

    /// A page of what the filter of this pattern finds; the events of a filter are its own.
    pub(super) fn page(&self, request: &Value) -> Value {
        let pattern = request["filterPattern"].as_str().unwrap_or_default();
        let number = pattern.rsplit("!= ").next().and_then(|rest| rest.split(')').next()?.parse().ok());
        let number: usize = number.unwrap_or_default();
        let own = self.events / self.filters + usize::from(number < self.events % self.filters);
        let skip: usize = request["nextToken"].as_str().and_then(|it| it.parse().ok()).unwrap_or_default();
        let at = request["startTime"].as_i64().unwrap_or_default();
        let events: Vec<Value> = (skip..own.min(skip + PAGE)).map(|n| event(number, n, at)).collect();
        let next = skip + PAGE;
        let mut page = json!({"events": events, "searchedLogStreams": []});
        if let Some(members) = page.as_object_mut().filter(|_| next < own) {
            members.insert("nextToken".to_owned(), json!(next.to_string()));
        }
        page
    }
}

fn event(filter: usize, n: usize, at: i64) -> Value {
    let record = json!({
        "eventVersion": "1.08", "eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com",
        "eventTime": "2026-11-21T18:41:00Z", "awsRegion": "us-east-1", "sourceIPAddress": format!("203.0.113.{}", n % 50),
        "eventID": format!("5f3c9a10-{filter:04}-4000-8000-{n:012}"), "recipientAccountId": "123456789012",
        "userIdentity": {"type": "IAMUser", "userName": format!("user-{}", n % 20), "accountId": "123456789012"},
        "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"MFAUsed": "No"},
        "requestParameters": {"text": "x".repeat(900)}, "userAgent": "Mozilla/5.0 (X11; Linux x86_64)"
    });
    json!({
        "logStreamName": "123456789012_CloudTrail_us-east-1", "timestamp": at + 1000, "ingestionTime": at + 2000,
        "message": record.to_string(), "eventId": format!("{filter:020}{n:036}")
    })
}
