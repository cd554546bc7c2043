//! Characters: which stand without quotes, how quotes are put around the others, and which are never shown as they are.

/// The most characters a pattern may have (API reference, `filterPattern`).
pub(crate) const MAX_LENGTH: usize = 1024;

/// May it stand in a value without quotes? The user guide's letters, digits and `_`, and the `.` and `*` of its examples.
pub(crate) fn is_bare_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.*".contains(c)
}

/// May it stand in a selector's or a field's name without brackets?
pub(crate) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// May it stand in a term of a text pattern without quotes?
pub(crate) fn is_term_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Puts a text into quotes. A backslash is doubled only where a single one would be read as an escape.
pub(crate) fn quote(content: &str, mark: char) -> String {
    let mut quoted = String::from(mark);
    let mut chars = content.chars().peekable();
    while let Some(c) = chars.next() {
        let escape = c == mark || (c == '\\' && chars.peek().is_none_or(|next| *next == '\\' || *next == mark));
        if escape {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push(mark);
    quoted
}

/// A number by a text's length and ends. Texts with different marks are different, which is told without reading them.
pub(crate) fn mark(text: &[u8]) -> u8 {
    let end = |byte: Option<&u8>| byte.copied().unwrap_or_default();
    let length = u8::try_from(text.len() % 256).unwrap_or_default();
    length
        .wrapping_mul(5)
        .wrapping_add(end(text.first()).wrapping_mul(3))
        .wrapping_add(end(text.last()).wrapping_mul(7))
}

/// Whether a character is invisible or changes how its neighbours are shown: control characters, line and paragraph
/// separators, marks of direction, joiners, fillers and blanks that look like nothing, variation selectors, tags,
/// private use, and code points that are no characters. Plain blanks are not among them.
///
/// Patterns and records are written by strangers: whatever shows their text replaces these.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe // the last two of each plane are no characters
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' // zero width, left-to-right and right-to-left marks
            | '\u{2028}'..='\u{202e}' // separators, embeddings and overrides
            | '\u{2060}'..='\u{206f}' // joiners, isolates
            | '\u{2800}' // the Braille blank
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fe00}'..='\u{fe0f}' // variation selectors
            | '\u{fdd0}'..='\u{fdef}' | '\u{fff0}'..='\u{ffff}' // no characters; SNS takes none of them
            | '\u{e000}'..='\u{f8ff}' // private use
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}') // tags, private use
}
