//! A notice: what the person on watch is told about one alarm, and how it is written down.
//!
//! A notice holds no text that has not been cleaned, and what [`Notice::outgoing`] makes of it always
//! fits SNS's limits: what does not fit is left out whole and counted, never cut.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::language::Language;
use super::link;
use super::problem::{Bound, Problem, Room};
use super::stop;
use crate::activity::{Group, Place};
use crate::alarm::{Alarm, NotAnAlarm, Span, State};
use crate::ignore::Folded;
use crate::known::{self, Known};
use crate::text::{clean, shown};
use crate::time::{as_date, is_date};

/// How many entries of `search`, of `nearby` and of `problems` a notice keeps.
const ENTRIES: usize = 20;

/// A notice. Serialises as `yakei.notice/1`; `json.rs` has the members.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The same for every delivery of the same SNS message, so that receivers can tell repeats.
    pub id: String,
    /// The alarm, as far as it is known.
    pub alarm: AlarmPart,
    /// The control behind the alarm, such as `ConsoleLogin`; `null` for alarms that are not Yakei's.
    pub control: Option<String>,
    /// The control's severity, where the catalogue has one.
    pub severity: Option<String>,
    /// Every search that was made.
    pub search: Vec<Search>,
    /// How many events the alarm counted; `null` when its value is no count.
    pub expected: Option<u64>,
    /// How many events the searches found, the ignored ones included.
    pub found: u64,
    /// Whether a bound ended a search, so that there may be more than `found`.
    pub at_least: bool,
    /// The names of the problems that leave something out; see [`Notice::gap`] and [`Notice::gaps`].
    pub(super) gaps: Vec<&'static str>,
    /// Why what was found may be something else than what the alarm counted.
    pub(super) about_others: Option<Problem>,
    /// What the alarm means, where it is about nobody's activity.
    pub(super) meaning: Option<Meaning>,
    /// What a message that is no alarm's says.
    pub(super) said: Option<Said>,
    /// Whether all activity came from networks that people know; none where nobody said which.
    pub(super) from_known: Option<bool>,
    /// Who did what, newest first; at an alarm's end what is new before what the first notice should have told.
    pub activity: Vec<Group>,
    /// How many further groups of activity there are for which there was no room.
    pub more: u64,
    /// What matches too but lies outside the alarm's windows, searched when too little was found.
    pub nearby: Vec<Group>,
    /// About how many identities there is room to say what stops them.
    pub(super) stop_room: usize,
    /// How many of the found events `[[notify.ignore]]` folded away.
    pub ignored: u64,
    /// The reasons that stand in those entries.
    pub ignored_because: Vec<String>,
    /// What is not known and why.
    pub problems: Vec<Problem>,
}

/// What a message that is no alarm's says. Nothing in it is a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its subject, possibly empty.
    pub subject: String,
    /// Its body.
    pub body: Body,
}

impl Said {
    /// Whether it says nothing at all.
    pub fn is_nothing(&self) -> bool {
        self.subject.is_empty() && self.body == Body::Nothing
    }
}

/// The body of a message that is no alarm's. Of JSON only the members' names are shown: it may be a record with
/// credentials in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// Text.
    Text(String),
    /// JSON that is broken or cut off.
    Broken,
    /// A JSON object with these members.
    Members(Vec<String>),
    /// A JSON array of so many entries.
    Array(usize),
    /// Another JSON value.
    Value,
}

/// What an alarm means that is about nobody's activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The toggler has not told that it ran.
    Heartbeat,
}

/// The alarm of a notice. Members that the message does not say are `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlarmPart {
    /// Its name; `null` when the message is no alarm's.
    pub name: Option<String>,
    /// Its ARN.
    pub arn: Option<String>,
    /// Its account.
    pub account: Option<String>,
    /// Its Region.
    pub region: Option<String>,
    /// Its state now.
    pub state: State,
    /// Its state before.
    pub previous: State,
    /// When it changed.
    #[serde(serialize_with = "time_or_null")]
    pub changed_at: Option<Timestamp>,
    /// AWS's reason; for a message that is no alarm, its beginning.
    pub reason: String,
    /// The alarm's description.
    pub description: Option<String>,
}

/// A search that was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Search {
    /// The log group.
    pub log_group: String,
    /// The filter pattern.
    pub pattern: String,
    /// First instant searched.
    #[serde(serialize_with = "crate::time::as_text")]
    pub from: Timestamp,
    /// The instant after the last one searched.
    #[serde(serialize_with = "crate::time::as_text")]
    pub to: Timestamp,
    /// Opens this very search in the CloudWatch console; `null` when the Region is not known.
    pub console_url: Option<String>,
}

impl Search {
    /// A search of this log group with this pattern.
    pub fn new(region: Option<&str>, log_group: &str, pattern: &str, window: Span) -> Self {
        let window = Span { from: as_date(window.from), to: as_date(window.to) };
        Self {
            log_group: clean(log_group, 512).into_owned(),
            pattern: clean(pattern, 1024).into_owned(),
            from: window.from,
            to: window.to,
            console_url: region.and_then(|region| link::log_events(region, log_group, pattern, window)),
        }
    }
}

impl Notice {
    /// The beginning of a notice about an alarm: nothing searched, nothing found.
    pub fn of_alarm(id: &str, alarm: &Alarm) -> Self {
        let owned = |text: &Option<String>, max| text.as_deref().map(|text| clean(text, max).into_owned());
        Self::empty(
            id,
            AlarmPart {
                name: Some(clean(&alarm.name, 255).into_owned()),
                arn: owned(&alarm.arn, 400),
                account: alarm.account.as_deref().map(|text| shown(text, 40)),
                region: alarm.region.as_deref().map(|text| shown(text, 40)),
                state: alarm.state,
                previous: alarm.previous,
                changed_at: alarm.changed_at.filter(is_date),
                reason: shown(&alarm.reason, 1024),
                description: owned(&alarm.description, 1024),
            },
        )
    }

    /// A notice about a message that is no alarm: it is forwarded for what it is.
    ///
    /// Of JSON only the members' names are shown: the message may be a record with credentials in it.
    pub fn of_other(id: &str, subject: Option<&str>, body: &str, why: NotAnAlarm) -> Self {
        let body = match why {
            NotAnAlarm::Empty => Body::Nothing,
            NotAnAlarm::BrokenJson => Body::Broken,
            NotAnAlarm::NotJson if body.trim_start_matches(is_blank).starts_with(['{', '[']) => Body::Broken,
            NotAnAlarm::NotJson => Body::Text(shown(body, 1024)),
            NotAnAlarm::OtherJson => members(body),
        };
        let said = Said { subject: subject.map(|it| shown(it, 100)).unwrap_or_default(), body };
        // As the JSON has it, whatever the language.
        let reason = Language::En.words().said(&said);
        let mut notice = Self::empty(
            id,
            AlarmPart {
                name: None,
                arn: None,
                account: None,
                region: None,
                state: State::Unknown,
                previous: State::Unknown,
                changed_at: None,
                reason,
                description: None,
            },
        );
        notice.said = Some(said);
        notice.gap(&why.into());
        notice
    }

    fn empty(id: &str, alarm: AlarmPart) -> Self {
        Self {
            id: shown(id, 100),
            alarm,
            control: None,
            severity: None,
            search: Vec::new(),
            expected: None,
            found: 0,
            at_least: false,
            gaps: Vec::new(),
            about_others: None,
            meaning: None,
            said: None,
            from_known: None,
            activity: Vec::new(),
            more: 0,
            nearby: Vec::new(),
            stop_room: stop::MOST,
            ignored: 0,
            ignored_because: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Says which control is behind the alarm and how bad it is, as far as that is known.
    pub fn controlled_by(&mut self, control: Option<&str>, severity: Option<&str>) {
        let bounded = |text: &str| clean(text, 100).into_owned();
        self.control = control.map(bounded);
        self.severity = severity.map(bounded);
    }

    /// Whether the alarm is OK without having been in ALARM, as every new one is at first.
    pub fn begins_to_watch(&self) -> bool {
        self.alarm.state == State::Ok && matches!(self.alarm.previous, State::Ok | State::InsufficientData)
    }

    /// Whether the alarm is over: what happened while it lasted is told then.
    pub fn is_end(&self) -> bool {
        self.alarm.previous == State::Alarm && matches!(self.alarm.state, State::Ok | State::InsufficientData)
    }

    /// Says what an alarm means that is about nobody's activity: there is nothing to search, so nothing is missing.
    pub fn means(&mut self, meaning: Meaning) {
        self.meaning = Some(meaning);
    }

    /// Adds a problem that leaves something out: the notice is not complete, and says so under the problem's name.
    pub fn gap(&mut self, problem: &Problem) {
        if !self.gaps.contains(&problem.name()) {
            self.gaps.push(problem.name());
        }
        self.remark(problem);
    }

    /// Adds a problem that leaves nothing out.
    pub fn remark(&mut self, problem: &Problem) {
        if problem.is_about_others() && self.about_others.is_none() {
            self.about_others = Some(problem.clone());
        }
        self.say(problem);
    }

    /// The names of all that keeps the notice from being complete: the problems that were said to leave something out,
    /// else what the notice itself shows.
    pub fn gaps(&self) -> Vec<&'static str> {
        if self.gaps.is_empty() { self.unproven().into_iter().collect() } else { self.gaps.clone() }
    }

    /// Whether everything was searched and nothing is missing. Follows from what was seen; nobody sets it.
    pub fn is_complete(&self) -> bool {
        self.gaps().is_empty()
    }

    /// What is missing although no problem says so.
    fn unproven(&self) -> Option<&'static str> {
        let rests = matches!(self.alarm.state, State::Ok | State::InsufficientData);
        let begins = rests && !matches!(self.alarm.previous, State::Alarm | State::Unknown);
        let enough = self.expected.is_some_and(|it| it <= self.found);
        let missing = self.expected.is_some() && !enough || (self.found == 0 && !rests);
        if begins || self.meaning.is_some() {
            None
        } else if self.search.is_empty() && self.found == 0 {
            Some(Problem::NotSearched.name())
        } else if missing {
            Some(Problem::FewerThanCounted { found: self.found, expected: self.expected }.name())
        } else if self.at_least && !enough {
            Some(Problem::Bound(Bound::Time).name())
        } else {
            None
        }
    }

    /// Whether nobody is to be woken: the alarm only begins to watch, or everything that was found is agreed upon and
    /// nothing is unknown. What was not found is not agreed upon.
    pub fn is_suppressed(&self) -> bool {
        let nothing_else = self.activity.is_empty() && self.nearby.is_empty() && self.more == 0;
        nothing_else && (self.begins_to_watch() || (self.ignored > 0 && self.is_complete()))
    }

    /// Whether what was found is what the alarm counted. When it may be something else, nobody is named for it on the
    /// first line, in the subject or among the attributes.
    pub fn is_attributed(&self) -> bool {
        self.about_others.is_none()
    }

    /// Adds a problem. Bounded, and the same one only once.
    fn say(&mut self, problem: &Problem) {
        if self.problems.contains(problem) {
            return;
        }
        if self.problems.len() < ENTRIES {
            self.problems.push(problem.clone());
        } else if self.problems.len() == ENTRIES {
            self.problems.push(Problem::NoRoom(Room::Problems));
        }
    }

    /// Takes what was found outside the alarm's own windows, as far as there is room.
    pub fn nearby(&mut self, groups: Vec<Group>) {
        self.nearby = groups;
        if self.nearby.len() > ENTRIES {
            let left_out = self.nearby.len() - ENTRIES;
            self.remark(&Problem::NoRoom(Room::NearbyGroups(left_out)));
            self.nearby.truncate(ENTRIES);
        }
    }

    /// Takes the found activity, folded by `[[notify.ignore]]`.
    pub fn found(&mut self, folded: Folded) {
        self.activity = folded.remaining;
        self.ignored = folded.ignored;
        self.ignored_because = folded.reasons.iter().take(ENTRIES).map(|it| clean(it, 200).into_owned()).collect();
        for ended in folded.ended {
            self.remark(&Problem::IgnoreEnded { last: ended.last, reason: ended.reason });
        }
    }

    /// Says of all activity whether it came from a network that people know. Changes nothing else.
    pub fn place(&mut self, known: &[Known]) {
        for group in self.activity.iter_mut().chain(&mut self.nearby) {
            group.place = known::place(group, known);
        }
        let of_known = |group: &Group| matches!(group.place, Place::Known(_) | Place::Service);
        let all_known = self.is_attributed() && !self.activity.is_empty() && self.activity.iter().all(of_known);
        self.from_known = (!known.is_empty()).then_some(all_known);
    }

    /// Adds a search that was made. Those for which there is no room are counted among the problems.
    pub fn searched(&mut self, searches: Vec<Search>) {
        let left_out = (self.search.len() + searches.len()).saturating_sub(ENTRIES);
        self.search.extend(searches);
        if left_out > 0 {
            self.search.truncate(ENTRIES);
            self.remark(&Problem::NoRoom(Room::Searches(left_out)));
        }
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// The names of a JSON object's members, or what other kind of JSON it is.
fn members(body: &str) -> Body {
    match serde_json::from_str(body) {
        Ok(serde_json::Value::Object(members)) => {
            let mut names: Vec<_> = members.keys().map(|name| clean(name, 40)).collect();
            names.sort();
            // Cleaned as the one text that they are shown as, so that no two of them become a link.
            let names = shown(&names.join(", "), 1000);
            Body::Members(names.split(", ").map(str::to_owned).collect())
        }
        Ok(serde_json::Value::Array(entries)) => Body::Array(entries.len()),
        _ => Body::Value,
    }
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the member")]
fn time_or_null<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}
