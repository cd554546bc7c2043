//! What a digest does not know, as values: each language has the sentences (`notice::Language`).

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::notice::Problem;

/// What is not known, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Unknown {
    /// A sentence, in whatever language it was written.
    Said(String),
    /// Where the alarms are.
    NoRegion,
    /// Who did it: a call of AWS failed.
    Who {
        /// The operation.
        call: String,
        /// AWS's code.
        code: String,
        /// AWS's message, possibly empty.
        message: String,
    },
    /// What an alarm did after an instant: a call of AWS failed.
    After {
        /// The alarm.
        alarm: String,
        /// The instant.
        after: Timestamp,
        /// The operation.
        call: String,
        /// AWS's code.
        code: String,
        /// AWS's message.
        message: String,
    },
    /// What happened before an instant: CloudWatch keeps no older history.
    Before {
        /// The instant.
        before: Timestamp,
    },
    /// The alarm could not be described.
    NotDescribed,
    /// The alarm watches no metric of a log group.
    NotSearchable,
    /// Something that a search met.
    #[serde(skip)]
    Problem(Problem),
    /// Events that are ignored as agreed: they are not listed.
    Ignored {
        /// How many.
        count: u64,
        /// The reasons that the config gives.
        because: Vec<String>,
    },
    /// There is no room for the searches.
    NoRoomForSearches,
    /// There is no room for further problems.
    NoRoomForProblems,
}

/// In JSON a problem is a sentence: English, until [`super::Digest::outgoing`] has put it into a language.
pub(super) fn as_sentences<S: Serializer>(problems: &[Unknown], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(problems.iter().map(ToString::to_string))
}

/// A sentence is kept as it is.
pub(super) fn from_sentences<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Unknown>, D::Error> {
    Ok(Vec::<String>::deserialize(deserializer)?.into_iter().map(Unknown::Said).collect())
}
