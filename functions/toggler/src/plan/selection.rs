//! The alarms that a schedule names, found without looking at each of its selectors: five thousand alarms that are named one
//! by one are looked up, not compared each with each.

use std::collections::BTreeSet;
use std::ops::Bound;

use yakei_core::config::AlarmSelector;

/// What a schedule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    selectors: Vec<AlarmSelector>,
    exact: BTreeSet<String>,
    /// None of them begins with another one.
    prefixes: BTreeSet<String>,
}

impl Selection {
    /// Takes selectors as a config has them.
    pub fn new(selectors: Vec<AlarmSelector>) -> Self {
        let (mut exact, mut all) = (BTreeSet::new(), BTreeSet::new());
        for selector in &selectors {
            match selector {
                AlarmSelector::Exact(name) => drop(exact.insert(name.clone())),
                AlarmSelector::Prefix(prefix) => drop(all.insert(prefix.clone())),
            }
        }
        let mut prefixes = BTreeSet::new();
        for prefix in all {
            // In this order what begins with another one comes after it.
            if !begins(&prefixes, &prefix) {
                prefixes.insert(prefix);
            }
        }
        Self { selectors, exact, prefixes }
    }

    /// The selectors, in the config's order.
    pub fn selectors(&self) -> &[AlarmSelector] {
        &self.selectors
    }

    /// Whether one of them names the alarm.
    pub fn selects(&self, alarm: &str) -> bool {
        self.exact.contains(alarm) || begins(&self.prefixes, alarm)
    }
}

/// Whether a name begins with one of them. What lies between a prefix and a name that begins with it begins with it too, so
/// the last one up to the name is the only one that can.
fn begins(prefixes: &BTreeSet<String>, name: &str) -> bool {
    let up_to = (Bound::Unbounded, Bound::Included(name));
    prefixes.range::<str, _>(up_to).next_back().is_some_and(|prefix| name.starts_with(prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_selection_names_what_one_of_its_selectors_names(
            selectors in proptest::collection::vec(("[ab夜]{0,4}", any::<bool>()), 0..12),
            alarms in proptest::collection::vec("[ab夜]{0,6}", 1..20),
        ) {
            let selector = |(text, exact)| if exact { AlarmSelector::Exact(text) } else { AlarmSelector::Prefix(text) };
            let selectors: Vec<_> = selectors.into_iter().map(selector).collect();
            let selection = Selection::new(selectors.clone());
            for alarm in alarms {
                let expected = selectors.iter().any(|selector| selector.selects(&alarm));
                prop_assert_eq!(selection.selects(&alarm), expected, "{:?} {:?}", selectors, alarm);
            }
        }
    }
}
