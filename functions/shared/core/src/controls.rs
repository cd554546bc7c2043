//! The controls: what is watched for, read from `infra/controls.toml` and chosen by `[controls]`.
//!
//! A [`Catalogue`] that exists is valid: keys are unique and fit into names, every pattern parses,
//! thresholds and periods are what CloudWatch takes.

mod choose;
mod installation;
mod plain;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use filter_pattern::{Pattern, PatternError};
use serde::Deserialize;

use crate::names::Name;
use crate::notice::Language;

pub use choose::ControlChoice;
pub use installation::{Installation, Kept};

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
    /// The pack that it belongs to; it is then off unless `[controls]` asks for the pack, or for this very key.
    pub pack: Option<Pack>,
    /// How bad it is when it happens unplanned.
    #[serde(default)]
    pub severity: Severity,
    /// The CloudWatch Logs filter pattern, as it is written to AWS.
    pub pattern: String,
    /// Further patterns that count into the same metric, where one has no room for all. No event matches two.
    #[serde(default)]
    pub further: Vec<String>,
    /// Whether it watches the watch itself: its patterns name this installation ([`Control::filled`]), no schedule mutes its
    /// alarm, and nothing of it is ignored.
    #[serde(default)]
    pub itself: bool,
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
    /// The same two in other languages than English.
    #[serde(default)]
    pub texts: BTreeMap<Language, Texts>,
    /// Records that the pattern must match.
    #[serde(default)]
    pub must_match: Vec<String>,
    /// Records that it must not match.
    #[serde(default)]
    pub must_not_match: Vec<String>,
}

/// What a control says in a language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// What happened; without it the English sentence is shown.
    pub notice: Option<String>,
    /// What to do then; without it the English sentence is shown.
    pub next: Option<String>,
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

/// Controls that are off unless they are asked for, `[controls] extra`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pack {
    /// Every way of signing in besides the console's own.
    SignIns,
    /// What somebody does who has got in.
    Attackers,
}

impl Pack {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::SignIns, Self::Attackers];

    /// Its name in a config.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIns => "sign-ins",
            Self::Attackers => "attackers",
        }
    }
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
        // Its patterns and samples were checked by a test before it was built in, and need not be at every start; nor need
        // all of TOML be known for it.
        plain::read(BUILTIN).map(Self::of).map_err(|mistake| ControlErrors(vec![mistake]))
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
        toml::from_str(text).map(Self::of).map_err(|e| ControlErrors(vec![e.to_string()]))
    }

    fn of(file: File) -> Self {
        Self { controls: file.controls, unfiltered: file.unfiltered }
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
        let example = self.filled(&Installation::EXAMPLE);
        let patterns: Vec<&str> = example.patterns().collect();
        wrong.extend(sampled(&patterns, &self.must_match, &self.must_not_match));
        if let Some(companion) = &self.companion {
            wrong.extend(sampled(&[&companion.pattern], &companion.must_match, &companion.must_not_match));
        }
        wrong.into_iter().map(|why| format!("control {:?}: {why}", self.key)).collect()
    }

    /// What happened, in a language other than English; none where it is not written in that language.
    pub fn notice_in(&self, language: Language) -> Option<&str> {
        self.texts.get(&language)?.notice.as_deref()
    }

    /// What to do next, in a language, else in English.
    pub fn next_in(&self, language: Language) -> &str {
        self.texts.get(&language).and_then(|it| it.next.as_deref()).unwrap_or(&self.next)
    }

    /// The same control with its companion pattern, as a control of its own: `SecurityGroupChanges-companion`.
    fn companion(&self) -> Option<Self> {
        let companion = self.companion.clone()?;
        Some(Self {
            key: format!("{}{COMPANION}", self.key),
            pattern: companion.pattern,
            further: Vec::new(),
            must_match: companion.must_match,
            must_not_match: companion.must_not_match,
            companion: None,
            ..self.clone()
        })
    }

    /// Its patterns: an event that any of them matches is counted.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.pattern).chain(&self.further).map(String::as_str)
    }

    /// What its patterns are, parsed.
    ///
    /// # Errors
    /// [`PatternError`] of the first that is none; a control of a [`Catalogue`] has none such.
    pub fn parsed(&self) -> Result<Vec<Pattern>, PatternError> {
        self.patterns().map(Pattern::parse).collect()
    }

    /// What the names of its further filters end with; a control of such a key would have a filter of the same name.
    fn further_keys(&self) -> impl Iterator<Item = String> {
        (2..).zip(&self.further).map(|(number, _): (usize, _)| format!("{}-{number}", self.key))
    }

    /// The metric filter of its first pattern, `yakei-RootUsage`, or of a further one, `yakei-MonitoringChanges-2`.
    pub fn filter_name(&self, name: &Name, number: usize) -> String {
        let first = name.alarm(&self.key);
        if number == 1 { first } else { format!("{first}-{number}") }
    }

    /// The control's numbers for people: `CIS 7.0 5.3, Security Hub CloudWatch.1`; empty when it has none.
    pub fn references(&self) -> String {
        let newest = self.ids.iter().max_by_key(|(version, _)| version_key(version));
        let cis = newest.map(|(version, id)| format!("CIS {version} {id}"));
        let hub = self.security_hub.as_ref().map(|id| format!("Security Hub {id}"));
        cis.into_iter().chain(hub).collect::<Vec<_>>().join(", ")
    }
}

/// What is wrong with patterns, alone or on their samples.
fn sampled(texts: &[&str], must_match: &[String], must_not_match: &[String]) -> Vec<String> {
    let mut patterns = Vec::new();
    for text in texts {
        match Pattern::parse(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => return vec![format!("bad pattern:\n{}", error.report())],
        }
    }
    let matching = |record: &String| patterns.iter().filter(|pattern| pattern.matches(record)).count();
    let why = |record: &String| {
        let all: Vec<String> = patterns.iter().map(|pattern| pattern.explain(record).to_string()).collect();
        all.join("\n")
    };
    let missed = must_match.iter().filter(|record| matching(record) == 0);
    let caught = must_not_match.iter().filter(|record| matching(record) > 0);
    let twice = must_match.iter().filter(|record| matching(record) > 1);
    missed
        .map(|record| format!("the pattern does not match its must_match {record}: it {}", why(record)))
        .chain(caught.map(|record| format!("the pattern matches its must_not_match {record}: it {}", why(record))))
        .chain(twice.map(|record| format!("two patterns match {record}: it would count twice")))
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
        assert_eq!(catalogue.controls().iter().filter(|control| control.pack.is_none()).count(), 17);
        let in_version = |version: &str| catalogue.controls().iter().filter(|c| c.ids.contains_key(version)).count();
        assert_eq!(in_version("1.2"), 14);
        for version in ["1.3", "1.4", "1.5", "2.0", "3.0", "4.0.1", "5.0", "6.0", "7.0"] {
            assert_eq!(in_version(version), 15, "{version}");
        }
        assert_eq!(catalogue.unfiltered().len(), 2);
        for control in catalogue.controls() {
            assert!(!control.must_match.is_empty() && !control.must_not_match.is_empty(), "{}", control.key);
            assert!(!control.notice.ends_with('.') && control.next.ends_with('.'), "{}", control.key);
            for language in Language::ALL.into_iter().filter(|it| *it != Language::En) {
                let (notice, next) = (control.notice_in(language), control.next_in(language));
                let place = format!("{} in {}", control.key, language.code());
                assert!(notice.is_some_and(|it| !it.is_empty()) && next != control.next, "{place} is not translated");
                assert!(notice.unwrap().chars().all(|it| it != '。'), "{place}: a notice is one clause");
                assert!(next.ends_with('。'), "{place}: {next}");
                assert!(crate::text::unlinked(notice.unwrap()) == notice.unwrap(), "{place}");
            }
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
            let control = control.filled(&Installation::EXAMPLE);
            let own = (control.parsed().unwrap(), &control.must_match, &control.must_not_match);
            let companion = control
                .companion
                .iter()
                .map(|c| (vec![Pattern::parse(&c.pattern).unwrap()], &c.must_match, &c.must_not_match));
            for (patterns, yes, no) in std::iter::once(own).chain(companion) {
                let matching = |record: &String| {
                    serde_json::from_str::<serde_json::Value>(record).unwrap();
                    patterns.iter().filter(|pattern| pattern.matches(record)).count()
                };
                for record in yes {
                    assert_eq!(matching(record), 1, "{} must match {record}", control.key);
                }
                for record in no {
                    assert_eq!(matching(record), 0, "{} must not match {record}", control.key);
                }
                // Each pattern has a sample of its own.
                for pattern in &patterns {
                    assert!(yes.iter().any(|record| pattern.matches(record)), "{}", control.key);
                }
            }
        }
    }

    #[test]
    fn the_watch_of_the_watch_names_its_installation_and_fits_whatever_that_is() {
        let name = Name::parse("watch").unwrap();
        let catalogue = builtin();
        let itself: Vec<_> = catalogue.controls().iter().filter(|control| control.itself).collect();
        let [control] = itself.as_slice() else { panic!("{itself:?}") };
        assert_eq!(name.alarm(&control.key), name.changes_alarm());
        let long = "x".repeat(512);
        let worst = Installation {
            partition: "aws-us-gov",
            name: "a-name-of-24-characters1",
            log_group: &long,
            alarm_topic: &long,
            notice_topic: &long,
            kept: Kept {
                trail_bucket: long[..63].into(),
                trail_key: Some(long.as_str().into()),
                topic_key: Some(long.as_str().into()),
            },
            ..Installation::EXAMPLE
        };
        for pattern in control.filled(&worst).patterns() {
            assert!(!pattern.contains('<') && pattern.chars().count() <= 1024, "{pattern}");
        }
        // Another installation's own roles are strangers here, and ours are there.
        let disable = |account: &str, name: &str| {
            format!(
                r#"{{"eventSource":"monitoring.amazonaws.com","eventName":"DisableAlarmActions","userIdentity":{{"sessionContext":{{"sessionIssuer":{{"arn":"arn:aws:iam::{account}:role/{name}-toggler"}}}}}}}}"#
            )
        };
        let here = Installation { name: "watch", account: "444455556666", ..Installation::EXAMPLE };
        let rings = |record: &str| control.filled(&here).parsed().unwrap().iter().any(|it| it.matches(record));
        assert!(!rings(&disable("444455556666", "watch")));
        assert!(rings(&disable("111122223333", "watch")) && rings(&disable("444455556666", "yakei")));
        // Of a key that was made only the account knows the id: any key is it. Without a key none is.
        let disable =
            r#"{"eventSource":"kms.amazonaws.com","eventName":"DisableKey","requestParameters":{"keyId":"0f"}}"#;
        for (trail_key, rings) in [(Some("".into()), true), (Some("0e".into()), false), (None, false)] {
            let kept = Kept { trail_key, topic_key: None, ..Installation::EXAMPLE.kept };
            let filled = control.filled(&Installation { kept, ..Installation::EXAMPLE }).parsed().unwrap();
            assert_eq!(filled.iter().any(|it| it.matches(disable)), rings, "{filled:?}");
        }
        // A log group and a topic of long names are known by their beginnings.
        let long = Installation { log_group: &long, notice_topic: &long, ..Installation::EXAMPLE };
        let filled = control.filled(&long).parsed().unwrap();
        let delete = format!(
            r#"{{"eventSource":"logs.amazonaws.com","eventName":"DeleteLogGroup","requestParameters":{{"logGroupName":"{}"}}}}"#,
            "x".repeat(512)
        );
        assert!(filled.iter().any(|it| it.matches(&delete)));
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
        let counted = text
            .replace("a b", "ok")
            .replace("$.x = }", "$.x = 1 }")
            .replace("threshold = 0", "")
            .replace("period = 90", "further = ['{ $.y = 1 }']\nmust_match = ['{\"x\": 1, \"y\": 1}']");
        assert!(Catalogue::parse(&counted).unwrap_err().to_string().contains("it would count twice"));
        let twice = format!(
            "{BUILTIN}\n[[control]]\nkey='RootUsage'\ntitle='t'\npattern='{{ $.a = 1 }}'\nnotice='n'\nnext='m'\n"
        );
        assert!(Catalogue::parse(&twice).unwrap_err().to_string().contains("twice"));
        assert!(Catalogue::parse("[[control]]\nkye = 1\n").unwrap_err().to_string().contains("kye"));
    }
}
