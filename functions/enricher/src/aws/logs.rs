//! CloudWatch Logs: metric filters and searches.

use aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput;
use aws_sdk_cloudwatchlogs::types as sdk;
use jiff::Timestamp;
use yakei_core::alarm::Span;

use super::Aws;
use super::failed::failed;
use crate::ports::{CallError, FilterPage, Filters, LogEvent, Logs, MetricFilter, Page, Query};

/// From here on `FilterLogEvents` gives the newest events first when it is asked to (API reference, `startFromHead`).
const NEWEST_FIRST_SINCE: i64 = 1_704_067_200_000;

impl Logs for Aws {
    async fn filters(&self, region: &str, of: Filters<'_>, token: Option<&str>) -> Result<FilterPage, CallError> {
        let call = self.logs(region).describe_metric_filters().set_next_token(token.map(str::to_owned));
        let call = match of {
            Filters::OfGroup(group) => call.log_group_name(group),
            Filters::OfMetric(metric) => call.metric_name(&metric.name).metric_namespace(&metric.namespace),
            Filters::All => call,
        };
        let page = call.send().await.map_err(|error| failed("DescribeMetricFilters", &error))?;
        let all = page.metric_filters.unwrap_or_default().into_iter().flat_map(metric_filters);
        // MiniStack and some proxies ignore what is asked for, so the answer is filtered too.
        let asked = |it: &MetricFilter| match of {
            // Each says its own log group: more than was asked for does no harm.
            Filters::OfGroup(_) | Filters::All => true,
            Filters::OfMetric(metric) => it.metric.0 == metric.namespace && it.metric.1 == metric.name,
        };
        Ok(FilterPage { filters: all.filter(asked).collect(), next: page.next_token })
    }

    async fn page(&self, region: &str, query: &Query, token: Option<&str>) -> Result<Page, CallError> {
        let Span { from, to } = query.window;
        let from = from.as_millisecond().max(0);
        // Both ends of FilterLogEvents are inclusive.
        let call = self.logs(region).filter_log_events().log_group_name(&query.log_group);
        let call = call.start_time(from).end_time((to.as_millisecond() - 1).max(0));
        let call = call.set_start_from_head((from >= NEWEST_FIRST_SINCE).then_some(false));
        let call = call.set_filter_pattern(Some(query.pattern.clone()).filter(|it| !it.trim().is_empty()));
        let page = call.set_next_token(token.map(str::to_owned)).send().await;
        let page = page.map_err(|error| failed("FilterLogEvents", &error))?;
        Ok(page_of(page))
    }

    async fn oldest(&self, region: &str, log_group: &str, of: Span, token: Option<&str>) -> Result<Page, CallError> {
        let call = self.logs(region).filter_log_events().log_group_name(log_group).limit(1).start_from_head(true);
        let call = call.start_time(of.from.as_millisecond().max(0)).end_time((of.to.as_millisecond() - 1).max(0));
        let page = call.set_next_token(token.map(str::to_owned)).send().await;
        Ok(page_of(page.map_err(|error| failed("FilterLogEvents", &error))?))
    }
}

fn page_of(page: FilterLogEventsOutput) -> Page {
    Page { events: page.events.unwrap_or_default().into_iter().map(log_event).collect(), next: page.next_token }
}

/// A filter as each metric that it feeds sees it.
fn metric_filters(filter: sdk::MetricFilter) -> Vec<MetricFilter> {
    let Some(log_group) = filter.log_group_name else { return Vec::new() };
    let criteria = filter.field_selection_criteria.filter(|it| !it.trim().is_empty());
    let of_metric = |it: sdk::MetricTransformation| {
        let mut dimensions: Vec<_> = it.dimensions.unwrap_or_default().into_iter().collect();
        dimensions.sort();
        MetricFilter {
            log_group: log_group.clone(),
            pattern: filter.filter_pattern.clone().unwrap_or_default(),
            dimensions,
            system_dimensions: filter.emit_system_field_dimensions.clone().unwrap_or_default(),
            criteria: criteria.clone(),
            counts_events: it.metric_value.trim() == "1" && it.default_value.is_none_or(|it| it == 0.0),
            counts_samples: it.default_value.is_none(),
            metric: (it.metric_namespace, it.metric_name),
            on_transformed: filter.apply_on_transformed_logs,
        }
    };
    filter.metric_transformations.unwrap_or_default().into_iter().map(of_metric).collect()
}

fn log_event(event: sdk::FilteredLogEvent) -> LogEvent {
    let time = |it: Option<i64>| Timestamp::from_millisecond(it?).ok();
    LogEvent {
        id: event.event_id.unwrap_or_default(),
        logged_at: time(event.timestamp).unwrap_or_default(),
        ingested_at: time(event.ingestion_time),
        message: event.message.unwrap_or_default(),
    }
}
