//! One alarm to one notice: what to ask, and what to make of the answers. Nothing here can fail; what
//! does not succeed is said in the notice.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};

use futures_util::future::join_all;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};
use yakei_core::activity::Groups;
use yakei_core::alarm::{Alarm, Metric, Span, State, Transition};
use yakei_core::ignore::{Folded, fold};
use yakei_core::notice::{Notice, Search};

use crate::ports::{Alarms, LogEvent, Logs, MetricFilter, Query};
use crate::search::{Outcome, Pace, run, within};
use crate::settings::{Limits, Settings};
use crate::targets::{self, Targets};

/// Searches for one alarm at most. More are not made, and said.
const QUERIES: usize = 40;
/// CloudWatch keeps an alarm's history for 30 days.
const HISTORY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a warm environment remembers: the metric filters that feed a metric in a Region, and since when.
#[derive(Debug, Default)]
pub struct Known(RefCell<HashMap<(String, Metric), Remembered>>);

type Remembered = (Instant, Vec<MetricFilter>);

/// All that enriching an alarm needs.
#[derive(Debug)]
pub struct Watch<'a, P> {
    /// AWS.
    pub ports: &'a P,
    /// The configuration.
    pub settings: &'a Settings,
    /// The bounds.
    pub limits: &'a Limits,
    /// The shared rate of searches.
    pub pace: &'a Pace,
    /// The remembered filters.
    pub known: &'a Known,
    /// The instant of the invocation.
    pub now: Timestamp,
    /// When work on this alarm began.
    pub started: Instant,
    /// When the notice must be on its way.
    pub deadline: Instant,
}

/// What to search, ready to run.
#[derive(Default)]
struct Plan {
    queries: Vec<Query>,
    expected: Option<u64>,
    problems: Vec<String>,
    incomplete: bool,
}

/// What the first notice of an alarm could know.
struct First {
    windows: Vec<Span>,
    until: Timestamp,
}

impl First {
    /// Nothing, when the beginning is not known: then telling twice is better than not at all.
    fn of(alarm: &Alarm, began: Option<&Transition>) -> Self {
        let Some(began) = began else { return Self { windows: Vec::new(), until: Timestamp::MIN } };
        let first = Alarm { changed_at: Some(began.at), ..alarm.clone() };
        let mut windows = first.windows(&first.breaching_of(began.datapoints.clone()));
        if windows.is_empty() {
            windows = vec![first.fallback_window(began.at)];
        }
        // A history in whole seconds cuts the instant off.
        let cut_off =
            if began.at.subsec_nanosecond() == 0 { SignedDuration::from_secs(1) } else { SignedDuration::ZERO };
        Self { windows, until: began.at.saturating_add(cut_off).unwrap_or(began.at) }
    }

    /// Whether the event was there, and in a searched window, when the alarm went off.
    fn knew(&self, event: &LogEvent) -> bool {
        let there = event.ingested_at.unwrap_or(event.logged_at) <= self.until;
        there && self.windows.iter().any(|it| it.contains(event.logged_at))
    }
}

/// What searching found.
#[derive(Default)]
struct Gathered {
    groups: Groups,
    found: u64,
    outcome: Outcome,
}

impl<P: Logs + Alarms> Watch<'_, P> {
    /// The notice about an alarm.
    pub async fn notice(&self, id: &str, alarm: &Alarm) -> Notice {
        let mut notice = Notice::of_alarm(id, alarm);
        let control = self.settings.control(&alarm.name);
        notice.controlled_by(control.map(|it| it.key.as_str()), control.map(|it| it.severity.as_str()));
        match (alarm.state, alarm.region.as_deref()) {
            (State::InsufficientData, _) => notice.complete = true,
            (State::Ok, _) if alarm.previous != State::Alarm => {
                notice.complete = true;
                // Every new alarm goes this way: nothing is over, so nobody is written a mail.
                notice.suppressed = notice.begins_to_watch();
            }
            (_, None) => notice.problem("the alarm's Region is not known, so nothing was searched"),
            (State::Ok, Some(region)) => self.all_clear(&mut notice, alarm, region).await,
            (State::Alarm | State::Unknown, Some(region)) => self.breach(&mut notice, alarm, region).await,
        }
        notice
    }

    /// An alarm that went off: everything in the windows of its breaching datapoints.
    async fn breach(&self, notice: &mut Notice, alarm: &Alarm, region: &str) {
        let targets = targets::find(self.ports, alarm, region, self.now, self.deadline).await;
        let mut plan = self.plan(region, &targets).await;
        let mut gathered = self.gather(region, &plan.queries, |_| true).await;
        for wait in &self.limits.waits {
            let enough = gathered.found >= plan.expected.unwrap_or(1) || gathered.outcome.cut_off;
            if enough || plan.queries.is_empty() || Instant::now() + *wait >= self.deadline {
                break;
            }
            sleep(*wait).await;
            if self.forget(region, &targets) {
                plan = self.plan(region, &targets).await;
            }
            gathered = self.gather(region, &plan.queries, |_| true).await;
        }
        notice.expected = plan.expected;
        let short = gathered.found < plan.expected.unwrap_or(1);
        if short && !plan.queries.is_empty() && !gathered.outcome.cut_off {
            notice.problem(&missing(gathered.found, plan.expected));
            self.nearby(notice, region, &plan.queries).await;
        }
        notice.complete = !short && !plan.queries.is_empty();
        self.conclude(notice, region, &plan, gathered);
    }

    /// An alarm that is over: what happened while it lasted and the first notice could not know.
    async fn all_clear(&self, notice: &mut Notice, alarm: &Alarm, region: &str) {
        let ended = alarm.changed_at.unwrap_or(self.now);
        let began = self.beginning(notice, alarm, region, ended).await;
        let known = First::of(alarm, began.as_ref());
        let from = known.windows.iter().map(|it| it.from).min().unwrap_or(alarm.fallback_window(ended).from);
        let mut targets = targets::find(self.ports, alarm, region, self.now, self.deadline).await;
        targets.throughout(Span { from, to: ended.max(from) });
        let plan = self.plan(region, &targets).await;
        let told = RefCell::new(Groups::default());
        let is_new = |event: &LogEvent| {
            let is_known = known.knew(event);
            if is_known {
                told.borrow_mut().add_line(&event.message, event.logged_at);
            }
            !is_known
        };
        let gathered = self.gather(region, &plan.queries, is_new).await;
        notice.complete = !plan.queries.is_empty() && began.is_some();
        self.conclude(notice, region, &plan, gathered);
        let told = told.into_inner();
        if notice.activity.is_empty() && told.problems().is_empty() {
            let told = self.fold(told);
            // When nobody was woken for the beginning, nobody is for the end.
            notice.suppressed |= notice.complete && told.remaining.is_empty() && told.ignored > 0;
        }
    }

    /// When the alarm that now ends had gone off, from its history.
    async fn beginning(
        &self,
        notice: &mut Notice,
        alarm: &Alarm,
        region: &str,
        ended: Timestamp,
    ) -> Option<Transition> {
        let month = Span { from: ended.saturating_sub(HISTORY).unwrap_or(ended), to: ended };
        let history = self.ports.history(region, &alarm.name, month.widened(1));
        let began = match within(self.deadline, "DescribeAlarmHistory", history).await {
            Ok(history) => history.into_iter().find(|it| it.to == State::Alarm && it.at <= ended),
            Err(error) => {
                notice.problem(&error.to_string());
                None
            }
        };
        if began.is_none() {
            notice.problem("when the alarm began is not known; what is told here may repeat the first notice");
        }
        began
    }

    /// Finds the metric filters and lays out the searches.
    async fn plan(&self, region: &str, targets: &Targets) -> Plan {
        let mut plan = Plan {
            expected: targets.expected(),
            problems: targets.problems.clone(),
            incomplete: targets.incomplete,
            ..Plan::default()
        };
        for target in &targets.list {
            let asked = join_all(target.metrics.iter().map(|metric| self.filters(region, metric))).await;
            for (metric, filters) in target.metrics.iter().zip(asked) {
                match filters {
                    Ok(filters) => plan.add(region, metric, &filters, &target.windows),
                    Err(error) => plan.incomplete(error.to_string()),
                }
            }
        }
        if plan.queries.is_empty() && plan.problems.is_empty() {
            plan.incomplete("the alarm names no metric of a log group, so no log can be searched".to_owned());
        }
        let left_out = plan.queries.len().saturating_sub(QUERIES);
        if left_out > 0 {
            plan.queries.truncate(QUERIES);
            plan.incomplete(format!("{left_out} further searches were not made"));
        }
        plan
    }

    async fn filters(&self, region: &str, metric: &Metric) -> Result<Vec<MetricFilter>, crate::ports::CallError> {
        let key = (region.to_owned(), metric.clone());
        if let Some((since, filters)) = self.known.0.borrow().get(&key)
            && since.elapsed() < self.limits.remember
        {
            return Ok(filters.clone());
        }
        let filters = within(self.deadline, "DescribeMetricFilters", self.ports.metric_filters(region, metric)).await?;
        if !filters.is_empty() {
            self.known.0.borrow_mut().insert(key, (Instant::now(), filters.clone()));
        }
        Ok(filters)
    }

    /// Forgets filters that were remembered from an earlier invocation: they may have changed since.
    fn forget(&self, region: &str, targets: &Targets) -> bool {
        let mut known = self.known.0.borrow_mut();
        let mut forgotten = false;
        for metric in targets.list.iter().flat_map(|it| &it.metrics) {
            let key = (region.to_owned(), metric.clone());
            if known.get(&key).is_some_and(|(since, _)| *since < self.started) {
                forgotten |= known.remove(&key).is_some();
            }
        }
        forgotten
    }

    async fn gather(&self, region: &str, queries: &[Query], wanted: impl Fn(&LogEvent) -> bool) -> Gathered {
        let mut gathered = Gathered::default();
        let mut seen = HashSet::new();
        let several = queries.len() > 1;
        let outcome = run(self.ports, region, queries, self.limits, self.pace, self.deadline, |at, event| {
            if !wanted(event) {
                return;
            }
            gathered.found += 1;
            // Two filters may match the same event: the metric counts it twice, a person once.
            let log_group = queries.get(at).map(|it| it.log_group.as_str());
            if !several || event.id.is_empty() || seen.insert(hash(&(log_group, &event.id))) {
                gathered.groups.add_line(&event.message, event.logged_at);
            }
        });
        let outcome = outcome.await;
        gathered.outcome = outcome;
        gathered
    }

    /// The same searches in wider windows; what lies outside the alarm's own is marked as nearby.
    async fn nearby(&self, notice: &mut Notice, region: &str, queries: &[Query]) {
        let wider = |query: &Query| Query { window: query.window.widened(self.limits.nearby_seconds), ..query.clone() };
        let wide: Vec<_> = queries.iter().map(wider).collect();
        let own: Vec<_> = queries.iter().map(|it| it.window).collect();
        let outside = |event: &LogEvent| !own.iter().any(|it| it.contains(event.logged_at));
        let gathered = self.gather(region, &wide, outside).await;
        for problem in &gathered.outcome.problems {
            notice.problem(problem);
        }
        notice.nearby(self.fold(gathered.groups).remaining);
    }

    fn fold(&self, groups: Groups) -> Folded {
        let zone = self.settings.local.clone().unwrap_or(TimeZone::UTC);
        fold(groups.newest_first(), &self.settings.ignore, self.now, &zone)
    }

    /// Puts what was searched and found into the notice.
    fn conclude(&self, notice: &mut Notice, region: &str, plan: &Plan, gathered: Gathered) {
        notice.searched(
            plan.queries.iter().map(|it| Search::new(Some(region), &it.log_group, &it.pattern, it.window)).collect(),
        );
        notice.found = gathered.found;
        notice.at_least = gathered.outcome.cut_off;
        notice.complete &= !plan.incomplete && !gathered.outcome.cut_off;
        let unread = gathered.groups.problems();
        for problem in plan.problems.iter().chain(&gathered.outcome.problems).chain(&unread) {
            notice.problem(problem);
        }
        notice.found(self.fold(gathered.groups), unread.is_empty());
    }
}

impl Plan {
    fn incomplete(&mut self, problem: String) {
        self.incomplete = true;
        self.problems.push(problem);
    }

    fn add(&mut self, region: &str, metric: &Metric, filters: &[MetricFilter], windows: &[Span]) {
        let Metric { namespace, name } = metric;
        if filters.is_empty() {
            self.incomplete(format!(
                "no metric filter in {region} feeds the metric {name} of {namespace}, so no log can be searched"
            ));
        }
        for filter in filters {
            if !filter.counts_events {
                self.expected = None;
            }
            if filter.on_transformed {
                self.expected = None;
                self.incomplete(format!(
                    "a metric filter of {} reads transformed log events; the search sees only the original ones",
                    filter.log_group
                ));
            }
            for window in windows {
                let query =
                    Query { log_group: filter.log_group.clone(), pattern: filter.pattern.clone(), window: *window };
                if !self.queries.contains(&query) {
                    self.queries.push(query);
                }
            }
        }
    }
}

fn missing(found: u64, expected: Option<u64>) -> String {
    match expected {
        Some(expected) if found > 0 => {
            format!("only {found} of the {expected} events that the alarm counted were found")
        }
        Some(expected) => format!("none of the {expected} event(s) that the alarm counted was found"),
        None => "no matching log event was found".to_owned(),
    }
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
