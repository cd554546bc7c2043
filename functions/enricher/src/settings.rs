//! What a watch is set to: from `infra/yakei.toml`, the control catalogue and, for limits, from here.

use std::time::Duration;

use jiff::tz::TimeZone;
use yakei_core::config::Config;
use yakei_core::controls::{Catalogue, Control, ControlChoice};
use yakei_core::ignore::Ignore;
use yakei_core::known::Known;
use yakei_core::names::Name;
use yakei_core::notice::{Language, Problem, Style};
use yakei_core::plan::{Cost, costs_of};
use yakei_host::config::LoadError;

/// The configuration as the enricher uses it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The name of everything that Yakei made, by which its alarms are recognised.
    pub name: Option<Name>,
    /// Zone of the local time shown beside UTC.
    pub local: Option<TimeZone>,
    /// The languages of notices, each published once; none is English.
    pub languages: Vec<Language>,
    /// Whether HTTPS subscribers are the AWS chat applications.
    pub chat: bool,
    /// The trail's log group, whose metric filters are read at start.
    pub log_group: Option<String>,
    /// What nobody is woken for.
    pub ignore: Vec<Ignore>,
    /// Whether notices say what is new or usual.
    pub history: bool,
    /// Networks that notices call by name.
    pub known: Vec<Known>,
    /// What the file asks for besides the watch itself, with its price.
    pub costs: Vec<Cost>,
    /// What is known about the controls.
    pub catalogue: Option<Catalogue>,
    /// Why there is no configuration; told in every notice.
    pub problem: Option<Problem>,
}

impl Settings {
    /// From a loaded file, or without one: an alarm is never kept back for a broken file.
    pub fn from_loaded(loaded: Result<Config, LoadError>) -> Self {
        let name = match &loaded {
            Ok(config) => Some(config.name.clone()),
            Err(LoadError::Invalid { errors, .. }) => errors.name().cloned(),
            Err(LoadError::Unreadable { .. }) => None,
        };
        let name = name.or_else(|| Name::parse("yakei").ok());
        // Whatever language somebody has subscribed: each of them where the file does not say.
        let fallback = match &loaded {
            Err(LoadError::Invalid { errors, .. }) if !errors.languages().is_empty() => errors.languages().to_vec(),
            _ => Language::ALL.to_vec(),
        };
        let chat = match &loaded {
            Ok(config) => config.notify.chat,
            Err(LoadError::Invalid { errors, .. }) => errors.chat(),
            Err(LoadError::Unreadable { .. }) => false,
        };
        match loaded {
            Ok(config) => {
                let catalogue = catalogue(&config.controls);
                let costs = costs_of(&config, catalogue.as_ref());
                Self {
                    log_group: config.trail.log_group.or_else(|| Some(config.name.log_group())),
                    name,
                    local: Some(config.notify.timezone.time_zone().clone()),
                    languages: config.notify.languages,
                    chat,
                    ignore: config.notify.ignore,
                    history: config.notify.history,
                    known: config.notify.known,
                    costs,
                    catalogue,
                    problem: None,
                }
            }
            Err(problem) => Self {
                log_group: name.as_ref().map(Name::log_group),
                name,
                languages: fallback,
                chat,
                catalogue: catalogue(&ControlChoice::default()),
                problem: Some(Problem::NoConfiguration(problem.to_string())),
                ..Self::default()
            },
        }
    }

    /// The control behind an alarm, by Yakei's names; a companion alarm's is the control it accompanies.
    pub fn control(&self, alarm: &str) -> Option<&Control> {
        self.catalogue.as_ref()?.by_alarm(self.name.as_ref()?, alarm)
    }

    /// The languages of notices, at least one.
    pub fn languages(&self) -> Vec<Language> {
        if self.languages.is_empty() { vec![Language::default()] } else { self.languages.clone() }
    }

    /// How notices about this control are rendered in a language.
    pub fn style<'a>(&'a self, control: Option<&'a Control>, language: Language) -> Style<'a> {
        Style {
            local: self.local.as_ref(),
            language,
            notice: control.and_then(|it| it.notice_in(language)),
            next: control.map(|it| it.next_in(language)),
            chat: self.chat,
            costs: &self.costs,
        }
    }
}

/// The catalogue and the user's own controls; of two controls with one key, which the bootstrapper refuses, only the
/// catalogue is asked.
fn catalogue(choice: &ControlChoice) -> Option<Catalogue> {
    Catalogue::with_own(choice).or_else(|_| Catalogue::builtin()).ok()
}

/// How far a search goes before a notice is sent with what is known.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Groups of activity that are told apart for one alarm.
    pub groups: usize,
    /// Pauses before looking again when less was found than the alarm counted: reads of CloudWatch Logs
    /// are not promised to be consistent at once.
    pub waits: Vec<Duration>,
    /// Calls of `FilterLogEvents` a second; the quota is 5 in the smaller Regions.
    pub calls_a_second: u32,
    /// Most time for one alarm, its publishing included, whatever the Lambda timeout allows.
    pub time: Duration,
    /// Most time for looking back, whether something is new or usual.
    pub look_back: Duration,
    /// How long metric filters are remembered in a warm environment.
    pub remember: Duration,
    /// How far beyond the windows is searched when less was found than the alarm counted.
    pub nearby_seconds: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            groups: 5_000,
            waits: vec![Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)],
            calls_a_second: 5,
            time: Duration::from_secs(45),
            look_back: Duration::from_secs(3),
            remember: Duration::from_hours(1),
            nearby_seconds: 600,
        }
    }
}
