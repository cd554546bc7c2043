//! The answers to the next questions: is it new, and how is it stopped. As facts for the languages, and where they stand in
//! a mail and in a chat.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::language::facts::{Before, Here, Kind, SignedInFrom, ToStop, UsualFrom, Whose};
use super::language::words::Words;
use super::mail::head;
use super::model::Notice;
use super::stop::{Stop, stops};
use super::style::Style;
use super::words::next;
use crate::activity::{Group, Handle};
use crate::history::{FromAddress, Subject, Usual, subjects};
use crate::text::unlinked;

/// About how many entries it is said whether they are new or usual.
const HISTORIES: usize = 3;
/// After how long a time without any the first one again is worth a word.
const LONG_AGO: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Whether what was done is new or usual, a sentence an identity.
pub(super) fn histories(notice: &Notice, style: &Style<'_>) -> Vec<String> {
    if !notice.is_attributed() || notice.is_suppressed() {
        return Vec::new();
    }
    let words = style.language.words();
    let mut said: Vec<String> = Vec::new();
    for sentence in notice.activity.iter().filter_map(|it| history(it, words, style.local)) {
        if said.len() < HISTORIES && !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

/// Whether what was done is new or usual, or who signed in from there before.
pub(crate) fn history(group: &Group, words: &dyn Words, local: Option<&TimeZone>) -> Option<String> {
    let of_address = group.address_history.as_ref().map(|it| words.signed_in_from(&signed_in_from(group, it), local));
    of_address.or_else(|| before(group).map(|it| words.before(&it, local)))
}

fn signed_in_from<'a>(group: &'a Group, it: &'a FromAddress) -> SignedInFrom<'a> {
    let whose = match &it.last_root {
        Some(account) => Whose::Root(account),
        None => Whose::Person(unlinked(&it.last_who)),
    };
    SignedInFrom {
        address: unlinked(&group.source_ip),
        days: it.looked_back_days,
        last: it.last.map(|at| (whose, at)),
        others: it.others,
    }
}

fn before(group: &Group) -> Option<Before<'_>> {
    let history = group.history.as_ref()?;
    let here = match (history.earlier, history.first_from_address, history.last_from_address) {
        (0, ..) if history.complete => Here::FirstOfAll,
        (_, Some(true), _) => Here::First,
        (_, Some(false), Some(last)) => Here::Before(last),
        _ => Here::Unknown,
    };
    let long_ago = |since: &jiff::Timestamp| group.first.duration_since(*since) >= LONG_AGO;
    let since = history.first_since.filter(|since| history.earlier > 0 && long_ago(since));
    let usual = history.usual.as_ref().map(|usual| match usual {
        usual if usual.is_of(group) => UsualFrom::Here,
        Usual::Network(name) => UsualFrom::Network(name),
        Usual::Address(address) => UsualFrom::Address(unlinked(address)),
    });
    let nothing = matches!(here, Here::Unknown) && since.is_none() && usual.is_none();
    (!nothing).then_some(Before {
        whose: whose(group)?,
        kind: kind(group),
        days: history.looked_back_days,
        here,
        since,
        usual,
    })
}

fn whose(group: &Group) -> Option<Whose<'_>> {
    if group.handle == Handle::Root {
        return Some(Whose::Root(group.actor_account.as_deref().unwrap_or(&group.account)));
    }
    if let Some(arn) = &group.switched_from {
        return Some(Whose::Person(unlinked(arn.rsplit_once('/').map_or(arn.as_str(), |(_, name)| name))));
    }
    match &group.handle {
        Handle::User(name) | Handle::Person(_, name) | Handle::CenterUser(name) => Some(Whose::Person(unlinked(name))),
        Handle::Role(role, _) => Some(Whose::Role(unlinked(role))),
        Handle::Root | Handle::Nobody | Handle::FederatedBy(_) => None,
    }
}

fn kind(group: &Group) -> Kind {
    match group.event.as_str() {
        _ if group.handle == Handle::Root => Kind::Any,
        "ConsoleLogin" | "UserAuthentication" => Kind::SignIn,
        "SwitchRole" => Kind::RoleSwitch,
        _ => Kind::Alike,
    }
}

impl Notice {
    /// Of whom the past is worth a look: of the first entries, each identity once, with the entries' positions and the
    /// instant before which all is past.
    pub fn subjects(&self, most: usize) -> Vec<(Subject, jiff::Timestamp, Vec<usize>)> {
        if self.is_attributed() && !self.is_suppressed() { subjects(&self.activity, most) } else { Vec::new() }
    }

    /// What to do about those who acted, and about how many there is no room for it. Nothing where nobody is named.
    pub(super) fn stops(&self) -> (Vec<Stop>, u64) {
        if !self.is_attributed() || self.is_suppressed() {
            return (Vec::new(), 0);
        }
        stops(&self.activity, self.stop_room)
    }
}

/// In a mail, under what to do next.
pub(super) fn to_stop(out: &mut String, notice: &Notice, style: &Style<'_>) {
    if next(notice, style).is_some() {
        steps(out, &notice.stops(), style.language.words());
    }
}

/// What stops people: at the beginning of lines, which a phone breaks soon enough. A command is one line however long:
/// what a client breaks comes off whole, and what we broke would not.
pub(crate) fn steps(out: &mut String, (stops, left_out): &(Vec<Stop>, u64), words: &dyn Words) {
    let labels = words.labels();
    let mut label = head(labels.stop);
    for stop in stops {
        let _ = writeln!(out, "\n{label}{}", words.to_stop(&whom(stop)));
        label.clear();
        for step in &stop.steps {
            let _ = writeln!(out, "- {}", words.step(step.does));
            if let Some(command) = &step.command {
                let _ = writeln!(out, "  {command}");
            }
        }
        for (text, url) in [(labels.open_event, &stop.event_url), (labels.open_identity, &stop.identity_url)] {
            if let Some(url) = url {
                let _ = writeln!(out, "- {text}\n  {url}");
            }
        }
    }
    if *left_out > 0 {
        let _ = writeln!(out, "\n{label}{}", words.stops_left_out(*left_out));
    }
}

/// In a chat: the first identity's steps.
pub(super) fn chat_steps(notice: &Notice, style: &Style<'_>) -> Vec<String> {
    let stops = next(notice, style).map(|_| notice.stops().0).unwrap_or_default();
    super::chat::steps(&stops, style.language.words())
}

pub(super) fn whom(stop: &Stop) -> ToStop<'_> {
    let name: Cow<'_, str> = unlinked(&stop.name);
    ToStop { of: stop.of, name, account: &stop.account }
}
