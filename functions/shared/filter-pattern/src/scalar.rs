//! A value of an event, as metric filters use it for values and dimensions.

use std::fmt;

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
            Self::Text(text) | Self::Number(text) if crate::number::is_number(text) => {
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
