//! The config as it loaded, and what is wanted by it: of schedules and holds, or by the fail-safe.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use yakei_core::config::{AlarmSelector, Config, ConfigErrors};
use yakei_core::hours::{Decision, Zone};
use yakei_core::names::Name;
use yakei_core::notice::{Language, Style};
use yakei_host::config::LoadError;
use yakei_host::run::{Failure, Why};

use crate::hold::Holds;
use crate::plan::{self, Known, Target};

/// The config as it loaded, and the name that counts when it did not.
#[derive(Debug)]
pub struct Settings {
    /// The config, or why there is none.
    pub config: Result<Config, LoadError>,
    /// What of the config does not change; none without one.
    known: Option<Known>,
    /// The name that the function itself carries, for a config whose name cannot be read.
    fallback: Name,
    utc: Zone,
    /// Alarms of the memory that carry our tag: what runs every five minutes asks once in the life of a process.
    vouched: Mutex<BTreeSet<String>>,
}

impl Settings {
    /// Takes a loaded config. `function` is the Lambda function's name: `corp-toggler` belongs to the name `corp`.
    ///
    /// # Errors
    /// `Internal`: only if the built-in default name were no name, or UTC no zone.
    pub fn new(config: Result<Config, LoadError>, function: Option<&str>) -> Result<Self, Failure> {
        let by_function = function.and_then(|function| Name::parse(function.strip_suffix("-toggler")?).ok());
        let fallback = by_function.map_or_else(|| Name::parse("yakei"), Ok);
        let fallback = fallback.map_err(|e| Failure::new(Why::Internal, e))?;
        let utc = Zone::parse("UTC").map_err(|e| Failure::new(Why::Internal, e))?;
        let known = config.as_ref().ok().map(Known::of);
        Ok(Self { config, known, fallback, utc, vouched: Mutex::default() })
    }

    /// Whether an alarm of the memory is known to carry our tag.
    pub(crate) fn is_vouched(&self, alarm: &str) -> bool {
        self.vouched.lock().unwrap_or_else(PoisonError::into_inner).contains(alarm)
    }

    /// As in a new process.
    #[cfg(test)]
    pub(crate) fn cold_start(&self) {
        self.vouched.lock().unwrap().clear();
    }

    /// Takes note that an alarm of the memory carries our tag.
    pub(crate) fn vouch_for(&self, alarm: &str) {
        self.vouched.lock().unwrap_or_else(PoisonError::into_inner).insert(alarm.to_owned());
    }

    /// The mistakes of a file that is there.
    fn mistakes(&self) -> Option<&ConfigErrors> {
        match &self.config {
            Err(LoadError::Invalid { errors, .. }) => Some(errors),
            Ok(_) | Err(LoadError::Unreadable { .. }) => None,
        }
    }

    /// Every alarm that an earlier, good config may have muted.
    fn fail_safe_alarms(&self) -> Vec<AlarmSelector> {
        let mut alarms = vec![AlarmSelector::Prefix(self.name().alarm_prefix())];
        for alarm in self.mistakes().into_iter().flat_map(ConfigErrors::alarms) {
            if !alarms.contains(alarm) {
                alarms.push(alarm.clone());
            }
        }
        alarms
    }

    /// The name that everything of this installation begins with.
    pub fn name(&self) -> &Name {
        match &self.config {
            Ok(config) => &config.name,
            Err(_) => self.mistakes().and_then(ConfigErrors::name).unwrap_or(&self.fallback),
        }
    }

    /// The zone of the local times in a digest.
    pub fn zone(&self) -> &Zone {
        self.config.as_ref().map_or(&self.utc, |config| &config.notify.timezone)
    }

    /// The languages of digests, at least one; all of them where the config does not say, so that whoever has subscribed
    /// one is told.
    pub fn languages(&self) -> Vec<Language> {
        let read = match &self.config {
            Ok(config) => &config.notify.languages[..],
            Err(_) => self.mistakes().map_or(&[][..], ConfigErrors::languages),
        };
        if read.is_empty() { Language::ALL.to_vec() } else { read.to_vec() }
    }

    /// How a digest is rendered in a language: for HTTPS subscribers too as the config says, also one with mistakes.
    pub fn style(&self, language: Language) -> Style<'_> {
        let chat = match &self.config {
            Ok(config) => config.notify.chat,
            Err(_) => self.mistakes().is_some_and(ConfigErrors::chat),
        };
        Style { local: Some(self.zone().time_zone()), language, chat, ..Style::default() }
    }

    /// The names of the schedules, in the config's order.
    pub fn schedules(&self) -> Vec<&str> {
        self.config.iter().flat_map(|config| &config.schedules).map(|schedule| schedule.name.as_str()).collect()
    }

    fn loaded(&self) -> Option<(&Config, &Known)> {
        self.config.as_ref().ok().zip(self.known.as_ref())
    }

    /// What is wanted when everything could be read.
    pub fn targets(&self, holds: &Holds, now: Timestamp) -> Vec<Target> {
        match self.loaded() {
            Some((config, known)) => plan::targets(config, known, holds, now),
            None => plan::without_config(self.fail_safe_alarms(), now),
        }
    }

    /// What is wanted when it could not: everything armed.
    pub fn doubtful(&self, now: Timestamp) -> Vec<Target> {
        match self.loaded() {
            Some((config, known)) => plan::doubtful(config, known, now),
            None => plan::without_config(self.fail_safe_alarms(), now),
        }
    }

    /// What one schedule wants at an instant; `None` without a config.
    pub fn decision(&self, schedule: usize, holds: &Holds, at: Timestamp) -> Option<Decision> {
        let (config, known) = self.loaded()?;
        plan::decide(config, known, schedule, holds, at)
    }

    /// Whether a schedule names an alarm; without a config, whether an earlier one may have.
    pub fn names(&self, alarm: &str) -> bool {
        match &self.known {
            Some(known) => known.naming(alarm).next().is_some(),
            None => self.fail_safe_alarms().iter().any(|selector| selector.selects(alarm)),
        }
    }

    /// Whether people want to hear what an alarm did while it was muted: unless all schedules that name it say no.
    pub fn wants_digest(&self, alarm: &str) -> bool {
        let Some((config, known)) = self.loaded() else { return true };
        let mut naming = known.naming(alarm).filter_map(|schedule| config.schedules.get(schedule)).peekable();
        naming.peek().is_none() || naming.any(|schedule| schedule.digest)
    }

    /// Since when each of these alarms may be muted that are found muted and of which nothing is remembered: alarms that
    /// a person has muted, or of a release that remembered nothing. The last 24 hours, or since business hours
    /// began, whichever is earlier. What people were told live in that time is not told again.
    pub fn guess(&self, alarms: &[String], now: Timestamp) -> Vec<Timestamp> {
        let day = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        let Some((config, known)) = self.loaded() else { return vec![day; alarms.len()] };
        // Worked out once, for those that are asked for.
        let openings: Vec<OnceCell<Option<Timestamp>>> = vec![OnceCell::new(); config.schedules.len()];
        let opening = |schedule: usize| {
            let (known, schedule) = (openings.get(schedule)?, config.schedules.get(schedule)?);
            *known.get_or_init(|| schedule.calendar.last_opening(now))
        };
        let guess = |alarm: &String| known.naming(alarm).filter_map(opening).min().map_or(day, |it| it.min(day));
        alarms.iter().map(guess).collect()
    }
}
