//! How an alarm compares its metric with its threshold.

/// How an alarm compares its metric with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `GreaterThanOrEqualToThreshold`.
    AtLeast,
    /// `GreaterThanThreshold`.
    Above,
    /// `LessThanThreshold`.
    Below,
    /// `LessThanOrEqualToThreshold`.
    AtMost,
}

impl Comparison {
    /// Reads AWS's word; `None` for the comparisons with an anomaly band, which have no threshold.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.trim() {
            "GreaterThanOrEqualToThreshold" => Self::AtLeast,
            "GreaterThanThreshold" => Self::Above,
            "LessThanThreshold" => Self::Below,
            "LessThanOrEqualToThreshold" => Self::AtMost,
            _ => return None,
        })
    }

    /// Whether a value breaches a threshold.
    pub fn breached(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::Above => value > threshold,
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
        }
    }
}

/// How an alarm evaluates its metric.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// Length of a period in seconds.
    pub period: Option<i64>,
    /// How many periods are looked at.
    pub periods: Option<i64>,
    /// The threshold, absent for anomaly detection.
    pub threshold: Option<f64>,
    /// How values are compared with it.
    pub comparison: Option<Comparison>,
    /// `Sum`, `SampleCount`, `Average`, …, in any case.
    pub statistic: Option<String>,
}
