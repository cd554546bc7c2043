//! Which alarms a schedule names.

/// Names one alarm, or all whose names begin alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmSelector {
    /// `"yakei-ConsoleLogin"`: this alarm.
    Exact(String),
    /// `"yakei-*"`: every alarm whose name begins with the text before the `*`.
    Prefix(String),
}

impl AlarmSelector {
    /// Whether it names the alarm.
    pub fn selects(&self, alarm: &str) -> bool {
        match self {
            Self::Exact(name) => name == alarm,
            Self::Prefix(prefix) => alarm.starts_with(prefix.as_str()),
        }
    }
}

/// As the config writes it.
impl std::fmt::Display for AlarmSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}
