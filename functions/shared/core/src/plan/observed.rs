//! What was found in an account, as far as it matters to what is wanted.

use std::collections::BTreeMap;

use super::kind::Key;
use super::problem::Problem;
use super::resource::Resource;

/// What is in the account, as far as it matters to a [`Desired`](super::Desired).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed(pub BTreeMap<Key, Found>);

/// One thing that is there.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // almost all of them are the large one
pub enum Found {
    /// Made by Yakei, or of a kind that carries no mark.
    Ours(Resource),
    /// Made by somebody else, or named in the config as existing. What it is, where it could be told: only such a
    /// thing can be adopted.
    Foreign(Option<Resource>),
    /// It could not be read.
    Unreadable(Problem),
}

impl Found {
    /// Somebody else's, of which no more is known.
    pub const FOREIGN: Self = Self::Foreign(None);

    /// Whether it is somebody else's.
    pub fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign(_))
    }
}
