//! The metric filters behind a metric, remembered as long as an environment lives: in init all filters of the trail's
//! log group are read in one call, and later only what is not known, or what an alarm's count disagrees with.
//!
//! `DescribeMetricFilters` may be called five times a second in a whole account: an intruder who sets off thirty alarms
//! at once starts thirty environments.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use yakei_core::alarm::Metric;

use crate::patience::patiently;
use crate::ports::{CallError, Fault, Filters, Logs, MetricFilter};

/// Pages of a listing that are read at most; 50 metric filters a page.
const PAGES: usize = 20;
const CALL: &str = "DescribeMetricFilters";

/// A Region, a namespace and a metric's name.
type Key = (String, String, String);

/// The remembered filters.
#[derive(Debug, Default)]
pub struct Known {
    metrics: RefCell<HashMap<Key, (Instant, Vec<MetricFilter>)>>,
    /// Which log groups of which Regions were read, and which Regions as a whole.
    read: RefCell<HashMap<(String, Option<String>), Instant>>,
}

impl Known {
    /// Reads and remembers all filters of a log group.
    pub async fn read_group(
        &self,
        logs: &impl Logs,
        region: &str,
        group: &str,
        deadline: Instant,
    ) -> Result<(), CallError> {
        let read = match all(logs, region, Filters::OfGroup(group), deadline).await {
            // A group that is not there has no filters.
            Err(error) if error.fault == Fault::NotThere => Vec::new(),
            read => read?,
        };
        self.remember(region, read);
        self.read.borrow_mut().insert((region.to_owned(), Some(group.to_owned())), Instant::now());
        Ok(())
    }

    /// The filters that feed a metric: as remembered, else of the trail's group, else of the Region if one page has
    /// them all, else asked for by the metric. So alarms on several metrics need no call each.
    pub async fn of_metric(
        &self,
        logs: &impl Logs,
        region: &str,
        metric: &Metric,
        group: Option<&str>,
        (remember, deadline): (Duration, Instant),
    ) -> Result<Vec<MetricFilter>, CallError> {
        if let Some(filters) = self.remembered(region, metric, remember) {
            return Ok(filters);
        }
        if let Some(group) = group.filter(|it| !self.has_read(region, Some(it), remember)) {
            // Whatever comes of it, the metric itself can still be asked for.
            if self.read_group(logs, region, group, deadline).await.is_ok()
                && let Some(filters) = self.remembered(region, metric, remember)
            {
                return Ok(filters);
            }
        }
        if !self.has_read(region, None, remember) {
            let page = patiently(deadline, CALL, || logs.filters(region, Filters::All, None)).await?;
            self.read.borrow_mut().insert((region.to_owned(), None), Instant::now());
            if page.next.is_none() {
                self.remember(region, page.filters);
                return Ok(self.remembered(region, metric, remember).unwrap_or_default());
            }
        }
        let filters = all(logs, region, Filters::OfMetric(metric), deadline).await?;
        if !filters.is_empty() {
            self.metrics.borrow_mut().insert(key(region, metric), (Instant::now(), filters.clone()));
        }
        Ok(filters)
    }

    fn remember(&self, region: &str, filters: Vec<MetricFilter>) {
        let now = Instant::now();
        let mut of_metrics: HashMap<Key, Vec<MetricFilter>> = HashMap::new();
        for filter in filters {
            let (namespace, name) = filter.metric.clone();
            of_metrics.entry((region.to_owned(), namespace, name)).or_default().push(filter);
        }
        self.metrics.borrow_mut().extend(of_metrics.into_iter().map(|(key, filters)| (key, (now, filters))));
    }

    /// Forgets what was remembered of a metric before an instant; whether there was anything.
    pub fn forget(&self, region: &str, metric: &Metric, before: Instant) -> bool {
        let mut metrics = self.metrics.borrow_mut();
        let key = key(region, metric);
        let is_old = metrics.get(&key).is_some_and(|(since, _)| *since < before);
        is_old && metrics.remove(&key).is_some()
    }

    fn remembered(&self, region: &str, metric: &Metric, remember: Duration) -> Option<Vec<MetricFilter>> {
        let metrics = self.metrics.borrow();
        let (since, filters) = metrics.get(&key(region, metric))?;
        (since.elapsed() < remember).then(|| filters.clone())
    }

    fn has_read(&self, region: &str, group: Option<&str>, remember: Duration) -> bool {
        let read = self.read.borrow();
        read.get(&(region.to_owned(), group.map(str::to_owned))).is_some_and(|since| since.elapsed() < remember)
    }
}

fn key(region: &str, metric: &Metric) -> Key {
    (region.to_owned(), metric.namespace.clone(), metric.name.clone())
}

async fn all(
    logs: &impl Logs,
    region: &str,
    of: Filters<'_>,
    deadline: Instant,
) -> Result<Vec<MetricFilter>, CallError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..PAGES {
        let page = patiently(deadline, CALL, || logs.filters(region, of, token.as_deref())).await?;
        found.extend(page.filters);
        match page.next {
            Some(next) if token.as_deref() != Some(next.as_str()) => token = Some(next),
            _ => return Ok(found),
        }
    }
    let message = format!("more than {PAGES} pages of metric filters");
    Err(CallError { call: CALL, fault: Fault::Other, code: "TooManyPages".into(), message })
}
