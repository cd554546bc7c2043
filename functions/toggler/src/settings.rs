//! The config as it loaded, and what is wanted by it: of schedules and holds, or by the fail-safe.

use jiff::{SignedDuration, Timestamp};
use yakei_core::config::{AlarmSelector, Config, ConfigErrors};
use yakei_core::hours::{Decision, Zone};
use yakei_core::names::Name;
use yakei_core::notice::Language;
use yakei_host::config::LoadError;
use yakei_host::run::{Failure, Why};

use crate::hold::Holds;
use crate::plan::{self, Target};

/// The config as it loaded, and the name that counts when it did not.
#[derive(Debug)]
pub struct Settings {
    /// The config, or why there is none.
    pub config: Result<Config, LoadError>,
    /// The name that the function itself carries, for a config whose name cannot be read.
    fallback: Name,
    utc: Zone,
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
        Ok(Self { config, fallback, utc })
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

    /// The names of the schedules, in the config's order.
    pub fn schedules(&self) -> Vec<&str> {
        self.config.iter().flat_map(|config| &config.schedules).map(|schedule| schedule.name.as_str()).collect()
    }

    /// What is wanted when everything could be read.
    pub fn targets(&self, holds: &Holds, now: Timestamp) -> Vec<Target> {
        match &self.config {
            Ok(config) => plan::targets(config, holds, now),
            Err(_) => plan::without_config(self.fail_safe_alarms(), now),
        }
    }

    /// What is wanted when it could not: everything armed.
    pub fn doubtful(&self, now: Timestamp) -> Vec<Target> {
        match &self.config {
            Ok(config) => plan::doubtful(config, now),
            Err(_) => plan::without_config(self.fail_safe_alarms(), now),
        }
    }

    /// What one schedule wants at an instant; `None` without a config.
    pub fn decision(&self, schedule: usize, holds: &Holds, at: Timestamp) -> Option<Decision> {
        let config = self.config.as_ref().ok()?;
        config.schedules.get(schedule).map(|schedule| plan::decide(config, schedule, holds, at))
    }

    /// Whether people want to hear what an alarm did while it was muted: unless all schedules that name it say no.
    pub fn wants_digest(&self, alarm: &str) -> bool {
        let Ok(config) = &self.config else { return true };
        let mut naming = config.schedules.iter().filter(|it| it.alarms.iter().any(|one| one.selects(alarm))).peekable();
        naming.peek().is_none() || naming.any(|schedule| schedule.digest)
    }

    /// Since when an alarm may be muted that is found muted and of which nothing is remembered: an alarm that a
    /// person has muted, or one of a release that remembered nothing. The last 24 hours, or since business hours
    /// began, whichever is earlier. What people were told live in that time is not told again.
    pub fn guess(&self, alarm: &str, now: Timestamp) -> Timestamp {
        let naming = self.config.iter().flat_map(|config| &config.schedules);
        let naming = naming.filter(|it| it.alarms.iter().any(|selector| selector.selects(alarm)));
        let opening = naming.filter_map(|schedule| schedule.calendar.last_opening(now)).min();
        let day = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        opening.map_or(day, |opening| opening.min(day))
    }
}
