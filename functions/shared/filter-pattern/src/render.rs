//! Text of strangers, made safe to show: every character takes the columns it is counted for, and none moves the cursor.

use unicode_width::UnicodeWidthChar;

use crate::text::is_hidden;

/// The most columns of a pattern that are shown around a caret.
const WINDOW: usize = 100;

/// Shows control characters and direction marks as symbols and ends after `limit` characters.
pub(crate) fn visible(text: &str, limit: usize) -> String {
    let mut shown: String = text.chars().take(limit).map(symbol).collect();
    if text.chars().nth(limit).is_some() {
        shown.push('…');
    }
    shown
}

/// The line of `text` that `at` stands in, and under it carets below `span` bytes from there.
pub(crate) fn caret(text: &str, at: usize, span: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(line_start..).unwrap_or_default().split('\n').next().unwrap_or_default();
    let mut column = 0;
    let mut shown = Vec::new(); // (character, its first column, is it marked)
    for (offset, c) in line.char_indices() {
        let place = line_start + offset;
        shown.push((symbol(c), column, (at..at + span.max(1)).contains(&place)));
        column += width(symbol(c));
    }
    let first_marked = shown.iter().find(|(_, _, marked)| *marked).map_or(column, |(_, column, _)| *column);
    let from = if column <= WINDOW { 0 } else { first_marked.saturating_sub(WINDOW / 2) };
    let mut picture = String::from(if from > 0 { "  …" } else { "  " });
    let mut marks = " ".repeat(if from > 0 { 3 } else { 2 });
    let mut cut = false;
    for (c, at_column, marked) in shown {
        if at_column < from {
            continue;
        }
        if at_column >= from + WINDOW {
            cut = true;
            break;
        }
        picture.push(c);
        marks.push_str(&if marked { "^" } else { " " }.repeat(width(c)));
    }
    if !marks.contains('^') {
        marks.push('^'); // the place is the end
    }
    let more = if cut { "…" } else { "" };
    format!("{picture}{more}\n{}\n", marks.trim_end())
}

fn symbol(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        c if is_hidden(c) => '\u{fffd}',
        other => other,
    }
}

/// Columns in a terminal.
fn width(c: char) -> usize {
    c.width().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caret_counts_columns_not_bytes() {
        assert_eq!(caret("{ $.ä = x@y }", 9, 3), "  { $.ä = x@y }\n          ^^^\n");
        assert_eq!(caret("{ 夜警 }", 9, 1), "  { 夜警 }\n         ^\n");
        assert_eq!(caret("ab", 2, 1), "  ab\n    ^\n");
        assert_eq!(caret("{\n $.a\n x }", 8, 1), "   x }\n   ^\n");
        assert_eq!(caret("a\tb", 2, 1), "  a␉b\n    ^\n");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let shown = caret(&"x".repeat(1000), 500, 1);
        let (line, marks) = shown.split_once('\n').unwrap();
        assert_eq!(line.chars().count(), WINDOW + 4);
        assert_eq!(marks.trim_end().chars().count(), 3 + WINDOW / 2 + 1);
    }

    #[test]
    fn nothing_of_a_stranger_moves_the_cursor() {
        assert_eq!(visible("a\u{202e}b\x1b[2Jc\r", 99), "a\u{fffd}b␛[2Jc␍");
        assert_eq!(visible("abcdef", 3), "abc…");
    }
}
