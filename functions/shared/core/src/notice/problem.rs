//! What is not known or not as it should be, each kind under a stable name.
//!
//! A notice says a problem in a sentence ([`super::language`] has them) and, where it leaves something out, under its name among the gaps: a notice
//! is complete exactly when it has none. Nothing anywhere asks for a sentence's text.

use jiff::civil::Date;

use crate::activity::Unreadable;
use crate::alarm::NotAnAlarm;

/// A problem. Its `Display` is its sentence in English, not yet cleaned; [`super::Language::problem`] is what people are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The message is no alarm's.
    NotAnAlarm(NotAnAlarm),
    /// The envelope of the message is not as SNS sends it.
    Envelope(Envelope),
    /// `yakei.toml` could not be used.
    NoConfiguration(String),
    /// Nothing was searched although something should have been.
    NotSearched,
    /// Where to search is not known.
    NoRegion,
    /// An alarm that another one names is not there.
    NoSuchAlarm {
        /// Its name.
        alarm: String,
        /// Where it was looked for.
        region: String,
    },
    /// Composite alarms of composite alarms end somewhere.
    TooDeep(usize),
    /// A composite alarm with more children than are looked at.
    TooManyAlarms(usize),
    /// The minutes that breached are not known.
    NoDatapoint {
        /// Hours and minutes.
        from: String,
        /// Hours and minutes.
        to: String,
    },
    /// Not all minutes that breached are known.
    SomeDatapoints {
        /// How many are known.
        named: usize,
        /// Hours and minutes.
        from: String,
        /// Hours and minutes.
        to: String,
    },
    /// A log alarm behind a composite one.
    LogAlarm {
        /// Its name.
        alarm: String,
    },
    /// A log alarm's message without lines.
    NoLines,
    /// A log alarm's message that is full of lines.
    SomeLines(usize),
    /// An earlier try to publish this notice did not answer.
    MayBeRepeated(String),
    /// No metric of a log group.
    NoMetric,
    /// No metric filter feeds the metric.
    NoMetricFilter {
        /// Where it was looked for.
        region: String,
        /// The metric's name.
        metric: String,
        /// The metric's namespace.
        namespace: String,
    },
    /// A filter that reads what a search does not see.
    TransformedEvents(String),
    /// A filter's criteria on system fields, which a search cannot apply.
    SelectionCriteria {
        /// The log group.
        log_group: String,
        /// `fieldSelectionCriteria`.
        criteria: String,
    },
    /// A dimension of the alarm that no selector of the filter can be asked for.
    Dimension {
        /// `Name = value`.
        dimension: String,
    },
    /// The metric is another account's.
    OtherAccount(String),
    /// More searches than are made for one alarm.
    SearchesLeftOut(usize),
    /// A call of AWS failed.
    CallFailed {
        /// The operation.
        call: &'static str,
        /// AWS's code, or what happened on the way.
        code: String,
        /// AWS's message, possibly empty.
        message: String,
        /// The log group that it asked about; possibly empty.
        log_group: String,
    },
    /// A search that ended at a bound.
    Bound(Bound),
    /// Fewer events were found than the alarm counted; none of them known where `expected` is.
    FewerThanCounted {
        /// How many were found.
        found: u64,
        /// How many the alarm counted, where its value is a count.
        expected: Option<u64>,
    },
    /// When the alarm went off.
    BeginningUnknown,
    /// Matching log lines that say nothing.
    UnreadableLines {
        /// How many.
        count: u64,
        /// Why.
        why: Unreadable,
    },
    /// An entry of `[[notify.ignore]]` that is over but means what was found.
    IgnoreEnded {
        /// Its last day.
        last: Date,
        /// Its reason.
        reason: String,
    },
    /// Something for which the notice has no room.
    NoRoom(Room),
}

impl Problem {
    /// The stable name, as `gaps` has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotAnAlarm(_) => "NotAnAlarm",
            Self::Envelope(_) => "Envelope",
            Self::NoConfiguration(_) => "NoConfiguration",
            Self::NotSearched => "NotSearched",
            Self::NoRegion => "NoRegion",
            Self::NoSuchAlarm { .. } => "NoSuchAlarm",
            Self::TooDeep(_) => "TooDeep",
            Self::TooManyAlarms(_) => "TooManyAlarms",
            Self::NoDatapoint { .. } => "NoDatapoint",
            Self::SomeDatapoints { .. } => "SomeDatapoints",
            Self::LogAlarm { .. } => "LogAlarm",
            Self::NoLines => "NoLines",
            Self::SomeLines(_) => "SomeLines",
            Self::MayBeRepeated(_) => "MayBeRepeated",
            Self::NoMetric => "NoMetric",
            Self::NoMetricFilter { .. } => "NoMetricFilter",
            Self::TransformedEvents(_) => "TransformedEvents",
            Self::SelectionCriteria { .. } => "SelectionCriteria",
            Self::Dimension { .. } => "Dimension",
            Self::OtherAccount(_) => "OtherAccount",
            Self::SearchesLeftOut(_) => "SearchesLeftOut",
            Self::CallFailed { .. } => "CallFailed",
            Self::Bound(_) => "Bound",
            Self::FewerThanCounted { .. } => "FewerThanCounted",
            Self::BeginningUnknown => "BeginningUnknown",
            Self::UnreadableLines { .. } => "UnreadableLines",
            Self::IgnoreEnded { .. } => "IgnoreEnded",
            Self::NoRoom(_) => "NoRoom",
        }
    }

    /// Whether what was found may be something else than what the alarm counted, so that nobody is to be named for it.
    pub fn is_about_others(&self) -> bool {
        matches!(self, Self::SelectionCriteria { .. } | Self::Dimension { .. } | Self::OtherAccount(_))
    }
}

impl From<NotAnAlarm> for Problem {
    fn from(why: NotAnAlarm) -> Self {
        Self::NotAnAlarm(why)
    }
}

/// How the envelope of a message is not as SNS sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// A record of the event is not from SNS.
    NotFromSns,
    /// A record of the event has no message.
    NoMessage,
}

/// What ended a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The time that an alarm has.
    Time,
    /// So many groups of activity.
    Groups(usize),
}

/// What a notice has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// So many groups of activity nearby.
    NearbyGroups(usize),
    /// So many searches.
    Searches(usize),
    /// All that was found nearby.
    Nearby,
    /// Every search but one.
    AllSearchesButOne,
    /// What stops whoever acted.
    Stops,
    /// Further problems.
    Problems,
}
