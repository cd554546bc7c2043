//! How a notice is rendered: what is not in it but in the watch's configuration.

use jiff::tz::TimeZone;

use super::language::Language;
use crate::plan::Cost;

/// What is not in the notice itself but in the watch's configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style<'a> {
    /// Zone of the local time shown beside UTC; UTC alone without one.
    pub local: Option<&'a TimeZone>,
    /// The language of everything that people read.
    pub language: Language,
    /// What happened, in the words of the control and of the language; else the alarm's own description is shown.
    pub notice: Option<&'a str>,
    /// What to do next for this control, one sentence.
    pub next: Option<&'a str>,
    /// Whether HTTPS subscribers get the AWS chat applications' custom notification instead of the JSON.
    pub chat: bool,
    /// What the config asks for besides the watch itself, with its price: a digest ends with it.
    pub costs: &'a [Cost],
}
