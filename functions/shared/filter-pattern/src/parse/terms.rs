//! Terms: `ERROR "a phrase" -without ?either ?or`.

use super::cursor::Cursor;
use super::value::quoted;
use crate::error::PatternError;
use crate::kind::Kind;
use crate::terms::TextPattern;
use crate::text::{is_term_char, quote};

pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Result<Kind, PatternError> {
    let mut found = TextPattern::default();
    loop {
        cursor.skip_blanks();
        if cursor.is_at_end() {
            break;
        }
        if cursor.at > 0 && found.is_empty() && cursor.rest().starts_with(['{', '[']) {
            return Err(cursor
                .invalid("blanks stand before the pattern")
                .hint("remove the blanks and line breaks around the pattern"));
        }
        let group = if cursor.eat("-") {
            cursor.skip_blanks(); // the user guide prints "ERROR" - "Exiting"
            &mut found.must_not
        } else if cursor.eat("?") {
            &mut found.any
        } else {
            &mut found.must
        };
        group.push(term(cursor)?);
    }
    let found = found.normalized();
    Ok(if found.is_empty() { Kind::Everything } else { Kind::Text(found) })
}

fn term(cursor: &mut Cursor<'_>) -> Result<String, PatternError> {
    let at = cursor.at;
    let content =
        if cursor.peek() == Some('"') { quoted(cursor, '"')? } else { cursor.take_while(is_term_char).to_owned() };
    let quoted = cursor.text.get(at..cursor.at).is_some_and(|term| term.starts_with('"'));
    let complete = cursor.peek().is_none_or(|c| c.is_ascii_whitespace());
    if complete && !content.is_empty() {
        return Ok(content);
    }
    cursor.take_while(|c| !c.is_ascii_whitespace());
    let term = cursor.text.get(at..cursor.at).unwrap_or_default();
    if term.is_empty() {
        return Err(cursor.invalid("a term is missing here").hint("write -term or ?term without a blank"));
    }
    let whole = |reason: &'static str, hint: &str| Err(cursor.invalid_term(at, term, reason).hint(hint));
    if complete {
        return whole("a term cannot be empty", "leave the whole pattern empty to match every event");
    }
    if quoted {
        return whole("a blank is missing after this phrase", "put blanks between terms");
    }
    if term.starts_with('%') {
        return whole("a regular expression stands alone, not among terms", "use it as the whole pattern");
    }
    let reason = "a term without quotes is made of letters, digits and '_'";
    let hint = format!("put it into double quotes: {}", quote(term, '"'));
    Err(cursor.invalid_char(at, term, is_term_char, reason).hint(hint))
}
