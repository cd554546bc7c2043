//! The digest as an SNS message that always fits: bounded by bytes, as notices are.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;

use super::model::Digest;
use super::unknown::Unknown;
use super::{chat, mail};
use crate::activity::Group;
use crate::notice::{
    Attribute, LANGUAGE, LIMIT_BYTES, Language, Outgoing, Problem, Room, SUPPRESSED, Stop, Style, stops,
};

/// So many alarms are listed at most, however short their names are.
const LISTED: usize = 100;

/// So many groups of activity an alarm is tried with first.
const GROUPS: usize = 50;

/// The digest as subscribers that are programs get it.
#[derive(Serialize)]
struct Published<'a> {
    #[serde(flatten)]
    digest: &'a Digest,
    stop: Vec<Stop>,
    stop_more: u64,
    language: Language,
}

impl Digest {
    /// The mail's text, with times in UTC and in a zone, as long as it comes.
    pub fn text(&self, zone: &TimeZone, language: Language) -> String {
        mail::text(self, zone, language, &[])
    }

    /// The message to publish. What does not fit is left out and counted: first activity, then searches, then alarms.
    pub fn outgoing(&self, style: &Style<'_>) -> Outgoing {
        self.fitted(style).1
    }

    /// The digest with no more than what [`Digest::outgoing`] would publish.
    #[must_use]
    pub fn fitting(&self) -> Self {
        self.fitted(&Style::default()).0
    }

    fn fitted(&self, style: &Style<'_>) -> (Self, Outgoing) {
        let mut digest = self.clone();
        digest.keep_groups(GROUPS);
        digest.keep_alarms(LISTED);
        loop {
            let outgoing = digest.rendered(style);
            if outgoing.bytes() <= LIMIT_BYTES || !digest.shrink() {
                return (digest, outgoing);
            }
        }
    }

    /// Mail and the rest get the text; queues, functions and web hooks the JSON, unless they are chat applications.
    fn rendered(&self, style: &Style<'_>) -> Outgoing {
        let (utc, language) = (TimeZone::UTC, style.language);
        let zone = style.local.unwrap_or(&utc);
        let (stop, stop_more) = self.stops();
        let published = Published { digest: &self.in_language(language), stop, stop_more, language };
        let (mail, json) =
            (mail::text(self, zone, language, style.costs), serde_json::to_string(&published).unwrap_or_default());
        let https = if style.chat { chat::text(self, zone, language) } else { json.clone() };
        let message =
            json!({"default": mail, "email": mail, "lambda": json, "sqs": json, "http": json, "https": https});
        // Mail subscriptions take only what says that it is not suppressed.
        let attributes = vec![
            Attribute { name: SUPPRESSED, value: "false".to_owned() },
            Attribute { name: LANGUAGE, value: language.code().to_owned() },
        ];
        let subject = |language| mail::subject(self, language);
        Outgoing::new(&subject(language), &subject(Language::En), message.to_string(), attributes)
    }

    /// What to do about those who acted, the first ones; nothing where it is not sure who did.
    pub(super) fn stops(&self) -> (Vec<Stop>, u64) {
        let attributed = self.alarms.iter().filter(|it| it.is_attributed());
        let activity: Vec<Group> = attributed.flat_map(|it| &it.activity).cloned().collect();
        stops(&activity, self.stop_room)
    }

    /// The same with its problems as sentences of a language.
    fn in_language(&self, language: Language) -> Self {
        let mut digest = self.clone();
        let missed = digest.alarms.iter_mut().map(|it| &mut it.problems);
        for problem in missed.chain([&mut digest.problems]).flatten() {
            *problem = Unknown::Said(mail::sentence(problem, language));
        }
        digest
    }

    /// Leaves something out; `false` when nothing is left that may be left out.
    fn shrink(&mut self) -> bool {
        let groups = self.alarms.iter().map(|missed| missed.activity.len()).max().unwrap_or_default();
        if groups > 3 {
            self.keep_groups(groups / 2);
        } else if self.stop_room > 0 && !self.stops().0.is_empty() {
            self.stop_room = 0;
            self.problem(Unknown::Problem(Problem::NoRoom(Room::Stops)));
        } else if self.alarms.iter().any(|missed| !missed.search.is_empty()) {
            self.alarms.iter_mut().for_each(|missed| missed.search.clear());
            self.problem(Unknown::NoRoomForSearches);
        } else if self.alarms.len() > 1 || self.still_in_alarm.len() > 1 || self.sent_by_cloudwatch.len() > 1 {
            let longest = self.alarms.len().max(self.still_in_alarm.len()).max(self.sent_by_cloudwatch.len());
            self.keep_alarms((longest * 3 / 4).max(1));
        } else if self.problems.len() > 3 {
            self.problems.truncate(2);
            self.problem(Unknown::NoRoomForProblems);
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
