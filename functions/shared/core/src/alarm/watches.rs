//! What an alarm looks at: metrics, other alarms, or a log.

/// A metric's identity. Metrics of the same name with other dimensions, or of another account, are other metrics.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Metric {
    /// The namespace.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
    /// Names and values of its dimensions, in the names' order.
    pub dimensions: Vec<(String, String)>,
    /// The account whose metric it is, when the alarm says so: a monitoring account may watch another's.
    pub account: Option<String>,
}

impl Metric {
    /// A metric without dimensions.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), ..Self::default() }
    }
}

/// A log alarm's own log: it counts what a scheduled query finds, without a metric (`PutLogAlarm`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogQuery {
    /// The log groups, by name or ARN.
    pub log_groups: Vec<String>,
    /// The query, in the language of CloudWatch Logs Insights.
    pub query: String,
    /// The lines that came with the message; `None` when it carries none.
    pub lines: Option<Vec<String>>,
    /// How many lines the alarm sends at most.
    pub most_lines: Option<usize>,
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
    /// A log, without a metric.
    Log(LogQuery),
    /// The message does not say.
    #[default]
    Unknown,
}

impl Watches {
    /// The metrics, none for composite alarms and log alarms.
    pub fn metrics(&self) -> &[Metric] {
        match self {
            Self::Metric(metric) => std::slice::from_ref(metric),
            Self::Math(metrics) => metrics,
            Self::Composite { .. } | Self::Log(_) | Self::Unknown => &[],
        }
    }
}
