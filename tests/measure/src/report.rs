//! What was measured, as JSON for programs and as Markdown that can be pasted into a document.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use measure::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The format's name; another number means that something that a program reads has changed.
const SCHEMA: &str = "yakei.bench/1";

/// Between these a document quotes the results.
const MARKS: [&str; 2] = ["<!-- make bench writes this -->", "<!-- as far as here -->"];

/// Everything of one `make bench`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema: &'static str,
    machine: BTreeMap<&'static str, String>,
    quick: bool,
    sections: Vec<Section>,
    limits: Vec<Limit>,
}

#[derive(Debug, Serialize)]
struct Section {
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<Vec<Value>>,
    /// What another program printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// What is promised, and what was measured.
#[derive(Debug, Serialize)]
struct Limit {
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    measured: f64,
    holds: bool,
}

/// A limit as another program says it.
#[derive(Debug, Deserialize)]
struct Said {
    what: String,
    measured: f64,
    at_most: Option<f64>,
    at_least: Option<f64>,
}

impl Limit {
    fn promised(&self) -> String {
        let said = |word: &str, limit: Option<f64>| limit.map(|limit| format!("{word} {limit}"));
        said("at most", self.at_most).or(said("at least", self.at_least)).unwrap_or_default()
    }
}

impl Report {
    /// With nothing in it yet.
    pub(crate) fn new(machine: BTreeMap<&'static str, String>, quick: bool) -> Self {
        Self { schema: SCHEMA, machine, quick, sections: Vec::new(), limits: Vec::new() }
    }

    /// A table. Numbers are shown with as many digits as mean something.
    pub(crate) fn table(&mut self, title: &str, note: &str, columns: &[&str], rows: Vec<Vec<Value>>) {
        let columns = columns.iter().map(ToString::to_string).collect();
        let note = Some(note.to_owned()).filter(|note| !note.is_empty());
        let section = Section { title: title.to_owned(), note, columns, rows, text: None };
        print!("{}", section.markdown());
        self.sections.push(section);
    }

    /// What another program printed. A line `limit: {"what": …, "measured": …, "at_most": …}` (or `at_least`) is a limit.
    pub(crate) fn verbatim(&mut self, title: &str, text: &str) -> Result<()> {
        for limit in text.lines().filter_map(|line| line.strip_prefix("limit: ")) {
            let said: Said = serde_json::from_str(limit).map_err(|error| format!("{title}: {limit}: {error}"))?;
            self.held(&said.what, said.measured, said.at_most, said.at_least);
        }
        let shown = text.lines().filter(|line| !line.starts_with("limit: ")).collect::<Vec<_>>().join("\n");
        let text = Some(shown.trim_end().to_owned());
        self.sections.push(Section { title: title.to_owned(), note: None, columns: vec![], rows: vec![], text });
        Ok(())
    }

    /// Something that is promised to stay at or below a number.
    pub(crate) fn limit(&mut self, what: &str, measured: f64, at_most: f64) {
        self.held(what, measured, Some(at_most), None);
    }

    fn held(&mut self, what: &str, measured: f64, at_most: Option<f64>, at_least: Option<f64>) {
        let holds = at_most.is_none_or(|limit| measured <= limit) && at_least.is_none_or(|limit| measured >= limit);
        let limit = Limit { what: what.to_owned(), at_most, at_least, measured, holds };
        println!("{} {what}: {}, {}", if holds { "holds" } else { "BROKEN" }, shown(measured), limit.promised());
        self.limits.push(limit);
    }

    /// What is over its limit.
    pub(crate) fn broken(&self) -> Vec<String> {
        let broken = self.limits.iter().filter(|limit| !limit.holds);
        broken.map(|limit| format!("{}: {:.2}, not {}", limit.what, limit.measured, limit.promised())).collect()
    }

    /// Writes both files.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("bench.json"), serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(folder.join("bench.md"), self.markdown())?;
        println!("\nwritten: {0}/bench.md, {0}/bench.json", folder.display());
        Ok(())
    }

    /// Writes the results into a document, between [`MARKS`].
    pub(crate) fn quote(&self, document: &Path) -> Result<()> {
        let text = fs::read_to_string(document)?;
        let whole = || text.split_once(MARKS[0]).zip(text.split_once(MARKS[1]));
        let ((before, _), (_, after)) = whole().ok_or_else(|| format!("{}: no marks", document.display()))?;
        let results = self.markdown();
        let results = results.split_once("\n\n").map_or("", |(_, results)| results);
        let results = results.replace("\n## ", "\n### ");
        fs::write(document, format!("{before}{}\n\n{}\n\n{}{after}", MARKS[0], results.trim(), MARKS[1]))?;
        Ok(())
    }

    fn markdown(&self) -> String {
        let mut text = format!("# Measured{}\n\n", if self.quick { ", the quick way" } else { "" });
        let machine: Vec<String> = self.machine.iter().map(|(key, value)| format!("{key} {value}")).collect();
        let _ = writeln!(text, "{}", machine.join(" · "));
        if !self.limits.is_empty() {
            let rows = self.limits.iter().map(|limit| {
                let Limit { what, measured, holds, .. } = limit;
                vec![
                    json!(what),
                    json!(measured),
                    json!(limit.promised()),
                    json!(if *holds { "yes" } else { "**no**" }),
                ]
            });
            text += &table(&["promised", "measured", "limit", "holds"].map(str::to_owned), &rows.collect::<Vec<_>>());
        }
        self.sections.iter().fold(text, |text, section| text + &section.markdown())
    }
}

impl Section {
    fn markdown(&self) -> String {
        let mut text = format!("\n## {}\n", self.title);
        if let Some(note) = &self.note {
            let _ = writeln!(text, "\n{note}");
        }
        if !self.rows.is_empty() {
            text += &table(&self.columns, &self.rows);
        }
        if let Some(said) = &self.text {
            let _ = writeln!(text, "\n```text\n{said}\n```");
        }
        text
    }
}

fn table(columns: &[String], rows: &[Vec<Value>]) -> String {
    let aligned = columns.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" });
    let mut text = format!("\n| {} |\n|{}|\n", columns.join(" | "), aligned.collect::<Vec<_>>().join("|"));
    for row in rows {
        let cells = row.iter().map(|cell| match cell {
            Value::Number(number) => shown(number.as_f64().unwrap_or_default()),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let _ = writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    text
}

/// Three digits, or all of them before the point.
fn shown(number: f64) -> String {
    if number.fract() == 0.0 || number.abs() >= 100.0 {
        format!("{number:.0}")
    } else if number.abs() >= 10.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.2}")
    }
}
