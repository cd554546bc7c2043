//! Sightings of the same kind, counted together. Memory is bounded by the number of groups, never by
//! the number of sightings.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde::Serialize;

use super::sighting::{Sighting, Unreadable};

/// How many event ids a group keeps: enough to look the records up.
const EVENT_IDS: usize = 10;

/// Everything that one actor did alike: same who, event, outcome, source address and account.
///
/// Serialises as an entry of `activity` in a `yakei.notice/1` notice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Who did it.
    pub who: String,
    /// `userIdentity.type`.
    pub kind: String,
    /// `eventName`.
    pub event: String,
    /// `eventSource`.
    pub service: String,
    /// `Success`, `Failure: <why>` or an error code.
    pub outcome: String,
    /// An address, a service's name or `AWS Internal`.
    pub source_ip: String,
    /// The account where it happened.
    pub account: String,
    /// The actor's account, when it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_account: Option<String>,
    /// The Region of the newest sighting.
    pub region: String,
    /// Whether a second factor was used; `false` when any sighting says so.
    pub mfa: Option<bool>,
    /// How many sightings.
    pub count: u64,
    /// `eventTime` of the first one.
    #[serde(serialize_with = "crate::time::as_text")]
    pub first: Timestamp,
    /// `eventTime` of the last one.
    #[serde(serialize_with = "crate::time::as_text")]
    pub last: Timestamp,
    /// `userAgent` of the newest sighting.
    pub user_agent: String,
    /// `eventID` of the first ten.
    pub event_ids: Vec<String>,
}

impl Group {
    fn new(seen: &Sighting<'_>, time: Timestamp) -> Self {
        Self {
            who: seen.who.as_ref().into(),
            kind: seen.kind.as_ref().into(),
            event: seen.event.as_ref().into(),
            service: seen.service.as_ref().into(),
            outcome: seen.outcome.as_ref().into(),
            source_ip: seen.source_ip.as_ref().into(),
            account: seen.account.as_ref().into(),
            actor_account: seen.actor_account.as_deref().map(Into::into),
            region: seen.region.as_ref().into(),
            mfa: seen.mfa,
            count: 0,
            first: time,
            last: time,
            user_agent: seen.user_agent.as_ref().into(),
            event_ids: Vec::new(),
        }
    }

    fn is_of(&self, seen: &Sighting<'_>) -> bool {
        self.who == seen.who
            && self.event == seen.event
            && self.outcome == seen.outcome
            && self.source_ip == seen.source_ip
            && self.account == seen.account
    }

    fn count_in(&mut self, seen: &Sighting<'_>, time: Timestamp) {
        self.count += 1;
        self.first = self.first.min(time);
        if time > self.last {
            self.last = time;
            if self.region != seen.region {
                self.region = seen.region.as_ref().into();
            }
            if self.user_agent != seen.user_agent {
                self.user_agent = seen.user_agent.as_ref().into();
            }
        }
        if self.mfa.is_none() || seen.mfa == Some(false) {
            self.mfa = seen.mfa;
        }
        if self.event_ids.len() < EVENT_IDS && !seen.event_id.is_empty() {
            self.event_ids.push(seen.event_id.as_ref().into());
        }
    }
}

/// Groups in the making.
#[derive(Debug, Default)]
pub struct Groups {
    made: Vec<Group>,
    /// Positions in `made` by a hash of the key, so that looking up a sighting copies nothing.
    index: HashMap<u64, Vec<usize>>,
    not_json: u64,
    not_a_record: u64,
}

impl Groups {
    /// Counts in one log line. `logged_at` stands in for a record that does not say its time.
    pub fn add_line(&mut self, line: &str, logged_at: Timestamp) {
        match Sighting::read(line) {
            Ok(seen) => self.add(&seen, logged_at),
            Err(Unreadable::NotARecord) => self.not_a_record += 1,
            Err(Unreadable::NotJson) => match without_lone_surrogates(line).as_deref().map(Sighting::read) {
                Some(Ok(seen)) => self.add(&seen, logged_at),
                _ => self.not_json += 1,
            },
        }
    }

    /// Counts in one sighting.
    pub fn add(&mut self, seen: &Sighting<'_>, logged_at: Timestamp) {
        let time = seen.time.unwrap_or(logged_at);
        let same_hash = self.index.entry(hash(seen)).or_default();
        let known = same_hash.iter().copied().find(|&at| self.made.get(at).is_some_and(|group| group.is_of(seen)));
        let at = known.unwrap_or_else(|| {
            self.made.push(Group::new(seen, time));
            same_hash.push(self.made.len() - 1);
            self.made.len() - 1
        });
        if let Some(group) = self.made.get_mut(at) {
            group.count_in(seen, time);
        }
    }

    /// What could not be read, as sentences for a notice's `problems`.
    pub fn problems(&self) -> Vec<String> {
        let counted = [(self.not_json, Unreadable::NotJson), (self.not_a_record, Unreadable::NotARecord)];
        let unread = counted.into_iter().filter(|(count, _)| *count > 0);
        unread
            .map(|(count, why)| format!("{count} matching log line(s) could not be read: {}", why_in_words(why)))
            .collect()
    }

    /// The groups, newest last-seen first; ties by who, then event.
    pub fn newest_first(self) -> Vec<Group> {
        let mut groups = self.made;
        groups.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.who.cmp(&b.who)).then_with(|| a.event.cmp(&b.event)));
        groups
    }
}

fn why_in_words(why: Unreadable) -> &'static str {
    match why {
        Unreadable::NotJson => "not JSON, or cut off",
        Unreadable::NotARecord => "JSON, but no CloudTrail record",
    }
}

fn hash(seen: &Sighting<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&seen.who, &seen.event, &seen.outcome, &seen.source_ip, &seen.account).hash(&mut hasher);
    hasher.finish()
}

/// JSON text may hold half of a surrogate pair (`"\ud83d"`), which no Rust string can: `�` takes its
/// place. `None` when the text has no such escape, so that its trouble is another one.
fn without_lone_surrogates(line: &str) -> Option<String> {
    let mut out = String::with_capacity(line.len());
    let (mut rest, mut mended) = (line, false);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let taken = match surrogate(escape) {
            None => escape.chars().take(2).map(char::len_utf8).sum(),
            Some(high) if high < 0xdc00 && escape.get(6..).and_then(surrogate).is_some_and(|low| low >= 0xdc00) => 12,
            Some(_) => {
                out.push_str("\\ufffd");
                mended = true;
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
        };
        let (escape, after) = escape.split_at(taken);
        out.push_str(escape);
        rest = after;
    }
    out.push_str(rest);
    mended.then_some(out)
}

/// The code unit of the `\uD8xx`…`\uDFxx` escape that the text begins with.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..=0xdfff).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_is_mended_and_whole_pairs_stay() {
        assert_eq!(without_lone_surrogates(r#"{"a":"\ud83d x"}"#).as_deref(), Some(r#"{"a":"\ufffd x"}"#));
        assert_eq!(
            without_lone_surrogates(r#"{"a":"\ude00\ud83d\ude00"}"#).as_deref(),
            Some(r#"{"a":"\ufffd\ud83d\ude00"}"#)
        );
        assert_eq!(without_lone_surrogates(r#"{"a":"\\ud83d \ud83d\ude00"}"#), None);
        assert_eq!(without_lone_surrogates("cut off \\"), None);
    }
}
