//! What stands behind a member's name, as far as its first bytes tell. What is no JSON need not be known as such.

use std::str::from_utf8;

use memchr::memchr;

use crate::number::Numeral;
use crate::scalar::Seen;

/// What stands behind a string that may be a name.
#[derive(Debug)]
pub(super) enum Behind<'a> {
    /// It is no name.
    Nothing,
    /// A value that is written with an escape, is not to the end in these bytes, or is no text.
    Unknown,
    Value(Seen<'a>),
}

/// What stands behind the string whose last quote is before `at`.
pub(super) fn behind(record: &[u8], at: usize) -> Behind<'_> {
    let rest = skip_blanks(record.get(at..).unwrap_or_default());
    let rest = match rest.split_first() {
        None => return Behind::Unknown,
        Some((b':', rest)) => skip_blanks(rest),
        Some(_) => return Behind::Nothing,
    };
    Behind::Value(match rest.first() {
        None => return Behind::Unknown,
        Some(b'"') => {
            let content = rest.get(1..).unwrap_or_default();
            let content = memchr(b'"', content).and_then(|end| content.get(..end));
            match content.filter(|it| memchr(b'\\', it).is_none()).and_then(|it| from_utf8(it).ok()) {
                Some(text) => Seen::Text(text.into()),
                None => return Behind::Unknown,
            }
        }
        Some(b'{') => Seen::Object,
        Some(b'[') => Seen::Array,
        Some(b't') => Seen::Bool(true),
        Some(b'f') => Seen::Bool(false),
        Some(b'n') => Seen::Null,
        Some(_) => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'"' | b' ' | b'\t' | b'\n' | b'\r');
            match rest.iter().position(ends).and_then(|end| from_utf8(rest.get(..end)?).ok()) {
                Some(text) => Seen::Number(Numeral::new(text)),
                None => return Behind::Unknown,
            }
        }
    })
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    text.get(blanks..).unwrap_or_default()
}
