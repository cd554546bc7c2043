//! What `infra/athena.py` asks of this program, so that it needs neither the config nor a pattern itself.
//!
//! ```sh
//! backtest athena-trail --config FILE                     # which trail's logs, as JSON
//! backtest athena-sql --config FILE [--today FILE] <JSON  # the statements, as JSON; in: location, accounts, regions, from, to, database, table
//! backtest athena-report ROWS --config FILE [--today FILE] [--out FOLDER]
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use backtest::evaluate::evaluate;
use backtest::report::{Report, Source};
use backtest::sql::{Asked, Layout, Table, answer, query, watches_of};
use backtest::watch::{Watch, Watches};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use yakei_core::arns;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// A trail in each Region has a bucket in each.
    #[error("this config has a trail and a bucket in each Region: name one by LOGS=s3://bucket/prefix")]
    PerRegion,
    /// What was asked is no JSON of the right form.
    #[error("what was asked is not what this program takes: {0}")]
    Asked(#[from] serde_json::Error),
    /// Standard input.
    #[error("cannot read what was asked: {0}")]
    Unreadable(std::io::Error),
    /// The table.
    #[error(transparent)]
    Table(#[from] backtest::sql::TableError),
    /// The query.
    #[error(transparent)]
    Query(#[from] backtest::sql::QueryError),
    /// The file of rows.
    #[error("cannot read {}: {}", .0.display(), .1)]
    Rows(PathBuf, std::io::Error),
    /// What is in it.
    #[error(transparent)]
    Answer(#[from] answer::AnswerError),
    /// No record at all.
    #[error("Athena found no records in the days that were asked for{0}")]
    Nothing(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    location: String,
    accounts: Vec<String>,
    regions: Vec<String>,
    from: Date,
    to: Date,
    database: String,
    table: String,
}

/// The trail's name or ARN, and its Region where the config says it.
pub(crate) fn trail(watch: &Watch) -> Result<String, NoAnswer> {
    if watch.is_per_region() {
        return Err(NoAnswer::PerRegion);
    }
    let name = watch.config.trail.name.clone().unwrap_or_else(|| watch.config.name.trail());
    let region = arns::region(&name).map(str::to_owned);
    Ok(json!({"trail": name, "region": region}).to_string())
}

/// The statements, and what the rows of the answer will be read by.
pub(crate) fn statements(watches: &Watches) -> Result<String, NoAnswer> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(NoAnswer::Unreadable)?;
    let Request { location, accounts, regions, from, to, database, table } = serde_json::from_str(&text)?;
    let table = Table::new(&database, &table, Layout { location, accounts, regions }, from, to)?;
    let query = query(&Asked { table: &table, watches: &watches_of(watches) })?;
    let keys = watches.by_number();
    let refused = query.refused.iter().filter_map(|(at, why)| Some((&keys.get(*at)?.0, why.to_string())));
    let refused: Vec<_> = refused.map(|(key, why)| json!({"key": key, "why": why})).collect();
    let said = BTreeMap::from([
        ("refused", json!(refused)),
        ("create", json!(table.create())),
        ("query", json!(query.sql)),
        ("drop", json!(table.drop())),
        ("table", json!(format!("{database}.{}", table.name))),
        ("patterns", json!(watches.texts())),
    ]);
    Ok(serde_json::to_string(&said)?)
}

/// The report, from the rows of the answer.
pub(crate) fn report(rows: &Path, watches: &Watches) -> Result<Report, NoAnswer> {
    let file = File::open(rows).map_err(|error| NoAnswer::Rows(rows.to_owned(), error))?;
    let (tallies, sums) = answer::read(BufReader::new(file), watches)?;
    let report = evaluate(watches, &tallies, Source::Athena, sums);
    if report.records + report.too_long == 0 {
        let why: Vec<String> = report.skipped.iter().take(10).map(|it| format!("\n  {} {}", it.file, it.why)).collect();
        return Err(NoAnswer::Nothing(why.concat()));
    }
    Ok(report)
}
