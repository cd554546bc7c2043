//! The toggler with few and many alarms and schedules.

use measure::Result;
use measure::run::Cost;
use measure::stub::Found;
use serde_json::json;

use super::{Bench, Grown, costs};
use crate::report::Report;
use crate::start::{ALWAYS, account};

/// What a thousand calls of CloudWatch cost, in US dollars (us-east-1, without the free million; CloudWatch's price list,
/// November 2026), and how many runs a month has, one in five minutes.
const A_THOUSAND_CALLS: f64 = 0.01;
const RUNS: f64 = 12.0 * 24.0 * 30.0;
/// Memory at a thousand alarms, in MB.
const PEAK: f64 = 16.0;

pub(super) async fn measure(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    let sizes = bench.few(
        &[(10, 1), (250, 1), (1000, 1), (250, 10), (250, 100)],
        &[(10, 1), (100, 1), (250, 1), (1000, 1), (2000, 1), (5000, 1), (250, 10), (250, 30), (250, 100), (5000, 100)],
    );
    let named = bench.few(&[(250, true)], &[(1000, true), (5000, true)]);
    let sizes = sizes.into_iter().map(|(alarms, schedules)| (alarms, schedules, false));
    let named = named.into_iter().map(|(alarms, each)| (alarms, 1, each));
    let (mut rows, mut by_alarms, mut by_schedules, mut by_names) =
        (Vec::new(), Grown::default(), Grown::default(), Grown::default());
    for (alarms, schedules, each) in sizes.chain(named) {
        let subject = bench.function("toggler", &config(alarms, schedules, each))?;
        let life = bench.life(&subject, account(alarms, Found::default()), &[json!({}), json!({})]).await?;
        let [first, warm] = costs(&life)?;
        rows.push(vec![
            json!(alarms),
            json!(schedules),
            json!(if each { "one by one" } else { "by prefix" }),
            json!(first.all_calls()),
            bench.cpu(first),
            json!(warm.all_calls()),
            bench.cpu(warm),
            json!(life.peak_mb),
            json!(warm.bytes / 1000),
            json!(a_month(warm)),
        ]);
        let both = first.cpu_ms + warm.cpu_ms;
        match (alarms, schedules, each) {
            (1000, 1, false) => {
                report.limit("toggler, 1,000 alarms: peak MB", life.peak_mb, PEAK);
                by_alarms.few(alarms, both);
            }
            (5000, 1, false) => by_alarms.many(alarms, both),
            (250, 10, false) => by_schedules.few(schedules, both),
            (250, 100, false) => by_schedules.many(schedules, both),
            (1000, 1, true) => by_names.few(alarms, both),
            (5000, 1, true) => by_names.many(alarms, both),
            _ => {}
        }
    }
    let note = bench.note(
        "All alarms are muted by the first run, which remembers each; the next finds nothing to do. CloudWatch lets three \
         writes a second through. The answer lists each alarm under each schedule that names it. Dollars are those of 8,640 \
         runs' calls.",
    );
    let columns = [
        "alarms",
        "schedules",
        "named",
        "calls that mute all",
        "CPU",
        "calls with nothing to do",
        "CPU",
        "peak MB",
        "kB of the latter",
        "USD a month",
    ];
    report.table("Growth: toggler", &note, &columns, rows);
    by_alarms.hold(report, "toggler: CPU an alarm");
    by_schedules.hold(report, "toggler, 250 alarms: CPU a schedule");
    by_names.hold(report, "toggler: CPU an alarm named by itself");
    Ok(())
}

/// Schedules that are always open; the first names its alarms one by one where that is asked for.
fn config(alarms: usize, schedules: usize, each: bool) -> String {
    let names: Vec<String> = (0..alarms).map(|n| format!("\"yakei-{n:04}\"")).collect();
    let schedule = |n: usize| {
        let text = ALWAYS.replace("\"always\"", &format!("\"always-{n}\""));
        if each { text.replace("\"yakei-*\"", &names.join(", ")) } else { text }
    };
    (0..schedules).map(schedule).collect()
}

/// What the calls of such runs cost in a month.
#[allow(clippy::cast_precision_loss)] // some hundred calls
fn a_month(run: &Cost) -> f64 {
    run.all_calls() as f64 * RUNS / 1000.0 * A_THOUSAND_CALLS
}
