//! Regular expressions: only what the user guide allows is compiled, and a match may begin anywhere.

/// A `%regex%` of a pattern.
#[derive(Debug, Clone)]
pub(crate) struct Regex {
    source: String,
    compiled: regex_lite::Regex,
}

/// Why a text between two `%` is no regular expression, and at which byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegexProblem {
    pub(crate) at: usize,
    pub(crate) reason: String,
    /// The character that AWS does not allow, if that is the reason.
    pub(crate) forbidden: Option<char>,
}

impl Regex {
    pub(crate) fn parse(source: &str) -> Result<Self, RegexProblem> {
        if source.is_empty() {
            return Err(RegexProblem { at: 0, reason: "the regular expression is empty".into(), forbidden: None });
        }
        if let Some((at, c)) = source.char_indices().find(|(_, c)| !is_allowed(*c)) {
            let reason = match c {
                '(' | ')' => "parentheses are not supported in a regular expression, not even escaped".to_owned(),
                c if !c.is_ascii() => "only ASCII is supported in a regular expression".to_owned(),
                _ => "this character is not supported in a regular expression".to_owned(),
            };
            return Err(RegexProblem { at, reason, forbidden: Some(c) });
        }
        let compiled = regex_lite::Regex::new(source).map_err(|e| RegexProblem {
            at: 0,
            reason: format!("not a regular expression: {e}"),
            forbidden: None,
        })?;
        Ok(Self { source: source.to_owned(), compiled })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Regex {}

/// Letters, digits, the listed symbols and operators, and the blank (which an example of the user guide has).
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || " :_#=@/;,-^$?[]{}|\\*+.".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_anywhere_unless_anchored() {
        let table = [
            ("val.{2}", "value", true),
            ("^[hc]at", "hat", true),
            ("^[hc]at", "that", false),
            ("[hc]at$", "that", true),
            ("colou?r", "color", true),
            ("10\\.10\\.0\\.1", "10.10.0.1", true),
            ("10\\.10\\.0\\.1", "10x10.0.1", false),
            ("gray|grey", "a grey cat", true),
            ("\\d{3}", "404", true),
            ("\\x28", "f(x)", true),
            ("\\w+@\\w+", "a@b", true),
            ("\\d", "٣", false),
            ("^shutting down", "shutting down now", true),
            ("a{3,5}", "aaaaaaa", true),
        ];
        for (regex, text, want) in table {
            assert_eq!(Regex::parse(regex).unwrap().is_match(text), want, "{regex} on {text}");
        }
    }

    #[test]
    fn refuses_what_aws_does_not_support() {
        for bad in [
            "",
            "something!",
            "(a)",
            "a\\(b",
            "ü",
            "a&b",
            "a\"b",
            "[a",
            "a{2",
            "*a",
            "<a>",
            "~",
            "a\\",
            "\\pL",
            "a{5,3}",
        ] {
            assert!(Regex::parse(bad).is_err(), "{bad}");
        }
    }
}
