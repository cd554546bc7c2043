//! The bootstrapper with one and with all Regions: apply from an empty account, apply again, verify.

use local_aws::{LocalAws, Options};
use measure::Result;
use measure::run::{Account, live};
use serde_json::json;

use super::{Bench, Grown, costs};
use crate::report::Report;

pub(super) async fn measure(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    let own = std::fs::read_to_string(scenarios::deploy::checkout().join("infra/yakei.toml"))?;
    let aws = LocalAws::start(Options::default()).await?;
    let (mut rows, mut grown) = (Vec::new(), [Grown::default(); 3]);
    let sizes = bench.few(&[1, 4], &[1, 2, 4, 8, 17]);
    let most = sizes.last().copied().unwrap_or_default();
    for regions in sizes {
        scenarios::terminal::empty_account(&aws).await?;
        // The home first, where the functions are.
        let others = yakei_core::regions::BY_DEFAULT.into_iter().filter(|region| *region != local_aws::REGION);
        let chosen: Vec<&str> = std::iter::once(local_aws::REGION).chain(others).take(regions).collect();
        let subject = bench.function("bootstrapper", &format!("{own}\n[trail]\nregions = {chosen:?}\n"))?;
        // What verify finds wanting (nobody has confirmed yet) fails its invocation, and it has looked at everything.
        let events = ["apply", "apply", "verify"].map(|action| json!({"action": action}));
        let life = live(&subject, Account::Local(&aws), &events).await?;
        if let Some(error) = life.answers.iter().take(2).find_map(|answer| answer.as_ref().err()) {
            return Err(error.clone().into());
        }
        let costs: [_; 3] = costs(&life)?;
        let mut row = vec![json!(regions)];
        for (cost, grown) in costs.iter().zip(&mut grown) {
            row.extend([json!(cost.all_calls()), bench.cpu(cost)]);
            if regions == 1 {
                grown.few(regions, cost.cpu_ms);
            } else if regions == most {
                grown.many(regions, cost.cpu_ms);
            }
        }
        row.push(json!(life.peak_mb));
        rows.push(row);
    }
    aws.stop().await;
    let note = bench.note(
        "A trail in each Region, from an empty account; then with nothing to change; then the audit. Against the local AWS, \
         without TLS. Tags of all alarms of a Region are one call.",
    );
    let columns = [
        "Regions",
        "calls of apply",
        "CPU",
        "calls with nothing to change",
        "CPU",
        "calls of verify",
        "CPU",
        "peak MB",
    ];
    report.table("Growth: bootstrapper", &note, &columns, rows);
    for (grown, what) in grown.into_iter().zip(["apply", "apply with nothing to change", "verify"]) {
        grown.hold(report, &format!("bootstrapper, {what}: CPU a Region"));
    }
    Ok(())
}
