//! The drill: one marked record is written and followed to the notice, with the time at each step.
//!
//! Nothing is left behind but a datapoint of the metric: the log stream is removed whatever happens on the way.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use yakei_core::controls::Control;
use yakei_core::drill::{Drilled, MOST, Step, records};
use yakei_core::plan::{Desired, Problem};
use yakei_core::verify::Verdict;
use yakei_host::run::{Failure, Why};

use crate::ports::{AlarmNow, Chain};

/// How long the whole way may take. Metric, alarm and enricher need a minute each; Lambda ends after fifteen.
const PATIENCE: SignedDuration = SignedDuration::from_secs(600);
const PAUSE: Duration = Duration::from_secs(2);

/// Runs the drill of one control.
///
/// # Errors
/// [`Failure`] `NoDrill` when no record can be made for the control.
pub(crate) async fn run(chain: &impl Chain, desired: &Desired, control: &Control) -> Result<Drilled, Failure> {
    let start = chain.now();
    let id = format!("yakei-drill-{}", start.as_millisecond());
    let no_drill = || {
        let (key, threshold) = (&control.key, control.threshold);
        let why = if control.must_match.is_empty() {
            format!("the control {key} has no sample record in must_match")
        } else {
            format!("the control {key} has a threshold of {threshold}, and a drill writes at most {MOST} records")
        };
        Failure::new(Why::NoDrill, why)
    };
    let records = records(control, desired.place(), start, &id).ok_or_else(no_drill)?;
    let mut drill = Drill {
        chain,
        desired,
        key: &control.key,
        alarm: desired.name().alarm(&control.key),
        id: &id,
        start,
        steps: Vec::new(),
    };
    tracing::info!(control = control.key, event_id = id, "drill: this did not happen");
    drill.follow(&records).await;
    drill.clean().await;
    let ok = drill.steps.iter().all(|step| step.verdict != Verdict::Fail);
    Ok(Drilled { ok, control: control.key.clone(), alarm: drill.alarm, event_id: id.clone(), steps: drill.steps })
}

struct Drill<'a, C> {
    chain: &'a C,
    desired: &'a Desired,
    key: &'a str,
    alarm: String,
    id: &'a str,
    start: Timestamp,
    steps: Vec<Step>,
}

impl<C: Chain> Drill<'_, C> {
    /// Goes on from step to step while they pass.
    async fn follow(&mut self, records: &[String]) {
        let Some(muted) = self.at_rest().await else { return };
        let namespace = self.desired.name().metric_namespace();
        let before = self.chain.metric_sum(namespace, self.key, self.start).await.unwrap_or_default();

        let written = self.chain.write_records(self.desired.log_group(), self.id, records).await;
        let told = if records.len() == 1 {
            String::new()
        } else {
            format!("{}: so many does the alarm wait for", records.len())
        };
        if !self.say("record is written", written.map(|()| Some(told)), "") {
            return;
        }
        let all = records.iter().map(|_| 1.0).sum::<f64>();
        let metric = async || {
            let sum = self.chain.metric_sum(namespace, self.key, self.start).await?;
            Ok((sum >= before + all).then(|| format!("{namespace}/{} rose by {}", self.key, sum - before)))
        };
        let seen = self.wait(metric).await;
        if !self.say(
            "metric filter counts it",
            seen,
            "Run verify: the filter must stand in this log group with its pattern",
        ) {
            return;
        }
        let rings = async || {
            let alarm = self.chain.alarm_now(&self.alarm).await?;
            Ok(alarm.filter(|alarm| alarm.in_alarm).map(|_| self.alarm.clone()))
        };
        let seen = self.wait(rings).await;
        if !self.say("alarm rings", seen, "Run verify") {
            return;
        }
        if muted {
            self.step("notice is sent", Verdict::Unknown, "the alarm is muted by schedule: nobody is told", "");
            return;
        }
        let function = self.desired.name().enricher();
        let told = async || self.chain.told(&function, &self.alarm, self.start).await;
        let seen = self.wait(told).await;
        self.say("notice is sent", seen, "Run verify; look at the enricher's log group and its on-failure queue");
    }

    /// An alarm that rings already cannot begin to. Tells whether it is muted.
    async fn at_rest(&mut self) -> Option<bool> {
        let step = "alarm is at rest";
        match self.chain.alarm_now(&self.alarm).await {
            Ok(Some(AlarmNow { in_alarm: false, enabled })) => {
                self.step(step, Verdict::Pass, if enabled { "armed" } else { "muted" }, "");
                Some(!enabled)
            }
            Ok(Some(_)) => {
                self.step(
                    step,
                    Verdict::Fail,
                    "it is in ALARM already",
                    "Wait until it is OK, or drill another control",
                );
                None
            }
            Ok(None) => {
                self.step(step, Verdict::Fail, "there is no such alarm", "Run apply");
                None
            }
            Err(problem) => {
                self.step(step, Verdict::Fail, problem.to_string(), "");
                None
            }
        }
    }

    /// Asks again and again until there is something to see or the time is over.
    async fn wait(&self, look: impl AsyncFn() -> Result<Option<String>, Problem>) -> Result<Option<String>, Problem> {
        loop {
            let seen = look().await?;
            if seen.is_some() || self.chain.now().duration_since(self.start) >= PATIENCE {
                return Ok(seen);
            }
            self.chain.pause(PAUSE).await;
        }
    }

    async fn clean(&mut self) {
        if self.steps.iter().any(|step| step.step == "record is written") {
            let removed = self.chain.remove_record(self.desired.log_group(), self.id).await;
            let mend = "Delete the log stream by hand";
            self.say("record is removed", removed.map(|()| Some(String::new())), mend);
        }
    }

    fn say(&mut self, step: &'static str, seen: Result<Option<String>, Problem>, mend: &'static str) -> bool {
        match seen {
            Ok(Some(detail)) => self.step(step, Verdict::Pass, detail, ""),
            Ok(None) => self.step(step, Verdict::Fail, format!("not seen within {} s", PATIENCE.as_secs()), mend),
            Err(problem) => self.step(step, Verdict::Fail, problem.to_string(), mend),
        }
    }

    fn step(&mut self, step: &'static str, verdict: Verdict, detail: impl Into<String>, mend: &'static str) -> bool {
        let (after, detail) = (self.chain.now().duration_since(self.start).as_secs_f64(), detail.into());
        match verdict {
            Verdict::Pass => tracing::info!("{after:6.1} s  {step}: {detail}"),
            Verdict::Unknown => tracing::warn!("{after:6.1} s  {step}: {detail}"),
            Verdict::Fail => tracing::error!("{after:6.1} s  {step}: {detail}. {mend}"),
        }
        self.steps.push(Step { step, verdict, after, detail, mend });
        verdict == Verdict::Pass
    }
}
