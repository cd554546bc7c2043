//! Sentences: what a person reads first, in the words that they use.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::Notice;
use super::style::Style;
use crate::activity::{Group, HIDDEN_USER, Place};
use crate::alarm::State;
use crate::text::{unlinked, unlinked_outcome};

/// The first line of a notice: who did what, when and from which address, or why that is not known.
pub(super) fn headline(notice: &Notice, local: Option<&TimeZone>) -> String {
    let Some(name) = alarm_name(notice) else {
        let said = if notice.alarm.reason.is_empty() { "it is empty" } else { &notice.alarm.reason };
        return format!("a message that is no alarm arrived: {said}");
    };
    let since = notice.alarm.changed_at.map_or(String::new(), |at| format!(" at {}", when(at, local)));
    if notice.begins_to_watch() && notice.activity.is_empty() {
        return format!("{name} is watching now{since}");
    }
    if notice.is_suppressed() {
        let because = notice.ignored_because.join("; ");
        return match notice.ignored {
            0 => format!("{name} is over; nothing but what is ignored as agreed"),
            count => format!("{name}: nothing but what is ignored as agreed, {count} event(s): {because}"),
        };
    }
    match (notice.activity.split_first(), notice.alarm.state) {
        (Some(_), state) if !notice.is_attributed() => {
            let unknown = notice.about_others.as_deref().unwrap_or_default();
            let went = match state {
                State::Ok => "is OK again",
                State::InsufficientData => "has too little data to watch",
                State::Alarm | State::Unknown => "went to ALARM",
            };
            format!("{name} {went}{since}: who did it is not known, {unknown}")
        }
        (Some((newest, others)), state) => {
            let more = u64::try_from(others.len()).unwrap_or(u64::MAX).saturating_add(notice.more);
            let prefix = match state {
                State::Ok | State::InsufficientData if newest.new => "also during this alarm: ".to_owned(),
                State::Ok => format!("{name} is OK again{since}, {}: ", nothing_new(notice)),
                State::InsufficientData => {
                    format!("{name} has too little data to watch{since}, {}: ", nothing_new(notice))
                }
                State::Alarm | State::Unknown => String::new(),
            };
            format!(
                "{prefix}{}{}",
                sentence(newest, local),
                if more > 0 { format!("; and {more} more") } else { String::new() }
            )
        }
        (None, State::Alarm) => format!("{name} went to ALARM{since}: {}", why_unknown(notice)),
        (None, State::Ok) if notice.search.is_empty() && !notice.is_end() => format!("{name} is OK again{since}"),
        (None, State::Ok) if notice.is_complete() => {
            format!("{name} is OK again{since}, nothing new since it went off")
        }
        (None, State::Ok) => format!("{name} is OK again{since}; the search for further activity is not complete"),
        (None, State::InsufficientData) => format!("{name} has too little data to watch{since}"),
        (None, State::Unknown) => format!("{name} changed its state{since}, the message does not say to which"),
    }
}

/// Of an alarm's end at which nothing is new.
fn nothing_new(notice: &Notice) -> &'static str {
    if notice.is_complete() { "nothing new since it went off" } else { "the search for what is new is not complete" }
}

/// The alarm's name as people are shown it; none when the message was no alarm's.
pub(super) fn alarm_name(notice: &Notice) -> Option<Cow<'_, str>> {
    notice.alarm.name.as_deref().map(unlinked)
}

fn why_unknown(notice: &Notice) -> String {
    if let Some(meaning) = notice.meaning {
        return meaning.to_owned();
    }
    match (notice.search.is_empty(), notice.problems.first()) {
        (_, Some(problem)) => format!("who did it is not known, {problem}"),
        (false, None) => "no matching log event was found".to_owned(),
        (true, None) => "nothing was searched".to_owned(),
    }
}

/// `alice signed in to the console (no MFA) from 203.0.113.5 at 2026-11-21 18:41 UTC (2026-11-22 03:41 JST)`.
pub(super) fn sentence(group: &Group, local: Option<&TimeZone>) -> String {
    let from = origin(group);
    let who = who(group);
    let when = when(group.last, local);
    let did = did(group);
    match group.count {
        0 | 1 => format!("{who} {did} from {from} at {when}"),
        2 => format!("{who} {did} twice from {from}, last at {when}"),
        count => format!("{who} {did} {count} times from {from}, last at {when}"),
    }
}

/// `203.0.113.5`, `Osaka VPN (203.0.113.5)`, `an address not known (192.0.2.1)`.
fn origin(group: &Group) -> String {
    if group.source_ip.is_empty() {
        return "an unknown address".to_owned();
    }
    let address = unlinked(&group.source_ip);
    match &group.place {
        Place::Unsaid => address.into_owned(),
        Place::Known(network) => format!("{network} ({address})"),
        Place::Unknown => format!("an address not known ({address})"),
        Place::Service => format!("an AWS service ({address})"),
        Place::Endpoint => format!("a VPC endpoint of account {} ({address})", unlinked(&group.endpoint_account)),
    }
}

fn who(group: &Group) -> String {
    let who = if group.who == HIDDEN_USER { "someone with an unknown user name" } else { &unlinked(&group.who) };
    let no_drill = if imitates_drill(group) { " (no drill of Yakei's)" } else { "" };
    match &group.actor_account {
        Some(account) if !who.contains(account.as_str()) => format!("{who} of account {}{no_drill}", unlinked(account)),
        _ => format!("{who}{no_drill}"),
    }
}

/// Whether somebody calls themselves a drill. Names, session names and user agents are the caller's; that a record is a
/// drill's stands where no caller can write.
pub(super) fn imitates_drill(group: &Group) -> bool {
    let texts = [&group.who, &group.user_agent, &group.outcome, &group.source_ip];
    !group.drill && texts.into_iter().any(|text| calls_itself_drill(text))
}

fn calls_itself_drill(text: &str) -> bool {
    let folded: String = text.chars().flat_map(folded).collect();
    let mut parts = folded.split("drill");
    let mut before = parts.next().unwrap_or_default();
    parts.any(|after| {
        let inside = before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
        before = after;
        !inside
    })
}

/// Lower case, and full-width letters as plain ones.
fn folded(c: char) -> impl Iterator<Item = char> {
    let plain = match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    };
    plain.to_lowercase()
}

fn did(group: &Group) -> String {
    let outcome = &*unlinked_outcome(&group.outcome);
    let success = outcome == "Success";
    let why = outcome.strip_prefix("Failure: ").unwrap_or(outcome);
    let service = group.service.strip_suffix(".amazonaws.com").unwrap_or(&group.service);
    let call = match (service.is_empty(), group.event.is_empty()) {
        (true, true) => "an unnamed call".to_owned(),
        (true, false) => group.event.clone(),
        (false, _) => format!("{service}:{}", group.event),
    };
    let call = unlinked(&call);
    match (service, group.event.as_str()) {
        ("signin", "ConsoleLogin") if success => format!("signed in to the console{}", second_factor(group)),
        ("signin", "ConsoleLogin") if why == "Failure" => "failed to sign in to the console".to_owned(),
        ("signin", "ConsoleLogin") => format!("failed to sign in to the console ({why})"),
        ("signin", "SwitchRole") if success => "switched role in the console".to_owned(),
        _ if success => format!("called {call}"),
        _ if is_denied(outcome) => format!("was denied {call} ({why})"),
        _ => format!("failed to call {call} ({why})"),
    }
}

/// Federated sign-ins say `MFAUsed: No` whatever the identity provider asked for: then it says nothing.
fn second_factor(group: &Group) -> &'static str {
    match (group.mfa, group.kind.as_str()) {
        (Some(true), _) => " (MFA)",
        (Some(false), "IAMUser" | "Root") => " (no MFA)",
        _ => "",
    }
}

/// The codes that the CIS control for unauthorised calls counts.
fn is_denied(code: &str) -> bool {
    code.starts_with("AccessDenied") || code.ends_with("UnauthorizedOperation")
}

/// `2026-11-21 18:41 UTC (2026-11-22 03:41 JST)`; the local time is left out where it is UTC anyway.
pub(super) fn when(at: Timestamp, local: Option<&TimeZone>) -> String {
    let utc = format!("{} UTC", at.strftime("%Y-%m-%d %H:%M"));
    match local.map(|zone| at.to_zoned_datetime(zone.clone())) {
        Some(local) if local.time_zone() != &TimeZone::UTC => {
            format!("{utc} ({})", local.strftime("%Y-%m-%d %H:%M %Z"))
        }
        _ => utc,
    }
}

/// What to do next: the control's own sentence, else a general one where somebody did something.
pub(super) fn next<'a>(notice: &Notice, style: &Style<'a>) -> Option<&'a str> {
    let general = "Ask them whether it was them. If not: disable their credentials, end their sessions, keep the logs.";
    match (notice.is_suppressed(), notice.alarm.state) {
        (true, _) => None,
        (false, State::Alarm) => style.next.or((!notice.activity.is_empty()).then_some(general)),
        (false, _) if notice.activity.is_empty() => None,
        (false, _) => Some(style.next.unwrap_or(general)),
    }
}

/// `3 matching events, as many as the alarm counted`.
pub(super) fn found(notice: &Notice) -> String {
    let events =
        |count: u64| if count == 1 { "1 matching event".to_owned() } else { format!("{count} matching events") };
    let found = events(notice.found);
    match (notice.at_least, notice.expected) {
        (true, Some(expected)) => format!("at least {found}; the alarm counted {expected}"),
        (true, None) => format!("at least {found}"),
        (false, Some(expected)) if expected == notice.found => format!("{found}, as many as the alarm counted"),
        (false, Some(expected)) => format!("{found}; the alarm counted {expected}"),
        (false, None) => found,
    }
}
