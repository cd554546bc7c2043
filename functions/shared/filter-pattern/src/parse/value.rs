//! Values: `"quoted"`, `bare`, numbers and `%regex%`, and what stands before them: the operators.

use super::cursor::Cursor;
use crate::condition::{Operand, Relation, Test};
use crate::error::{ErrorKind, PatternError};
use crate::glob::Glob;
use crate::number::{Number, is_number};
use crate::regex::{Problem, Regex};
use crate::text::{is_bare_char, quote};

/// An operator and its value; `None` when no operator comes next.
pub(super) fn comparison(cursor: &mut Cursor<'_>) -> Result<Option<Test>, PatternError> {
    let at = cursor.at;
    let symbols = cursor.take_while(|c| "=!<>~:".contains(c));
    let (operator, mend) = match symbols {
        "" => return Ok(None),
        "=" | "!=" | "<" | "<=" | ">" | ">=" => (symbols, None),
        "==" | "===" | ":" | ":=" => ("", Some("write =")),
        "!==" | "<>" | "=!" | "!" => ("", Some("write !=")),
        "=>" => ("", Some("write >=")),
        "=<" => ("", Some("write <=")),
        "=~" | "~" | "~=" => ("", Some("write = %regex%")),
        "!~" => ("", Some("write != %regex%")),
        _ => ("", Some("the operators are = != < <= > >=")),
    };
    if let Some(mend) = mend {
        return Err(cursor.invalid_term(at, symbols, format!("there is no operator {symbols}")).hint(mend));
    }
    cursor.skip_blanks();
    Ok(Some(match operator {
        "=" => Test::Equal(operand(cursor)?),
        "!=" => Test::NotEqual(operand(cursor)?),
        "<" => Test::Order(Relation::Less, number(cursor, operator)?),
        "<=" => Test::Order(Relation::LessOrEqual, number(cursor, operator)?),
        ">" => Test::Order(Relation::Greater, number(cursor, operator)?),
        _ => Test::Order(Relation::GreaterOrEqual, number(cursor, operator)?),
    }))
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, PatternError> {
    match cursor.peek() {
        Some('"') => Ok(Operand::Text(Glob::new(&quoted(cursor, '"')?))),
        Some('%') => {
            cursor.count_regex(cursor.at)?;
            regex(cursor).map(Operand::Regex)
        }
        _ => bare(cursor),
    }
}

/// A value without quotes.
fn bare(cursor: &mut Cursor<'_>) -> Result<Operand, PatternError> {
    let at = cursor.at;
    let term = bare_term(cursor);
    if let Some(number) = Number::parse(term) {
        return Ok(Operand::Number(number));
    }
    if term.is_empty() {
        return Err(cursor.invalid("a value is missing here").hint("write \"\" for the empty string"));
    }
    if term.chars().all(is_bare_char) {
        return Ok(Operand::Text(Glob::new(term)));
    }
    let unquoted = term.trim_matches('\'');
    let hint = if term.starts_with('\'') || term.starts_with(['“', '”', '‘', '’', '`']) {
        format!("strings take straight double quotes: \"{}\"", unquoted.trim_matches(['“', '”', '‘', '’', '`']))
    } else if term.contains(char::is_whitespace) {
        "a no-break space or another odd blank is in it: replace that by a plain one".to_owned()
    } else if term.starts_with('$') {
        "a member cannot be compared with another member; only with a value".to_owned()
    } else {
        format!("put it into double quotes: {}", quote(term, '"'))
    };
    let reason = "a string without quotes is made of letters, digits, '_', '.' and '*'";
    Err(cursor.invalid_char(at, term, is_bare_char, reason).hint(hint))
}

/// The value of `<`, `<=`, `>`, `>=`: an unquoted number.
fn number(cursor: &mut Cursor<'_>, operator: &str) -> Result<Number, PatternError> {
    let at = cursor.at;
    let reason = format!("{operator} compares with an unquoted number only");
    if cursor.peek() == Some('"') {
        let content = quoted(cursor, '"')?;
        let term = cursor.text.get(at..cursor.at).unwrap_or_default();
        let hint = if is_number(&content) {
            format!("write {operator} {content}")
        } else {
            "compare strings with =, != or a %regex%".to_owned()
        };
        return Err(cursor.invalid_term(at, term, reason).hint(hint));
    }
    let term = bare_term(cursor);
    if let Some(number) = Number::parse(term) {
        return Ok(number);
    }
    if term.is_empty() {
        cursor.at = at;
        return Err(cursor.invalid("a number is missing here"));
    }
    Err(cursor.invalid_term(at, term, reason).hint("compare strings with =, != or a %regex%"))
}

/// Up to the next blank or sign of the grammar.
fn bare_term<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let start = cursor.at;
    cursor.take_while(|c| !c.is_ascii_whitespace() && !"(){}[]&|,<>=\"".contains(c));
    // `x!` belongs together, `x!=` does not
    if cursor.peek() == Some('=') && cursor.text.get(start..cursor.at).is_some_and(|term| term.ends_with('!')) {
        cursor.at -= 1;
    }
    cursor.text.get(start..cursor.at).unwrap_or_default()
}

/// A string in quotes; `\\` and an escaped quote are its escapes, any other backslash is itself.
pub(super) fn quoted(cursor: &mut Cursor<'_>, mark: char) -> Result<String, PatternError> {
    let open = cursor.at;
    let mut content = String::new();
    let mut chars = cursor.rest().char_indices().skip(1).peekable();
    while let Some((offset, c)) = chars.next() {
        if c == mark {
            cursor.at = open + offset + c.len_utf8();
            return Ok(content);
        }
        match chars.peek() {
            Some((_, next)) if c == '\\' && (*next == '\\' || *next == mark) => {
                content.push(*next);
                chars.next();
            }
            _ => content.push(c),
        }
    }
    Err(cursor
        .error(ErrorKind::Invalid, open, "this quoted string is never closed")
        .hint("add the closing quote; inside a string a quote is written \\\""))
}

/// `%regex%`
pub(super) fn regex(cursor: &mut Cursor<'_>) -> Result<Regex, PatternError> {
    let open = cursor.at;
    cursor.eat("%");
    let source = cursor.take_while(|c| c != '%');
    if !cursor.eat("%") {
        return Err(cursor
            .error(ErrorKind::Invalid, open, "this regular expression is never closed")
            .hint("a regular expression stands between two %; a text with a % goes into double quotes"));
    }
    Regex::parse(source).map_err(|Problem { at, fault }| {
        let term = cursor.text.get(open..cursor.at).unwrap_or_default();
        let kind = ErrorKind::InvalidTerm { term: term.to_owned() };
        cursor.error(kind, open + 1 + at, fault.to_string()).maybe_hint(fault.mend())
    })
}
