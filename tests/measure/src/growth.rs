//! How calls, CPU and memory grow with what is watched: alarms and schedules, events and filters, Regions. CPU is told in
//! starts of a bare function, measured in the same minutes, so that another machine can repeat it; and what grows more than
//! what it is about is a limit that does not hold.

mod bootstrapper;
mod enricher;
mod toggler;

use std::path::Path;

use measure::Result;
use measure::run::{Account, Cost, Life, Subject, live};
use measure::stub::{self, Found, Stub};
use measure::tls::Authority;
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::report::Report;
use crate::start::{account, median};

/// How much more CPU one of many may cost than one of few: growth by more than their number is seen, noise is not.
const MORE: f64 = 1.5;
/// Starts of the bare function that the unit is the median of.
const STARTS: usize = 5;

/// All tables.
pub(crate) async fn measure(arguments: &Arguments, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new(folder.path())?;
    let mut with = Bench { arguments, folder: folder.path(), authority, unit: 1.0 };
    with.unit = with.bare().await?;
    if arguments.wants("toggler") {
        toggler::measure(&with, report).await?;
    }
    if arguments.wants("enricher") {
        enricher::measure(&with, report).await?;
    }
    if arguments.wants("bootstrapper") {
        bootstrapper::measure(&with, report).await?;
    }
    Ok(())
}

struct Bench<'a> {
    arguments: &'a Arguments,
    folder: &'a Path,
    authority: Authority,
    /// CPU milliseconds of a bare function's start.
    unit: f64,
}

impl Bench<'_> {
    fn few<T: Copy>(&self, quick: &[T], all: &[T]) -> Vec<T> {
        if self.arguments.quick { quick.to_vec() } else { all.to_vec() }
    }

    fn function(&self, name: &str, config: &str) -> Result<Subject> {
        let path = self.folder.join("yakei.toml");
        std::fs::write(&path, config)?;
        Ok(Subject::new(self.arguments.functions.join(name)).with("YAKEI_CONFIG", path.to_string_lossy()))
    }

    async fn bare(&self) -> Result<f64> {
        let bare = Subject::new(self.arguments.functions.join("bare"));
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            starts.push(self.life(&bare, account(0, Found::default()), &[]).await?.init.cpu_ms);
        }
        Ok(median(starts.into_iter()))
    }

    /// A life over the stub in which no invocation fails.
    async fn life(&self, subject: &Subject, account: stub::Account, events: &[Value]) -> Result<Life> {
        let stub = Stub::start(&self.authority, account).await?;
        let life = live(subject, Account::Stub(&stub, &self.authority.bundle), events).await?;
        match life.answers.iter().find_map(|answer| answer.as_ref().err()) {
            Some(error) => Err(error.clone().into()),
            None => Ok(life),
        }
    }

    /// CPU, in starts of a bare function.
    fn cpu(&self, cost: &Cost) -> Value {
        json!(cost.cpu_ms / self.unit)
    }

    fn note(&self, text: &str) -> String {
        format!("CPU is in starts of a bare function ({:.2} ms here). {text}", self.unit)
    }
}

/// The costs of so many invocations.
fn costs<const N: usize>(life: &Life) -> Result<[&Cost; N]> {
    let costs: Vec<&Cost> = life.invocations.iter().collect();
    costs.try_into().map_err(|_| "an invocation is missing".into())
}

/// Something of which there were few and many, and what each cost.
#[derive(Debug, Clone, Copy, Default)]
struct Grown {
    few: Option<(f64, f64)>,
    many: Option<(f64, f64)>,
}

impl Grown {
    fn few(&mut self, number: usize, cost: f64) {
        self.few = Some((count(number), cost));
    }

    fn many(&mut self, number: usize, cost: f64) {
        self.many = Some((count(number), cost));
    }

    /// Holds what one of many costs to [`MORE`] times what one of few does.
    fn hold(self, report: &mut Report, what: &str) {
        if let (Some((few, small)), Some((many, large))) = (self.few, self.many) {
            report.limit(&format!("{what}, one of {many} beside one of {few}"), (large / many) / (small / few), MORE);
        }
    }
}

#[allow(clippy::cast_precision_loss)] // some thousands
fn count(number: usize) -> f64 {
    number as f64
}
