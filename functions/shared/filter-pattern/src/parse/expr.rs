//! `&&`, `||` and parentheses. A stack of its own instead of recursion: a thousand parentheses need no thousand frames.

use super::cursor::Cursor;
use crate::error::{ErrorKind, PatternError};
use crate::expr::Expr;

/// What stands between a parenthesis and the cursor: `||` groups that are complete, and the `&&` group being read.
struct Open<C> {
    at: usize,
    any: Vec<Expr<C>>,
    all: Vec<Expr<C>>,
}

impl<C> Open<C> {
    fn new(at: usize) -> Self {
        Self { at, any: Vec::new(), all: Vec::new() }
    }

    fn end_group(&mut self) {
        self.any.push(Expr::all(std::mem::take(&mut self.all)));
    }

    fn finish(mut self) -> Expr<C> {
        self.end_group();
        Expr::any(self.any)
    }
}

/// Reads up to one of `ends`, which it leaves; `condition` reads a single condition.
pub(super) fn expression<'a, C>(
    cursor: &mut Cursor<'a>,
    ends: &[char],
    mut condition: impl FnMut(&mut Cursor<'a>) -> Result<C, PatternError>,
) -> Result<Expr<C>, PatternError> {
    let mut outer: Vec<Open<C>> = Vec::new();
    let mut here = Open::new(cursor.at);
    loop {
        cursor.skip_blanks();
        let at = cursor.at;
        if cursor.eat("(") {
            outer.push(std::mem::replace(&mut here, Open::new(at)));
            continue;
        }
        here.all.push(Expr::Is(condition(cursor)?));
        loop {
            cursor.skip_blanks();
            if cursor.eat("&&") {
                break;
            }
            if cursor.eat("||") {
                here.end_group();
                break;
            }
            if cursor.peek() == Some(')') {
                let Some(parent) = outer.pop() else {
                    return Err(cursor.invalid("this ')' closes nothing").hint("remove it, or add the missing '('"));
                };
                cursor.eat(")");
                let inside = std::mem::replace(&mut here, parent).finish();
                here.all.push(inside);
                continue;
            }
            if cursor.peek().is_none_or(|c| ends.contains(&c)) {
                if !outer.is_empty() {
                    let reason = "this '(' is never closed";
                    return Err(cursor.error(ErrorKind::Invalid, here.at, reason).hint("add the missing ')'"));
                }
                return Ok(here.finish());
            }
            return Err(leftover(cursor));
        }
    }
}

/// Something stands behind a condition that joins nothing.
fn leftover(cursor: &Cursor<'_>) -> PatternError {
    let rest = cursor.rest();
    let term: String = rest.chars().take_while(|c| !c.is_whitespace() && !"()".contains(*c)).take(60).collect();
    let error = cursor.invalid_term(cursor.at, &term, "expected && or || or the end after a condition");
    let joined_by = |operator: &str| Some(format!("conditions are joined with {operator}"));
    let hint = match term.to_ascii_lowercase().as_str() {
        "and" | "&" | "," | ";" => joined_by("&&"),
        "or" | "|" => joined_by("||"),
        "not" => Some("write != in the condition, or the selector before NOT EXISTS".to_owned()),
        t if t.starts_with('&') => joined_by("&&"),
        t if t.starts_with('|') => joined_by("||"),
        t if t.starts_with('$') => Some("put && or || between two conditions".to_owned()),
        "" if rest.starts_with('(') => Some("put && or || between two conditions".to_owned()),
        _ => Some("put a value that has blanks or other special characters into double quotes".to_owned()),
    };
    if term.is_empty() {
        cursor.invalid("expected && or || before this '('").maybe_hint(hint)
    } else {
        error.maybe_hint(hint)
    }
}
