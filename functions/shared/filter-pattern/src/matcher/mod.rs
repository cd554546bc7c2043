//! Reading a record once. Selectors of any number of patterns are merged into one tree; the walk descends only
//! where the tree has a branch and skips everything else without keeping it.

mod trie;
mod walk;

use crate::condition::Seen;
use crate::scalar::Scalar;
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

impl Seen<'_> {
    /// The value as metric filters use it; arrays, objects and null have none.
    pub(crate) fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Text(text) => Some(Scalar::Text(text.clone().into_owned())),
            Self::Number(raw) => Some(Scalar::Number((*raw).to_owned())),
            Self::Bool(value) => Some(Scalar::Bool(*value)),
            Self::Null | Self::Object | Self::Array => None,
        }
    }
}
