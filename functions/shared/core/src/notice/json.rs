//! The notice as JSON: `yakei.notice/1`, as `infra/notice.schema.json` describes it.

use serde::{Serialize, Serializer};

use super::model::{AlarmPart, Notice, Search};
use crate::activity::Group;

/// The schema's name, raised when a member changes its meaning.
pub const SCHEMA: &str = "yakei.notice/1";

impl Notice {
    /// The notice as JSON on one line.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

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
    suppressed: bool,
    problems: &'a [String],
}

impl Serialize for Notice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
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
            from_known: _,
            activity,
            more,
            nearby,
            ignored,
            ignored_because,
            problems,
        } = self;
        let members = Members {
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
            suppressed: self.is_suppressed(),
            problems,
        };
        members.serialize(serializer)
    }
}
