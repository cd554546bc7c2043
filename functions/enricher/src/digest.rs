//! What the toggler hands over when alarms are armed again: which alarms were muted, and when. Who did what in that
//! time is searched as for an alarm, and one digest tells all of it; what cannot be found out is said in it.

use jiff::tz::TimeZone;
use yakei_core::alarm::{Alarm, Span, Watches};
use yakei_core::digest::{Digest, Missed, Unknown};
use yakei_core::ignore::fold;
use yakei_core::known::place;
use yakei_core::notice::Problem;

use crate::enrich::Watch;
use crate::history::only_group;
use crate::patience::patiently;
use crate::ports::{Alarms, CallError, Logs};
use crate::targets::{Target, Targets};

/// How many names `DescribeAlarms` takes.
const NAMES: usize = 100;

impl<P: Logs + Alarms> Watch<'_, P> {
    /// The digest with what the searches found.
    pub async fn digest(&self, mut digest: Digest, region: Option<&str>) -> Digest {
        let Some(region) = region else {
            digest.problem(Unknown::NoRegion);
            return digest;
        };
        let names: Vec<_> = digest.alarms.iter().map(|it| it.name.clone()).collect();
        let mut described = Vec::new();
        for names in names.chunks(NAMES) {
            match patiently(self.deadline, "DescribeAlarms", || self.ports.describe(region, names)).await {
                Ok(alarms) => described.extend(alarms),
                Err(CallError { call, fault: _, code, message }) => {
                    digest.problem(Unknown::Who { call: call.to_owned(), code, message });
                }
            }
        }
        let mut groups = Vec::new();
        for missed in &mut digest.alarms {
            let mut group = None;
            if let Some(alarm) = described.iter().find(|it| it.name == missed.name) {
                group = self.missed(missed, alarm, region).await;
            } else {
                missed.complete = Some(false);
                missed.problems.push(Unknown::NotDescribed);
            }
            groups.push(group);
        }
        self.look_back_on_digest(&mut digest, region, &groups).await;
        digest
    }

    /// What one alarm would have told. Returns the log group of all that was searched.
    async fn missed(&self, missed: &mut Missed, alarm: &Alarm, region: &str) -> Option<String> {
        if !matches!(alarm.watches, Watches::Metric(_) | Watches::Math(_)) {
            missed.complete = Some(false);
            missed.problems.push(Unknown::NotSearchable);
            return None;
        }
        let target = Target {
            metrics: alarm.watches.metrics().to_vec(),
            statistic: alarm.evaluation.statistic,
            windows: vec![Span { from: missed.from, to: missed.to }],
            known: Vec::new(),
            expected: None,
            inexact: None,
        };
        let targets = Targets { list: vec![target], ..Targets::default() };
        let (plan, gathered) = self.gather(region, &targets, &[]).await;
        missed.search = plan.searches(region);
        missed.complete = Some(gathered.whole && plan.gaps.is_empty());
        let unread = gathered.groups.unread();
        let unread = unread.into_iter().map(|(count, why)| Problem::UnreadableLines { count, why });
        let problems = plan.gaps.iter().chain(&gathered.problems).cloned().chain(unread);
        missed.problems.extend(problems.map(Unknown::Problem));
        let zone = self.settings.local.clone().unwrap_or(TimeZone::UTC);
        let folded = fold(gathered.groups.newest_first(), &self.settings.ignore, self.now, &zone);
        if folded.ignored > 0 {
            missed.problems.push(Unknown::Ignored { count: folded.ignored, because: folded.reasons });
        }
        missed.activity = folded.remaining;
        for group in &mut missed.activity {
            group.place = place(group, &self.settings.known);
        }
        only_group(&plan).map(str::to_owned)
    }
}
