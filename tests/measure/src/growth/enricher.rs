//! The enricher with few and many events and filters, and beside the calls that it waits for.

use std::time::Duration;

use measure::Result;
use measure::run::Life;
use measure::stub::Found;
use serde_json::{Value, json};

use super::{Bench, Grown, costs};
use crate::report::Report;
use crate::start::{account, alarm};

/// What each call takes where time is measured.
const CALL: Duration = Duration::from_millis(20);

pub(super) async fn measure(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    let own = std::fs::read_to_string(scenarios::deploy::checkout().join("infra/yakei.toml"))?;
    let subject = bench.function("enricher", &own)?;
    let sizes = bench.few(
        &[(1, 1), (1000, 1), (1000, 10)],
        &[(1, 1), (100, 1), (1000, 1), (10_000, 1), (100_000, 1), (1000, 10), (1000, 40), (1000, 100)],
    );
    let (mut rows, mut grown) = (Vec::new(), Grown::default());
    for (events, filters) in sizes {
        let life = bench.life(&subject, account(0, Found { filters, events }), &[alarm(events, 1)]).await?;
        let [cost] = costs(&life)?;
        let notice = notice(&life)?;
        let said = |member: &str| notice.get(member).cloned().unwrap_or_default();
        rows.push(vec![
            json!(events),
            json!(filters),
            json!(cost.all_calls()),
            bench.cpu(cost),
            json!(life.peak_mb),
            json!(cost.bytes / 1000),
            said("found"),
            said("complete"),
        ]);
        match (events, filters) {
            (1000, 1) => grown.few(1000, cost.cpu_ms),
            (10_000, 1) => grown.many(10_000, cost.cpu_ms),
            _ => {}
        }
    }
    let note = bench.note(
        "One alarm; 50 addresses and 20 people share its events. Searches keep below five calls a second and end in time for \
         the notice, and 40 filters are searched at most: what is not complete says so in the notice.",
    );
    let columns = ["events", "filters", "calls", "CPU", "peak MB", "kB", "found", "complete"];
    report.table("Growth: enricher", &note, &columns, rows);
    grown.hold(report, "enricher: CPU an event");
    beside_its_calls(bench, report).await
}

fn notice(life: &Life) -> Result<Value> {
    let answer = life.answers.first().and_then(|it| it.as_deref().ok()).unwrap_or("null");
    let answer: Value = serde_json::from_str(answer)?;
    Ok(answer.pointer("/notices/0").cloned().unwrap_or_default())
}

/// The time of a whole invocation beside that of its calls, one after another.
#[allow(clippy::cast_precision_loss)] // some calls
async fn beside_its_calls(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    // Without what happened before, whose look-ups wait for the rate of searches.
    let subject = bench.function("enricher", "[notify]\nhistory = false\n")?;
    let mut rows = Vec::new();
    for (filters, events) in [(1, 1), (3, 30)] {
        let mut account = account(0, Found { filters, events });
        account.delay = CALL;
        let life = bench.life(&subject, account, &[alarm(events, 1), alarm(events, 2)]).await?;
        let [first, warm] = costs(&life)?;
        for (when, cost) in [("first", first), ("warm", warm)] {
            let calls = cost.all_calls();
            let alone = CALL.as_secs_f64() * calls as f64;
            rows.push(vec![json!(events), json!(filters), json!(when), json!(calls), json!(cost.seconds / alone)]);
        }
    }
    let note = "Every call takes 20 ms; the time by the clock from the event to the answer, beside what its calls take one after \
                another. Below 1 where searches run side by side.";
    let columns = ["events", "filters", "", "calls", "time ÷ its calls'"];
    report.table("An enricher's invocation beside its calls", note, &columns, rows);
    Ok(())
}
