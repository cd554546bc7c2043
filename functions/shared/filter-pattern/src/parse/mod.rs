//! Text in, pattern out. One file per part of the grammar; each leaves the cursor behind what it read.

mod cursor;
mod delimited;
mod expr;
mod json;
mod selector;
mod text;
mod value;

use crate::error::{ErrorKind, PatternError};
use crate::pattern::{Kind, Pattern};
use crate::regex::Regex;
use crate::selector::Selector;
use cursor::Cursor;

/// Decides by the first character which of AWS's pattern languages it is.
pub(crate) fn pattern(text: &str) -> Result<Kind, PatternError> {
    let length = text.chars().count();
    if length > Pattern::MAX_LENGTH {
        let at = text.char_indices().nth(Pattern::MAX_LENGTH).map_or(text.len(), |(at, _)| at);
        let reason = format!("the pattern has {length} characters, {} are allowed", Pattern::MAX_LENGTH);
        return Err(PatternError::new(ErrorKind::TooLong { length }, text, at, reason)
            .hint("shorten values with a wildcard at their end, or make a second filter for the same metric"));
    }
    let mut cursor = Cursor::new(text);
    match text.chars().next() {
        Some('{') => json::pattern(&mut cursor),
        Some('[') => delimited::pattern(&mut cursor),
        Some('%') => lone_regex(&mut cursor),
        _ => text::pattern(&mut cursor),
    }
}

/// A selector and nothing else.
pub(crate) fn lone_selector(text: &str) -> Result<Selector, PatternError> {
    let mut cursor = Cursor::new(text);
    let selector = selector::selector(&mut cursor)?;
    if cursor.is_at_end() { Ok(selector) } else { Err(cursor.invalid("the selector ends here, but the text goes on")) }
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
