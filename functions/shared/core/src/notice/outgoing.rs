//! The notice as an SNS message: subject, message by protocol, attributes.
//!
//! Source: SNS API reference, `Publish`: at most 262,144 bytes with the attributes, a subject of at most
//! 99 ASCII characters, `MessageStructure=json` with a string `default`.

use serde_json::json;

use super::marks::SUPPRESSED;
use super::model::Notice;
use super::problem::{Problem, Room};
use super::style::Style;
use super::words;
use crate::text::subject;

/// What SNS takes at most, message and attributes together.
pub const LIMIT_BYTES: usize = 262_144;
/// What SNS takes as a subject at most.
pub const SUBJECT_CHARS: usize = 99;

/// How many groups of activity are worth trying: some 450 bytes each, in four copies.
const MOST_GROUPS: usize = 150;

/// A message attribute of type `String`; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// What is published for a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The subject, ASCII.
    pub subject: String,
    /// The message, JSON by protocol (`MessageStructure=json`).
    pub message: String,
    /// What subscribers can filter by.
    pub attributes: Vec<Attribute>,
}

impl Outgoing {
    /// What SNS counts.
    pub fn bytes(&self) -> usize {
        let attributes = self.attributes.iter().map(|it| it.name.len() + "String".len() + it.value.len());
        self.message.len() + attributes.sum::<usize>()
    }
}

impl Notice {
    /// The message to publish. A notice that is too large loses its oldest activity first, then searches
    /// and problems; what it loses is counted in `more` or said among the problems.
    pub fn outgoing(&self, style: &Style<'_>) -> Outgoing {
        let mut notice = self.clone();
        notice.keep_newest(MOST_GROUPS);
        loop {
            let outgoing = notice.rendered(style);
            let bytes = outgoing.bytes();
            if bytes <= LIMIT_BYTES || !notice.shrink(bytes) {
                return outgoing;
            }
        }
    }

    fn rendered(&self, style: &Style<'_>) -> Outgoing {
        let (mail, json) = (self.mail(style), self.json(style.language));
        let https = if style.chat { self.chat(style) } else { json.clone() };
        let message =
            json!({"default": mail, "email": mail, "lambda": json, "sqs": json, "http": json, "https": https});
        let subject = subject(&style.language.words().subject(&words::subject(self)), SUBJECT_CHARS);
        Outgoing { subject, message: message.to_string(), attributes: self.attributes() }
    }

    fn keep_newest(&mut self, count: usize) {
        let left_out = self.activity.len().saturating_sub(count);
        self.activity.truncate(count);
        self.more += u64::try_from(left_out).unwrap_or(u64::MAX);
    }

    /// Leaves out something; `false` when nothing is left that may be left out. The parts that always
    /// stay are bounded so that they fit.
    fn shrink(&mut self, bytes: usize) -> bool {
        if self.activity.len() > 1 {
            // In proportion, so that few renderings are needed; always fewer than before.
            let fitting = self.activity.len().saturating_mul(LIMIT_BYTES) / bytes.max(1);
            self.keep_newest(fitting.clamp(1, self.activity.len() - 1));
        } else if self.stop_room > 0 && !self.stops().0.is_empty() {
            self.stop_room = 0;
            self.remark(&Problem::NoRoom(Room::Stops));
        } else if !self.nearby.is_empty() {
            self.nearby.clear();
            self.remark(&Problem::NoRoom(Room::Nearby));
        } else if self.search.len() > 1 {
            self.search.truncate(1);
            self.remark(&Problem::NoRoom(Room::AllSearchesButOne));
        } else if let Some(url) = self.search.iter_mut().find_map(|it| it.console_url.take()) {
            drop(url);
        } else if self.problems.len() > 3 {
            self.problems.truncate(2);
            self.problems.push(Problem::NoRoom(Room::Problems));
        } else {
            return false;
        }
        true
    }

    fn attributes(&self) -> Vec<Attribute> {
        let named =
            |success: bool| self.is_attributed() && self.activity.iter().any(|it| (it.outcome == "Success") == success);
        let outcome = match (named(true), named(false)) {
            (true, true) => "mixed",
            (true, false) => "success",
            (false, true) => "failure",
            (false, false) => "none",
        };
        let all = [
            ("state", Some(self.alarm.state.as_str())),
            ("control", self.control.as_deref()),
            ("severity", self.severity.as_deref()),
            ("account", self.alarm.account.as_deref()),
            ("region", self.alarm.region.as_deref()),
            ("outcome", Some(outcome)),
            ("known", self.from_known.map(|it| if it { "true" } else { "false" })),
            (SUPPRESSED, Some(if self.is_suppressed() { "true" } else { "false" })),
        ];
        let present = all.into_iter().filter_map(|(name, value)| Some((name, value.filter(|it| !it.is_empty())?)));
        present.map(|(name, value)| Attribute { name, value: value.to_owned() }).collect()
    }
}
