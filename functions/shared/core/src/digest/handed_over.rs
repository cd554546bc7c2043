//! The message by which the toggler hands a digest to the enricher.

use serde::{Deserialize, Serialize};

use super::model::{Digest, SCHEMA};
use super::unknown::Unknown;

/// The schema of the message by which the toggler hands a digest to the enricher.
pub const HANDED_OVER: &str = "yakei.muted/1";

/// `yakei.muted/1`: the digest that the toggler hands to the enricher, which searches what each alarm of it would have
/// said and publishes the digest with that, or, when it cannot search, as it is. So one message leads to one mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandedOver {
    schema: String,
    /// The digest without anybody's name. Its problems are sentences in English, for whoever reads the topic.
    pub digest: Digest,
    /// The same problems as values, so that each language can say them. Absent from a toggler of an older release.
    #[serde(default)]
    unknown: Vec<Unknown>,
}

impl HandedOver {
    /// Makes the message, with no more alarms than a published digest could list.
    pub fn new(digest: &Digest) -> Self {
        let digest = digest.fitting();
        Self { schema: HANDED_OVER.to_owned(), unknown: digest.problems.clone(), digest }
    }

    /// Reads a message's body; `None` when it is none of these.
    pub fn read(body: &str) -> Option<Self> {
        let mut read: Self = serde_json::from_str(body).ok()?;
        if read.unknown.len() == read.digest.problems.len() {
            read.digest.problems.clone_from(&read.unknown);
        }
        (read.schema == HANDED_OVER && read.digest.schema == SCHEMA).then_some(read)
    }

    /// The message's body.
    pub fn body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
