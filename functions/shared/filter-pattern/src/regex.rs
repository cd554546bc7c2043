//! Regular expressions: what the user guide lists and nothing else, and a match may begin anywhere.
//!
//! Without groups such an expression is a row of characters, each of which may be left out or repeated. The whole row is
//! followed at once, a bit for each place in it, so that a record costs the same for each of its characters.

mod machine;
mod syntax;

use crate::view::Piece;
use machine::Machine;
pub(crate) use syntax::Problem;

/// A `%regex%` of a pattern. Equal when the texts are.
#[derive(Debug, Clone)]
pub(crate) struct Regex {
    source: String,
    machine: Machine,
}

impl Regex {
    pub(crate) fn parse(source: &str) -> Result<Self, Problem> {
        let alternatives = syntax::parse(source)?;
        Ok(Self { source: source.to_owned(), machine: Machine::new(&alternatives) })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.machine.is_match(text)
    }
}

/// The expression's alternatives, laid open.
pub(crate) fn pieces(regex: &Regex) -> Vec<Vec<Piece>> {
    let piece = |part| match part {
        syntax::Part::Start => Piece::Start,
        syntax::Part::End => Piece::End,
        syntax::Part::Repeat(syntax::Repeat { class, min, max }) => {
            Piece::Repeat { ascii: class.ascii, others: class.others, min, max }
        }
    };
    // it was read before, so it can be read again
    let alternatives = syntax::parse(&regex.source).unwrap_or_default();
    alternatives.into_iter().map(|alternative| alternative.into_iter().map(piece).collect()).collect()
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Regex {}

#[cfg(test)]
mod tests {
    use super::syntax::Fault;
    use super::*;

    const SIXTY_FOUR: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

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
            ("^\\D$", "٣", true),
            ("^shutting down", "shutting down now", true),
            ("a{3,5}", "aaaaaaa", true),
            ("^a{3,5}$", "aaaaaaa", false),
            ("^a{2,}$", "aaaaaaa", true),
            ("^a{2,}$", "a", false),
            ("^a?b?c?$", "ac", true),
            ("^a?b?c?$", "ca", false),
            ("^$", "", true),
            ("^$", "a", false),
            ("a|", "b", true),
            ("a^b", "a^b", false),
            ("a$b", "ab", false),
            ("x*^a", "a", true),
            ("ab$|^cd", "abcd", false),
            ("ab$|cd", "abcd", true),
            ("^a{64}$", SIXTY_FOUR, true), // fills a word
            ("^a{63}$", SIXTY_FOUR, false),
            ("^a{65}$", SIXTY_FOUR, false),
            ("^a{32}a{32}$|b", SIXTY_FOUR, true),
            ("a{0}b", "b", true),
            ("[^a-c]", "abc", false),
            ("[a\\]-]", "]", true),
            ("a.b", "a\nb", false),
            ("^.$", "夜", true),
            ("[.*+?$^|{}]", "|", true),
            ("}]", "a}]", true),
        ];
        for (regex, text, want) in table {
            assert_eq!(Regex::parse(regex).unwrap().is_match(text), want, "{regex} on {text}");
        }
    }

    /// The work for one character of a record is a number of machine words, whatever the counts say.
    #[test]
    fn repetition_never_costs_more_than_32_words_a_character() {
        let words = |regex: &str| Regex::parse(regex).map(|regex| regex.machine.words());
        assert_eq!(words("abc").unwrap(), 1);
        assert_eq!(words("a{1000}b").unwrap(), 16);
        assert_eq!(words(&"a{100}".repeat(20)).unwrap(), 32);
        assert_eq!(words(&".".repeat(1022)).unwrap(), 16);
        assert_eq!(words(&"[a-f]?|".repeat(145)).unwrap(), 3);
        for (regex, fault) in [
            ("a{1001}", Fault::ManyRepetitions),
            ("a{99999999999999999999}", Fault::ManyRepetitions),
            ("a{1,1001}", Fault::ManyRepetitions),
            ("a{1000}b{1000}c{1000}", Fault::TooLarge),
            ("a{100}{100}b", Fault::Stacked('{')),
            ("a{1000}{1000}{1000}", Fault::Stacked('{')),
        ] {
            assert_eq!(words(regex).unwrap_err().fault, fault, "{regex}");
        }
        let nearly = ".{1000}|.{0,1000}|.{48}";
        assert_eq!(words(nearly).unwrap(), 32);
        assert_eq!(words(&format!("{nearly}|.")).unwrap_err().fault, Fault::TooLarge);
    }
}
