//! Mistakes in a config file.

use std::fmt;

use super::selector::AlarmSelector;
use crate::names::Name;
use crate::notice::Language;

/// What sort of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// The text is no TOML.
    Syntax,
    /// A key that must be there is not.
    Missing,
    /// What is there is wrong, or (as a remark) does less than it may seem.
    Wrong,
}

/// One mistake in a config file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {}{message}", Key(key))]
pub struct ConfigError {
    /// Its sort.
    pub mistake: Mistake,
    /// The key's path, such as `schedule[0].windows[1].start`, counted from 0; empty for mistakes of syntax.
    pub key: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

struct Key<'a>(&'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "{}: ", self.0) }
    }
}

/// Every mistake in a config file, in the file's order, one a line. Never empty.
#[derive(Debug, Clone)]
pub struct ConfigErrors {
    pub(super) errors: Vec<ConfigError>,
    pub(super) name: Option<Name>,
    pub(super) alarms: Vec<AlarmSelector>,
    pub(super) languages: Box<[Language]>,
    pub(super) chat: bool,
}

impl ConfigErrors {
    /// The mistakes, in the file's order.
    pub fn errors(&self) -> &[ConfigError] {
        &self.errors
    }

    /// The file's `name`, when at least that can be read.
    pub fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// The languages of notices, when at least these can be read; empty when not.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Whether the file says that HTTPS subscribers are the AWS chat applications, when at least that can be read.
    pub fn chat(&self) -> bool {
        self.chat
    }

    /// The alarms that the file's schedules name, as far as they can be read: an earlier, good config may have
    /// muted them.
    pub fn alarms(&self) -> &[AlarmSelector] {
        &self.alarms
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
