//! Text that strangers chose, made safe to show: what comes out of here has no control character,
//! no newline, no direction override and no invisible character, and is at most as long as asked.
//!
//! User names of failed sign-ins, user agents and request parameters in CloudTrail are written by
//! whoever makes the call. Shown as they are, they could forge lines of a mail or hide what they say.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

/// An error and what caused it, in one line: an SDK's own rendering names the first alone.
pub fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Shown in place of characters that are not shown.
const REPLACEMENT: char = '\u{fffd}';

/// How many marks a character may carry; more than any script needs.
const MARKS: usize = 4;

/// `text` on one line, without hidden characters, of at most `max` characters.
///
/// Each run of white space becomes one space, each run of hidden characters one `�`, so that
/// tampering stays visible; a text that is too long ends in `…`. Borrowed when nothing is to change.
pub fn clean(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max && is_clean(text) { Cow::Borrowed(text) } else { Cow::Owned(rewritten(text, max)) }
}

/// Visible ASCII with single spaces inside, looked at once: what nearly every text is.
fn is_clean(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        if !(b' '..=b'~').contains(&byte) || (byte == b' ' && before == b' ') {
            return false;
        }
        before = byte;
    }
    before != b' ' || text.is_empty()
}

fn rewritten(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max.saturating_mul(4)));
    let (mut count, mut last, mut marks) = (0, ' ', 0);
    for c in text.chars().map(shown) {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        // A mark stands on the character before it: one without, or a pile of them, would cover other text.
        let c = if marks > MARKS || (marks == 1 && last == ' ') { REPLACEMENT } else { c };
        if (c == ' ' || c == REPLACEMENT) && c == last {
            continue;
        }
        if count == max {
            shorten(&mut out, max);
            return out;
        }
        out.push(c);
        last = c;
        count += 1;
    }
    out.truncate(out.trim_end().len());
    out
}

/// Makes room for the `…` that says that there was more.
fn shorten(out: &mut String, max: usize) {
    if max > 0 {
        out.pop();
        out.push('…');
    }
}

fn shown(c: char) -> char {
    if c.is_whitespace() {
        ' '
    } else if filter_pattern::is_hidden(c) {
        REPLACEMENT
    } else {
        c
    }
}

/// `text` cleaned and in ASCII, as an SNS subject must be; every other character becomes `?`.
pub fn ascii(text: &str, max: usize) -> String {
    let ascii: String = clean(text, usize::MAX).chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    if ascii.len() <= max {
        return ascii;
    }
    let kept: String = ascii.chars().take(max.saturating_sub(3)).collect();
    format!("{kept}...").chars().take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_error_is_told_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("dispatch failure")]
        struct Outer(#[source] std::io::Error);
        assert_eq!(causes(&Outer(std::io::Error::other("no route"))), "dispatch failure: no route");
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(clean("alice", 10), Cow::Borrowed("alice")));
    }

    #[test]
    fn what_hides_or_forges_is_made_visible() {
        let cases = [
            ("alice\nSubject: all clear", "alice Subject: all clear"),
            ("\r\n alice \t bob ", "alice bob"),
            ("al\u{202e}ecila", "al�ecila"),
            ("a\u{200b}\u{200d}\u{feff}b", "a�b"),
            ("\u{1b}[31mred\u{0}", "�[31mred�"),
            ("夜警", "夜警"),
            ("a\u{2028}b", "a b"),
            ("a\u{ffff}\u{1fffe}b", "a�b"),
            ("a\u{2800}\u{2800}b", "a�b"),
            ("e\u{301}", "e\u{301}"),
            ("a \u{338}b", "a �b"),
            ("\u{338}b", "�b"),
            ("ที่นี่ हिन्दी", "ที่นี่ हिन्दी"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn piles_of_marks_are_bounded() {
        let pile = format!("alice{} bob", "\u{301}\u{489}".repeat(500));
        assert_eq!(clean(&pile, 100), "alice\u{301}\u{489}\u{301}\u{489}� bob");
    }

    #[test]
    fn too_long_is_cut_between_characters_and_says_so() {
        assert_eq!(clean("夜警夜警夜警", 3), "夜警…");
        assert_eq!(clean("abcdef", 6), "abcdef");
        assert_eq!(clean("abcdefg", 6), "abcde…");
        assert_eq!(clean("abc", 0), "");
    }

    #[test]
    fn a_subject_is_ascii() {
        assert_eq!(ascii("夜警 alarm\n!", 99), "?? alarm !");
        assert_eq!(ascii(&"x".repeat(200), 99).len(), 99);
    }

    proptest! {
        #[test]
        fn nothing_hidden_comes_out(text in any::<String>(), max in 0..50_usize) {
            let out = clean(&text, max);
            prop_assert!(out.chars().count() <= max);
            prop_assert!(out.chars().all(|c| c == REPLACEMENT || (!filter_pattern::is_hidden(c) && (c == ' ' || !c.is_whitespace()))));
            let subject = ascii(&text, max);
            prop_assert!(subject.len() <= max && subject.bytes().all(|b| (b' '..=b'~').contains(&b)));
        }
    }
}
