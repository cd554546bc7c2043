//! A failed invocation. What people and alarms match on is a name from one list for all three functions: one kind
//! of failure has one name, whichever function meets it.

use std::fmt;

use lambda_runtime::Diagnostic;

/// Declares the names once: as variants, and as the text that Lambda shows.
macro_rules! names {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// Why an invocation failed: a stable name, Lambda's `errorType`.
        ///
        /// Each stands in the runbook (`infra/README.md`) with its mend.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Why {
            $($(#[$doc])+ $name,)+
        }

        impl Why {
            /// The name as it is shown.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

names! {
    /// The account cannot be read.
    AccountUnreadable,
    /// Alarms are not as their schedules want them.
    AlarmsNotSet,
    /// Two controls have one key, or the catalogue is broken.
    BadControls,
    /// The digest could not be sent.
    DigestNotSent,
    /// A hold could not be kept.
    HoldNotKept,
    /// Something of what was asked for was not done.
    Incomplete,
    /// A mistake of ours.
    Internal,
    /// The config file is not there or has mistakes.
    InvalidConfig,
    /// The event is none of the function's, or asks for something that does not exist.
    InvalidEvent,
    /// A control cannot be drilled.
    NoDrill,
    /// `NOTIFY_TOPIC_ARN` is not set.
    NoNotifyTopic,
    /// No AWS Region is set.
    NoRegion,
    /// CloudFormation could not be answered.
    NotAnswered,
    /// A removal was not confirmed.
    NotConfirmed,
    /// The function's time is over.
    OutOfTime,
    /// A notice could not be published.
    PublishFailed,
    /// Alarms and notices share a topic.
    SameTopic,
    /// What was typed at a terminal is no event.
    Usage,
    /// Something stands in another account or Region.
    WrongPlace,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failed invocation: a stable name to match on, and a message for people.
///
/// Returning it makes Lambda record a failure and, for asynchronous events, try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct Failure {
    /// Lambda's `errorType`.
    pub name: Why,
    /// What happened and the mend, Lambda's `errorMessage`.
    pub message: String,
}

impl Failure {
    /// A failure of this name.
    pub fn new(name: Why, message: impl fmt::Display) -> Self {
        Self { name, message: message.to_string() }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name.as_str().to_owned(), error_message: failure.message }
    }
}
