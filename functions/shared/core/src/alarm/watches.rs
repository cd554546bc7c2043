//! What an alarm looks at: metrics, or other alarms.

/// A metric's identity, without dimensions: a metric filter is found by these two.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Metric {
    /// The namespace.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
}

/// What an alarm looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Watches {
    /// One metric, compared as it is.
    Metric(Metric),
    /// Metrics behind metric math or an anomaly detection band.
    Math(Vec<Metric>),
    /// Other alarms.
    Composite {
        /// `AlarmRule`.
        rule: String,
        /// Names or ARNs of the alarms that triggered it, as far as the message names them.
        triggering: Vec<String>,
    },
    /// The message does not say.
    #[default]
    Unknown,
}

impl Watches {
    /// The metrics, none for a composite alarm.
    pub fn metrics(&self) -> &[Metric] {
        match self {
            Self::Metric(metric) => std::slice::from_ref(metric),
            Self::Math(metrics) => metrics,
            Self::Composite { .. } | Self::Unknown => &[],
        }
    }
}
