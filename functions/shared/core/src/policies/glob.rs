//! IAM's wildcards: `*` stands for any text, `?` for one character.
//!
//! Both sides may hold them: what is wanted is often a whole family, such as every alarm of an account.

/// Whether everything that `text` stands for is covered by `pattern`.
pub(super) fn covers(pattern: &str, text: &str) -> bool {
    run(pattern, text, false)
}

/// Whether anything that `one` stands for is what `other` stands for as well.
pub(super) fn meet(one: &str, other: &str) -> bool {
    run(one, other, true)
}

/// Whether a text stands for more than itself.
pub(super) fn is_family(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// `reach[j]`: whether what is read of `pattern` so far can stand for the first `j` characters of `text`.
fn run(pattern: &str, text: &str, both: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reach = vec![false; text.len() + 1];
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    spread(&mut reach, &text, both);
    for c in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        if c == '*' {
            let mut open = false;
            for (place, reached) in next.iter_mut().zip(&reach) {
                open |= *reached;
                *place = open;
            }
        } else {
            for (index, found) in text.iter().enumerate() {
                let fits = match (c, *found) {
                    // A family of texts is covered by a `*` alone; of two families, each may give way.
                    (_, '*') => both,
                    ('?', _) => true,
                    (_, '?') => both,
                    (c, found) => c == found,
                };
                if fits && reach.get(index) == Some(&true) {
                    // A `*` of the text takes this character and may take more.
                    let to = if *found == '*' { index } else { index + 1 };
                    if let Some(place) = next.get_mut(to) {
                        *place = true;
                    }
                }
            }
        }
        reach = next;
        spread(&mut reach, &text, both);
    }
    reach.last() == Some(&true)
}

/// A `*` of the text may stand for nothing.
fn spread(reach: &mut [bool], text: &[char], both: bool) {
    if !both {
        return;
    }
    for (index, found) in text.iter().enumerate() {
        if *found == '*'
            && reach.get(index) == Some(&true)
            && let Some(place) = reach.get_mut(index + 1)
        {
            *place = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_cover_and_meet() {
        for (pattern, text, covered, met) in [
            ("*", "anything", true, true),
            ("a*c", "abbc", true, true),
            ("a?c", "abc", true, true),
            ("a?c", "ac", false, false),
            ("arn:*:alarm:x", "arn:aws:alarm:*", false, true),
            ("arn:*:alarm:*", "arn:aws:alarm:*", true, true),
            ("a/b/*", "a/*", false, true),
            ("a/*", "a/b/*", true, true),
            ("x/*", "a/*", false, false),
            ("", "", true, true),
            ("a", "", false, false),
            ("a", "*", false, true),
        ] {
            assert_eq!((covers(pattern, text), meet(pattern, text)), (covered, met), "{pattern} {text}");
        }
    }

    proptest! {
        /// What is covered is met, meeting has no direction, and for a plain text both are the same.
        #[test]
        fn covering_is_a_stricter_meeting(one in "[ab*?]{0,6}", other in "[ab*?]{0,6}", plain in "[ab]{0,6}") {
            prop_assert_eq!(meet(&one, &other), meet(&other, &one));
            prop_assert!(!covers(&one, &other) || meet(&one, &other));
            prop_assert_eq!(covers(&one, &plain), meet(&one, &plain));
        }
    }
}
