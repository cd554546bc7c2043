//! One alarm to one notice: what to ask, and what to make of the answers. Nothing here can fail; what
//! does not succeed is said in the notice.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::{Instant, sleep};
use yakei_core::activity::Groups;
use yakei_core::alarm::{Alarm, LogQuery, State};
use yakei_core::arns::is_account;
use yakei_core::ignore::{Folded, Ignore, fold};
use yakei_core::notice::{Bound, Meaning, Notice, Problem};

use crate::filters::Known;
use crate::gathered::{Gathered, Look};
use crate::plan::Plan;
use crate::ports::{Alarms, LogEvent, Logs, Query};
use crate::search::{Bounds, Pace, run};
use crate::settings::{Limits, Settings};
use crate::targets::{self, Asking, Targets};

/// With less time than this nothing is searched nearby.
const TIME_FOR_NEARBY: Duration = Duration::from_secs(2);

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
    /// The accounts that are the function's own; empty when it is not known.
    pub own_accounts: &'a [String],
    /// The instant of the invocation.
    pub now: Timestamp,
    /// When work on this alarm began.
    pub started: Instant,
    /// When the notice must be on its way.
    pub deadline: Instant,
}

impl<P: Logs + Alarms> Watch<'_, P> {
    /// The notice about an alarm.
    pub async fn notice(&self, id: &str, alarm: &Alarm) -> Notice {
        let mut notice = Notice::of_alarm(id, alarm);
        let control = self.settings.control(&alarm.name);
        notice.controlled_by(control.map(|it| it.key.as_str()), control.map(|it| it.severity.as_str()));
        let is_heartbeat = self.settings.name.as_ref().is_some_and(|it| it.heartbeat_alarm() == alarm.name);
        match (alarm.state, alarm.region.as_deref()) {
            (State::Ok | State::InsufficientData, _) if !alarm.has_ended() => {
                // Every new alarm goes this way: nothing is over, so nothing is searched and nobody is written a mail.
            }
            _ if is_heartbeat => notice.means(Meaning::Heartbeat),
            _ if self.is_foreign(alarm.account.as_deref()) => {
                notice.gap(&Problem::OtherAccount(alarm.account.clone().unwrap_or_default()));
            }
            (_, None) => notice.gap(&Problem::NoRegion),
            (State::Ok | State::InsufficientData, Some(region)) => self.all_clear(&mut notice, alarm, region).await,
            (State::Alarm | State::Unknown, Some(region)) => self.breach(&mut notice, alarm, region).await,
        }
        notice
    }

    /// Whether an account is known to be another than the function's own.
    fn is_foreign(&self, account: Option<&str>) -> bool {
        let account = account.filter(|it| is_account(it));
        account.is_some_and(|it| !self.own_accounts.is_empty() && self.own_accounts.iter().all(|own| own != it))
    }

    /// An alarm that went off: everything in the windows of its breaching datapoints.
    async fn breach(&self, notice: &mut Notice, alarm: &Alarm, region: &str) {
        let asking = Asking { region, now: self.now, deadline: self.deadline };
        let targets = targets::of_alarm(self.ports, alarm, asking).await;
        if let Some(query) = &targets.log {
            return self.lines(notice, query, &targets);
        }
        let (plan, gathered) = self.gather(region, &targets, &self.limits.waits).await;
        notice.expected = plan.expected;
        // What is left out on purpose is no reason to look for what is missing.
        let short = !plan.blind && gathered.found < plan.expected.unwrap_or(1);
        if short && gathered.whole {
            notice.gap(&Problem::FewerThanCounted { found: gathered.found, expected: plan.expected });
            self.nearby(notice, region, &plan).await;
        }
        self.conclude(notice, region, &plan, gathered);
        self.look_back(notice, region, &plan).await;
    }

    /// An alarm that is over: all that happened while it lasted, what the first notice could not know before the rest.
    async fn all_clear(&self, notice: &mut Notice, alarm: &Alarm, region: &str) {
        let asking = Asking { region, now: self.now, deadline: self.deadline };
        let targets = targets::of_end(self.ports, alarm, asking).await;
        if let Some(query) = &targets.log {
            return self.lines(notice, query, &targets);
        }
        let (plan, gathered) = self.gather(region, &targets, &self.limits.waits).await;
        self.conclude(notice, region, &plan, gathered);
        self.look_back(notice, region, &plan).await;
    }

    /// A log alarm brings its own lines, as many as it is set to send.
    fn lines(&self, notice: &mut Notice, query: &LogQuery, targets: &Targets) {
        targets.gaps.iter().for_each(|it| notice.gap(it));
        let mut groups = Groups::default();
        let at = notice.alarm.changed_at.unwrap_or(self.now);
        match &query.lines {
            None => notice.gap(&Problem::NoLines),
            Some(lines) => {
                for line in lines {
                    groups.add_event(line, "", at, true);
                }
                notice.found = lines.len().try_into().unwrap_or(u64::MAX);
                if query.most_lines.is_none_or(|most| lines.len() >= most) {
                    notice.at_least = true;
                    notice.gap(&Problem::SomeLines(lines.len()));
                }
            }
        }
        self.tell(notice, groups);
    }

    /// Finds the metric filters and lays out the searches.
    async fn plan(&self, region: &str, targets: &Targets) -> Plan {
        let mut plan = Plan { expected: targets.expected(), gaps: targets.gaps.clone(), ..Plan::default() };
        for target in &targets.list {
            let (foreign, own): (Vec<_>, Vec<_>) =
                target.metrics.iter().partition(|it| self.is_foreign(it.account.as_deref()));
            plan.blind |= !foreign.is_empty();
            plan.gaps.extend(foreign.iter().filter_map(|it| it.account.clone()).map(Problem::OtherAccount));
            let group = self.settings.log_group.as_deref();
            let time = (self.limits.remember, self.deadline);
            let ask = |metric| self.known.of_metric(self.ports, region, metric, group, time);
            let asked = join_all(own.iter().map(|metric| ask(metric))).await;
            for (metric, filters) in own.into_iter().zip(asked) {
                match filters {
                    Ok(filters) => plan.add(region, metric, filters, target),
                    Err(error) => plan.gaps.push(error.problem("")),
                }
            }
        }
        plan.close();
        plan
    }

    /// Looks until enough is found: reads of CloudWatch Logs are not promised to be consistent at once, and remembered
    /// filters may have changed.
    pub(crate) async fn gather(&self, region: &str, targets: &Targets, waits: &[Duration]) -> (Plan, Gathered) {
        let mut plan = self.plan(region, targets).await;
        let mut gathered = Gathered::default();
        self.look(region, &plan, targets, &mut gathered).await;
        for wait in waits {
            // At an alarm's end more may have been done than its beginning counted.
            let over = targets.until.is_none() && gathered.found > plan.expected.unwrap_or(u64::MAX);
            let settled = gathered.found >= plan.expected.unwrap_or(1) && !over;
            let is_late = |wait: Duration| Instant::now() + wait >= self.deadline;
            if settled || !gathered.whole || is_late(*wait) {
                break;
            }
            let asked_again = self.forget(region, targets);
            if !asked_again && (over || plan.blind || plan.sources.is_empty()) {
                break;
            }
            if !over {
                sleep(*wait).await;
            }
            if asked_again {
                let again = self.plan(region, targets).await;
                // Filters that cannot be read again are as they were.
                if again.sources.is_empty() {
                    gathered.problems.extend(again.gaps);
                } else if again.sources != plan.sources {
                    let mut anew = Gathered::default();
                    self.look(region, &again, targets, &mut anew).await;
                    if anew.whole || anew.found >= gathered.found {
                        (plan, gathered) = (again, anew);
                    } else {
                        gathered.problems.extend(anew.problems);
                    }
                    continue;
                }
                if over {
                    break;
                }
            }
            self.look(region, &plan, targets, &mut gathered).await;
        }
        (plan, gathered)
    }

    /// Forgets filters that were remembered from before this alarm: they may have changed since.
    fn forget(&self, region: &str, targets: &Targets) -> bool {
        let metrics = targets.list.iter().flat_map(|it| &it.metrics);
        metrics.filter(|it| self.known.forget(region, it, self.started)).count() > 0
    }

    async fn look(&self, region: &str, plan: &Plan, targets: &Targets, gathered: &mut Gathered) {
        let (sources, queries): (Vec<_>, Vec<_>) = plan.queries().into_iter().unzip();
        let mut look = Look::default();
        let outcome = run(self.ports, region, &queries, self.bounds(), |at, event| {
            let source = sources.get(at).copied().unwrap_or(usize::MAX);
            gathered.take(&mut look, plan, source, targets.until, event, self.limits.groups)
        });
        let outcome = outcome.await;
        gathered.looked(outcome);
    }

    fn bounds(&self) -> Bounds<'_> {
        Bounds { pace: self.pace, calls_a_second: self.limits.calls_a_second, deadline: self.deadline }
    }

    /// The same searches in wider windows; what lies outside the alarm's own is marked as nearby.
    async fn nearby(&self, notice: &mut Notice, region: &str, plan: &Plan) {
        if self.deadline.saturating_duration_since(Instant::now()) < TIME_FOR_NEARBY {
            return;
        }
        let wider = |query: Query| Query { window: query.window.widened(self.limits.nearby_seconds), ..query };
        let (sources, queries): (Vec<_>, Vec<_>) = plan.queries().into_iter().map(|(at, it)| (at, wider(it))).unzip();
        let mut groups = Groups::default();
        let outside = |at: usize, event: &LogEvent| {
            let source = sources.get(at).and_then(|it| plan.sources.get(*it));
            source.is_some_and(|it| it.is_outside(event))
        };
        let outcome = run(self.ports, region, &queries, self.bounds(), |at, event| {
            if outside(at, event) {
                groups.add_event(&event.message, &event.id, event.logged_at, true);
            }
            if groups.len() < self.limits.groups {
                std::ops::ControlFlow::Continue(())
            } else {
                std::ops::ControlFlow::Break(Bound::Groups(self.limits.groups))
            }
        });
        for problem in &outcome.await.problems {
            notice.remark(problem);
        }
        let alarm = notice.alarm.name.clone();
        notice.nearby(self.fold(alarm.as_deref(), groups).remaining);
    }

    /// Groups without what is ignored as agreed; nobody agrees to anything about the watch itself.
    fn fold(&self, alarm: Option<&str>, groups: Groups) -> Folded {
        let itself = alarm.and_then(|alarm| self.settings.control(alarm)).is_some_and(|control| control.itself);
        let ignore: &[Ignore] = if itself { &[] } else { &self.settings.ignore };
        let zone = self.settings.local.clone().unwrap_or(TimeZone::UTC);
        fold(groups.newest_first(), ignore, self.now, &zone)
    }

    /// Puts what was searched and found into the notice.
    fn conclude(&self, notice: &mut Notice, region: &str, plan: &Plan, gathered: Gathered) {
        notice.searched(plan.searches(region));
        notice.found = gathered.found;
        let enough = plan.expected.is_some_and(|it| it <= gathered.found);
        notice.at_least = !gathered.whole;
        plan.gaps.iter().for_each(|it| notice.gap(it));
        plan.remarks.iter().for_each(|it| notice.remark(it));
        for problem in &gathered.problems {
            if gathered.whole || (enough && !notice.is_end()) { notice.remark(problem) } else { notice.gap(problem) }
        }
        self.tell(notice, gathered.groups);
    }

    /// Puts who did what into the notice.
    fn tell(&self, notice: &mut Notice, groups: Groups) {
        for (count, why) in groups.unread() {
            notice.gap(&Problem::UnreadableLines { count, why });
        }
        let alarm = notice.alarm.name.clone();
        notice.found(self.fold(alarm.as_deref(), groups));
        notice.place(&self.settings.known);
    }
}
