//! What is evaluated: the controls of a config and what the config says of their alarms, and of a second one beside it.

use std::fs;
use std::path::{Path, PathBuf};

use filter_pattern::{Pattern, PatternSet, Strings};
use jiff::Timestamp;
use yakei_core::activity::Group;
use yakei_core::config::{Config, ConfigErrors, Regions, mutes, text_of};
use yakei_core::controls::{Catalogue, Control, ControlErrors, Installation, Kept};
use yakei_core::ignore::fold;

use crate::cut::{Heads, Look};

/// A config, and the controls that it chooses.
#[derive(Debug)]
pub struct Watch {
    /// The file, as it was named.
    pub path: String,
    /// What it says.
    pub config: Config,
    /// The controls, with the config's thresholds.
    pub controls: Vec<Control>,
}

/// Why a config cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum NoWatch {
    /// The file is not there.
    #[error("cannot read the config file {}: {}", .0.display(), .1)]
    Unreadable(PathBuf, std::io::Error),
    /// The file has mistakes.
    #[error("the config file {} has mistakes:\n{}", .0.display(), .1)]
    Mistaken(PathBuf, ConfigErrors),
    /// It chooses what is not there.
    #[error("the config file {} has mistakes:\n{}", .0.display(), .1)]
    Controls(PathBuf, ControlErrors),
    /// A pattern that does not parse: the catalogue and the config are checked, so none is left.
    #[error("the pattern of the control {0}: {1}")]
    Pattern(String, String),
}

impl Watch {
    /// Reads a config as the functions do, and chooses its controls as the bootstrapper does.
    ///
    /// # Errors
    /// [`NoWatch`] with every mistake.
    pub fn read(path: &Path) -> Result<Self, NoWatch> {
        let text = fs::read_to_string(path).map_err(|error| NoWatch::Unreadable(path.to_owned(), error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let beside = |name: &str| fs::read(folder.join(name)).map_err(|error| error.to_string()).and_then(text_of);
        let config = Config::parse_with(&text, &beside).map_err(|errors| NoWatch::Mistaken(path.to_owned(), errors))?;
        let controls = Catalogue::with_own(&config.controls).and_then(|all| all.select(&config.controls));
        let controls = controls.map_err(|errors| NoWatch::Controls(path.to_owned(), errors))?;
        let (log_group, alarms, notices) =
            (config.trail.log_group.clone(), config.alarm_topic(), config.notice_topic());
        let log_group = log_group.unwrap_or_else(|| config.name.log_group());
        // Whose records they are is known when they are read.
        let installation = Installation {
            partition: "",
            account: "",
            name: config.name.as_str(),
            log_group: &log_group,
            alarm_topic: &alarms,
            notice_topic: &notices,
            kept: Kept::of(&config, "*", "*"),
        };
        let controls = controls.iter().map(|control| control.filled(&installation)).collect();
        Ok(Self { path: path.to_string_lossy().into_owned(), config, controls })
    }

    /// The control with this key, if the config chooses it.
    pub fn control(&self, key: &str) -> Option<&Control> {
        self.controls.iter().find(|it| it.key == key)
    }

    /// Whether an alarm of this control would be muted at an instant.
    pub fn mutes(&self, control: &Control, at: Timestamp) -> bool {
        mutes(&self.config.name, &self.config.schedules, &self.config.name.alarm(&control.key), at)
    }

    /// Whether `[[notify.ignore]]` means this activity.
    pub fn ignores(&self, group: &Group) -> bool {
        let notify = &self.config.notify;
        !notify.ignore.is_empty()
            && fold(vec![group.clone()], &notify.ignore, group.last, notify.timezone.time_zone()).ignored > 0
    }

    /// Whether each Region has a trail, filters and alarms of its own, which count what happens there alone.
    pub fn is_per_region(&self) -> bool {
        self.config.trail.regions.is_per_region()
    }

    /// Whether what happens in a Region is seen at all.
    pub fn sees(&self, region: &str) -> bool {
        match &self.config.trail.regions {
            Regions::OneTrail | Regions::Enabled => true,
            Regions::Listed(regions) => regions.iter().any(|it| it == region),
        }
    }
}

/// The configs that are evaluated together, and all their patterns, each once.
#[derive(Debug)]
pub struct Watches {
    /// The config that is evaluated.
    pub coming: Watch,
    /// The one with which it is compared.
    pub today: Option<Watch>,
    /// The texts of the patterns that count together, as one control's do.
    texts: Vec<Vec<String>>,
    /// All of them, to be matched in one pass.
    set: PatternSet,
    /// Of each pattern in the set the place in `texts`.
    places: Vec<usize>,
    /// What the set says to single strings.
    strings: Option<Strings>,
    heads: Heads,
}

impl Watches {
    /// Puts the configs together.
    ///
    /// # Errors
    /// [`NoWatch::Pattern`] never, as long as configs are checked when they are read.
    pub fn new(coming: Watch, today: Option<Watch>) -> Result<Self, NoWatch> {
        let (mut texts, mut patterns, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for control in coming.controls.iter().chain(today.iter().flat_map(|it| &it.controls)) {
            let own = of(control);
            if !texts.contains(&own) {
                let parsed = control.parsed().map_err(|error| NoWatch::Pattern(control.key.clone(), error.report()))?;
                places.extend(parsed.iter().map(|_| texts.len()));
                patterns.extend(parsed);
                texts.push(own);
            }
        }
        let set = PatternSet::new(patterns);
        let strings = set.strings();
        let heads = Heads::of(strings.iter().flat_map(Strings::searched));
        Ok(Self { coming, today, texts, set, places, strings, heads })
    }

    /// How many different controls' patterns there are.
    pub fn patterns(&self) -> usize {
        self.texts.len()
    }

    /// The patterns' texts, by their number: those that count together.
    pub fn texts(&self) -> &[Vec<String>] {
        &self.texts
    }

    /// The same parsed, each with the key of the first control that has them.
    pub fn by_number(&self) -> Vec<(String, Vec<Pattern>)> {
        let key = |texts: &Vec<String>| {
            let mut controls = self.both().into_iter().flatten().flat_map(|watch| &watch.controls);
            controls.find(|control| of(control) == *texts).map(|control| control.key.clone()).unwrap_or_default()
        };
        let mut all: Vec<(String, Vec<Pattern>)> = self.texts.iter().map(|texts| (key(texts), Vec::new())).collect();
        for (pattern, place) in self.set.patterns().iter().zip(&self.places) {
            if let Some((_, patterns)) = all.get_mut(*place) {
                patterns.push(pattern.clone());
            }
        }
        all
    }

    /// The numbers of those that count a record that [may matter](Look), each once.
    pub fn matching(&self, record: &str) -> Vec<usize> {
        let mut numbers: Vec<usize> =
            self.set.matching_by_reading(record).into_iter().filter_map(|it| self.places.get(it).copied()).collect();
        numbers.dedup();
        numbers
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Pattern] {
        self.set.patterns()
    }

    /// The number of a control's patterns.
    pub fn number(&self, control: &Control) -> Option<usize> {
        let own = of(control);
        self.texts.iter().position(|it| *it == own)
    }

    /// Both configs; the coming one is the first.
    pub fn both(&self) -> [Option<&Watch>; 2] {
        [Some(&self.coming), self.today.as_ref()]
    }
}

/// What some pattern may match is of interest.
impl Look for Watches {
    fn heads(&self) -> &Heads {
        &self.heads
    }

    fn met_at(&self, bytes: &[u8], at: usize) -> u64 {
        self.strings.as_ref().map_or(0, |strings| strings.met_at(bytes, at))
    }

    fn matters(&self, met: u64) -> bool {
        self.strings.as_ref().is_none_or(|strings| strings.may_match(met))
    }

    fn matters_escaped(&self, record: &[u8]) -> bool {
        self.strings.as_ref().is_none_or(|strings| strings.may_match_escaped(record))
    }
}

fn of(control: &Control) -> Vec<String> {
    control.patterns().map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else every record is read; and each further letter makes many more strings that have to be looked at.
    #[test]
    fn the_patterns_of_the_shipped_config_are_told_by_few_of_a_record_s_strings() {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../yakei.toml");
        let watches = Watches::new(Watch::read(&config).unwrap(), None).unwrap();
        assert_eq!(watches.strings.unwrap().firsts(), b"Re");
    }
}
