//! Selectors: `$`, then `.name`, `.*`, `[0]`, `[*]`, `.['any name']`; also without that dot, and with double quotes.

use super::cursor::Cursor;
use super::value::quoted;
use crate::error::{ErrorKind, PatternError};
use crate::selector::{Selector, Step};
use crate::text::is_name_char;

/// Reads a selector; the cursor stands where its `$` should be.
pub(super) fn selector(cursor: &mut Cursor<'_>) -> Result<Selector, PatternError> {
    let start = cursor.at;
    if !cursor.eat("$") {
        return Err(no_selector(cursor));
    }
    let mut selector = Selector { steps: Vec::new() };
    loop {
        let step_at = cursor.at;
        let step = if cursor.rest().starts_with('[') {
            bracket(cursor)?
        } else if cursor.eat(".") {
            match cursor.peek() {
                Some('*') => {
                    cursor.eat("*");
                    Step::AnyMember
                }
                Some('[') => dotted_bracket(cursor)?,
                _ => name(cursor, start, step_at)?,
            }
        } else {
            break;
        };
        if matches!(step, Step::AnyMember | Step::AnyElement) {
            if selector.has_wildcard() {
                return Err(cursor
                    .error(ErrorKind::TooManyWildcards, step_at, "a selector may have one wildcard")
                    .hint("name the other members or elements"));
            }
            cursor.count_wildcard(start)?;
        }
        selector.steps.push(step);
    }
    end(cursor, start)?;
    if selector.steps.is_empty() {
        return Err(cursor
            .error(ErrorKind::Invalid, start, "'$' alone is the whole event; name one of its members")
            .hint("write $.name"));
    }
    Ok(selector)
}

/// What follows a selector must not look like more of it.
fn end(cursor: &mut Cursor<'_>, start: usize) -> Result<(), PatternError> {
    let ends_here = |c: char| c.is_ascii_whitespace() || "=!<>(){}&|,%\"]".contains(c);
    if cursor.peek().is_none_or(ends_here)
        && !(cursor.text.get(start..cursor.at) == Some("$") && cursor.peek() == Some('"'))
    {
        return Ok(());
    }
    let at = cursor.at;
    let tail = cursor.take_while(|c| !(c.is_ascii_whitespace() || "=!<>(){}&|".contains(c))).to_owned();
    let whole = cursor.text.get(start..cursor.at).unwrap_or_default();
    let error = cursor.invalid_term(start, whole, "a selector is '$' and then .name, [0], [*], .* or .['any name']");
    let before = cursor.text.get(start..at).unwrap_or_default();
    Err(match before.rsplit_once('.') {
        Some((path, name)) if !name.contains(']') => error.hint(format!("write {path}.['{name}{tail}']")),
        _ if before == "$" => error.hint(format!("write {}", suggest("$", tail.trim_matches('"')))),
        _ => error,
    })
}

fn name(cursor: &mut Cursor<'_>, start: usize, dot: usize) -> Result<Step, PatternError> {
    let path = cursor.text.get(start..dot).unwrap_or("$");
    let name = cursor.take_while(is_name_char);
    if !name.is_empty() {
        return Ok(Step::Name(name.to_owned()));
    }
    if let Some(mark @ ('"' | '\'')) = cursor.peek() {
        // AWS names the term up to the quote
        let term = format!("{path}.{mark}");
        let at = cursor.at;
        let hint = quoted(cursor, mark).ok().map(|name| format!("write {}", suggest(path, &name)));
        cursor.at = at;
        return Err(cursor.invalid_term(start, &term, "a name after a dot has no quotes").maybe_hint(hint));
    }
    let odd = cursor.take_while(|c| !(c.is_ascii_whitespace() || "=!<>(){}&|.[".contains(c)));
    if odd.is_empty() {
        return Err(cursor
            .invalid("a name is missing after this dot")
            .hint("write $.name, with one dot before each name"));
    }
    let term = cursor.text.get(start..cursor.at).unwrap_or_default();
    let reason = "a name after a dot is letters, digits, '_' and '-'";
    Err(cursor.invalid_term(start, term, reason).hint(format!("write {path}.['{odd}']")))
}

/// A selector for `name` below `path`, in the simpler of its two forms.
fn suggest(path: &str, name: &str) -> String {
    if !name.is_empty() && name.chars().all(is_name_char) {
        format!("{path}.{name}")
    } else {
        format!("{path}.['{name}']")
    }
}

/// `.['name']`: after a dot only a name may stand in brackets.
fn dotted_bracket(cursor: &mut Cursor<'_>) -> Result<Step, PatternError> {
    let at = cursor.at;
    match bracket(cursor)? {
        step @ Step::Name(_) => Ok(step),
        _ => Err(cursor
            .error(ErrorKind::Invalid, at, "there is no dot before the index of an array")
            .hint("write $.list[0] or $.list[*]")),
    }
}

fn bracket(cursor: &mut Cursor<'_>) -> Result<Step, PatternError> {
    let open = cursor.at;
    cursor.eat("[");
    let step = match cursor.peek() {
        Some('*') => {
            cursor.eat("*");
            Step::AnyElement
        }
        Some(mark @ ('"' | '\'')) => {
            let name = quoted(cursor, mark)?;
            if name.is_empty() {
                return Err(cursor.error(ErrorKind::Invalid, open, "the name in these brackets is empty"));
            }
            Step::Name(name)
        }
        Some(c) if c.is_ascii_digit() => {
            let digits = cursor.take_while(|c| c.is_ascii_digit());
            let index =
                digits.parse().map_err(|_| cursor.error(ErrorKind::Invalid, open, "this index is too large"))?;
            Step::Index(index)
        }
        _ => {
            return Err(cursor
                .error(ErrorKind::Invalid, open, "in brackets stands an index from 0 on, * or a quoted name")
                .hint("write [0], [*] or .['name']"));
        }
    };
    if cursor.eat("]") {
        return Ok(step);
    }
    Err(cursor.error(ErrorKind::Invalid, open, "this '[' is not closed by a ']' after its index or name"))
}

/// A condition has to begin with a selector; say what was probably meant.
fn no_selector(cursor: &mut Cursor<'_>) -> PatternError {
    let at = cursor.at;
    let word = cursor.take_while(|c| !(c.is_ascii_whitespace() || "=!<>(){}&|,".contains(c))).to_owned();
    cursor.at = at;
    let reason = "expected a condition, which begins with a selector such as $.eventName";
    let error = if word.is_empty() { cursor.invalid(reason) } else { cursor.invalid_term(at, &word, reason) };
    let hint = match (word.as_str(), cursor.peek()) {
        ("", None | Some('}')) => Some("write a condition such as $.eventName = \"ConsoleLogin\" here".to_owned()),
        ("", Some('!')) | ("NOT" | "not", _) => {
            Some("there is no negation of an expression; write != in the condition, or $.name NOT EXISTS".to_owned())
        }
        ("EXISTS" | "exists", _) => Some("write $.name = * for a string or number that is there".to_owned()),
        ("", _) => None,
        (name, _)
            if name.chars().all(|c| is_name_char(c) || c == '.') && !name.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            Some(format!("write $.{}", name.trim_start_matches('.')))
        }
        _ => Some("the selector stands left of the operator, the value right of it".to_owned()),
    };
    error.maybe_hint(hint)
}
