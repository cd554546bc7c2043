//! Reading a record once. Selectors of any number of patterns are merged into one tree; the walk descends only
//! where the tree has a branch and skips everything else without keeping it.

mod trie;
mod walk;

use crate::scalar::{Scalar, Seen};
use crate::selector::Selector;
pub(crate) use trie::Trie;
pub(crate) use walk::{Probe, walk};

/// Takes every value that the tree's selectors point to, or `None` when the message is no JSON object.
pub(crate) fn capture<'de>(trie: &Trie, message: &'de str) -> Option<Vec<(usize, Seen<'de>)>> {
    walk(trie, message, &Capture)
}

struct Capture;

impl<'de> Probe<'de> for Capture {
    type Hit = Seen<'de>;

    fn probe(&self, _: usize, seen: &Seen<'de>) -> Option<Seen<'de>> {
        Some(seen.clone())
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
