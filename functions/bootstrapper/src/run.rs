//! One run: what the event asks for, in every Region that is concerned.

use std::collections::BTreeSet;

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use serde_json::{Value, json};
use yakei_core::config::Config;
use yakei_core::controls::{Catalogue, Control};
use yakei_core::plan::{
    Adopt, Change, Cost, Desired, Summary, costs, desired, diff_adopting, gaps, left_behind, left_out, misplaced,
    satellite, satellites, schedules_not_yet, unwatched,
};
use yakei_core::verify::{Link, Tally, Verdict, audit, lines};
use yakei_host::run::{Failure, Why};

use crate::apply::{destroy, make};
use crate::drill;
use crate::event::{self, Ask};
use crate::ports::{Account, Chain};
use crate::report::{Report, failure};

/// Does what the event asks for, and answers as for a program.
///
/// # Errors
/// As `run` and [`Report::answer`].
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
        let control = control.filled(&home.installation());
        return Ok(Report::Drill(Box::pin(drill::run(account, &home, &control)).await?));
    }
    if let Ask::Destroy(Some(region)) = &ask {
        if *region == facts.place.region {
            let why = format_args!("{region} is the home Region: destroy without \"region\" removes everything");
            return Err(Failure::new(Why::NotConfirmed, why));
        }
        let there = satellite(config, &controls, &facts, region);
        return Ok(done(destroy(&account.in_region(region), &there).boxed_local().await, Vec::new()));
    }
    let mut others = satellites(config, &controls, &facts);
    if matches!(ask, Ask::Destroy(_)) {
        let besides: BTreeSet<&str> = left_behind(config, &facts).chain(left_out(config, &facts)).collect();
        others.extend(besides.into_iter().map(|region| satellite(config, &controls, &facts, region)));
    }
    let mut gaps = gaps(config, &facts);
    gaps.extend(schedules_not_yet(config, &facts));
    if matches!(ask, Ask::Plan(_) | Ask::Apply(_)) {
        gaps.extend(unwatched(config, &controls, &facts));
    }
    let others: Vec<_> =
        others.into_iter().map(|desired| (account.in_region(&desired.place().region), desired)).collect();
    let adopt = match &ask {
        Ask::Plan(adopt) | Ask::Apply(adopt) => adopt.clone(),
        _ => Adopt::default(),
    };
    if !adopt.is_empty() {
        let home = plan(account, &home, &adopt).boxed_local();
        let others = others.iter().map(|(account, desired)| plan(account, desired, &adopt).boxed_local());
        adoptable(&adopt, &side_by_side(std::iter::once(home).chain(others)).await)?;
    }
    Ok(match ask {
        Ask::Verify => {
            let home = verify(account, &home).boxed_local();
            let others = others.iter().map(|(account, desired)| verify(account, desired).boxed_local());
            let mut links = side_by_side(std::iter::once(home).chain(others)).await;
            // What stands elsewhere is there, and is no link of this chain.
            let told = |link: &Link| elsewhere.iter().any(|it| it.key.to_string() == link.link);
            links.retain(|link| !told(link));
            links.extend(lines(&elsewhere));
            links.extend(lines(&gaps));
            audited(links)
        }
        Ask::Apply(_) => {
            // The other Regions refer to the bucket, the roles and the permissions of the home Region.
            let mut changes = make(account, &home, &adopt).boxed_local().await;
            changes.extend(
                side_by_side(others.iter().map(|(account, desired)| make(account, desired, &adopt).boxed_local()))
                    .await,
            );
            changes.extend(gaps);
            let made = changes.iter().any(Change::is_work);
            done(changes, if made { costs(config) } else { Vec::new() })
        }
        Ask::Destroy(_) => {
            let others = others.iter().map(|(account, desired)| destroy(account, desired).boxed_local());
            let mut changes = side_by_side(others).await;
            changes.extend(destroy(account, &home).boxed_local().await);
            done(changes, Vec::new())
        }
        Ask::Plan(_) | Ask::Drill(_) => {
            let home = plan(account, &home, &adopt).boxed_local();
            let others = others.iter().map(|(account, desired)| plan(account, desired, &adopt).boxed_local());
            let mut changes = side_by_side(std::iter::once(home).chain(others)).await;
            changes.extend(gaps);
            tracing::info!(summary = %json!(Summary::of(&changes)), "planned");
            Report::Plan(changes, costs(config))
        }
    })
}

/// Regions that are worked on at the same time: all that are on by default. AWS counts calls by Region, so one does not
/// slow another.
const REGIONS: usize = 17;

async fn side_by_side<T>(regions: impl Iterator<Item = LocalBoxFuture<'_, Vec<T>>>) -> Vec<T> {
    stream::iter(regions).buffered(REGIONS).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

async fn plan(account: &impl Account, desired: &Desired, adopt: &Adopt) -> Vec<Change> {
    let changes = diff_adopting(desired, &account.observe(desired).await, adopt);
    for change in &changes {
        tracing::info!(region = change.key.region, "{change}");
    }
    changes
}

async fn verify(account: &impl Account, desired: &Desired) -> Vec<Link> {
    audit(desired, &account.observe(desired).await, &account.vitals(desired).await)
}

/// A name that nothing answers to is told before anything is written.
fn adoptable(adopt: &Adopt, changes: &[Change]) -> Result<(), Failure> {
    let unknown: Vec<&str> = adopt.left_over(changes).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let can = changes.iter().filter(|change| change.why == yakei_core::plan::Why::InTheWay && change.have.is_some());
    let can: Vec<String> = can.map(|change| change.key.to_string()).collect();
    let there = if can.is_empty() { "nothing".to_owned() } else { can.join(", ") };
    let message =
        format!("nothing of somebody else's that could be adopted is named {}; there is {there}", unknown.join(", "));
    Err(Failure::new(Why::InvalidEvent, message))
}

/// The control of a drill: the one that is asked for, else the first that is set up.
fn drilled<'c>(controls: &'c [Control], key: Option<&str>) -> Result<&'c Control, Failure> {
    controls.iter().find(|control| key.is_none_or(|key| control.key == key)).ok_or_else(|| {
        let all: Vec<&str> = controls.iter().map(|control| control.key.as_str()).collect();
        let asked = key.unwrap_or_default();
        Failure::new(Why::NoDrill, format_args!("the control {asked:?} is not set up; there are {}", all.join(", ")))
    })
}

fn done(changes: Vec<Change>, costs: Vec<Cost>) -> Report {
    tracing::info!(summary = %json!(Summary::of(&changes)), "done");
    Report::Done(changes, costs)
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
