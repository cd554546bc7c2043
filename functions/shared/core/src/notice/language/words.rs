//! What every language says. Nothing here has a default: a sentence that a language lacks does not compile.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts::{Act, Before, Found, Headline, MissedAlarm, Origin, SignedInFrom, Subject, ToStop};
use crate::digest::Unknown;
use crate::notice::{Does, Problem, Said};
use crate::plan::Per;

/// The words of a language.
pub(crate) trait Words: Sync {
    /// Words that stand alone.
    fn labels(&self) -> &'static Labels;

    /// An instant: the date and the time of day in UTC and in the zone of whoever reads it, where that is another.
    fn when(&self, at: Timestamp, local: Option<&TimeZone>) -> String;
    /// A span of log time, in UTC.
    fn span(&self, from: Timestamp, to: Timestamp) -> String;

    /// The first line.
    fn headline(&self, it: &Headline<'_>, local: Option<&TimeZone>) -> String;
    /// The subject of the mail.
    fn subject(&self, it: &Subject<'_>) -> String;
    /// Who did what, from where and when.
    fn act(&self, it: &Act<'_>, local: Option<&TimeZone>) -> String;
    /// How much was found.
    fn found(&self, it: Found) -> String;
    /// How many events were ignored as agreed, and why.
    fn ignored(&self, count: u64, because: &[String]) -> String;
    /// How many rows of a table there is no room for.
    fn and_more(&self, count: u64) -> String;
    /// What is not known and why.
    fn problem(&self, it: &Problem) -> String;

    /// What a message that is no alarm's says.
    fn said(&self, it: &Said) -> String;
    /// Whether it is new or usual.
    fn before(&self, it: &Before<'_>, local: Option<&TimeZone>) -> String;
    /// Who signed in before from the address of a sign-in that failed.
    fn signed_in_from(&self, it: &SignedInFrom<'_>, local: Option<&TimeZone>) -> String;
    /// Over what stops somebody.
    fn to_stop(&self, it: &ToStop<'_>) -> String;
    /// What a step does, and what it breaks.
    fn step(&self, it: Does) -> &'static str;
    /// About how many identities there is no room to say what stops them.
    fn stops_left_out(&self, count: u64) -> String;

    /// Of a chat's line about activity: it may be something else than what the alarm counted.
    fn perhaps(&self, act: &str) -> String;
    /// Of a chat's line about activity: the first notice should have told it.
    fn known_before(&self, act: &str) -> String;
    /// Of a chat's line about a problem.
    fn not_known(&self, problem: &str) -> String;

    /// The subject of a digest: how many alarms went off, and how many stand in ALARM still.
    fn digest_subject(&self, name: &str, went_off: usize, standing: usize) -> String;
    /// The first line of a digest that names people: `who` the first of them, `others` how many more there are.
    fn digest_headline(&self, from: Timestamp, to: Timestamp, zone: &TimeZone, who: &[String], others: usize)
    -> String;
    /// How many alarms went off and how often in all, in which time.
    fn digest_opening(&self, went_off: usize, times: u64, from: Timestamp, to: Timestamp, zone: &TimeZone) -> String;
    /// A name as a sentence has it: what AWS says of it in the language, what somebody chose as it is.
    fn named(&self, who: &str) -> String {
        who.to_owned()
    }
    /// Who, how often, and from where, as far as that is known.
    fn digest_who(&self, who: &str, count: u64, from: &Origin<'_>) -> String;
    /// An alarm and when it went off.
    fn digest_alarm(&self, it: &MissedAlarm<'_>, zone: &TimeZone) -> String;
    /// What somebody did; `who` is a sentence of [`Words::digest_who`].
    fn digest_did(&self, who: &str, event: &str, outcome: &str, last: Timestamp, zone: &TimeZone) -> String;
    /// A search that was made.
    fn digest_searched(&self, log_group: &str, pattern: &str) -> String;
    /// How many alarms there was no room for.
    fn digest_more(&self, count: usize) -> String;
    /// For how much of what a price is.
    fn per(&self, it: Per) -> String;
    /// What a digest does not know.
    fn unknown(&self, it: &Unknown) -> String;
}

/// Words that stand alone, in front of or above something.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Before the alarm's name, its states and when it changed.
    pub alarm: &'static str,
    /// Before the account and the Region.
    pub account: &'static str,
    /// Before how much was found.
    pub found: &'static str,
    /// Before what is new or usual.
    pub history: &'static str,
    /// Before what is ignored.
    pub ignored: &'static str,
    /// Before what to do next.
    pub next: &'static str,
    /// Before what stops somebody.
    pub stop: &'static str,
    /// The words of a link to the event.
    pub open_event: &'static str,
    /// The words of a link to the user or the role.
    pub open_identity: &'static str,
    /// Before a search.
    pub searched: &'static str,
    /// Before AWS's reason.
    pub aws_says: &'static str,
    /// Before what a message that is no alarm's says.
    pub it_says: &'static str,
    /// Before the notice's id.
    pub notice: &'static str,
    /// Instead of a pattern that matches everything.
    pub every_event: &'static str,
    /// Over the table of activity: last, count, who, what, outcome, from, account, Region.
    pub heads: [&'static str; 8],
    /// Over activity of which the alarm may have counted none.
    pub perhaps: &'static str,
    /// Over an alarm's activity at its end that is not new.
    pub before: &'static str,
    /// Over activity outside the alarm's own windows.
    pub nearby: &'static str,
    /// Over the problems.
    pub problems: &'static str,
    /// What to do where somebody did something and no control says it.
    pub ask: &'static str,
    /// A message that is no alarm, as a title.
    pub no_alarm: &'static str,
    /// The words of a link to a search.
    pub open_search: &'static str,
    /// Over alarms that are armed and silent until they enter ALARM again.
    pub still: &'static str,
    /// Over alarms whose change CloudWatch sends itself when their mute rule ends.
    pub late: &'static str,
    /// Over the prices of what the config asks for besides the watch itself.
    pub costs: &'static str,
    /// Before the digest's id.
    pub digest: &'static str,
    /// Before what a digest does not know.
    pub unknown: &'static str,
    /// What to do about a control of the user's own that does not say it.
    pub ask_about_own: &'static str,
    /// Whether characters of ambiguous width take two columns, as in East Asian text (UAX #11).
    pub wide: bool,
}
