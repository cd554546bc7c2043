//! A notice: what the person on watch is told about one alarm, and how it is written down.
//!
//! A notice holds no text that has not been cleaned, and what [`Notice::outgoing`] makes of it always
//! fits SNS's limits: what does not fit is left out whole and counted, never cut.

mod answers;
pub(crate) mod chat;
mod json;
mod language;
mod link;
mod mail;
mod marks;
mod model;
mod outgoing;
mod problem;
mod shell;
mod stop;
mod style;
mod words;

pub(crate) use answers::{history, steps};
pub use json::SCHEMA;
pub use language::Language;
pub(crate) use language::{facts, words as language_words};
pub use marks::{LANGUAGE, SUPPRESSED, TOLD, mail_policy};
pub use model::{AlarmPart, Body, Meaning, Notice, Said, Search};
pub use outgoing::{Attribute, LIMIT_BYTES, Outgoing, SUBJECT_CHARS};
pub use problem::{Bound, Envelope, Problem, Room};
pub(crate) use stop::stops;
pub use stop::{Does, Of, Step, Stop};
pub use style::Style;
pub(crate) use words::{name, origin};

#[cfg(test)]
mod answers_tests;
#[cfg(test)]
mod language_tests;
#[cfg(test)]
mod link_tests;
#[cfg(test)]
mod tests;
