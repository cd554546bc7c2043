//! Reading a record once. Selectors of any number of patterns are merged into one tree; the walk descends only
//! where the tree has a branch and skips everything else without keeping it.

mod scan;
mod trie;
mod walk;

use crate::scalar::{Scalar, Seen};
use crate::selector::Selector;
pub(crate) use trie::Trie;
pub(crate) use walk::{Probe, walk};

/// Takes every value that the tree's selectors point to, or `None` when the message is no JSON object.
pub(crate) fn capture<'de>(trie: &Trie, message: &'de str) -> Option<Vec<(usize, Seen<'de>)>> {
    walk(trie, message, Capture::default).map(|capture| capture.0)
}

/// Whether a message is one JSON object, as patterns read it: none that is anything else matches a JSON pattern.
///
/// ```
/// assert!(filter_pattern::is_object(r#"{"eventName": "ConsoleLogin"}"#));
/// assert!(!filter_pattern::is_object(r#"{"eventName": ConsoleLogin}"#));
/// ```
pub fn is_object(message: &str) -> bool {
    walk(&Trie::new([]), message, Capture::default).is_some()
}

#[derive(Default)]
struct Capture<'de>(Vec<(usize, Seen<'de>)>);

impl<'de> Probe<'de> for Capture<'de> {
    fn meet(&mut self, id: usize, seen: &Seen<'de>) {
        self.0.push((id, seen.clone()));
    }
}

impl Selector {
    /// The first string, number or boolean that the selector points to.
    ///
    /// `None` when the message is no JSON object, when nothing is there, and for null, arrays and objects.
    pub fn lookup(&self, message: &str) -> Option<Scalar> {
        let trie = Trie::new([(self, 0)]);
        capture(&trie, message)?.into_iter().find_map(|(_, found)| found.scalar())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Count(usize);

    impl Probe<'_> for Count {
        fn meet(&mut self, _: usize, _: &Seen<'_>) {
            self.0 += 1;
        }
    }

    fn met(selectors: &[String], record: &str) -> usize {
        let selectors: Vec<Selector> = selectors.iter().map(|text| Selector::parse(text).unwrap()).collect();
        walk(&Trie::new(selectors.iter().zip(0..)), record, Count::default).unwrap().0
    }

    /// Each of a hundred selectors has its wildcard at another depth; all lead to the one value at the bottom.
    #[test]
    fn a_value_is_met_once_for_each_selector_however_many_ways_lead_to_it() {
        let path = |wild: usize| (0..100).map(|at| if at == wild { ".*" } else { ".a" }).collect::<String>();
        let selectors: Vec<String> = (0..100).map(|wild| format!("${}", path(wild))).collect();
        let record = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
        assert_eq!(met(&selectors, &record), 100);
        // so too where names come twice and where the record is much deeper than the selectors
        assert_eq!(met(&selectors, &record.replacen('{', "{\"a\":1,", 1)), 100);
        assert_eq!(met(&selectors, &record.replace('1', &format!("{}{}", "[".repeat(500), "]".repeat(500)))), 100);
    }

    #[test]
    fn many_selectors_and_many_members_meet_once_each() {
        let selectors: Vec<String> = (0..300).flat_map(|n| [format!("$.*.x{n}"), format!("$.n{n}.y{n}")]).collect();
        let members: Vec<String> = (0..300).map(|n| format!("\"n{n}\":{{\"x{n}\":1,\"y{n}\":1}}")).collect();
        assert_eq!(met(&selectors, &format!("{{{}}}", members.join(","))), 600);
    }
}
