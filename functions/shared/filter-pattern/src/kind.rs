//! AWS's pattern languages under one roof: which of them a pattern is in, and what it makes of a message.

use std::collections::BTreeMap;

use crate::delimited::Delimited;
use crate::json::JsonPattern;
use crate::print::{self, Style};
use crate::regex::Regex;
use crate::terms::TextPattern;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The empty pattern, a blank one, and `" "`.
    Everything,
    Text(TextPattern),
    Regex(Regex),
    Delimited(Delimited),
    Json(JsonPattern),
}

impl Kind {
    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Text(text) => text.matches(message),
            Self::Regex(regex) => regex.is_match(message),
            Self::Delimited(delimited) => delimited.matches(message),
            Self::Json(json) => json.matches(message),
        }
    }

    /// What `TestMetricFilter` answers as `extractedValues`.
    pub(crate) fn extract(&self, message: &str) -> BTreeMap<String, String> {
        match self {
            Self::Delimited(delimited) => delimited.extract(message),
            Self::Json(json) => json.extract(message),
            Self::Everything | Self::Text(_) | Self::Regex(_) => BTreeMap::new(),
        }
    }

    pub(crate) fn print(&self, style: Style) -> String {
        match self {
            Self::Everything => String::new(),
            Self::Text(text) => print::terms(text),
            Self::Regex(regex) => format!("%{}%", regex.source()),
            Self::Delimited(delimited) => style.delimited(delimited),
            Self::Json(json) => style.json(&json.expr),
        }
    }
}
