//! New or usual: whether somebody came from this address before, and from where they usually come.
//!
//! Every word follows from what was read of the trail's log. *First* is said only where the look-up came to its end, and of
//! as many days as the log holds; *usually* is said of what was seen. Who is meant is the person where AWS names one: IAM
//! Identity Center names its people's sessions, and who switches a role is said beside it. Any other session's name is
//! chosen by whoever takes the role: then the role is meant, whatever its sessions are called. A sign-in that failed was
//! made by nobody who is known: there the address is meant, and who got in from it ([`FromAddress`]).

mod from_address;
mod past;
mod subject;

use jiff::Timestamp;
use serde::Serialize;

pub use from_address::FromAddress;
pub use past::{Past, Reach};
pub use subject::Subject;

use crate::activity::Group;
use crate::text::serialize_unlinked;

/// Of whom the past is worth a look: of the first entries, each identity once, with the entries' positions and the instant
/// before which all is past.
pub fn subjects(activity: &[Group], most: usize) -> Vec<(Subject, Timestamp, Vec<usize>)> {
    let mut found: Vec<(Subject, Timestamp, Vec<usize>)> = Vec::new();
    for (at, group) in activity.iter().enumerate() {
        let Some(subject) = Subject::of(group) else { continue };
        if let Some((_, before, entries)) = found.iter_mut().find(|(it, ..)| *it == subject) {
            *before = group.first.min(*before);
            entries.push(at);
        } else if found.len() < most {
            found.push((subject, group.first, vec![at]));
        }
    }
    found
}

/// How far back is looked, in days.
pub const DAYS: i64 = 90;

/// The answer. Serialises as `history` of an entry of `activity`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// Of how many days before it the log was read.
    pub looked_back_days: i64,
    /// How many earlier ones were seen.
    pub earlier: u64,
    /// Whether none of them came from this address; none where that is not known.
    pub first_from_address: Option<bool>,
    /// Since when there was none: that of the last one before, or of where the look-up ended. None where not known.
    #[serde(serialize_with = "time_or_null")]
    pub first_since: Option<Timestamp>,
    /// When the last one before came from this address.
    #[serde(serialize_with = "time_or_null")]
    pub last_from_address: Option<Timestamp>,
    /// Where most of the earlier ones came from.
    #[serde(flatten)]
    pub usual: Option<Usual>,
    /// Whether all of those days was read.
    pub complete: bool,
}

/// Where somebody usually comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Usual {
    /// A network of `[[notify.known]]`, by its name there.
    #[serde(rename = "usual_network")]
    Network(String),
    /// An address that has no name.
    #[serde(rename = "usual_address", serialize_with = "serialize_unlinked")]
    Address(String),
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the member")]
pub(crate) fn time_or_null<S: serde::Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|it| it.to_string()).serialize(serializer)
}

#[cfg(test)]
mod tests;
