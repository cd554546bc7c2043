//! Why a pattern is refused: AWS's wording for programs that compare it, our own for the person who has to mend it.

use std::borrow::Cow;
use std::fmt;

use crate::render;
use crate::text::MAX_LENGTH;

/// The kind of a [`PatternError`];
///
/// `Display` is AWS's wording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Longer than [`Pattern::MAX_LENGTH`](crate::Pattern::MAX_LENGTH) characters.
    #[error("Member must have length less than or equal to {MAX_LENGTH}")]
    TooLong {
        /// How many characters it has.
        length: usize,
    },
    /// Begins with `{` and does not end with `}`.
    #[error("If a filter pattern starts with '{{' it must end with '}}'")]
    UnclosedJson,
    /// Begins with `[` and does not end with `]`.
    #[error("If a filter pattern starts with '[' it must end with ']'")]
    UnclosedDelimited,
    /// A term with characters that are not allowed where it stands.
    #[error("Invalid character(s) in term '{term}'")]
    InvalidTerm {
        /// The term as AWS names it.
        term: String,
    },
    /// More regular expressions in one pattern than AWS allows.
    #[error("Invalid metric filter pattern")]
    TooManyRegexes,
    /// More wildcard selectors in one selector or one pattern than AWS allows.
    #[error("Invalid metric filter pattern")]
    TooManyWildcards,
    /// Anything else that the grammar does not allow.
    #[error("Invalid metric filter pattern")]
    Invalid,
}

/// A pattern that AWS would refuse, the place, the reason and the mend.
///
/// `Display` is one line; [`report`](Self::report) shows the pattern with a caret under the place.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.one_line())]
pub struct PatternError(Box<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    kind: ErrorKind,
    pattern: String,
    at: usize,
    span: usize,
    reason: Cow<'static, str>,
    hint: Option<String>,
}

impl PatternError {
    pub(crate) fn new(kind: ErrorKind, pattern: &str, at: usize, reason: impl Into<Cow<'static, str>>) -> Self {
        let at = at.min(pattern.len());
        let span = match &kind {
            ErrorKind::InvalidTerm { term } if pattern.get(at..).is_some_and(|rest| rest.starts_with(term)) => {
                term.len()
            }
            _ => 1,
        };
        Self(Box::new(Details { kind, pattern: pattern.to_owned(), at, span, reason: reason.into(), hint: None }))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The pattern that was refused, as it was given.
    pub fn pattern(&self) -> &str {
        &self.0.pattern
    }

    /// The place: an offset in bytes into the pattern, always at a character's boundary.
    pub fn offset(&self) -> usize {
        self.0.at
    }

    /// The place as people count: characters from the pattern's begin, the first is 1.
    pub fn column(&self) -> usize {
        self.0.pattern.get(..self.0.at).map_or(0, |before| before.chars().count()) + 1
    }

    /// What is wrong, in a sentence.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// How to mend it, where that can be told.
    pub fn mend(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The message of AWS's `InvalidParameterException`, as far as public reports show it.
    pub fn aws_message(&self) -> String {
        let kind = &self.0.kind;
        match kind {
            ErrorKind::TooLong { .. } => format!(
                "1 validation error detected: Value '{}' at 'filterPattern' failed to satisfy constraint: {kind}",
                self.0.pattern
            ),
            _ => kind.to_string(),
        }
    }

    /// Several lines: AWS's wording, the pattern with a caret under the place, the reason and the hint.
    /// Control characters and text-direction marks of the pattern are shown as symbols.
    pub fn report(&self) -> String {
        let Details { pattern, at, span, reason, hint, .. } = &*self.0;
        let mut report = self.headline();
        report.push('\n');
        report.push_str(&render::caret(pattern, *at, *span));
        report.push_str(&render::visible(reason, usize::MAX));
        report.push('\n');
        if let Some(hint) = hint {
            report.push_str("hint: ");
            report.push_str(&render::visible(hint, usize::MAX));
            report.push('\n');
        }
        report
    }

    /// AWS's wording, but for a pattern that is too long: AWS repeats the whole of it, which helps nobody.
    fn headline(&self) -> String {
        render::visible(&self.0.kind.to_string(), 200)
    }

    fn one_line(&self) -> String {
        let hint = self.0.hint.as_ref().map(|hint| format!("; {}", render::visible(hint, 400))).unwrap_or_default();
        let reason = render::visible(&self.0.reason, 400);
        format!("{} (column {}: {reason}{hint})", self.headline(), self.column())
    }
}

impl fmt::Debug for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { kind, pattern, at, .. } = &*self.0;
        f.debug_struct("PatternError").field("kind", kind).field("pattern", pattern).field("offset", at).finish()
    }
}
