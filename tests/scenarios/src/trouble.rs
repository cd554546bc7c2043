//! Why a step did not happen. A leaf, for the world and its tools alike.

use std::fmt;

use yakei_core::text::causes;

/// Why a step did not happen, for a person to read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(String);

impl Trouble {
    /// A trouble with this reason.
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }

    pub(crate) fn call<E: std::error::Error + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{what}: {}", causes(&error)))
    }
}
