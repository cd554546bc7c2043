//! What was measured, as JSON for programs and as Markdown that can be pasted into a document.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use measure::Result;
use serde::Serialize;
use serde_json::{Value, json};

/// The format's name; another number means that something that a program reads has changed.
const SCHEMA: &str = "yakei.bench/1";

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
    at_most: f64,
    measured: f64,
    holds: bool,
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

    /// What another program printed.
    pub(crate) fn verbatim(&mut self, title: &str, text: &str) {
        let text = Some(text.trim_end().to_owned());
        self.sections.push(Section { title: title.to_owned(), note: None, columns: vec![], rows: vec![], text });
    }

    /// Something that is promised to stay at or below a number.
    pub(crate) fn limit(&mut self, what: &str, measured: f64, at_most: f64) {
        let holds = measured <= at_most;
        println!("{} {what}: {} of at most {at_most}", if holds { "holds" } else { "OVER" }, shown(measured));
        self.limits.push(Limit { what: what.to_owned(), at_most, measured, holds });
    }

    /// What is over its limit.
    pub(crate) fn broken(&self) -> Vec<String> {
        let broken = self.limits.iter().filter(|limit| !limit.holds);
        broken.map(|Limit { what, measured, at_most, .. }| format!("{what}: {measured:.2}, not {at_most}")).collect()
    }

    /// Writes both files.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("bench.json"), serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(folder.join("bench.md"), self.markdown())?;
        println!("\nwritten: {0}/bench.md, {0}/bench.json", folder.display());
        Ok(())
    }

    fn markdown(&self) -> String {
        let mut text = format!("# Measured{}\n\n", if self.quick { ", the quick way" } else { "" });
        let machine: Vec<String> = self.machine.iter().map(|(key, value)| format!("{key} {value}")).collect();
        let _ = writeln!(text, "{}", machine.join(" · "));
        if !self.limits.is_empty() {
            let rows = self.limits.iter().map(|Limit { what, at_most, measured, holds }| {
                vec![json!(what), json!(measured), json!(at_most), json!(if *holds { "yes" } else { "**no**" })]
            });
            text += &table(&["limit", "measured", "at most", "holds"].map(str::to_owned), &rows.collect::<Vec<_>>());
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
