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

    /// Reads it out of a reason's sentence (`… was greater than or equal to the threshold (1.0) …`), the only place
    /// where the events that CloudWatch sends to a function say it.
    pub fn of_reason(reason: &str) -> Option<Self> {
        let words = [
            ("greater than or equal to the threshold", Self::AtLeast),
            ("greater than the threshold", Self::Above),
            ("less than or equal to the threshold", Self::AtMost),
            ("less than the threshold", Self::Below),
        ];
        words.into_iter().find(|(words, _)| reason.contains(words)).map(|(_, comparison)| comparison)
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

/// What an alarm makes of a period's values, as far as it tells how many events there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// `Sum`: as many as the events add.
    Sum,
    /// `SampleCount`: as many as there are events, whatever they add.
    SampleCount,
    /// `Average`, `Maximum`, a percentile: no count.
    Other,
}

impl Statistic {
    /// Reads AWS's word in any of its spellings: `Sum`, `SUM`, `SampleCount`, `SAMPLE_COUNT`.
    pub fn parse(text: &str) -> Self {
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        match letters.to_ascii_lowercase().as_str() {
            "sum" => Self::Sum,
            "samplecount" => Self::SampleCount,
            _ => Self::Other,
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
    /// What is made of a period's values.
    pub statistic: Option<Statistic>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_the_comparison() {
        let cases = [
            ("1 datapoint [1.0 (x)] was greater than or equal to the threshold (1.0)", Some(Comparison::AtLeast)),
            ("24 datapoints were greater than the threshold (0.0).", Some(Comparison::Above)),
            ("was less than the threshold (1.0)", Some(Comparison::Below)),
            ("were less than or equal to the threshold (1.0)", Some(Comparison::AtMost)),
            ("was not less than the lower thresholds [0.4]", None),
        ];
        for (reason, expected) in cases {
            assert_eq!(Comparison::of_reason(reason), expected, "{reason}");
        }
    }

    #[test]
    fn a_sample_count_is_a_count_in_any_spelling() {
        for word in ["SampleCount", "SAMPLE_COUNT", "SAMPLECOUNT", "sample_count"] {
            assert_eq!(Statistic::parse(word), Statistic::SampleCount, "{word}");
        }
        assert_eq!((Statistic::parse("SUM"), Statistic::parse("p99")), (Statistic::Sum, Statistic::Other));
    }
}
