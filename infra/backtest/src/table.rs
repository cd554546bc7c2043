//! A report as a table for a terminal. What strangers wrote was cleaned when the report was made; here it is shortened.

use std::fmt::Write as _;

use yakei_core::text::{clean, lines};

use crate::report::{Change, Control, Report, Source};

/// How many of the files that could not be read are listed; `report.json` has them all.
const SKIPPED: usize = 10;

/// The table, and below it what was read.
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    let compared = report.today.is_some();
    let mut rows = vec![heads(compared)];
    rows.extend(report.controls.iter().map(|control| row(control, compared)));
    for line in lines(&rows) {
        let _ = writeln!(out, "{line}");
    }
    let _ = write!(out, "\n{}", read(report));
    let undated: Vec<_> = report.controls.iter().filter(|it| it.undated > 0).collect();
    if !undated.is_empty() {
        let named: Vec<String> = undated.iter().map(|it| format!("{} ({})", clean(&it.key, 70), it.undated)).collect();
        let _ = write!(out, "\n\nevents without a time, which set off no alarm here: {}", named.join(", "));
    }
    for control in report.controls.iter().filter(|it| it.left_open > 0) {
        let (key, count) = (clean(&control.key, 70), control.left_open);
        let _ = write!(
            out,
            "\n\n{key}: {count} event(s) are left open and in no count: its pattern compares the text of a number with a \
             fraction or an exponent, which Athena does not keep"
        );
    }
    if !report.not_asked.is_empty() {
        let _ =
            write!(out, "\n\n{} control(s) were not asked for, so nothing is known of them:", report.not_asked.len());
        for it in &report.not_asked {
            let _ = write!(out, "\n  {} ({}) {}", clean(&it.key, 70), clean(&it.config, 200), clean(&it.why, 500));
        }
    }
    if !report.skipped.is_empty() {
        let _ = write!(out, "\n\n{} file(s) could not be read, or not to their end:", report.skipped.len());
        for skipped in report.skipped_first(SKIPPED) {
            let gave =
                if skipped.records == 0 { String::new() } else { format!(" ({} record(s) read)", skipped.records) };
            let _ = write!(out, "\n  {} {}{gave}", clean(&skipped.file, 200), clean(&skipped.why, 200));
        }
        if let more @ 1.. = report.skipped.len().saturating_sub(SKIPPED) {
            let _ = write!(out, "\n  and {more} more; report.json lists them all");
        }
    }
    out
}

fn heads(compared: bool) -> Vec<String> {
    let mut heads = vec!["CONTROL", "EVENTS", "ALARMS", "MUTED", "KEPT BACK", "THRESHOLD", "HALVED BY"];
    if compared {
        heads.push("TODAY");
    }
    heads.extend(["MOST BY", "MOST FROM"]);
    heads.into_iter().map(ToOwned::to_owned).collect()
}

fn row(control: &Control, compared: bool) -> Vec<String> {
    let mut cells = vec![clean(&control.key, 70).into_owned(), control.events.to_string()];
    if control.chosen {
        cells.extend([control.alarms, control.muted, control.kept_back].map(|it| it.to_string()));
        cells.push(control.threshold.to_string());
        cells.push(control.halving_threshold.map_or_else(|| "-".to_owned(), |it| it.to_string()));
    } else {
        cells.extend(["gone", "-", "-", "-", "-"].map(ToOwned::to_owned));
    }
    if compared {
        cells.push(control.change.as_ref().map_or_else(|| "-".to_owned(), today));
    }
    let who = control.who.first().map(|it| format!("{} ({})", clean(&it.who, 40), it.count));
    let from = control.from.first().map(|it| {
        let place = it.network.as_deref().filter(|it| !it.is_empty()).unwrap_or(&it.source_ip);
        format!("{} ({})", if place.is_empty() { "no address".into() } else { clean(place, 40) }, it.count)
    });
    cells.extend([who, from].map(Option::unwrap_or_default));
    cells
}

fn today(change: &Change) -> String {
    match change.threshold_today {
        None => "not watched".to_owned(),
        Some(threshold) => format!("{} alarms, {} muted, at {threshold}", change.alarms_today, change.muted_today),
    }
}

fn read(report: &Report) -> String {
    let span = match (report.from, report.to) {
        (Some(from), Some(to)) => format!(", {from} to {to}"),
        _ => String::new(),
    };
    let files = match report.source {
        Source::Files => format!(" in {} file(s)", report.files),
        Source::Athena => String::new(),
    };
    let besides = [
        (report.duplicates, "there twice, counted once"),
        (report.too_long, "too long for CloudWatch Logs"),
        (report.insight_files, "Insights files not read"),
        (report.digest_files, "digest files not read"),
    ];
    let besides = besides.iter().filter(|it| it.0 > 0).map(|(count, what)| format!("; {count} {what}"));
    format!("{} record(s){files}{span}{}", report.records, besides.collect::<String>())
}
