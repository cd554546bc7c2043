//! Patterns, records, and DuckDB.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub(crate) mod generate;
pub(crate) mod hostile;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use backtest::sql::Watch;
use filter_pattern::Pattern;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use yakei_core::controls::{Catalogue, Installation};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What the query says of each record; none where it could not read it.
pub(crate) struct Verdicts {
    pub(crate) by_record: Vec<Option<String>>,
    /// As DuckDB ran it.
    pub(crate) sql: String,
}

/// Runs `WITH … judged AS (…)` over files of one record each.
pub(crate) fn on_duckdb(judged: &str, records: &[String]) -> Verdicts {
    let file = |(at, record): (usize, &String)| {
        (format!("{at}"), "2026/10/01".to_owned(), format!("{{\"Records\":[{record}]}}"))
    };
    let files: Vec<_> = records.iter().enumerate().map(file).collect();
    let (rows, sql) = run(
        &format!("{judged}\nSELECT path, CASE WHEN record IS NOT NULL THEN controls END FROM judged"),
        "lines",
        &files,
    );
    let mut by_record = vec![None; records.len()];
    for row in rows {
        let at: usize = row[0].as_str().unwrap().parse().unwrap();
        by_record[at] = row[1].as_str().map(str::to_owned);
    }
    Verdicts { by_record, sql }
}

/// Runs a query over lines (path, day, text) of a table of the schema `logs`, and gives its rows.
pub(crate) fn run(sql: &str, table: &str, lines: &[(String, String, String)]) -> (Vec<Vec<Value>>, String) {
    let input = json!({"sql": sql, "schema": "logs", "table": table, "lines": lines});
    let answer = asked_of(engine(), &input).unwrap_or_else(|| panic!("{sql}"));
    let rows = answer["rows"].as_array().unwrap().iter().map(|row| row.as_array().unwrap().clone()).collect();
    (rows, answer["sql"].as_str().unwrap().to_owned())
}

/// What Trino's own grammar does not take of each query.
pub(crate) fn refused_by_grammar(queries: &[String]) -> Vec<Option<String>> {
    let answer = asked_of((tools(), "trino_grammar.py"), &json!(queries)).unwrap();
    answer.as_array().unwrap().iter().map(|it| it.as_str().map(str::to_owned)).collect()
}

/// What one of the scripts here answers; none if it failed.
fn asked_of((python, script): (PathBuf, &str), input: &Value) -> Option<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let mut child = Command::new(&python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

/// What runs the queries: DuckDB, or with `ENGINE=velox` Velox, whose wheel is large (`make engines`).
fn engine() -> (PathBuf, &'static str) {
    match std::env::var("ENGINE").as_deref() {
        Ok("velox") => (root().join(".tools/engines/bin/python"), "trino_on_velox.py"),
        Ok(other) => panic!("ENGINE={other} is none: there is velox"),
        Err(_) => (tools(), "trino_on_duckdb.py"),
    }
}

/// The Python that has sqlglot and DuckDB; `make` installs them where they are not there yet.
pub(crate) fn tools() -> PathBuf {
    // one at a time: two installations into one folder spoil each other
    static MADE: OnceLock<bool> = OnceLock::new();
    let root = root();
    let install = || Command::new("make").args(["--silent", ".tools/sql/.made"]).current_dir(&root).status().unwrap();
    assert!(*MADE.get_or_init(|| install().success()), "make .tools/sql/.made failed: is the package index in reach?");
    root.join(".tools/sql/bin/python")
}

pub(crate) fn watch(key: &str, pattern: &str) -> Watch {
    let parsed = Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    Watch { key: key.to_owned(), patterns: vec![parsed] }
}

/// Every pattern of the catalogue, the controls' companions too, under its control's key.
pub(crate) fn catalogue() -> Vec<Watch> {
    let catalogue = Catalogue::builtin().unwrap();
    let companions = catalogue.controls().iter().filter_map(|control| {
        let companion = control.companion.as_ref()?;
        Some(watch(&format!("{}-companion", control.key), &companion.pattern))
    });
    let filled = catalogue.controls().iter().map(|control| control.filled(&Installation::EXAMPLE)).collect::<Vec<_>>();
    let controls = filled.iter().flat_map(|control| control.patterns().map(|pattern| watch(&control.key, pattern)));
    controls.chain(companions).collect()
}

/// The records that the catalogue itself says are to match or not, and real ones.
pub(crate) fn records_of_the_catalogue() -> Vec<String> {
    let catalogue = Catalogue::builtin().unwrap();
    let mut records = Vec::new();
    for control in catalogue.controls() {
        records.extend(control.must_match.iter().chain(&control.must_not_match).cloned());
        let companion = control.companion.iter();
        records.extend(companion.flat_map(|it| it.must_match.iter().chain(&it.must_not_match)).cloned());
    }
    let real = include_str!("../../../../functions/shared/core/tests/fixtures/cloudtrail-real.jsonl");
    records.extend(real.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
    records
}

/// The patterns and the events of filter-pattern's fixtures.
pub(crate) fn fixtures() -> (Vec<String>, Vec<String>) {
    let folder = root().join("functions/shared/filter-pattern/tests/fixtures");
    let (mut patterns, mut records) = (BTreeSet::new(), BTreeSet::new());
    for file in std::fs::read_dir(folder).unwrap() {
        let value: Value = serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        if let Some(list) = value.as_array() {
            patterns.extend(list.iter().map(|entry| entry["pattern"].as_str().unwrap().to_owned()));
        }
        for group in value["events"].as_array().into_iter().flatten() {
            records.insert(group["event"].as_str().unwrap().to_owned());
            for list in [&group["match"], &group["no"]] {
                patterns.extend(list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()));
            }
        }
    }
    assert!(patterns.len() > 150 && records.len() > 100, "{} patterns, {} records", patterns.len(), records.len());
    (patterns.into_iter().collect(), records.into_iter().collect())
}

/// Can it stand in a file of CloudTrail's as one record? Then it is JSON, with no half of a surrogate pair, without two
/// members of one name, and without numbers that a double cannot come near; see `backtest::sql` for the last two.
pub(crate) fn is_one_of_a_file(record: &str) -> bool {
    let all =
        serde_json::from_str::<Value>(record).is_ok_and(|value| !has_negative_zero(&value) || !record.contains("-0"));
    all && serde_json::from_str::<Once>(record).is_ok_and(|Once(once)| once)
}

fn has_negative_zero(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(items) => items.iter().any(has_negative_zero),
        Value::Object(members) => members.values().any(has_negative_zero),
        _ => false,
    }
}

/// Has the record a number with a fraction or an exponent, or one of so many digits that a double stands for it?
pub(crate) fn has_fraction(record: &str) -> bool {
    fn any(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.is_f64(),
            Value::Array(items) => items.iter().any(any),
            Value::Object(members) => members.values().any(any),
            _ => false,
        }
    }
    any(&serde_json::from_str(record).unwrap())
}

/// Whether no object in a value has two members of one name.
struct Once(bool);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Once;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON")
    }
    fn visit_bool<E>(self, _: bool) -> Result<Once, E> {
        Ok(Once(true))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Once, E> {
        Ok(Once(true))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
        Ok(Once(true))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
        Ok(Once(true))
    }
    fn visit_str<E>(self, _: &str) -> Result<Once, E> {
        Ok(Once(true))
    }
    fn visit_unit<E>(self) -> Result<Once, E> {
        Ok(Once(true))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Once, A::Error> {
        let mut once = true;
        while let Some(Once(inner)) = seq.next_element()? {
            once &= inner;
        }
        Ok(Once(once))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
        let (mut names, mut once) = (BTreeSet::new(), true);
        while let Some((name, Once(inner))) = map.next_entry::<String, Once>()? {
            once &= inner && names.insert(name);
        }
        Ok(Once(once))
    }
}
