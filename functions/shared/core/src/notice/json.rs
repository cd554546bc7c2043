//! The notice as JSON: `yakei.notice/1`, as `infra/notice.schema.json` describes it.

use serde::Serialize;

use super::language::Language;
use super::model::{AlarmPart, Notice, Search};
use super::stop::Stop;
use crate::activity::Group;

/// The schema's name, raised when a member changes its meaning.
pub const SCHEMA: &str = "yakei.notice/1";

/// The members, in their order.
#[expect(clippy::struct_excessive_bools, reason = "each is a member of its own in the JSON")]
#[derive(Serialize)]
struct Members<'a> {
    schema: &'static str,
    id: &'a str,
    alarm: &'a AlarmPart,
    control: Option<&'a str>,
    severity: Option<&'a str>,
    search: &'a [Search],
    expected: Option<u64>,
    found: u64,
    at_least: bool,
    complete: bool,
    gaps: Vec<&'static str>,
    attributed: bool,
    activity: &'a [Group],
    more: u64,
    nearby: &'a [Group],
    ignored: u64,
    ignored_because: &'a [String],
    stop: Vec<Stop>,
    stop_more: u64,
    suppressed: bool,
    problems: Vec<String>,
    language: Language,
}

impl Notice {
    /// The notice as JSON on one line, its sentences in a language.
    pub fn json(&self, language: Language) -> String {
        serde_json::to_string(&self.in_language(language)).unwrap_or_default()
    }

    /// The notice's JSON, its sentences in a language.
    pub fn in_language(&self, language: Language) -> impl Serialize {
        // Taken apart so that a new member of a notice does not compile until it is thought of here.
        let Self {
            id,
            alarm,
            control,
            severity,
            search,
            expected,
            found,
            at_least,
            gaps: _,
            about_others: _,
            meaning: _,
            said: _,
            from_known: _,
            activity,
            more,
            nearby,
            stop_room: _,
            ignored,
            ignored_because,
            problems,
        } = self;
        let (stop, stop_more) = self.stops();
        Members {
            schema: SCHEMA,
            id,
            alarm,
            control: control.as_deref(),
            severity: severity.as_deref(),
            search,
            expected: *expected,
            found: *found,
            at_least: *at_least,
            complete: self.is_complete(),
            gaps: self.gaps(),
            attributed: self.is_attributed(),
            activity,
            more: *more,
            nearby,
            ignored: *ignored,
            ignored_because,
            stop,
            stop_more,
            suppressed: self.is_suppressed(),
            problems: problems.iter().map(|it| language.problem(it)).collect(),
            language,
        }
    }
}
