//! From targets and metric filters to searches: which log groups, with which patterns, in which windows, and what of
//! the answers counts.
//!
//! The same log group and pattern is searched once however many alarms, filters and windows ask for it. A filter that
//! counts by what a search cannot see is not searched at all: it would name people whom the alarm never counted.

use filter_pattern::Selector;
use jiff::Timestamp;
use yakei_core::alarm::{Metric, Span, Statistic, bridged, merged};
use yakei_core::notice::{Problem, Search};

use crate::ports::{LogEvent, MetricFilter, Query};
use crate::targets::Target;

/// Log groups and patterns that are searched for one alarm at most. More are not, and said.
const SOURCES: usize = 40;
/// Windows that a source is searched in at most: the nearest ones become one search.
const WINDOWS: usize = 8;

/// A log group and a pattern, and what of its events counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    pub log_group: String,
    pub pattern: String,
    /// Where in the record the alarm's dimensions are, and what must stand there.
    pub dimensions: Vec<(Selector, String)>,
    /// The metrics that its events are counted in.
    pub counted: Vec<Counted>,
    /// The instants that the first notice searched.
    pub known: Vec<Span>,
}

/// How a metric counts a source's events.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counted {
    pub metric: Metric,
    /// The instants that count.
    pub windows: Vec<Span>,
    /// How many filters are alike: the metric counts an event once for each of them.
    pub weight: u64,
}

impl Source {
    /// The instants that count for any metric.
    pub(crate) fn windows(&self) -> Vec<Span> {
        merged(self.counted.iter().flat_map(|it| &it.windows).copied().collect())
    }

    fn has_dimensions(&self, event: &LogEvent) -> bool {
        let has = |(selector, value): &(Selector, String)| {
            selector.lookup(&event.message).is_some_and(|it| it.to_string() == *value)
        };
        self.dimensions.iter().all(has)
    }

    /// Whether an event is like those that count, but at another time.
    pub(crate) fn is_outside(&self, event: &LogEvent) -> bool {
        let is_inside = self.counted.iter().flat_map(|it| &it.windows).any(|it| it.contains(event.logged_at));
        !is_inside && self.has_dimensions(event)
    }

    /// How often the alarm counted an event: not at all outside its windows and for other dimensions.
    pub(crate) fn counts(&self, event: &LogEvent) -> u64 {
        let inside = |it: &&Counted| it.windows.iter().any(|window| window.contains(event.logged_at));
        let times = self.counted.iter().filter(inside).map(|it| it.weight).sum();
        if times > 0 && self.has_dimensions(event) { times } else { 0 }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.log_group == other.log_group && self.pattern == other.pattern && self.dimensions == other.dimensions
    }

    /// Takes in another alarm's part: another metric counts apart, the same one in more windows.
    fn take_in(&mut self, other: Self) {
        for part in other.counted {
            match self.counted.iter_mut().find(|it| it.metric == part.metric) {
                Some(same) => {
                    same.windows = merged(same.windows.iter().chain(&part.windows).copied().collect());
                    same.weight = same.weight.max(part.weight);
                }
                None => self.counted.push(part),
            }
        }
        self.known = merged(self.known.iter().chain(&other.known).copied().collect());
    }

    /// Whether the first notice could not know it: it was not there, or not where that notice searched.
    pub(crate) fn is_new(&self, event: &LogEvent, until: Option<Timestamp>) -> bool {
        let was_there = until.is_some_and(|until| event.ingested_at.unwrap_or(event.logged_at) <= until);
        !(was_there && self.known.iter().any(|it| it.contains(event.logged_at)))
    }
}

/// What to search, ready to run.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub sources: Vec<Source>,
    pub expected: Option<u64>,
    /// Whether the alarm counts what no search can see, so that fewer events than counted are no reason to look again.
    pub blind: bool,
    /// What will be missing.
    pub gaps: Vec<Problem>,
    /// What is only to be said.
    pub remarks: Vec<Problem>,
}

impl Plan {
    /// Takes in the filters of one of a target's metrics.
    pub(crate) fn add(&mut self, region: &str, metric: &Metric, filters: Vec<MetricFilter>, target: &Target) {
        let of_metric: Vec<_> = filters.into_iter().filter(|it| feeds(it, metric)).collect();
        if of_metric.is_empty() {
            let Metric { namespace, name, .. } = metric.clone();
            self.blind = true;
            self.gaps.push(Problem::NoMetricFilter { region: region.to_owned(), metric: name, namespace });
        }
        let mut sources: Vec<Source> = Vec::new();
        for filter in of_metric {
            let Some(source) = self.source(filter, metric, target) else { continue };
            match sources.iter_mut().find(|it| it.is_like(&source)) {
                Some(same) => same.counted.iter_mut().for_each(|it| it.weight += 1),
                None => sources.push(source),
            }
        }
        for source in sources {
            match self.sources.iter_mut().find(|it| it.is_like(&source)) {
                Some(same) => same.take_in(source),
                None => self.sources.push(source),
            }
        }
    }

    /// What a filter reads; `None` when a search cannot ask for what it counts.
    fn source(&mut self, filter: MetricFilter, metric: &Metric, target: &Target) -> Option<Source> {
        let samples = target.statistic == Some(Statistic::SampleCount);
        let counts = if samples { filter.counts_samples } else { filter.counts_events };
        if !counts || filter.on_transformed {
            self.expected = None;
        }
        if filter.on_transformed {
            self.gaps.push(Problem::TransformedEvents(filter.log_group.clone()));
        }
        if let Some(criteria) = filter.criteria {
            self.blind = true;
            self.gaps.push(Problem::SelectionCriteria { log_group: filter.log_group, criteria });
            return None;
        }
        let mut dimensions = Vec::with_capacity(metric.dimensions.len());
        for (name, value) in &metric.dimensions {
            let selector = filter.dimensions.iter().find(|(it, _)| it == name);
            let Some(selector) = selector.and_then(|(_, selector)| Selector::parse(selector).ok()) else {
                self.blind = true;
                self.gaps.push(Problem::Dimension { dimension: format!("{name} = {value}") });
                return None;
            };
            dimensions.push((selector, value.clone()));
        }
        match &target.inexact {
            Some(some @ Problem::SomeDatapoints { .. }) => self.gaps.push(some.clone()),
            other => self.remarks.extend(other.clone()),
        }
        let counted = vec![Counted { metric: metric.clone(), windows: target.windows.clone(), weight: 1 }];
        let (log_group, pattern, known) = (filter.log_group, filter.pattern, target.known.clone());
        Some(Source { log_group, pattern, dimensions, counted, known })
    }

    /// Says what is not searched for lack of room, or at all.
    pub(crate) fn close(&mut self) {
        if self.sources.is_empty() && self.gaps.is_empty() {
            self.gaps.push(Problem::NoMetric);
        }
        let left_out = self.sources.len().saturating_sub(SOURCES);
        if left_out > 0 {
            self.sources.truncate(SOURCES);
            self.gaps.push(Problem::SearchesLeftOut(left_out));
        }
    }

    /// The searches, each with its source's position: what is new first, the newest windows first, and last what the
    /// first notice should have told.
    pub(crate) fn queries(&self) -> Vec<(usize, Query)> {
        let mut fresh = Vec::new();
        let mut known = Vec::new();
        for (at, source) in self.sources.iter().enumerate() {
            let query =
                |window| (at, Query { log_group: source.log_group.clone(), pattern: source.pattern.clone(), window });
            fresh.extend(bridged(&without(&source.windows(), &source.known), WINDOWS).into_iter().map(query));
            known.extend(bridged(&source.known, WINDOWS).into_iter().map(query));
        }
        for queries in [&mut fresh, &mut known] {
            queries.sort_by_key(|(_, query)| std::cmp::Reverse(query.window.to));
        }
        fresh.extend(known);
        fresh
    }

    /// The searches as a notice lists them.
    pub(crate) fn searches(&self, region: &str) -> Vec<Search> {
        let of_source = |source: &Source| {
            let windows = bridged(&source.windows(), WINDOWS);
            windows
                .into_iter()
                .map(|it| Search::new(Some(region), &source.log_group, &source.pattern, it))
                .collect::<Vec<_>>()
        };
        self.sources.iter().flat_map(of_source).collect()
    }
}

/// Whether a filter feeds this very metric: metrics of the same name with other dimensions are others.
fn feeds(filter: &MetricFilter, metric: &Metric) -> bool {
    let is_system = |name: &str| name.starts_with('@');
    let mut wanted: Vec<_> = metric.dimensions.iter().map(|(name, _)| name.as_str()).collect();
    let mut given: Vec<_> = filter.dimensions.iter().map(|(name, _)| name.as_str()).collect();
    given.extend(filter.system_dimensions.iter().map(String::as_str));
    // A dimension that the filter does not list is the system's, or the alarm's own mistake: said, not left out.
    if wanted.iter().any(|it| is_system(it)) || filter.system_dimensions.iter().any(|it| wanted.contains(&it.as_str()))
    {
        return true;
    }
    wanted.sort_unstable();
    given.sort_unstable();
    wanted == given
}

/// The instants of some spans that lie in none of others.
fn without(spans: &[Span], others: &[Span]) -> Vec<Span> {
    let mut rest = spans.to_vec();
    for other in others {
        rest = rest
            .into_iter()
            .flat_map(|it| {
                [Span { from: it.from, to: it.to.min(other.from) }, Span { from: it.from.max(other.to), to: it.to }]
            })
            .filter(|it| it.from < it.to)
            .collect();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { from: Timestamp::from_second(from).unwrap(), to: Timestamp::from_second(to).unwrap() }
    }

    #[test]
    fn what_is_known_is_taken_out() {
        assert_eq!(without(&[span(0, 100)], &[span(20, 30), span(50, 60)]), [span(0, 20), span(30, 50), span(60, 100)]);
        assert_eq!(without(&[span(0, 100)], &[span(0, 100)]), []);
        assert_eq!(without(&[span(0, 10), span(20, 30)], &[]), [span(0, 10), span(20, 30)]);
        assert_eq!(without(&[span(0, 10)], &[span(20, 30)]), [span(0, 10)]);
    }
}
