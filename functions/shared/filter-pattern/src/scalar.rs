//! A value of an event: as a record has it, and as metric filters use it for values and dimensions.

use std::borrow::Cow;
use std::fmt;

use crate::number::{Numeral, is_number};

/// A string, number or boolean of an event. `Display` writes it as `TestMetricFilter` does in `extractedValues`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A JSON string, or a field of a space-delimited event.
    Text(String),
    /// A JSON number in its own text.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
}

impl Scalar {
    /// The value as a number: a finite number, or text that is one (a field of a space-delimited event always is text).
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Text(text) | Self::Number(text) if is_number(text) => {
                text.parse::<f64>().ok().filter(|value| value.is_finite())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Number(text) => f.write_str(text),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

/// A value as the event has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen<'a> {
    Text(Cow<'a, str>),
    Number(Numeral<'a>),
    Bool(bool),
    Null,
    Object,
    Array,
}

impl Seen<'_> {
    /// What `=` and `!=` compare: a string's content or a number's own text.
    pub(crate) fn comparable(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(number) => Some(number.text()),
            Self::Bool(_) | Self::Null | Self::Object | Self::Array => None,
        }
    }

    /// The value as metric filters use it; arrays, objects and null have none.
    pub(crate) fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Text(text) => Some(Scalar::Text(text.clone().into_owned())),
            Self::Number(number) => Some(Scalar::Number(number.text().to_owned())),
            Self::Bool(value) => Some(Scalar::Bool(*value)),
            Self::Null | Self::Object | Self::Array => None,
        }
    }
}
