//! A text with `*` in it.

/// A text in which `*` stands for any text, also an empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard(String);

impl Wildcard {
    /// Takes a text; `None` when it would match everything.
    pub fn parse(text: &str) -> Option<Self> {
        let names_something = text.chars().any(|c| c != '*' && !c.is_whitespace());
        names_something.then(|| Self(text.to_owned()))
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it begins with something certain.
    pub fn names_a_beginning(&self) -> bool {
        !self.0.starts_with('*')
    }

    /// Whether a whole text matches, letter case included.
    pub fn matches(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wildcards() {
        let cases = [
            ("alice", "alice", true),
            ("alice", "alice2", false),
            ("Alice", "alice", false),
            ("ci-*", "ci-7", true),
            ("*/deploy", "Ci/deploy", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("ab*b", "ab", false),
            ("*x*", "axb", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Wildcard::parse(pattern).unwrap().matches(text), expected, "{pattern} {text}");
        }
        for everything in ["", "*", "**", " * "] {
            assert_eq!(Wildcard::parse(everything), None, "{everything:?}");
        }
    }

    proptest! {
        #[test]
        fn a_wildcard_matches_what_it_was_made_from(before in "[a-z*]{0,4}", between in any::<String>(), after in "[a-z]{1,4}") {
            let wildcard = Wildcard::parse(&format!("{before}*{after}")).unwrap();
            let text = format!("{}{between}{after}", before.replace('*', &between));
            prop_assert!(wildcard.matches(&text));
        }
    }
}
