//! `{ … }`: conditions on members of a JSON event.

use super::cursor::Cursor;
use super::expr::expression;
use super::selector::selector;
use super::value::comparison;
use crate::condition::{Condition, Test};
use crate::error::{ErrorKind, PatternError};
use crate::json::JsonPattern;
use crate::kind::Kind;

pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Result<Kind, PatternError> {
    if !cursor.text.ends_with('}') {
        let trimmed = cursor.text.trim_end();
        let error = cursor.error(ErrorKind::UnclosedJson, cursor.text.len(), "the pattern does not end with '}'");
        return Err(if trimmed.ends_with('}') {
            PatternError::new(ErrorKind::UnclosedJson, cursor.text, trimmed.len(), "blanks stand after the last '}'")
                .hint("remove the blanks and line breaks around the pattern")
        } else {
            error.hint("add the closing '}'")
        });
    }
    cursor.eat("{");
    let expr = expression(cursor, &['}'], condition)?;
    cursor.eat("}");
    if !cursor.is_at_end() {
        return Err(cursor.invalid("the pattern goes on after its closing '}'").hint("remove what follows the '}'"));
    }
    Ok(Kind::Json(JsonPattern::new(expr)))
}

fn condition(cursor: &mut Cursor<'_>) -> Result<Condition, PatternError> {
    let selector = selector(cursor)?;
    cursor.skip_blanks();
    let test = match comparison(cursor)? {
        Some(test) => test,
        None => keyword(cursor, &selector.to_string())?,
    };
    Ok(Condition { selector, test })
}

/// `IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`: in upper case, as the user guide has them.
fn keyword(cursor: &mut Cursor<'_>, selector: &str) -> Result<Test, PatternError> {
    let at = cursor.at;
    let first = word(cursor);
    match first {
        "IS" => {
            cursor.skip_blanks();
            let second_at = cursor.at;
            match word(cursor) {
                "NULL" => Ok(Test::IsNull),
                "TRUE" => Ok(Test::IsTrue),
                "FALSE" => Ok(Test::IsFalse),
                second => Err(no_such_is(cursor, second_at, second, selector)),
            }
        }
        "NOT" => {
            cursor.skip_blanks();
            let second_at = cursor.at;
            match word(cursor) {
                "EXISTS" => Ok(Test::NotExists),
                second => Err(cursor
                    .error(term_or_place(second), second_at, "after NOT only EXISTS may stand")
                    .hint(format!("write {selector} NOT EXISTS, or use != for a value"))),
            }
        }
        other => Err(no_operator(cursor, at, other, selector)),
    }
}

fn no_such_is(cursor: &Cursor<'_>, at: usize, second: &str, selector: &str) -> PatternError {
    let hint = match second {
        "NOT" => format!(
            "IS NOT is not supported; for a string or number that is there write {selector} = *, \
             for a boolean IS TRUE or IS FALSE"
        ),
        _ if ["null", "true", "false"].contains(&second.to_ascii_lowercase().as_str()) => {
            format!("keywords are in upper case: {selector} IS {}", second.to_ascii_uppercase())
        }
        _ => format!("compare a value with =: {selector} = …"),
    };
    cursor.error(term_or_place(second), at, "after IS only NULL, TRUE or FALSE may stand").hint(hint)
}

fn no_operator(cursor: &Cursor<'_>, at: usize, found: &str, selector: &str) -> PatternError {
    let reason = "expected an operator after the selector: = != < <= > >= IS or NOT EXISTS";
    let hint = match found.to_ascii_uppercase().as_str() {
        "EXISTS" => Some(format!("EXISTS is not supported; for a string or number that is there write {selector} = *")),
        "IS" | "NOT" => Some("keywords are in upper case: IS NULL, IS TRUE, IS FALSE, NOT EXISTS".to_owned()),
        "LIKE" | "MATCHES" | "CONTAINS" => Some(format!("write {selector} = \"*part*\" or {selector} = %regex%")),
        "IN" => Some(format!("write {selector} = \"a\" || {selector} = \"b\"")),
        "EQ" | "EQUALS" => Some("write =".to_owned()),
        _ => None,
    };
    cursor.error(term_or_place(found), at, reason).maybe_hint(hint)
}

/// AWS names a term where there is one.
fn term_or_place(term: &str) -> ErrorKind {
    if term.is_empty() { ErrorKind::Invalid } else { ErrorKind::InvalidTerm { term: term.to_owned() } }
}

fn word<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.take_while(|c| !c.is_ascii_whitespace() && !"=!<>(){}&|\"%".contains(c))
}
