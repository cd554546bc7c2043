//! What a watch is set to: from `infra/yakei.toml`, the control catalogue and, for limits, from here.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use yakei_core::config::{Config, ControlChoice};
use yakei_core::controls::Catalogue;
use yakei_core::ignore::Ignore;
use yakei_core::names::Name;
use yakei_core::notice::Style;
use yakei_host::config::LoadError;

/// What is said about a control beside its activity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// What to do next, one sentence.
    pub next: Option<String>,
    /// How bad it is.
    pub severity: Option<String>,
}

/// The configuration as the enricher uses it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The prefix of Yakei's alarms, by which a control is recognised.
    pub alarm_prefix: Option<String>,
    /// Zone of the local time shown beside UTC.
    pub local: Option<TimeZone>,
    /// Whether HTTPS subscribers are the AWS chat applications.
    pub chat: bool,
    /// What nobody is woken for.
    pub ignore: Vec<Ignore>,
    /// What is said about the controls, by key.
    pub advice: BTreeMap<String, Advice>,
    /// Why there is no configuration; told in every notice.
    pub problem: Option<String>,
}

impl Settings {
    /// From a loaded file, or without one: an alarm is never kept back for a broken file.
    pub fn from_loaded(loaded: Result<Config, LoadError>) -> Self {
        let name = match &loaded {
            Ok(config) => Some(config.name.clone()),
            Err(LoadError::Invalid { errors, .. }) => errors.name().cloned(),
            Err(LoadError::Unreadable { .. }) => None,
        };
        let alarm_prefix = name.or_else(|| Name::parse("yakei").ok()).map(|it| it.alarm_prefix());
        match loaded {
            Ok(config) => Self {
                alarm_prefix,
                local: Some(config.notify.timezone.time_zone().clone()),
                chat: config.notify.chat,
                ignore: config.notify.ignore,
                advice: advice(&config.controls),
                problem: None,
            },
            Err(problem) => Self {
                alarm_prefix,
                advice: advice(&ControlChoice::default()),
                problem: Some(format!("times are in UTC only, and nothing is ignored, because {problem}")),
                ..Self::default()
            },
        }
    }

    /// The control behind an alarm, by Yakei's names.
    pub fn control<'a>(&self, alarm: &'a str) -> Option<&'a str> {
        alarm.strip_prefix(self.alarm_prefix.as_deref()?).filter(|key| !key.is_empty())
    }

    /// How notices about this control are rendered.
    pub fn style(&self, control: Option<&str>) -> Style<'_> {
        let advice = control.and_then(|key| self.advice.get(key));
        Style { local: self.local.as_ref(), next: advice.and_then(|it| it.next.as_deref()), chat: self.chat }
    }
}

/// What the catalogue and the user's own controls say; of two controls with one key, which the bootstrapper refuses,
/// only the catalogue is asked.
fn advice(choice: &ControlChoice) -> BTreeMap<String, Advice> {
    let said = |catalogue: Catalogue| {
        let said = catalogue.controls().iter().map(|control| {
            let advice = Advice { next: Some(control.next.clone()), severity: Some(control.severity.to_string()) };
            (control.key.clone(), advice)
        });
        said.collect()
    };
    Catalogue::with_own(choice).or_else(|_| Catalogue::builtin()).map(said).unwrap_or_default()
}

/// How far a search goes before a notice is sent with what is known.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Pages of one search.
    pub pages: usize,
    /// Events of all searches for one alarm.
    pub events: usize,
    /// Pauses before looking again when less was found than the alarm counted: reads of CloudWatch Logs
    /// are not promised to be consistent at once.
    pub waits: Vec<Duration>,
    /// Calls of `FilterLogEvents` a second; the quota is 5 in the smaller Regions.
    pub calls_a_second: u32,
    /// Most time for one alarm, whatever the Lambda timeout allows.
    pub time: Duration,
    /// How long metric filters are remembered in a warm environment.
    pub remember: Duration,
    /// How far beyond the windows is searched when less was found than the alarm counted.
    pub nearby_seconds: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pages: 200,
            events: 10_000,
            waits: vec![Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)],
            calls_a_second: 5,
            time: Duration::from_secs(45),
            remember: Duration::from_mins(10),
            nearby_seconds: 600,
        }
    }
}
