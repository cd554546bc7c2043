//! How calls, CPU and memory grow with what is watched: alarms and schedules, events and filters, Regions.

use std::path::Path;

use local_aws::{LocalAws, Options};
use measure::Result;
use measure::run::{Account, Cost, Life, Subject, live};
use measure::stub::{Found, Stub};
use measure::tls::Authority;
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::report::Report;
use crate::start::{ALWAYS, account, alarm};

/// What a thousand calls of CloudWatch cost, in US dollars (us-east-1, without the free million; CloudWatch's price list,
/// November 2026), and how many runs a month has, one in five minutes.
const A_THOUSAND_CALLS: f64 = 0.01;
const RUNS: f64 = 12.0 * 24.0 * 30.0;
/// Memory at a thousand alarms, in MB.
const PEAK: f64 = 16.0;

/// All tables.
pub(crate) async fn measure(arguments: &Arguments, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new(folder.path())?;
    let with = Bench { arguments, folder: folder.path(), authority };
    with.toggler(report).await?;
    with.enricher(report).await?;
    with.bootstrapper(report).await
}

struct Bench<'a> {
    arguments: &'a Arguments,
    folder: &'a Path,
    authority: Authority,
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

    async fn toggler(&self, report: &mut Report) -> Result<()> {
        let mut rows = Vec::new();
        let alarms = self.few(&[10, 250, 1000], &[10, 100, 250, 1000, 2000, 5000]);
        let sizes = alarms.into_iter().map(|alarms| (alarms, 1));
        let schedules = self.few(&[100], &[10, 100]).into_iter().map(|schedules| (250, schedules));
        for (alarms, schedules) in sizes.chain(schedules) {
            let config: String =
                (0..schedules).map(|n| ALWAYS.replace("\"always\"", &format!("\"always-{n}\""))).collect();
            let subject = self.function("toggler", &config)?;
            let stub = Stub::start(&self.authority, account(alarms, Found::default())).await?;
            let life = live(&subject, Account::Stub(&stub, &self.authority.bundle), &[json!({}), json!({})]).await?;
            let [first, warm] = answered(&life)?;
            rows.push(vec![
                json!(alarms),
                json!(schedules),
                json!(first.all_calls()),
                json!(first.cpu_ms),
                json!(warm.all_calls()),
                json!(warm.cpu_ms),
                json!(life.peak_mb),
                json!(warm.bytes / 1000),
                json!(a_month(warm)),
            ]);
            if alarms == 1000 {
                report.limit("toggler, 1,000 alarms: peak MB", life.peak_mb, PEAK);
            }
        }
        let note = "All alarms are muted by the first run, which remembers each; the next finds nothing to do. CloudWatch lets \
            three writes a second through. Dollars are those of 8,640 runs' calls.";
        let columns = [
            "alarms",
            "schedules",
            "calls that mute all",
            "CPU ms",
            "calls with nothing to do",
            "CPU ms",
            "peak MB",
            "kB of the latter",
            "USD a month",
        ];
        report.table("Growth: toggler", note, &columns, rows);
        Ok(())
    }

    async fn enricher(&self, report: &mut Report) -> Result<()> {
        let mut rows = Vec::new();
        let events = self.few(&[1, 1000, 10_000], &[1, 100, 1000, 10_000, 100_000]);
        let sizes = events.into_iter().map(|events| (events, 1));
        let filters = self.few(&[10], &[10, 40, 100]).into_iter().map(|filters| (1000, filters));
        let own = std::fs::read_to_string(scenarios::deploy::checkout().join("infra/yakei.toml"))?;
        let subject = self.function("enricher", &own)?;
        for (events, filters) in sizes.chain(filters) {
            let stub = Stub::start(&self.authority, account(0, Found { filters, events })).await?;
            let life = live(&subject, Account::Stub(&stub, &self.authority.bundle), &[alarm(events, 1)]).await?;
            let [cost] = answered(&life)?;
            let answer: Value =
                serde_json::from_str(life.answers.first().and_then(|it| it.as_deref().ok()).unwrap_or("null"))?;
            let nothing = Value::Null;
            let notice = answer.pointer("/notices/0").unwrap_or(&nothing);
            rows.push(vec![
                json!(events),
                json!(filters),
                json!(cost.all_calls()),
                json!(cost.cpu_ms),
                json!(life.peak_mb),
                json!(cost.bytes / 1000),
                notice["found"].clone(),
                notice["complete"].clone(),
            ]);
        }
        let note = "One alarm; 50 addresses and 20 people share its events. Searches keep below five calls a second, and end in time \
            for the notice: what is not complete says so in it.";
        let columns = ["events", "filters", "calls", "CPU ms", "peak MB", "kB", "found", "complete"];
        report.table("Growth: enricher", note, &columns, rows);
        Ok(())
    }

    async fn bootstrapper(&self, report: &mut Report) -> Result<()> {
        let own = std::fs::read_to_string(scenarios::deploy::checkout().join("infra/yakei.toml"))?;
        let aws = LocalAws::start(Options::default()).await?;
        let mut rows = Vec::new();
        for regions in self.few(&[1, 17], &[1, 2, 4, 8, 17]) {
            scenarios::terminal::empty_account(&aws).await?;
            // The home first, where the functions are.
            let others = yakei_core::regions::BY_DEFAULT.into_iter().filter(|region| *region != local_aws::REGION);
            let chosen: Vec<&str> = std::iter::once(local_aws::REGION).chain(others).take(regions).collect();
            let subject = self.function("bootstrapper", &format!("{own}\n[trail]\nregions = {chosen:?}\n"))?;
            let events = ["apply", "apply", "verify"].map(|action| json!({"action": action}));
            let life = live(&subject, Account::Local(&aws), &events).await?;
            let [made, same, verified] = costs(&life)?;
            rows.push(vec![
                json!(regions),
                json!(made.all_calls()),
                json!(made.cpu_ms),
                json!(same.all_calls()),
                json!(same.cpu_ms),
                json!(verified.all_calls()),
                json!(verified.cpu_ms),
                json!(life.peak_mb),
            ]);
        }
        aws.stop().await;
        let note =
            "A trail in each Region, from an empty account; then with nothing to change; then the audit. Without TLS.";
        let columns = [
            "Regions",
            "calls of apply",
            "CPU ms",
            "calls with nothing to change",
            "CPU ms",
            "calls of verify",
            "CPU ms",
            "peak MB",
        ];
        report.table("Growth: bootstrapper", note, &columns, rows);
        Ok(())
    }
}

/// What the calls of such runs cost in a month.
#[allow(clippy::cast_precision_loss)] // some hundred calls
fn a_month(run: &Cost) -> f64 {
    run.all_calls() as f64 * RUNS / 1000.0 * A_THOUSAND_CALLS
}

/// The costs of so many invocations, none of which failed.
fn answered<const N: usize>(life: &Life) -> Result<[&Cost; N]> {
    if let Some(Err(error)) = life.answers.iter().find(|answer| answer.is_err()) {
        return Err(error.clone().into());
    }
    costs(life)
}

fn costs<const N: usize>(life: &Life) -> Result<[&Cost; N]> {
    let costs: Vec<&Cost> = life.invocations.iter().collect();
    costs.try_into().map_err(|_| "an invocation is missing".into())
}
