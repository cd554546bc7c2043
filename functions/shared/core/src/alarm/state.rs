//! The states of an alarm, in AWS's own words.

/// An alarm's state. AWS's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// `ALARM`.
    Alarm,
    /// `OK`.
    Ok,
    /// `INSUFFICIENT_DATA`.
    InsufficientData,
    /// Absent, or a word that is none of AWS's.
    Unknown,
}

impl State {
    /// Reads AWS's word.
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "ALARM" => Self::Alarm,
            "OK" => Self::Ok,
            "INSUFFICIENT_DATA" => Self::InsufficientData,
            _ => Self::Unknown,
        }
    }

    /// AWS's word; `UNKNOWN` for none of them.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alarm => "ALARM",
            Self::Ok => "OK",
            Self::InsufficientData => "INSUFFICIENT_DATA",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl serde::Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
