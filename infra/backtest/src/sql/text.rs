//! Texts of patterns as SQL has them: nothing in them ends a literal or a path.

use std::fmt::Write as _;

use filter_pattern::view::Step;

use super::Cause;

/// A string literal.
pub(super) fn literal(text: &str) -> Result<String, Cause> {
    if text.contains('\0') {
        return Err(Cause::Nul);
    }
    Ok(format!("'{}'", text.replace('\'', "''")))
}

/// What `LIKE … ESCAPE '!'` takes for exactly this text.
pub(super) fn like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(c);
    }
    escaped
}

/// A path of names and numbers, as a literal: `'$["a"][0]'`.
pub(super) fn path(steps: &[Step<'_>]) -> Result<String, Cause> {
    let mut path = String::from("$");
    for step in steps {
        match step {
            Step::Name(name) => {
                path.push_str("[\"");
                for c in name.chars() {
                    if matches!(c, '"' | '\\') {
                        path.push('\\');
                    }
                    path.push(c);
                }
                path.push_str("\"]");
            }
            Step::Index(index) => {
                let index = i32::try_from(*index).map_err(|_| Cause::Index)?;
                let _ = write!(path, "[{index}]");
            }
            // a wildcard is no step of Trino's paths; whoever asks has taken it out
            Step::AnyMember | Step::AnyElement => {}
        }
    }
    literal(&path)
}
