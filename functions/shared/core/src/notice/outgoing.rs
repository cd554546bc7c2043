//! The notice as an SNS message: subject, message by protocol, attributes.
//!
//! Source: SNS API reference, `Publish`: at most 262,144 bytes with the attributes, a subject of UTF-8 text without line
//! breaks and control characters that is shorter than 100 characters, `MessageStructure=json` with a string `default`.
//! Other pages of AWS's still rewrite subjects to ASCII: whoever publishes has such a form at hand for the case that SNS
//! refuses the other.

use serde_json::json;

use super::language::Language;
use super::marks::{LANGUAGE, SUPPRESSED};
use super::model::Notice;
use super::problem::{Problem, Room};
use super::style::Style;
use super::words;
use crate::text::{self, ascii_subject};

/// What SNS takes at most, message and attributes together.
pub const LIMIT_BYTES: usize = 262_144;
/// What SNS takes as a subject at most; counted in UTF-16, as the longest that a character may mean.
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
    /// The subject.
    pub subject: String,
    /// The subject in ASCII, in English, for when SNS refuses the other with `InvalidParameter`.
    pub ascii_subject: String,
    /// The message, JSON by protocol (`MessageStructure=json`).
    pub message: String,
    /// What subscribers can filter by.
    pub attributes: Vec<Attribute>,
}

impl Outgoing {
    /// A message; its subject in its own language, and in English for the form in ASCII, both however long.
    pub(crate) fn new(subject: &str, english: &str, message: String, attributes: Vec<Attribute>) -> Self {
        let ascii_subject = ascii_subject(english, SUBJECT_CHARS);
        Self { subject: text::subject(subject, SUBJECT_CHARS), ascii_subject, message, attributes }
    }

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
        let subject = |language: Language| language.words().subject(&words::subject(self));
        let attributes = self.attributes(style.language);
        Outgoing::new(&subject(style.language), &subject(Language::En), message.to_string(), attributes)
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

    fn attributes(&self, language: Language) -> Vec<Attribute> {
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
            (LANGUAGE, Some(language.code())),
            (SUPPRESSED, Some(if self.is_suppressed() { "true" } else { "false" })),
        ];
        let present = all.into_iter().filter_map(|(name, value)| Some((name, value.filter(|it| !it.is_empty())?)));
        present.map(|(name, value)| Attribute { name, value: value.to_owned() }).collect()
    }
}
