//! English.

mod answers;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts::{
    Act, Admitted, Before, Call, Did, Drill, Found, Headline, Lead, MissedAlarm, Origin, SignedInFrom, SinceThen,
    Subject, ToStop, Turn, Way, Who, WhyUnknown,
};
use super::words::{Labels, Words};
use crate::activity::{UNKNOWN_ACCOUNT, Unreadable};
use crate::alarm::{NotAnAlarm, State};
use crate::digest::Unknown;
use crate::notice::{Body, Bound, Does, Envelope, Meaning, Problem, Room, Said};
use crate::plan::Per;

/// English.
pub(super) struct English;

impl Words for English {
    fn labels(&self) -> &'static Labels {
        &LABELS
    }

    /// `2026-11-21 18:41 UTC (2026-11-22 03:41 JST)`; the local time is left out where it is UTC anyway.
    fn when(&self, at: Timestamp, local: Option<&TimeZone>) -> String {
        let utc = format!("{} UTC", at.strftime("%Y-%m-%d %H:%M"));
        match local.map(|zone| at.to_zoned_datetime(zone.clone())) {
            Some(local) if local.time_zone() != &TimeZone::UTC => {
                format!("{utc} ({})", local.strftime("%Y-%m-%d %H:%M %Z"))
            }
            _ => utc,
        }
    }

    fn span(&self, from: Timestamp, to: Timestamp) -> String {
        format!("{} to {} UTC", from.strftime("%Y-%m-%d %H:%M:%S"), to.strftime("%Y-%m-%d %H:%M:%S"))
    }

    fn headline(&self, it: &Headline<'_>, local: Option<&TimeZone>) -> String {
        let turned = |turn: &Turn<'_>, what: &str| {
            let at = turn.at.map_or(String::new(), |at| format!(" at {}", self.when(at, local)));
            format!("{} {what}{at}", turn.name)
        };
        match it {
            Headline::NoAlarm { said: None } => "a message that is no alarm arrived: it is empty".to_owned(),
            Headline::NoAlarm { said: Some(said) } => {
                format!("a message that is no alarm arrived: {}", self.said(said))
            }
            Headline::Watching(turn) => turned(turn, "is watching now"),
            Headline::OverIgnored { name } => format!("{name} is over; nothing but what is ignored as agreed"),
            Headline::Ignored { name, count, because } => {
                let because = because.join("; ");
                format!("{name}: nothing but what is ignored as agreed, {count} event(s): {because}")
            }
            Headline::Unattributed { turn, state, why } => {
                let went = match state {
                    State::Ok => "is OK again",
                    State::InsufficientData => "has too little data to watch",
                    State::Alarm => "went to ALARM",
                    State::Unknown => "changed its state",
                };
                format!("{}: who did it is not known, {why}", turned(turn, went))
            }
            Headline::Did { lead, act, more } => {
                let act = self.act(act, local);
                let act = if *more > 0 { format!("{act}; and {more} more") } else { act };
                match lead {
                    Lead::Cause => act,
                    Lead::AlsoDuring => format!("also during this alarm: {act}"),
                    Lead::NothingNew { turn, too_little_data, complete } => {
                        let went = if *too_little_data { "has too little data to watch" } else { "is OK again" };
                        let new = if *complete {
                            "nothing new since it went off"
                        } else {
                            "the search for what is new is not complete"
                        };
                        format!("{}, {new}: {act}", turned(turn, went))
                    }
                }
            }
            Headline::WentOff { turn, why } => {
                let why = match why {
                    WhyUnknown::Means(Meaning::Heartbeat) => {
                        "the toggler has not told that it ran, or not that it could do all it should: its own log says why"
                            .to_owned()
                    }
                    WhyUnknown::Problem(problem) => format!("who did it is not known, {problem}"),
                    WhyUnknown::NoEvent => "no matching log event was found".to_owned(),
                    WhyUnknown::NotSearched => "nothing was searched".to_owned(),
                };
                format!("{}: {why}", turned(turn, "went to ALARM"))
            }
            Headline::Over { turn, new } => {
                let over = turned(turn, "is OK again");
                match new {
                    SinceThen::Unasked => over,
                    SinceThen::Nothing => format!("{over}, nothing new since it went off"),
                    SinceThen::Incomplete => format!("{over}; the search for further activity is not complete"),
                }
            }
            Headline::TooLittleData(turn) => turned(turn, "has too little data to watch"),
            Headline::Changed(turn) => {
                format!("{}, the message does not say to which", turned(turn, "changed its state"))
            }
        }
    }

    /// `ALARM yakei-ConsoleLogin: alice signed in …`; the time has no room in a subject.
    fn subject(&self, it: &Subject<'_>) -> String {
        let word = |state: State| if state == State::Unknown { "Alarm" } else { state.as_str() };
        match it {
            Subject::NoAlarm => "Message no alarm".to_owned(),
            Subject::Alarm(state, name) => format!("{} {name}", word(*state)),
            Subject::NothingNew(state, name) => format!("{} {name}: nothing new", word(*state)),
            Subject::Did(state, name, act) => format!("{} {name}: {}", word(*state), without_time(act)),
        }
    }

    /// `alice signed in to the console (no MFA) from 203.0.113.5 at 2026-11-21 18:41 UTC (2026-11-22 03:41 JST)`.
    fn act(&self, it: &Act<'_>, local: Option<&TimeZone>) -> String {
        let (act, when) = (without_time(it), self.when(it.last, local));
        if it.times > 1 { format!("{act}, last at {when}") } else { format!("{act} at {when}") }
    }

    /// `3 matching events, as many as the alarm counted`.
    fn found(&self, it: Found) -> String {
        let found =
            if it.events == 1 { "1 matching event".to_owned() } else { format!("{} matching events", it.events) };
        match (it.at_least, it.expected) {
            (true, Some(expected)) => format!("at least {found}; the alarm counted {expected}"),
            (true, None) => format!("at least {found}"),
            (false, Some(expected)) if expected == it.events => format!("{found}, as many as the alarm counted"),
            (false, Some(expected)) => format!("{found}; the alarm counted {expected}"),
            (false, None) => found,
        }
    }

    fn ignored(&self, count: u64, because: &[String]) -> String {
        format!("{count} of them, as agreed in [[notify.ignore]]: {}", because.join("; "))
    }

    fn and_more(&self, count: u64) -> String {
        format!("and {count} more")
    }

    fn problem(&self, it: &Problem) -> String {
        problem(it)
    }

    fn said(&self, it: &Said) -> String {
        let body = match &it.body {
            Body::Nothing => return it.subject.clone(),
            Body::Text(text) => text.clone(),
            Body::Broken => "(broken JSON, not shown)".to_owned(),
            Body::Members(names) => format!("JSON with the members {}", names.join(", ")),
            Body::Array(count) => format!("a JSON array of {count} entries"),
            Body::Value => "a JSON value".to_owned(),
        };
        if it.subject.is_empty() { body } else { format!("{}: {body}", it.subject) }
    }

    fn before(&self, it: &Before<'_>, local: Option<&TimeZone>) -> String {
        answers::before(it, local)
    }

    fn signed_in_from(&self, it: &SignedInFrom<'_>, local: Option<&TimeZone>) -> String {
        answers::signed_in_from(it, local)
    }

    fn to_stop(&self, it: &ToStop<'_>) -> String {
        answers::to_stop(it)
    }

    fn step(&self, it: Does) -> &'static str {
        answers::step(it)
    }

    fn stops_left_out(&self, count: u64) -> String {
        answers::stops_left_out(count)
    }

    fn perhaps(&self, act: &str) -> String {
        format!("perhaps {act}")
    }

    fn known_before(&self, act: &str) -> String {
        format!("known when it went off (the first notice should have told this): {act}")
    }

    fn not_known(&self, problem: &str) -> String {
        format!("not known: {problem}")
    }

    fn digest_subject(&self, name: &str, went_off: usize, standing: usize) -> String {
        let standing = if standing > 0 { format!("; {standing} still in ALARM") } else { String::new() };
        format!("{name}: while muted, {} went off{standing}", alarms(went_off))
    }

    /// `While muted, 2026-11-24 09:00–18:00 JST: alice ×3 from 203.0.113.5; …`
    fn digest_headline(
        &self,
        from: Timestamp,
        to: Timestamp,
        zone: &TimeZone,
        who: &[String],
        others: usize,
    ) -> String {
        let others = if others > 0 { format!("; and {others} more") } else { String::new() };
        let [from, to] = [from, to].map(|at| at.to_zoned_datetime(zone.clone()));
        let span = if from.date() == to.date() {
            format!("{}\u{2013}{}", from.strftime("%Y-%m-%d %H:%M"), to.strftime("%H:%M %Z"))
        } else {
            format!("{} \u{2013} {}", from.strftime("%Y-%m-%d %H:%M"), to.strftime("%Y-%m-%d %H:%M %Z"))
        };
        format!("While muted, {span}: {}{others}", who.join("; "))
    }

    fn digest_opening(&self, went_off: usize, times: u64, from: Timestamp, to: Timestamp, zone: &TimeZone) -> String {
        let times = if times > went_off as u64 { format!(", {times} times") } else { String::new() };
        format!("{} went off{times} while muted, {} to {}.", alarms(went_off), both(from, zone), both(to, zone))
    }

    /// `alice ×3 from 203.0.113.5`
    fn digest_who(&self, who: &str, count: u64, from: &Origin<'_>) -> String {
        format!("{who} \u{d7}{count} from {}", origin(from))
    }

    fn digest_alarm(&self, it: &MissedAlarm<'_>, zone: &TimeZone) -> String {
        match it.times {
            1 => format!("{}, {}", it.name, both(it.last, zone)),
            times => format!("{}, {times} times, {} to {}", it.name, both(it.first, zone), both(it.last, zone)),
        }
    }

    fn digest_did(&self, who: &str, event: &str, outcome: &str, last: Timestamp, zone: &TimeZone) -> String {
        format!("{who}: {event} ({outcome}), last {}", both(last, zone))
    }

    fn digest_searched(&self, log_group: &str, pattern: &str) -> String {
        format!("Searched {log_group}: {pattern}")
    }

    fn digest_more(&self, count: usize) -> String {
        format!("And {count} more.")
    }

    fn per(&self, it: Per) -> String {
        format!("for each {it}")
    }

    fn unknown(&self, it: &Unknown) -> String {
        unknown(it)
    }
}

static LABELS: Labels = Labels {
    alarm: "Alarm",
    account: "Account",
    found: "Found",
    history: "History",
    ignored: "Ignored",
    next: "Next",
    stop: "To stop",
    open_event: "Open the event",
    open_identity: "Open the identity",
    searched: "Searched",
    aws_says: "AWS says",
    it_says: "It says",
    notice: "Notice",
    every_event: "(every event)",
    heads: ["LAST (UTC)", "COUNT", "WHO", "WHAT", "OUTCOME", "FROM", "ACCOUNT", "REGION"],
    perhaps: "Found in these minutes, perhaps something else than what the alarm counted:",
    before: "Known when it went off (the first notice should have told this):",
    nearby: "Nearby, outside the alarm's own window:",
    problems: "What is not known, or not as it should be:",
    ask: "Ask them whether it was them. If not: disable their credentials, end their sessions, keep the logs.",
    no_alarm: "a message that is no alarm",
    open_search: "Open the search",
    still: "Still in ALARM. These are armed, and yet silent until they leave that state and enter it again:",
    late: "In ALARM when their mute rule ended. CloudWatch sends this change itself, now:",
    costs: "What yakei.toml asks for besides the watch itself costs (us-east-1 list prices, November 2026):",
    digest: "Digest",
    unknown: "Not known",
    ask_about_own: "Ask whoever did it whether it was planned.",
    wide: false,
};

fn alarms(number: usize) -> String {
    if number == 1 { "1 alarm".to_owned() } else { format!("{number} alarms") }
}

/// `2026-11-24 00:10 UTC (09:10 JST)`.
fn both(at: Timestamp, zone: &TimeZone) -> String {
    let utc = at.to_zoned_datetime(TimeZone::UTC);
    if zone == &TimeZone::UTC {
        return utc.strftime("%Y-%m-%d %H:%M UTC").to_string();
    }
    let local = at.to_zoned_datetime(zone.clone());
    let format = if utc.date() == local.date() { "%H:%M %Z" } else { "%Y-%m-%d %H:%M %Z" };
    format!("{} UTC ({})", utc.strftime("%Y-%m-%d %H:%M"), local.strftime(format))
}

fn without_time(it: &Act<'_>) -> String {
    let (who, did, from) = (who(it), did(&it.did), origin(&it.from));
    match it.times {
        0 | 1 => format!("{who} {did} from {from}"),
        2 => format!("{who} {did} twice from {from}"),
        count => format!("{who} {did} {count} times from {from}"),
    }
}

fn who(it: &Act<'_>) -> String {
    let who = match &it.who {
        Who::Named(name) => name.clone().into_owned(),
        Who::Root { account, central } => {
            let by = if *central { " (central root access)" } else { "" };
            format!("root of {}{by}", account.unwrap_or(UNKNOWN_ACCOUNT))
        }
        Who::Hidden => "someone with an unknown user name".to_owned(),
        Who::Nobody => "unknown".to_owned(),
    };
    let no_drill = if it.drill == Drill::Imitated { " (no drill of Yakei's)" } else { "" };
    match &it.account {
        Some(account) => format!("{who} of account {account}{no_drill}"),
        None => format!("{who}{no_drill}"),
    }
}

fn did(it: &Did<'_>) -> String {
    match it {
        Did::SignedIn { mfa: Some(true) } => "signed in to the console (MFA)".to_owned(),
        Did::SignedIn { mfa: Some(false) } => "signed in to the console (no MFA)".to_owned(),
        Did::SignedIn { mfa: None } => "signed in to the console".to_owned(),
        Did::SignInFailed { why: None } => "failed to sign in to the console".to_owned(),
        Did::SignInFailed { why: Some(why) } => format!("failed to sign in to the console ({why})"),
        Did::SwitchedRole => "switched role in the console".to_owned(),
        Did::GotIn { way, mfa, into } => got_in(*way, into.as_deref()) + if *mfa { " (MFA)" } else { "" },
        Did::NotIn { way, into, why: None } => not_in(*way, into.as_deref()),
        Did::NotIn { way, into, why: Some(why) } => format!("{} ({why})", not_in(*way, into.as_deref())),
        Did::Began => "began to sign in at AWS sign-in (no end of it was seen)".to_owned(),
        Did::Called(of) => format!("called {}", call(of)),
        Did::Denied { call: of, why } => format!("was denied {} ({why})", call(of)),
        Did::CallFailed { call: of, why } => format!("failed to call {} ({why})", call(of)),
    }
}

/// What somebody did, into what where the record says it.
fn got_in(way: Way, into: Option<&Admitted<'_>>) -> String {
    if let Some(Admitted { role, account }) = into {
        match way {
            Way::PortalCredentials if !role.is_empty() => {
                return format!("took credentials of role {role} in account {account} through the access portal");
            }
            Way::PortalConsole if !role.is_empty() => {
                return format!("opened the console of account {account} as role {role} through the access portal");
            }
            Way::RootSession => return format!("took a root session of account {account}"),
            _ => {}
        }
    }
    let did = match way {
        Way::Portal => "signed in to the access portal",
        Way::Application => "signed in to an application through AWS sign-in",
        Way::Credential => "proved who they are at AWS sign-in",
        Way::PortalCredentials => "took a role's credentials through the access portal",
        Way::Role => "switched role in the console",
        Way::ConsoleToken => "turned credentials into a console session",
        Way::RootSession => "took a root session of a member account",
        Way::PortalConsole => "opened an account's console through the access portal",
        Way::Program => "signed in from a command line or another program (aws login)",
    };
    did.to_owned()
}

fn not_in(way: Way, into: Option<&Admitted<'_>>) -> String {
    if let Some(Admitted { role, account }) = into {
        match way {
            Way::PortalCredentials if !role.is_empty() => {
                return format!(
                    "failed to take credentials of role {role} in account {account} through the access portal"
                );
            }
            Way::PortalConsole if !role.is_empty() => {
                return format!(
                    "failed to open the console of account {account} as role {role} through the access portal"
                );
            }
            Way::RootSession => return format!("failed to take a root session of account {account}"),
            _ => {}
        }
    }
    let did = match way {
        Way::Portal => "failed to sign in to the access portal",
        Way::Application => "failed to sign in to an application through AWS sign-in",
        Way::Credential => "gave a wrong password or second factor at AWS sign-in",
        Way::PortalCredentials => "failed to take a role's credentials through the access portal",
        Way::Role => "failed to switch role in the console",
        Way::ConsoleToken => "failed to turn credentials into a console session",
        Way::RootSession => "failed to take a root session of a member account",
        Way::PortalConsole => "failed to open an account's console through the access portal",
        Way::Program => "failed to sign in from a command line or another program (aws login)",
    };
    did.to_owned()
}

fn call<'a>(it: &'a Call<'_>) -> &'a str {
    match it {
        Call::Named(name) => name,
        Call::Unnamed => "an unnamed call",
    }
}

/// `203.0.113.5`, `Osaka VPN (203.0.113.5)`, `an address not known (192.0.2.1)`.
fn origin(it: &Origin<'_>) -> String {
    match it {
        Origin::Unsaid => "an unknown address".to_owned(),
        Origin::Address(address) => address.clone().into_owned(),
        Origin::Known(network, address) => format!("{network} ({address})"),
        Origin::NotKnown(address) => format!("an address not known ({address})"),
        Origin::Service(address) => format!("an AWS service ({address})"),
        Origin::Endpoint { account, address } => format!("a VPC endpoint of account {account} ({address})"),
    }
}

/// What stands in the JSON of a digest that nobody has put into a language yet.
impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&unknown(self))
    }
}

fn unknown(it: &Unknown) -> String {
    match it {
        Unknown::Said(text) => text.clone(),
        Unknown::NoRegion => "the Region of the alarms is not known, so nothing was searched".to_owned(),
        Unknown::Who { call, code, message } => {
            let message = if message.is_empty() { String::new() } else { format!(": {message}") };
            format!("who did it is not known: {call} failed with {code}{message}")
        }
        Unknown::After { alarm, after, call, code, message } => {
            format!("what {alarm} did after {after:.0}: {call}: {code}: {message}")
        }
        Unknown::Before { before } => {
            format!("what happened before {before:.0}: CloudWatch keeps 30 days of history")
        }
        Unknown::NotDescribed => "the alarm could not be described, so nothing was searched".to_owned(),
        Unknown::NotSearchable => "it watches no metric of a log group, so nothing was searched".to_owned(),
        Unknown::Problem(it) => problem(it),
        Unknown::Ignored { count, because } => {
            format!("{count} event(s) are ignored as agreed: {}", because.join("; "))
        }
        Unknown::NoRoomForSearches => "there was no room for the searches that were made".to_owned(),
        Unknown::NoRoomForProblems => "there are further problems; see the function's log".to_owned(),
    }
}

/// Logs, answers and whatever else is for those who run Yakei have problems in English.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&problem(self))
    }
}

fn problem(it: &Problem) -> String {
    match it {
        Problem::NotAnAlarm(why) => match why {
            NotAnAlarm::Empty => "the message is empty",
            NotAnAlarm::NotJson => "the message is not JSON, so it is not an alarm's",
            NotAnAlarm::BrokenJson => "the message is broken JSON, or cut off",
            NotAnAlarm::OtherJson => "the message is JSON, but not a CloudWatch alarm's: it has no AlarmName",
        }
        .to_owned(),
        Problem::Envelope(why) => match why {
            Envelope::NotFromSns => "a record of the event is not from SNS",
            Envelope::NoMessage => "a record of the event has no message",
        }
        .to_owned(),
        Problem::NoConfiguration(why) => format!("times are in UTC only, and nothing is ignored, because {why}"),
        Problem::NotSearched => "nothing was searched".to_owned(),
        Problem::NoRegion => "the alarm's Region is not known, so nothing was searched".to_owned(),
        Problem::NoSuchAlarm { alarm, region } => format!("the alarm {alarm} does not exist (any more) in {region}"),
        Problem::TooDeep(depth) => format!("composite alarms were followed {depth} deep and no further"),
        Problem::TooManyAlarms(most) => {
            format!("the first {most} alarms behind the composite one were looked at and no further")
        }
        Problem::NoDatapoint { from, to } => {
            format!("the alarm names no datapoint; what was logged from {from} to {to} UTC was searched")
        }
        Problem::SomeDatapoints { named, from, to } => format!(
            "AWS names only the newest {named} of the datapoints that breached; all that was logged from {from} to {to} UTC was searched"
        ),
        Problem::LogAlarm { alarm } => format!(
            "the alarm {alarm} watches a log by a query of its own; the lines that it counted are in its own notification"
        ),
        Problem::NoLines => "a log alarm's lines come with its message when it goes off, and this one carries none \
                             (ActionLogLineCount sets how many)"
            .to_owned(),
        Problem::SomeLines(count) => format!(
            "the alarm sent {count} log line(s) and may have counted more (ActionLogLineCount sets how many it sends)"
        ),
        Problem::MayBeRepeated(id) => {
            format!("an earlier try to publish this notice may have arrived: two with the id {id} are one")
        }
        Problem::NoMetric => "the alarm names no metric of a log group, so no log can be searched".to_owned(),
        Problem::NoMetricFilter { region, metric, namespace } => {
            format!("no metric filter in {region} feeds the metric {metric} of {namespace}, so no log can be searched")
        }
        Problem::TransformedEvents(log_group) => format!(
            "a metric filter of {log_group} reads transformed log events; the search sees only the original ones"
        ),
        Problem::SelectionCriteria { log_group, criteria } => format!(
            "the metric filter of {log_group} counts only events with {criteria}, which a search cannot ask for"
        ),
        Problem::Dimension { dimension } => {
            format!("the alarm counts only events with {dimension}, which a search cannot ask for")
        }
        Problem::OtherAccount(account) => {
            format!("the alarm looks at a metric of account {account}, whose logs are not searched from here")
        }
        Problem::SearchesLeftOut(count) => format!("{count} further searches were not made"),
        Problem::CallFailed { call, code, message, log_group } => {
            let message = if message.is_empty() { String::new() } else { format!(": {message}") };
            let place = if log_group.is_empty() { String::new() } else { format!(", in log group {log_group}") };
            format!("{call} failed with {code}{message}{place}")
        }
        Problem::Bound(bound) => {
            let bound = match bound {
                Bound::Time => "time".to_owned(),
                Bound::Groups(most) => format!("{most} groups of activity"),
            };
            format!("the search stopped at its bound of {bound}; there may be more")
        }
        Problem::FewerThanCounted { found, expected } => match expected {
            Some(expected) if *found > 0 => {
                format!("only {found} of the {expected} events that the alarm counted were found")
            }
            Some(expected) => format!("none of the {expected} event(s) that the alarm counted was found"),
            None => "no matching log event was found".to_owned(),
        },
        Problem::BeginningUnknown => {
            "when the alarm began is not known; what is told here may repeat the first notice".to_owned()
        }
        Problem::UnreadableLines { count, why } => {
            let why = match why {
                Unreadable::NotJson => "not JSON, or cut off",
                Unreadable::NotARecord => "JSON, but no CloudTrail record",
            };
            format!("{count} matching log line(s) could not be read: {why}")
        }
        Problem::IgnoreEnded { last, reason } => {
            format!("an entry of [[notify.ignore]] ended on {last}: {reason}; extend or remove it")
        }
        Problem::NoRoom(left_out) => match left_out {
            Room::NearbyGroups(count) => format!("{count} further groups of activity nearby are not listed"),
            Room::Searches(count) => format!("{count} further search(es) were made that are not listed"),
            Room::Nearby => "what was found nearby did not fit into the notice".to_owned(),
            Room::AllSearchesButOne => "the notice lists one search only, for lack of room".to_owned(),
            Room::Stops => "what stops whoever acted did not fit into the notice".to_owned(),
            Room::Problems => "there are further problems; see the function's log".to_owned(),
        },
    }
}
