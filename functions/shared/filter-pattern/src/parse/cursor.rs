//! A place in a pattern, and the counts that AWS limits. The place always is at a character's boundary.

use crate::error::{ErrorKind, PatternError};

/// AWS's quota for JSON and space-delimited patterns.
const MAX_REGEXES: usize = 2;
/// AWS's quota for one pattern; one selector may have a single one.
const MAX_WILDCARDS: usize = 3;

#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: usize,
    regexes: usize,
    wildcards: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, regexes: 0, wildcards: 0 }
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// Goes past `token` if it comes next.
    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Goes past the characters that `wanted` names and gives them.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    pub(crate) fn skip_blanks(&mut self) {
        self.take_while(|c| c.is_ascii_whitespace());
    }

    /// An error of the general kind at this place.
    pub(crate) fn invalid(&self, reason: impl Into<std::borrow::Cow<'static, str>>) -> PatternError {
        self.error(ErrorKind::Invalid, self.at, reason)
    }

    /// An error about a term that begins at `at`.
    pub(crate) fn invalid_term(
        &self,
        at: usize,
        term: &str,
        reason: impl Into<std::borrow::Cow<'static, str>>,
    ) -> PatternError {
        self.error(ErrorKind::InvalidTerm { term: term.to_owned() }, at, reason)
    }

    /// An error about the first character of a term that is not allowed there: AWS names that character alone.
    pub(crate) fn invalid_char(
        &self,
        at: usize,
        term: &str,
        allowed: impl Fn(char) -> bool,
        reason: &'static str,
    ) -> PatternError {
        match term.char_indices().find(|(_, c)| !allowed(*c)) {
            Some((offset, c)) => self.invalid_term(at + offset, c.encode_utf8(&mut [0; 4]), reason),
            None => self.invalid_term(at, term, reason),
        }
    }

    pub(crate) fn error(
        &self,
        kind: ErrorKind,
        at: usize,
        reason: impl Into<std::borrow::Cow<'static, str>>,
    ) -> PatternError {
        PatternError::new(kind, self.text, at, reason)
    }

    /// Counts a regular expression that begins at `at`.
    pub(crate) fn count_regex(&mut self, at: usize) -> Result<(), PatternError> {
        self.regexes += 1;
        if self.regexes > MAX_REGEXES {
            return Err(self
                .error(ErrorKind::TooManyRegexes, at, "a pattern may have two regular expressions")
                .hint("join alternatives with | inside one regular expression, or make a second filter"));
        }
        Ok(())
    }

    /// Counts a selector with a wildcard that begins at `at`.
    pub(crate) fn count_wildcard(&mut self, at: usize) -> Result<(), PatternError> {
        self.wildcards += 1;
        if self.wildcards > MAX_WILDCARDS {
            return Err(self
                .error(ErrorKind::TooManyWildcards, at, "a pattern may have three selectors with a wildcard")
                .hint("make a second filter for the rest"));
        }
        Ok(())
    }
}
