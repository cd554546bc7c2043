//! The digest as an SNS message that always fits: bounded by bytes, as notices are.

use jiff::tz::TimeZone;
use serde_json::json;

use super::mail;
use super::model::Digest;
use crate::notice::{Attribute, LIMIT_BYTES, Outgoing, SUBJECT_CHARS, SUPPRESSED};

/// So many alarms are listed at most, however short their names are.
const LISTED: usize = 100;

/// So many groups of activity an alarm is tried with first.
const GROUPS: usize = 50;

impl Digest {
    /// The mail's text, with times in UTC and in a zone, as long as it comes.
    pub fn text(&self, zone: &TimeZone) -> String {
        mail::text(self, zone)
    }

    /// The message to publish. What does not fit is left out and counted: first activity, then searches, then alarms.
    pub fn outgoing(&self, zone: &TimeZone) -> Outgoing {
        self.fitted(zone).1
    }

    /// The digest with no more than what [`Digest::outgoing`] would publish.
    #[must_use]
    pub fn fitting(&self) -> Self {
        self.fitted(&TimeZone::UTC).0
    }

    fn fitted(&self, zone: &TimeZone) -> (Self, Outgoing) {
        let mut digest = self.clone();
        digest.keep_groups(GROUPS);
        digest.keep_alarms(LISTED);
        loop {
            let outgoing = digest.rendered(zone);
            if outgoing.bytes() <= LIMIT_BYTES || !digest.shrink() {
                return (digest, outgoing);
            }
        }
    }

    /// Mail and the rest get the text; queues, functions and web hooks the JSON.
    fn rendered(&self, zone: &TimeZone) -> Outgoing {
        let (mail, json) = (mail::text(self, zone), serde_json::to_string(self).unwrap_or_default());
        let message = json!({"default": mail, "email": mail, "lambda": json, "sqs": json, "http": json, "https": json});
        // Mail subscriptions take only what says that it is not suppressed.
        let loud = Attribute { name: SUPPRESSED, value: "false".to_owned() };
        Outgoing { subject: mail::subject(self, SUBJECT_CHARS), message: message.to_string(), attributes: vec![loud] }
    }

    /// Leaves something out; `false` when nothing is left that may be left out.
    fn shrink(&mut self) -> bool {
        let groups = self.alarms.iter().map(|missed| missed.activity.len()).max().unwrap_or_default();
        if groups > 3 {
            self.keep_groups(groups / 2);
        } else if self.alarms.iter().any(|missed| !missed.search.is_empty()) {
            self.alarms.iter_mut().for_each(|missed| missed.search.clear());
            self.problem("there was no room for the searches that were made");
        } else if self.alarms.len() > 1 || self.still_in_alarm.len() > 1 || self.sent_by_cloudwatch.len() > 1 {
            let longest = self.alarms.len().max(self.still_in_alarm.len()).max(self.sent_by_cloudwatch.len());
            self.keep_alarms((longest * 3 / 4).max(1));
        } else if self.problems.len() > 3 {
            self.problems.truncate(2);
            self.problem("there are further problems; see the function's log");
        } else {
            return false;
        }
        true
    }

    fn keep_groups(&mut self, most: usize) {
        for missed in &mut self.alarms {
            missed.more += missed.activity.len().saturating_sub(most) as u64;
            missed.activity.truncate(most);
        }
    }

    fn keep_alarms(&mut self, most: usize) {
        self.more += self.alarms.len().saturating_sub(most);
        self.alarms.truncate(most);
        for names in [&mut self.still_in_alarm, &mut self.sent_by_cloudwatch] {
            self.more += names.len().saturating_sub(most);
            names.truncate(most);
        }
    }
}
