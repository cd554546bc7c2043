//! What is not known or not as it should be, each kind under a stable name.
//!
//! A notice says a problem in a sentence and, where it leaves something out, under its name among the gaps: a notice
//! is complete exactly when it has none. Nothing anywhere asks for a sentence's text.

use jiff::civil::Date;

use crate::activity::Unreadable;
use crate::alarm::NotAnAlarm;
use crate::text::{clean, shown, without_urls};

/// The longest sentence about a problem.
const SENTENCE: usize = 500;

/// A problem. Its sentence is its `Display`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The message is no alarm's.
    #[error("{0}")]
    NotAnAlarm(#[from] NotAnAlarm),
    /// The envelope of the message is not as SNS sends it.
    #[error("{0}")]
    Envelope(&'static str),
    /// `yakei.toml` could not be used.
    #[error("times are in UTC only, and nothing is ignored, because {0}")]
    NoConfiguration(String),
    /// Nothing was searched although something should have been.
    #[error("nothing was searched")]
    NotSearched,
    /// Where to search is not known.
    #[error("the alarm's Region is not known, so nothing was searched")]
    NoRegion,
    /// An alarm that another one names is not there.
    #[error("the alarm {alarm} does not exist (any more) in {region}")]
    NoSuchAlarm {
        /// Its name.
        alarm: String,
        /// Where it was looked for.
        region: String,
    },
    /// Composite alarms of composite alarms end somewhere.
    #[error("composite alarms were followed {0} deep and no further")]
    TooDeep(usize),
    /// A composite alarm with more children than are looked at.
    #[error("the first {0} alarms behind the composite one were looked at and no further")]
    TooManyAlarms(usize),
    /// The minutes that breached are not known.
    #[error("the alarm names no datapoint; what was logged from {from} to {to} UTC was searched")]
    NoDatapoint {
        /// Hours and minutes.
        from: String,
        /// Hours and minutes.
        to: String,
    },
    /// Not all minutes that breached are known.
    #[error(
        "AWS names only the newest {named} of the datapoints that breached; all that was logged from {from} to {to} UTC was searched"
    )]
    SomeDatapoints {
        /// How many are known.
        named: usize,
        /// Hours and minutes.
        from: String,
        /// Hours and minutes.
        to: String,
    },
    /// A log alarm behind a composite one.
    #[error(
        "the alarm {alarm} watches a log by a query of its own; the lines that it counted are in its own notification"
    )]
    LogAlarm {
        /// Its name.
        alarm: String,
    },
    /// A log alarm's message without lines.
    #[error(
        "a log alarm's lines come with its message when it goes off, and this one carries none (ActionLogLineCount sets how many)"
    )]
    NoLines,
    /// A log alarm's message that is full of lines.
    #[error("the alarm sent {0} log line(s) and may have counted more (ActionLogLineCount sets how many it sends)")]
    SomeLines(usize),
    /// An earlier try to publish this notice did not answer.
    #[error("an earlier try to publish this notice may have arrived: two with the id {0} are one")]
    MayBeRepeated(String),
    /// No metric of a log group.
    #[error("the alarm names no metric of a log group, so no log can be searched")]
    NoMetric,
    /// No metric filter feeds the metric.
    #[error("no metric filter in {region} feeds the metric {metric} of {namespace}, so no log can be searched")]
    NoMetricFilter {
        /// Where it was looked for.
        region: String,
        /// The metric's name.
        metric: String,
        /// The metric's namespace.
        namespace: String,
    },
    /// A filter that reads what a search does not see.
    #[error("a metric filter of {0} reads transformed log events; the search sees only the original ones")]
    TransformedEvents(String),
    /// A filter's criteria on system fields, which a search cannot apply.
    #[error("the metric filter of {log_group} counts only events with {criteria}, which a search cannot ask for")]
    SelectionCriteria {
        /// The log group.
        log_group: String,
        /// `fieldSelectionCriteria`.
        criteria: String,
    },
    /// A dimension of the alarm that no selector of the filter can be asked for.
    #[error("the alarm counts only events with {dimension}, which a search cannot ask for")]
    Dimension {
        /// `Name = value`.
        dimension: String,
    },
    /// The metric is another account's.
    #[error("the alarm looks at a metric of account {0}, whose logs are not searched from here")]
    OtherAccount(String),
    /// More searches than are made for one alarm.
    #[error("{0} further searches were not made")]
    SearchesLeftOut(usize),
    /// A call of AWS failed.
    #[error("{call} failed with {code}{}{message}{}{place}", if message.is_empty() { "" } else { ": " }, if place.is_empty() { "" } else { ", in " })]
    CallFailed {
        /// The operation.
        call: &'static str,
        /// AWS's code, or what happened on the way.
        code: String,
        /// AWS's message, possibly empty.
        message: String,
        /// What it asked about, such as `log group /yakei/cloudtrail`; possibly empty.
        place: String,
    },
    /// A search that ended at a bound.
    #[error("the search stopped at its bound of {0}; there may be more")]
    Bound(String),
    /// Fewer events were found than the alarm counted; none of them known where `expected` is.
    #[error("{}", fewer(*.found, *.expected))]
    FewerThanCounted {
        /// How many were found.
        found: u64,
        /// How many the alarm counted, where its value is a count.
        expected: Option<u64>,
    },
    /// When the alarm went off.
    #[error("when the alarm began is not known; what is told here may repeat the first notice")]
    BeginningUnknown,
    /// Matching log lines that say nothing.
    #[error("{count} matching log line(s) could not be read: {}", .why.in_words())]
    UnreadableLines {
        /// How many.
        count: u64,
        /// Why.
        why: Unreadable,
    },
    /// An entry of `[[notify.ignore]]` that is over but means what was found.
    #[error("an entry of [[notify.ignore]] ended on {last}: {reason}; extend or remove it")]
    IgnoreEnded {
        /// Its last day.
        last: Date,
        /// Its reason.
        reason: String,
    },
    /// Something for which the notice has no room.
    #[error("{0}")]
    NoRoom(String),
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

    /// The sentence as it is shown: strangers' names in it are cleaned and become no links; file names of our own stay.
    pub(super) fn sentence(&self) -> String {
        let text = self.to_string();
        if matches!(self, Self::NoConfiguration(_) | Self::IgnoreEnded { .. }) {
            return clean(&without_urls(&clean(&text, SENTENCE)), SENTENCE).into_owned();
        }
        shown(&text, SENTENCE)
    }

    /// Whether what was found may be something else than what the alarm counted, so that nobody is to be named for it.
    pub fn is_about_others(&self) -> bool {
        matches!(self, Self::SelectionCriteria { .. } | Self::Dimension { .. } | Self::OtherAccount(_))
    }
}

fn fewer(found: u64, expected: Option<u64>) -> String {
    match expected {
        Some(expected) if found > 0 => {
            format!("only {found} of the {expected} events that the alarm counted were found")
        }
        Some(expected) => format!("none of the {expected} event(s) that the alarm counted was found"),
        None => "no matching log event was found".to_owned(),
    }
}
