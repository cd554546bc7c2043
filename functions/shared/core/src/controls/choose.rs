//! What `[controls]` wants of the catalogue. Every mistake of the choice is told at once.

use std::collections::BTreeMap;

use super::{Catalogue, Control, ControlErrors, Pack, bad_threshold, version_key};
use crate::spelling;

/// `[controls]`: which of the catalogue's controls are set up. The keys' shape is checked here, whether the
/// catalogue has them where the catalogue is.
#[derive(Debug, Clone, Default)]
pub struct ControlChoice {
    /// Only controls of this benchmark, such as `cis-3.0`, and the plain `ConsoleLogin`; its numbers are shown.
    /// `None` means all, with the newest numbers.
    pub benchmark: Option<String>,
    /// Only these keys; empty means all.
    pub only: Vec<String>,
    /// All but these keys.
    pub skip: Vec<String>,
    /// Packs that are set up besides, whatever `only` and `benchmark` leave.
    pub extra: Vec<Pack>,
    /// Other thresholds than the catalogue's, by key; each is positive.
    pub thresholds: BTreeMap<String, f64>,
    /// Whether a second filter and alarm is made where one pattern cannot satisfy every checker; then one event
    /// raises two alarms.
    pub companions: bool,
    /// Controls of your own, `[[controls.own]]`.
    pub own: Vec<Control>,
}

impl Catalogue {
    /// The built-in catalogue and the config's own controls.
    ///
    /// # Errors
    /// [`ControlErrors`] when an own control has the key of another.
    pub fn with_own(choice: &ControlChoice) -> Result<Self, ControlErrors> {
        let mut all = Self::builtin()?;
        let mut mistakes = Vec::new();
        for own in &choice.own {
            let stands = |it: &Control| it.key == own.key || it.further_keys().any(|key| key == own.key);
            if all.controls.iter().any(stands) {
                mistakes.push(format!("controls.own: there is already a control {:?}; choose another key", own.key));
            } else {
                all.controls.push(own.clone());
            }
        }
        ControlErrors::of(mistakes).map(|()| all)
    }

    /// The controls that `[controls]` wants of this catalogue, with its thresholds.
    ///
    /// # Errors
    /// [`ControlErrors`] with every key that no control has, what was probably meant, every threshold that can
    /// never raise an alarm, and a benchmark that is not there.
    pub fn select(&self, choice: &ControlChoice) -> Result<Vec<Control>, ControlErrors> {
        let mut mistakes = Vec::new();
        let named = [("only", &choice.only), ("skip", &choice.skip)];
        let keys = named.iter().flat_map(|(place, keys)| keys.iter().map(move |key| (*place, key)));
        for (place, key) in keys.chain(choice.thresholds.keys().map(|key| ("thresholds", key))) {
            if self.get(key).is_none() {
                mistakes.push(self.unknown(place, key));
            }
        }
        for (key, threshold) in &choice.thresholds {
            mistakes.extend(bad_threshold(*threshold).map(|why| format!("controls.thresholds.{key}: {why}")));
        }
        let version = choice.benchmark.as_deref().map(|wanted| self.version(wanted));
        let version = version.transpose().unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            None
        });
        ControlErrors::of(mistakes)?;

        // What no benchmark has (the plain ConsoleLogin, your own) is not for a benchmark to leave out.
        let in_version = |control: &Control| {
            version.as_ref().is_none_or(|version| control.ids.is_empty() || control.ids.contains_key(version))
        };
        let named = |control: &Control| choice.only.contains(&control.key);
        let wanted = |control: &&Control| {
            let asked = match control.pack {
                Some(pack) => choice.extra.contains(&pack) || named(control),
                None => in_version(control) && (choice.only.is_empty() || named(control)),
            };
            asked && !choice.skip.contains(&control.key)
        };
        let chosen = self.controls.iter().filter(wanted).cloned().map(|mut control| {
            control.threshold = choice.thresholds.get(&control.key).copied().unwrap_or(control.threshold);
            if let Some(version) = &version {
                control.ids.retain(|known, _| known == version);
            }
            control
        });
        Ok(chosen
            .flat_map(|control| {
                let companion = control.companion().filter(|_| choice.companions);
                std::iter::once(control).chain(companion)
            })
            .collect())
    }

    /// The catalogue's name of a benchmark version: `cis-3.0`, `v3.0.0` and `3.0` are `3.0`.
    fn version(&self, wanted: &str) -> Result<String, String> {
        let number = wanted.to_lowercase();
        let number = number.strip_prefix("cis").unwrap_or(&number).trim_start_matches(['-', '_', ' ', 'v']);
        let mut known: Vec<&String> = self.controls.iter().flat_map(|control| control.ids.keys()).collect();
        known.sort_by_key(|version| version_key(version));
        known.dedup();
        let same = |version: &str| {
            let (a, b) = (version_key(version), version_key(number));
            a.starts_with(&b) || b.starts_with(&a)
        };
        let found = known.iter().find(|version| !version_key(number).is_empty() && same(version));
        found.map(|version| (*version).clone()).ok_or_else(|| {
            let all: Vec<String> = known.iter().map(|version| format!("cis-{version}")).collect();
            format!("controls.benchmark: there is no {wanted:?}; there are {}", all.join(", "))
        })
    }

    fn unknown(&self, place: &str, key: &str) -> String {
        let all: Vec<&str> = self.controls.iter().map(|control| control.key.as_str()).collect();
        // More than every second letter wrong is another word.
        let meant = spelling::nearest(all.iter(), |known| spelling::distance(key, known), |known| known.len() / 2);
        match meant {
            Some(known) => format!("controls.{place}: there is no control {key:?}; did you mean {known:?}?"),
            None => format!("controls.{place}: there is no control {key:?}; there are {}", all.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::COMPANION;
    use super::*;
    use crate::names::Name;

    fn builtin() -> Catalogue {
        Catalogue::builtin().unwrap()
    }

    #[test]
    fn the_choice_is_only_minus_skip_with_thresholds() {
        let choice = ControlChoice {
            only: vec!["ConsoleLogin".into(), "RootUsage".into(), "VPCChanges".into()],
            skip: vec!["VPCChanges".into()],
            thresholds: BTreeMap::from([("RootUsage".into(), 3.0)]),
            ..ControlChoice::default()
        };
        let chosen = builtin().select(&choice).unwrap();
        let seen: Vec<_> = chosen.iter().map(|c| (c.key.as_str(), c.threshold)).collect();
        assert_eq!(seen, [("ConsoleLogin", 1.0), ("RootUsage", 3.0)]);
        assert_eq!(builtin().select(&ControlChoice::default()).unwrap().len(), 17);
    }

    #[test]
    fn packs_are_off_unless_they_are_asked_for() {
        let count = |only: &[&str], extra: &[Pack], benchmark: Option<&str>| {
            let only = only.iter().map(ToString::to_string).collect();
            let benchmark = benchmark.map(ToOwned::to_owned);
            let choice = ControlChoice { only, extra: extra.to_vec(), benchmark, ..ControlChoice::default() };
            builtin().select(&choice).unwrap().len()
        };
        let (sign_ins, attackers) = (7, 6);
        assert_eq!(count(&[], &[], None), 17);
        assert_eq!(count(&[], &[Pack::SignIns], None), 17 + sign_ins);
        assert_eq!(count(&[], &Pack::ALL, Some("cis-3.0")), 17 + sign_ins + attackers);
        // A pack comes besides what `only` names, and one control of it may be named alone.
        assert_eq!(count(&["RootUsage"], &[Pack::Attackers], None), 1 + attackers);
        assert_eq!(count(&["RootUsage", "RoleSwitches"], &[], None), 2);
        let skip =
            ControlChoice { extra: vec![Pack::SignIns], skip: vec!["SigninTokens".into()], ..ControlChoice::default() };
        assert_eq!(builtin().select(&skip).unwrap().len(), 17 + sign_ins - 1);
        for pack in Pack::ALL {
            let words = serde_json::from_value::<Pack>(serde_json::json!(pack.as_str())).unwrap();
            assert_eq!(words, pack);
        }
    }

    #[test]
    fn a_wrong_key_is_named_with_what_was_meant() {
        let choice = ControlChoice {
            only: vec!["RootUseage".into()],
            skip: vec!["Nonsense".into()],
            thresholds: BTreeMap::from([("vpcchanges".into(), 0.0)]),
            ..ControlChoice::default()
        };
        insta::assert_snapshot!(builtin().select(&choice).unwrap_err().to_string());
    }

    #[test]
    fn a_benchmark_chooses_its_controls_and_their_numbers() {
        let in_benchmark = |benchmark: &str| {
            let choice = ControlChoice { benchmark: Some(benchmark.into()), ..ControlChoice::default() };
            builtin().select(&choice)
        };
        // 1.2 has no Organizations control; ConsoleLogin and MonitoringChanges are in none and always there.
        assert_eq!(in_benchmark("cis-1.2").unwrap().len(), 16);
        for same in ["cis-3.0", "3.0", "v3.0.0", "CIS 3.0.0"] {
            let chosen = in_benchmark(same).unwrap();
            assert_eq!(chosen.len(), 17, "{same}");
            let root = chosen.iter().find(|c| c.key == "RootUsage").unwrap();
            assert_eq!(root.references(), "CIS 3.0 4.3, Security Hub CloudWatch.1");
        }
        assert_eq!(in_benchmark("4.0").unwrap().len(), 17);
        for wrong in ["cis-9.9", "pci", ""] {
            assert!(in_benchmark(wrong).unwrap_err().to_string().contains("cis-3.0"), "{wrong}");
        }
    }

    #[test]
    fn companions_are_controls_of_their_own_when_asked_for() {
        let choice = ControlChoice { companions: true, ..ControlChoice::default() };
        let chosen = builtin().select(&choice).unwrap();
        let extra: Vec<_> = chosen.iter().filter(|c| c.key.ends_with(COMPANION)).map(|c| c.key.as_str()).collect();
        assert_eq!(extra, ["UnauthorizedAPICalls-companion", "SecurityGroupChanges-companion"]);
        let name = Name::parse("yakei").unwrap();
        let found = builtin().by_alarm(&name, "yakei-SecurityGroupChanges-companion").map(|c| c.key.clone());
        assert_eq!(found.as_deref(), Some("SecurityGroupChanges"));
    }

    #[test]
    fn your_own_controls_stand_beside_the_catalogue() {
        let own = Control { key: "Mine".into(), ids: BTreeMap::new(), ..builtin().get("VPCChanges").unwrap().clone() };
        let choice = ControlChoice { own: vec![own.clone()], only: vec!["Mine".into()], ..ControlChoice::default() };
        assert_eq!(Catalogue::with_own(&choice).unwrap().select(&choice).unwrap(), vec![own.clone()]);
        for key in ["RootUsage", "MonitoringChanges", "MonitoringChanges-2", "MonitoringChanges-5"] {
            let own = vec![Control { key: key.into(), ..own.clone() }];
            let twice = ControlChoice { own, ..ControlChoice::default() };
            assert!(Catalogue::with_own(&twice).unwrap_err().to_string().contains(key));
        }
        let own = vec![Control { key: "MonitoringChanges-6".into(), ..own }];
        assert!(Catalogue::with_own(&ControlChoice { own, ..ControlChoice::default() }).is_ok());
    }
}
