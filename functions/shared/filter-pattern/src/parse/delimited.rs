//! `[ip, user, ..., status = 4*, bytes > 1000]`: fields of a space-delimited event.

use super::cursor::Cursor;
use super::expr::expression;
use super::value::comparison;
use crate::condition::Test;
use crate::delimited::{Delimited, Slot};
use crate::error::{ErrorKind, PatternError};
use crate::kind::Kind;
use crate::text::is_name_char;

pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Result<Kind, PatternError> {
    if !cursor.text.ends_with(']') {
        let trimmed = cursor.text.trim_end().len();
        let hint = if cursor.text.trim_end().ends_with(']') {
            "remove the blanks and line breaks around the pattern"
        } else {
            "add the closing ']', or put the term into double quotes if it is a text to search"
        };
        let reason = "the pattern does not end with ']'";
        return Err(cursor.error(ErrorKind::UnclosedDelimited, trimmed, reason).hint(hint));
    }
    cursor.eat("[");
    let mut slots = Vec::new();
    loop {
        cursor.skip_blanks();
        let at = cursor.at;
        let slot = slot(cursor)?;
        if slot == Slot::Rest && slots.contains(&Slot::Rest) {
            return Err(cursor.error(ErrorKind::Invalid, at, "'...' may stand once in a pattern"));
        }
        slots.push(slot);
        cursor.skip_blanks();
        if !cursor.eat(",") {
            break;
        }
    }
    if !cursor.eat("]") {
        return Err(cursor.invalid("expected ',' or ']' after a field").hint("fields are separated by commas"));
    }
    if !cursor.is_at_end() {
        return Err(cursor.invalid("the pattern goes on after its closing ']'").hint("remove what follows the ']'"));
    }
    if slots == [Slot::BLANK] {
        slots.clear(); // [] names no field and matches every event
    }
    Ok(Kind::Delimited(Delimited { slots }))
}

fn slot(cursor: &mut Cursor<'_>) -> Result<Slot, PatternError> {
    if cursor.eat("...") {
        return Ok(Slot::Rest);
    }
    let start = cursor.at;
    let name = cursor.take_while(is_name_char);
    cursor.skip_blanks();
    if matches!(cursor.peek(), None | Some(',' | ']')) {
        let name = (!name.is_empty()).then(|| name.to_owned());
        return Ok(Slot::Field { name, test: None });
    }
    cursor.at = start;
    let mut field: Option<String> = None;
    let test = expression(cursor, &[',', ']'], |cursor| condition(cursor, &mut field))?;
    Ok(Slot::Field { name: field, test: Some(test) })
}

/// `name op value`; all conditions of a slot are about the one field that the slot stands for.
fn condition(cursor: &mut Cursor<'_>, field: &mut Option<String>) -> Result<Test, PatternError> {
    let at = cursor.at;
    let name = cursor.take_while(is_name_char).to_owned();
    if name.is_empty() {
        return Err(unnamed(cursor));
    }
    match field {
        None => *field = Some(name),
        Some(first) if *first == name => {}
        Some(first) => {
            let reason = format!("this slot is about the field {first}");
            return Err(cursor
                .invalid_term(at, &name, reason)
                .hint(format!("write {first} here, or use {name}'s own slot")));
        }
    }
    cursor.skip_blanks();
    comparison(cursor)?.ok_or_else(|| {
        cursor
            .invalid("expected an operator, ',' or ']' after the name of a field")
            .hint("names are letters, digits, '_' and '-'; the operators are = != < <= > >=")
    })
}

fn unnamed(cursor: &mut Cursor<'_>) -> PatternError {
    let at = cursor.at;
    let term = cursor.take_while(|c| !c.is_ascii_whitespace() && !",]=".contains(c)).to_owned();
    cursor.at = at;
    let reason = "expected the name of a field: letters, digits, '_' and '-'";
    let hint = match cursor.peek() {
        Some('.' | '…') => Some("write ... for any number of fields".to_owned()),
        Some('=') => Some("name the field left of the operator: [w1 = ERROR, w2]".to_owned()),
        Some('"') => Some("name the field and compare it: [w1 = \"…\", w2]".to_owned()),
        _ => Some("put the term into double quotes if it is a text to search".to_owned()),
    };
    let error = if term.is_empty() { cursor.invalid(reason) } else { cursor.invalid_term(at, &term, reason) };
    error.maybe_hint(hint)
}
