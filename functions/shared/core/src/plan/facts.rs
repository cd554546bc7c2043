//! What must be known before a plan can be made.

use jiff::Timestamp;

use super::problem::Problem;
use crate::arns::Place;

/// What must be known about the account before anything can be wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// When it was asked: what is wanted once is wanted only while it is ahead.
    pub now: Timestamp,
    /// The account and the home Region.
    pub place: Place,
    /// Whether the toggler is deployed.
    pub toggler: bool,
    /// The queue that keeps what the toggler could not handle, as its own configuration names it.
    pub dead_letters: Option<String>,
    /// Whether the enricher is deployed.
    pub enricher: bool,
    /// The ARN of the log group to which the trail delivers that `[trail] name` names.
    pub trail_log_group_arn: Option<String>,
    /// The home Regions of the account's trails that bear our name.
    pub trail_regions: Result<Vec<String>, Problem>,
    /// The Regions that the account has enabled; empty when the config does not need them.
    pub enabled_regions: Vec<String>,
}

#[cfg(test)]
impl Facts {
    /// Both functions deployed, nothing else there: where most tests of plan and audit begin.
    pub(crate) fn deployed_in(region: &str) -> Self {
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: region.into() };
        Self {
            // A Saturday.
            now: Timestamp::from_second(1_795_262_400).unwrap_or_default(),
            place,
            toggler: true,
            dead_letters: None,
            enricher: true,
            trail_log_group_arn: None,
            trail_regions: Ok(Vec::new()),
            enabled_regions: Vec::new(),
        }
    }
}
