//! The controls: what is watched for, read from `infra/controls.toml` and chosen by `[controls]`.
//!
//! A [`Catalogue`] that exists is valid: keys are unique and fit into names, every pattern parses,
//! thresholds and periods are what CloudWatch takes.

mod choose;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use filter_pattern::Pattern;
use serde::Deserialize;

use crate::names::Name;

pub use choose::ControlChoice;

/// The catalogue that is built in.
const BUILTIN: &str = include_str!("../../../../infra/controls.toml");

/// What a companion's key ends with.
const COMPANION: &str = "-companion";

/// One control: a filter pattern and the alarm on what it counts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Short name; the alarm is `<name>-<key>`.
    pub key: String,
    /// The benchmark's own title, or yours.
    pub title: String,
    /// The control's number by CIS AWS Foundations Benchmark version: `"3.0" = "4.3"`.
    #[serde(default)]
    pub ids: BTreeMap<String, String>,
    /// The AWS Security Hub control that checks the same.
    pub security_hub: Option<String>,
    /// How bad it is when it happens unplanned.
    #[serde(default)]
    pub severity: Severity,
    /// The CloudWatch Logs filter pattern, as it is written to AWS.
    pub pattern: String,
    /// A second pattern for checkers that refuse the first.
    pub companion: Option<Companion>,
    /// Matching events in one period that raise the alarm.
    #[serde(default = "one")]
    pub threshold: f64,
    /// Seconds.
    #[serde(default = "five_minutes")]
    pub period: i32,
    /// What happened, in a sentence for the notice.
    pub notice: String,
    /// What to do then, one line.
    pub next: String,
    /// Records that the pattern must match.
    #[serde(default)]
    pub must_match: Vec<String>,
    /// Records that it must not match.
    #[serde(default)]
    pub must_not_match: Vec<String>,
}

/// A second pattern for a control that no single pattern can satisfy for every checker.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Companion {
    /// Which checkers disagree.
    pub why: String,
    /// The other pattern.
    pub pattern: String,
    /// Records that it must match.
    #[serde(default)]
    pub must_match: Vec<String>,
    /// Records that it must not match.
    #[serde(default)]
    pub must_not_match: Vec<String>,
}

/// A monitoring control that no metric filter can meet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfiltered {
    /// Short name.
    pub key: String,
    /// The benchmark's title.
    pub title: String,
    /// Numbers by benchmark version.
    pub ids: BTreeMap<String, String>,
    /// What meets it.
    pub note: String,
}

/// How bad an unplanned event is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Look at it today.
    #[default]
    Medium,
    /// Look at it now.
    High,
    /// Get up.
    Critical,
}

impl Severity {
    /// The lower-case word, as in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn one() -> f64 {
    1.0
}

fn five_minutes() -> i32 {
    300
}

/// Every mistake in a catalogue or in a choice from it, one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ControlErrors(Vec<String>);

impl ControlErrors {
    fn of(mistakes: Vec<String>) -> Result<(), Self> {
        if mistakes.is_empty() { Ok(()) } else { Err(Self(mistakes)) }
    }
}

/// Every control that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    controls: Vec<Control>,
    unfiltered: Vec<Unfiltered>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "control")]
    controls: Vec<Control>,
    #[serde(default)]
    unfiltered: Vec<Unfiltered>,
}

impl Catalogue {
    /// The catalogue of `infra/controls.toml`, which is part of the program.
    ///
    /// # Errors
    /// [`ControlErrors`] when the file was built in with a mistake; a test keeps that from happening.
    pub fn builtin() -> Result<Self, ControlErrors> {
        // Its patterns and samples were checked by a test before it was built in, and need not be at every start.
        Self::read(BUILTIN)
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    /// [`ControlErrors`] with every mistake and the control that has it.
    pub fn parse(text: &str) -> Result<Self, ControlErrors> {
        let catalogue = Self::read(text)?;
        let mut mistakes = Vec::new();
        let mut keys = BTreeSet::new();
        for control in &catalogue.controls {
            mistakes.extend(control.mistakes());
            if !keys.insert(control.key.as_str()) {
                mistakes.push(format!("control {:?} is there twice", control.key));
            }
        }
        ControlErrors::of(mistakes).map(|()| catalogue)
    }

    /// The file's values, unchecked.
    fn read(text: &str) -> Result<Self, ControlErrors> {
        let file: File = toml::from_str(text).map_err(|e| ControlErrors(vec![e.to_string()]))?;
        Ok(Self { controls: file.controls, unfiltered: file.unfiltered })
    }

    /// All controls, in the file's order.
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// The benchmarks' monitoring controls that no filter can meet.
    pub fn unfiltered(&self) -> &[Unfiltered] {
        &self.unfiltered
    }

    /// The control of this key.
    pub fn get(&self, key: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.key == key)
    }

    /// The control whose alarm this is: `yakei-ConsoleLogin` is `ConsoleLogin`'s.
    pub fn by_alarm(&self, name: &Name, alarm: &str) -> Option<&Control> {
        let key = alarm.strip_prefix(&name.alarm_prefix())?;
        // A control of one's own may have a key that ends as a companion's does.
        self.get(key).or_else(|| self.get(key.strip_suffix(COMPANION)?))
    }
}

impl Control {
    /// What is wrong with this control, each with its key.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let key_fits = !self.key.is_empty()
            && self.key.len() <= 64
            && self.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !key_fits {
            wrong.push("the key is 1 to 64 letters, digits, '-' and '_'".to_owned());
        }
        wrong.extend(Name::reserved(&self.key));
        wrong.extend(bad_threshold(self.threshold));
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (Period, EvaluationInterval)
        if !(matches!(self.period, 10 | 20 | 30)
            || (self.period >= 60 && self.period % 60 == 0 && self.period <= 86_400))
        {
            wrong.push(format!("period {} is not 10, 20, 30 or a multiple of 60 up to 86400 seconds", self.period));
        }
        wrong.extend(sampled(&self.pattern, &self.must_match, &self.must_not_match));
        if let Some(companion) = &self.companion {
            wrong.extend(sampled(&companion.pattern, &companion.must_match, &companion.must_not_match));
        }
        wrong.into_iter().map(|why| format!("control {:?}: {why}", self.key)).collect()
    }

    /// The same control with its companion pattern, as a control of its own: `SecurityGroupChanges-companion`.
    fn companion(&self) -> Option<Self> {
        let companion = self.companion.clone()?;
        Some(Self {
            key: format!("{}{COMPANION}", self.key),
            pattern: companion.pattern,
            must_match: companion.must_match,
            must_not_match: companion.must_not_match,
            companion: None,
            ..self.clone()
        })
    }

    /// The control's numbers for people: `CIS 7.0 5.3, Security Hub CloudWatch.1`; empty when it has none.
    pub fn references(&self) -> String {
        let newest = self.ids.iter().max_by_key(|(version, _)| version_key(version));
        let cis = newest.map(|(version, id)| format!("CIS {version} {id}"));
        let hub = self.security_hub.as_ref().map(|id| format!("Security Hub {id}"));
        cis.into_iter().chain(hub).collect::<Vec<_>>().join(", ")
    }
}

/// What is wrong with a pattern, alone or on its samples.
fn sampled(text: &str, must_match: &[String], must_not_match: &[String]) -> Vec<String> {
    let pattern = match Pattern::parse(text) {
        Ok(pattern) => pattern,
        Err(error) => return vec![format!("bad pattern:\n{}", error.report())],
    };
    let missed = must_match.iter().filter(|record| !pattern.matches(record));
    let caught = must_not_match.iter().filter(|record| pattern.matches(record));
    missed
        .map(|record| format!("the pattern does not match its must_match {record}: it {}", pattern.explain(record)))
        .chain(
            caught.map(|record| {
                format!("the pattern matches its must_not_match {record}: it {}", pattern.explain(record))
            }),
        )
        .collect()
}

/// `4.0.1` sorts after `4.0`, `10.0` after `9.0`.
fn version_key(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

fn bad_threshold(threshold: f64) -> Option<String> {
    // Sum >= 0 would be an alarm that never ends.
    (!threshold.is_finite() || threshold < 1.0)
        .then(|| format!("a threshold is a number of events, 1 or more; this is {threshold}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin() -> Catalogue {
        Catalogue::builtin().unwrap()
    }

    #[test]
    fn what_is_built_in_has_no_mistake() {
        assert_eq!(Catalogue::parse(BUILTIN), Ok(builtin()));
    }

    #[test]
    fn the_catalogue_holds_what_it_promises() {
        let catalogue = builtin();
        assert_eq!(catalogue.controls().len(), 16);
        let in_version = |version: &str| catalogue.controls().iter().filter(|c| c.ids.contains_key(version)).count();
        assert_eq!(in_version("1.2"), 14);
        for version in ["1.3", "1.4", "1.5", "2.0", "3.0", "4.0.1", "5.0", "6.0", "7.0"] {
            assert_eq!(in_version(version), 15, "{version}");
        }
        assert_eq!(catalogue.unfiltered().len(), 2);
        for control in catalogue.controls() {
            assert!(!control.must_match.is_empty() && !control.must_not_match.is_empty(), "{}", control.key);
            assert!(!control.notice.ends_with('.') && control.next.ends_with('.'), "{}", control.key);
        }
    }

    #[test]
    fn a_pattern_that_fails_its_samples_is_refused() {
        let mut control = builtin().get("RootUsage").cloned().unwrap();
        control.must_match.push(r#"{"eventName":"x"}"#.into());
        control.must_not_match = vec![control.must_match[0].clone()];
        let mistakes = control.mistakes().join("\n");
        assert!(mistakes.contains("does not match its must_match") && mistakes.contains("matches its must_not_match"));
        // and each says why, condition by condition
        assert!(
            mistakes.contains(
                "no  $.userIdentity.type = \"Root\"   (no such member; a comparison with nothing never holds)"
            ),
            "{mistakes}"
        );
        assert!(mistakes.contains("yes $.userIdentity.type = \"Root\"   (\"Root\")"), "{mistakes}");
    }

    #[test]
    fn every_pattern_does_what_its_samples_say() {
        for control in builtin().controls() {
            let companion = control.companion.iter().map(|c| (&c.pattern, &c.must_match, &c.must_not_match));
            for (text, yes, no) in
                std::iter::once((&control.pattern, &control.must_match, &control.must_not_match)).chain(companion)
            {
                let pattern = Pattern::parse(text).unwrap();
                for record in yes.iter().chain(no) {
                    serde_json::from_str::<serde_json::Value>(record).unwrap();
                }
                for record in yes {
                    assert!(pattern.matches(record), "{} must match {record}", control.key);
                }
                for record in no {
                    assert!(!pattern.matches(record), "{} must not match {record}", control.key);
                }
            }
        }
    }

    #[test]
    fn alarms_lead_back_to_their_control() {
        let (catalogue, name) = (builtin(), Name::parse("watch").unwrap());
        assert_eq!(catalogue.by_alarm(&name, "watch-RootUsage").map(|c| c.key.as_str()), Some("RootUsage"));
        assert_eq!(catalogue.by_alarm(&name, "yakei-RootUsage"), None);
        assert_eq!(catalogue.by_alarm(&name, "watch-"), None);
        assert_eq!(catalogue.get("RootUsage").unwrap().references(), "CIS 7.0 5.3, Security Hub CloudWatch.1");
    }

    #[test]
    fn mistakes_in_a_catalogue_are_named_all_at_once() {
        let text = r#"
            [[control]]
            key = "a b"
            title = "t"
            pattern = "{ $.x = }"
            threshold = 0
            period = 90
            notice = "n"
            next = "m"
        "#;
        let error = Catalogue::parse(text).unwrap_err().to_string();
        let error = format!("{error}{}", Catalogue::parse(&text.replace("a b", "hold-x")).unwrap_err());
        for part in ["the key", "threshold", "period 90", "bad pattern", "\"hold-x\" is kept"] {
            assert!(error.contains(part), "{part} in {error}");
        }
        let twice = format!(
            "{BUILTIN}\n[[control]]\nkey='RootUsage'\ntitle='t'\npattern='{{ $.a = 1 }}'\nnotice='n'\nnext='m'\n"
        );
        assert!(Catalogue::parse(&twice).unwrap_err().to_string().contains("twice"));
        assert!(Catalogue::parse("[[control]]\nkye = 1\n").unwrap_err().to_string().contains("kye"));
    }
}
