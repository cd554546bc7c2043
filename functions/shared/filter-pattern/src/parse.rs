//! Text in, pattern out. One file per part of the grammar; each leaves the cursor behind what it read.

mod cursor;
mod delimited;
mod expr;
mod json;
mod selector;
mod terms;
mod value;

use std::str::FromStr;

use crate::error::{ErrorKind, PatternError};
use crate::kind::Kind;
use crate::regex::Regex;
use crate::selector::Selector;
use crate::text::MAX_LENGTH;
use cursor::Cursor;

/// Decides by the first character which of AWS's pattern languages it is.
pub(crate) fn pattern(text: &str) -> Result<Kind, PatternError> {
    let length = text.chars().count();
    if length > MAX_LENGTH {
        let at = text.char_indices().nth(MAX_LENGTH).map_or(text.len(), |(at, _)| at);
        let reason = format!("the pattern has {length} characters, {MAX_LENGTH} are allowed");
        return Err(PatternError::new(ErrorKind::TooLong { length }, text, at, reason)
            .hint("shorten values with a wildcard at their end, or make a second filter for the same metric"));
    }
    let mut cursor = Cursor::new(text);
    match text.chars().next() {
        Some('{') => json::pattern(&mut cursor),
        Some('[') => delimited::pattern(&mut cursor),
        Some('%') => lone_regex(&mut cursor),
        _ => terms::pattern(&mut cursor),
    }
}

impl Selector {
    /// Reads a selector that stands alone, such as a metric filter's `metricValue`: `$.size`.
    ///
    /// # Errors
    /// [`PatternError`] when it is none, or when something follows it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut cursor = Cursor::new(text);
        let selector = selector::selector(&mut cursor)?;
        if cursor.is_at_end() {
            return Ok(selector);
        }
        Err(cursor.invalid("the selector ends here, but the text goes on"))
    }
}

impl FromStr for Selector {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

/// `%regex%` as the whole pattern.
fn lone_regex(cursor: &mut Cursor<'_>) -> Result<Kind, PatternError> {
    let regex: Regex = value::regex(cursor)?;
    cursor.skip_blanks();
    if cursor.is_at_end() {
        return Ok(Kind::Regex(regex));
    }
    Err(cursor
        .invalid("a regular expression in a text pattern stands alone")
        .hint("join alternatives with | inside the regular expression"))
}
