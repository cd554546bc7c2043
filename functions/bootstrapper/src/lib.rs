//! Makes an account match `infra/yakei.toml`: trail, filters, alarms, topics, subscriptions, schedules.
//!
//! Observe, plan (pure, in `yakei_core::plan`), print, make, observe again. What somebody else made is never
//! changed; a run that is cut off is continued by the next.

pub mod account;
mod apply;
mod aws;
pub mod custom;
mod drill;
mod event;
pub mod reply;

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use serde::Serialize;
use serde_json::{Value, json};
use yakei_core::config::Config;
use yakei_core::controls::{Catalogue, Control};
use yakei_core::drill::Drilled;
use yakei_core::plan::{Change, Desired, Summary, desired, diff, gaps, left_behind, misplaced, satellite, satellites};
use yakei_core::report;
use yakei_core::verify::{Link, Tally, Verdict, audit, lines};
use yakei_host::run::{Failure, Why};

use account::{Account, Chain};
use apply::{destroy, make};
pub use aws::Aws;
use event::Ask;

/// What a person at a terminal is told who gives no event.
pub const USAGE: &str = "\
usage: bootstrapper plan|apply|verify|drill|'{\"action\":…}'

  plan     what apply would do; writes nothing
  apply    makes the account match the config; run twice, the second changes nothing
  verify   read-only audit of every link from the trail to a confirmed subscriber
  drill    writes a marked synthetic record and follows it to the notice;
           '{\"action\":\"drill\",\"control\":\"…\"}' chooses the control
  '{\"action\":\"destroy\",\"confirm\":\"<name>\"}'
           removes what Yakei made, logs and buckets apart; with \"region\":\"…\" only in a Region that was taken
           off [trail] regions

The answer goes to standard output: in a terminal as a table, to a program (a pipe, a file) as JSON. YAKEI_OUTPUT=table
or json says otherwise, and the make targets say table (make verify OUTPUT=json). What happens meanwhile is told line by
line on standard error. The exit status is 1 when something failed, verify and drill included.

The config is $YAKEI_CONFIG, else yakei.toml beside the program. The account and the Region are those of the
AWS SDK's environment (AWS_REGION, AWS_PROFILE, …).";

/// What a run found or did.
#[derive(Debug)]
pub enum Report {
    /// Plan: what is to be done.
    Plan(Vec<Change>),
    /// Apply and destroy: what was done.
    Done(Vec<Change>),
    /// Verify.
    Audit(Vec<Link>),
    /// A drill.
    Drill(Drilled),
}

/// The answer of plan and apply.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    changes: &'a [Change],
    summary: Summary,
}

/// The answer of verify: `ok` is true when no link failed.
#[derive(Debug, Serialize)]
struct Audit<'a> {
    ok: bool,
    links: &'a [Link],
    summary: Tally,
}

impl Report {
    /// The answer for programs.
    ///
    /// # Errors
    /// [`Failure`] `Incomplete` when some changes failed; all others were made.
    pub fn answer(&self) -> Result<Value, Failure> {
        let answer = match self {
            Self::Plan(changes) | Self::Done(changes) => json!(Answer { changes, summary: Summary::of(changes) }),
            Self::Audit(links) => {
                let summary = Tally::of(links);
                json!(Audit { ok: summary.fail == 0, links, summary })
            }
            Self::Drill(drilled) => json!(drilled),
        };
        match self {
            Self::Done(changes) => finish(changes, answer),
            _ => Ok(answer),
        }
    }

    /// The same as a table for people.
    pub fn table(&self) -> String {
        match self {
            Self::Plan(changes) | Self::Done(changes) => report::changes(changes),
            Self::Audit(links) => report::links(links),
            Self::Drill(drilled) => report::drill(drilled),
        }
    }

    /// Whether a plan, an audit or a drill found something wrong: an answer, and for a shell a failure.
    pub fn is_wrong(&self) -> bool {
        match self {
            // A change that failed is a failure of the run as well: Report::answer.
            Self::Plan(changes) | Self::Done(changes) => changes.iter().any(Change::is_stuck),
            Self::Audit(links) => Tally::of(links).fail > 0,
            Self::Drill(drilled) => !drilled.ok,
        }
    }
}

/// Does what the event asks for, and answers as for a program.
///
/// # Errors
/// As [`report`] and [`Report::answer`].
pub async fn handle(account: &(impl Account + Chain), config: &Config, event: &Value) -> Result<Value, Failure> {
    run(account, config, event).await?.answer()
}

/// Does what the event asks for.
///
/// # Errors
/// [`Failure`] `InvalidEvent`, `NotConfirmed` (destroy without the config's name), `BadControls` (the config names
/// a control that is not there), `AccountUnreadable` (not even the account's number could be read),
/// `WrongPlace` (the config names things of another account or Region), `NoDrill` (the control is not set up, or has no
/// sample).
pub async fn run(account: &(impl Account + Chain), config: &Config, event: &Value) -> Result<Report, Failure> {
    let ask = event::ask(event, &config.name)?;
    let controls = Catalogue::with_own(&config.controls).and_then(|catalogue| catalogue.select(&config.controls));
    let controls = controls.map_err(|mistakes| Failure::new(Why::BadControls, mistakes))?;
    let facts = account.facts(config).await.map_err(|problem| Failure::new(Why::AccountUnreadable, problem))?;
    tracing::info!(account = facts.place.account, region = facts.place.region, "looking at the account");
    let elsewhere = misplaced(config, &facts.place, facts.trail_log_group_arn.as_deref());
    // An audit says it beside everything else that it sees.
    if !elsewhere.is_empty() && ask != Ask::Verify {
        let told: Vec<String> = elsewhere.iter().filter_map(failure).collect();
        return Err(Failure::new(Why::WrongPlace, told.join("\n")));
    }
    let home = desired(config, &controls, &facts);
    if let Ask::Drill(key) = &ask {
        let control = drilled(&controls, key.as_deref())?;
        return Ok(Report::Drill(Box::pin(drill::run(account, &home, control)).await?));
    }
    if let Ask::Destroy(Some(region)) = &ask {
        if *region == facts.place.region {
            let why = format_args!("{region} is the home Region: destroy without \"region\" removes everything");
            return Err(Failure::new(Why::NotConfirmed, why));
        }
        let there = satellite(config, &controls, &facts, region);
        return Ok(done(destroy(&account.in_region(region), &there).boxed_local().await));
    }
    let mut others = satellites(config, &controls, &facts);
    if matches!(ask, Ask::Destroy(_)) {
        others.extend(left_behind(config, &facts).map(|region| satellite(config, &controls, &facts, region)));
    }
    let gaps = gaps(config, &facts);
    let others: Vec<_> =
        others.into_iter().map(|desired| (account.in_region(&desired.place().region), desired)).collect();
    Ok(match ask {
        Ask::Verify => {
            let home = verify(account, &home).boxed_local();
            let others = others.iter().map(|(account, desired)| verify(account, desired).boxed_local());
            let mut links = side_by_side(std::iter::once(home).chain(others)).await;
            links.extend(lines(&elsewhere));
            links.extend(lines(&gaps));
            audited(links)
        }
        Ask::Apply => {
            // The other Regions refer to the bucket, the roles and the permissions of the home Region.
            let mut changes = make(account, &home).boxed_local().await;
            changes.extend(
                side_by_side(others.iter().map(|(account, desired)| make(account, desired).boxed_local())).await,
            );
            changes.extend(gaps);
            done(changes)
        }
        Ask::Destroy(_) => {
            let others = others.iter().map(|(account, desired)| destroy(account, desired).boxed_local());
            let mut changes = side_by_side(others).await;
            changes.extend(destroy(account, &home).boxed_local().await);
            done(changes)
        }
        Ask::Plan | Ask::Drill(_) => {
            let home = plan(account, &home).boxed_local();
            let others = others.iter().map(|(account, desired)| plan(account, desired).boxed_local());
            let mut changes = side_by_side(std::iter::once(home).chain(others)).await;
            changes.extend(gaps);
            tracing::info!(summary = %json!(Summary::of(&changes)), "planned");
            Report::Plan(changes)
        }
    })
}

/// Regions that are worked on at the same time: all that are on by default. AWS counts calls by Region, so one does not
/// slow another.
const REGIONS: usize = 17;

async fn side_by_side<T>(regions: impl Iterator<Item = LocalBoxFuture<'_, Vec<T>>>) -> Vec<T> {
    stream::iter(regions).buffered(REGIONS).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

async fn plan(account: &impl Account, desired: &Desired) -> Vec<Change> {
    let changes = diff(desired, &account.observe(desired).await);
    for change in &changes {
        tracing::info!(region = change.key.region, "{change}");
    }
    changes
}

async fn verify(account: &impl Account, desired: &Desired) -> Vec<Link> {
    audit(desired, &account.observe(desired).await, &account.vitals(desired).await)
}

/// The control of a drill: the one that is asked for, else the first that is set up.
fn drilled<'c>(controls: &'c [Control], key: Option<&str>) -> Result<&'c Control, Failure> {
    controls.iter().find(|control| key.is_none_or(|key| control.key == key)).ok_or_else(|| {
        let all: Vec<&str> = controls.iter().map(|control| control.key.as_str()).collect();
        let asked = key.unwrap_or_default();
        Failure::new(Why::NoDrill, format_args!("the control {asked:?} is not set up; there are {}", all.join(", ")))
    })
}

/// The answer, or the failure when a change failed.
fn finish(changes: &[Change], answer: Value) -> Result<Value, Failure> {
    let failed: Vec<String> = changes.iter().filter_map(failure).collect();
    let all = changes.len();
    if failed.is_empty() {
        return Ok(answer);
    }
    let message = format!("{} of {all} things failed; run it again when they are mended:\n", failed.len());
    Err(Failure::new(Why::Incomplete, message + &failed.join("\n")))
}

fn failure(change: &Change) -> Option<String> {
    change.problem.as_ref().map(|problem| format!("{} {}: {problem}", change.key.region, change.key))
}

fn done(changes: Vec<Change>) -> Report {
    tracing::info!(summary = %json!(Summary::of(&changes)), "done");
    Report::Done(changes)
}

fn audited(links: Vec<Link>) -> Report {
    for link in &links {
        match link.verdict {
            Verdict::Pass => tracing::info!("{link}"),
            Verdict::Unknown => tracing::warn!("{link}"),
            Verdict::Fail => tracing::error!("{link}"),
        }
    }
    tracing::info!(summary = %json!(Tally::of(&links)), "done");
    Report::Audit(links)
}

/// What a run answers that has no config: the mistakes.
///
/// # Errors
/// Always, with [`Failure`] `InvalidConfig`.
pub fn without_config(mistakes: &impl std::fmt::Display) -> Result<Value, Failure> {
    Err(Failure::new(Why::InvalidConfig, mistakes))
}

/// What a run answers that has no Region.
///
/// # Errors
/// Always, with [`Failure`] `NoRegion`.
pub fn without_region() -> Result<Value, Failure> {
    Err(Failure::new(Why::NoRegion, "no AWS Region is set. Set AWS_REGION to the home Region of the watch"))
}

#[cfg(test)]
mod tests;
