//! A pattern of any kind: parsed once, matched often.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::error::PatternError;
use crate::explain::{Explanation, explain};
use crate::kind::Kind;
use crate::print::Style;
use crate::scalar::Scalar;
use crate::selector::Selector;
use crate::text;

/// A filter pattern of CloudWatch Logs.
///
/// Two patterns are equal when they mean the same: blanks, redundant parentheses, quotes that were not needed and the
/// way a selector is written do not matter; the order of conditions does. `Display` prints one canonical form that
/// parses to an equal pattern.
///
/// ```
/// use filter_pattern::Pattern;
///
/// let deployed = Pattern::parse("{($.eventName=ConsoleLogin)}")?;
/// let wanted = Pattern::parse(r#"{ $.eventName = "ConsoleLogin" }"#)?;
/// assert_eq!(deployed, wanted);
/// assert!(wanted.matches(r#"{"eventName":"ConsoleLogin"}"#));
/// # Ok::<(), filter_pattern::PatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    kind: Kind,
}

impl Pattern {
    /// The most characters a pattern may have (API reference, `filterPattern`).
    pub const MAX_LENGTH: usize = text::MAX_LENGTH;

    /// Reads a pattern as CloudWatch Logs does.
    ///
    /// # Errors
    /// [`PatternError`] for what AWS refuses, with AWS's wording, the place and, where it can be told, the mend.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        crate::parse::pattern(text).map(|kind| Self { kind })
    }

    /// Does the pattern match this message of a log event?
    ///
    /// To match many patterns at once see [`PatternSet`](crate::PatternSet).
    pub fn matches(&self, message: &str) -> bool {
        self.kind.matches(message)
    }

    /// Why the pattern matches the message or does not, for people.
    pub fn explain(&self, message: &str) -> Explanation {
        explain(&self.kind, message)
    }

    /// What `TestMetricFilter` answers as `extractedValues`, of a message that matches.
    ///
    /// A space-delimited pattern gives `$name` for named fields and `$1`, `$2`, … (its place in the event) for the
    /// others; a JSON pattern gives the first string, number or boolean at each of its selectors, under the selector
    /// (`$.eventName`). The other kinds extract nothing.
    pub fn extract(&self, message: &str) -> BTreeMap<String, String> {
        self.kind.extract(message)
    }

    /// What a metric filter's value or dimension refers to: `$.size` in a JSON event, `$size` or `$7` of a
    /// space-delimited pattern.
    ///
    /// `None` when there is nothing, and when `reference` is no reference (such as the fixed value `1`).
    pub fn value_at(&self, message: &str, reference: &str) -> Option<Scalar> {
        match &self.kind {
            Kind::Delimited(delimited) => delimited.extract(message).remove(reference).map(Scalar::Text),
            _ => Selector::parse(reference).ok()?.lookup(message),
        }
    }

    /// Is it a JSON pattern, `{ … }`?
    pub fn is_json(&self) -> bool {
        matches!(self.kind, Kind::Json(_))
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let readable = self.kind.print(Style { short: false });
        let fits = readable.chars().count() <= Self::MAX_LENGTH;
        f.write_str(&if fits { readable } else { self.kind.print(Style { short: true }) })
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}
