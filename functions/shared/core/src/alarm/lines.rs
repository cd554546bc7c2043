//! The log lines that a log alarm's message carries (`PutLogAlarm`, `ActionLogLineCount`: none to fifty).
//!
//! No document that we know shows where in the message they stand, so they are looked for by name: an array called
//! `…LogLines`, `…LogEvents` or `…LogRecords`, in any case, as deep as an alarm's own members go.

use serde_json::Value;

use super::watches::LogQuery;

/// How deep members are looked through.
const DEPTH: usize = 5;
/// More lines than AWS sends.
const MOST: usize = 500;

/// The log query that a message names; `None` when it is no log alarm's.
pub(super) fn log_query(body: &Value) -> Option<LogQuery> {
    let named = |name: &'static str| member(body, &|it| it == name, DEPTH);
    let query = named("querystring").and_then(Value::as_str);
    let is_lines = |name: &str| ["loglines", "logevents", "logrecords"].iter().any(|end| name.ends_with(end));
    let lines = member(body, &is_lines, DEPTH).and_then(Value::as_array);
    if query.is_none() && lines.is_none() && named("scheduledqueryconfiguration").is_none() {
        return None;
    }
    let groups = named("loggroupidentifiers").and_then(Value::as_array);
    Some(LogQuery {
        log_groups: groups.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        query: query.unwrap_or_default().to_owned(),
        lines: lines.map(|lines| lines.iter().take(MOST).map(line).collect()),
        most_lines: named("actionloglinecount").and_then(Value::as_u64).and_then(|it| it.try_into().ok()),
    })
}

/// A line as it stands, in a member called message, or as a record in JSON.
fn line(value: &Value) -> String {
    let inside = || member(value, &|it| it == "message", 0).and_then(Value::as_str);
    value.as_str().or_else(inside).map_or_else(|| value.to_string(), str::to_owned)
}

/// The first member whose name, in lower case and without punctuation, is as wanted, nearest to the top first.
fn member<'v>(value: &'v Value, wanted: &dyn Fn(&str) -> bool, depth: usize) -> Option<&'v Value> {
    let members = value.as_object()?;
    let here = members.iter().find(|(name, value)| !value.is_null() && wanted(&plain(name))).map(|(_, value)| value);
    here.or_else(|| {
        let deeper = depth.checked_sub(1)?;
        members.values().find_map(|value| member(value, wanted, deeper))
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}
