//! Sightings of the same kind, counted together, each act once: a CloudTrail `eventID` is one act however many trails,
//! log groups or filters show it.
//!
//! Memory is bounded by the number of groups and some twenty bytes an act, by which it is known again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::handle::Handle;
use super::sighting::{SIGN_IN, SUCCESS, Sighting, Taken, Unreadable};
use super::who::Identity;
use crate::history::{FromAddress, History};
use crate::text::{serialize_outcome, serialize_unlinked, unlinked, without_lone_surrogates};
use crate::time::is_date;

/// How many event ids a group keeps: enough to look the records up.
const EVENT_IDS: usize = 10;
/// How many access keys a group keeps; a user has two at most.
const KEYS: usize = 3;

/// Everything that one actor did alike: same who, event, outcome, source address and accounts.
///
/// Serialises as an entry of `activity` in a `yakei.notice/1` notice, without anything that a client would link.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(clippy::struct_excessive_bools)] // each is told or compared by itself
pub struct Group {
    /// Who did it.
    #[serde(serialize_with = "serialize_unlinked")]
    pub who: String,
    /// What `who` is a name of.
    #[serde(skip)]
    pub identity: Identity,
    /// The names by which AWS knows the actor, for commands and look-ups; not for showing.
    #[serde(skip)]
    pub handle: Handle<'static>,
    /// The long-term access keys that were used, at most three.
    #[serde(skip)]
    pub keys: Vec<String>,
    /// Whether any of it was done without a long-term key: by signing in, or with temporary credentials.
    #[serde(skip)]
    pub keyless: bool,
    /// The ARN of who switched the role in the console, of the newest sighting.
    #[serde(skip)]
    pub switched_from: Option<String>,
    /// `userIdentity.type`.
    #[serde(serialize_with = "serialize_unlinked")]
    pub kind: String,
    /// `eventName`.
    #[serde(serialize_with = "serialize_unlinked")]
    pub event: String,
    /// `eventSource`.
    #[serde(serialize_with = "serialize_unlinked")]
    pub service: String,
    /// `Success`, `Failure: <why>` or an error code.
    #[serde(serialize_with = "serialize_outcome")]
    pub outcome: String,
    /// An address, a service's name or `AWS Internal`.
    #[serde(serialize_with = "serialize_unlinked")]
    pub source_ip: String,
    /// The account where it happened.
    #[serde(serialize_with = "serialize_unlinked")]
    pub account: String,
    /// The actor's account, when it is another one.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "unlinked_if_any")]
    pub actor_account: Option<String>,
    /// Whether the record says the actor's account at all.
    #[serde(skip)]
    pub actor_known: bool,
    /// The account of the VPC endpoint through which the calls came; empty when no record says one.
    #[serde(skip)]
    pub endpoint_account: String,
    /// Whether that is new or usual, where it was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// Of a sign-in that failed, who signed in from the same address before, where that was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_history: Option<FromAddress>,
    /// Where that is, in the words of `[[notify.known]]`.
    #[serde(flatten)]
    pub place: Place,
    /// Whether these are drills of Yakei's, which did not happen.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
    /// What the access portal or STS handed out, where the records say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
    /// Whether these are sign-ins to the access portal of IAM Identity Center.
    #[serde(skip)]
    pub portal: bool,
    /// Whether the alarm's first notice could not know it. At an alarm's end `false` marks what the first notice
    /// should have told.
    pub new: bool,
    /// The Region of the newest sighting.
    #[serde(serialize_with = "serialize_unlinked")]
    pub region: String,
    /// Whether a second factor was used; `false` when any sighting says so.
    pub mfa: Option<bool>,
    /// How many acts.
    pub count: u64,
    /// `eventTime` of the first one.
    #[serde(serialize_with = "crate::time::as_text")]
    pub first: Timestamp,
    /// `eventTime` of the last one.
    #[serde(serialize_with = "crate::time::as_text")]
    pub last: Timestamp,
    /// `userAgent` of the newest sighting.
    #[serde(serialize_with = "serialize_unlinked")]
    pub user_agent: String,
    /// `eventID` of the newest sighting, in `region`.
    #[serde(skip)]
    pub newest_id: String,
    /// `eventID` of the first ten.
    #[serde(serialize_with = "each_unlinked")]
    pub event_ids: Vec<String>,
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the member")]
fn unlinked_if_any<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(unlinked).serialize(serializer)
}

fn each_unlinked<S: Serializer>(texts: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(texts.iter().map(|it| unlinked(it)))
}

/// What people know about a source address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// Nobody said which networks are known.
    #[default]
    Unsaid,
    /// A network with a name.
    Known(String),
    /// None of those that have a name.
    Unknown,
    /// An AWS service.
    Service,
    /// Behind a VPC endpoint, of the account that the record says.
    Endpoint,
}

impl Serialize for Place {
    /// `known` and, of a known one, `network`; nothing where nobody said.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if *self != Self::Unsaid {
            members.serialize_entry("known", &matches!(self, Self::Known(_) | Self::Service))?;
        }
        if let Self::Known(name) = self {
            members.serialize_entry("network", name)?;
        }
        members.end()
    }
}

impl Group {
    /// One sighting alone; `time` stands in where it says none.
    pub fn single(seen: &Sighting<'_>, time: Timestamp) -> Self {
        let time = seen.time.unwrap_or(time);
        let mut group = Self::of(seen, time, true);
        group.count_in(seen, time);
        group
    }

    fn of(seen: &Sighting<'_>, time: Timestamp, new: bool) -> Self {
        Self {
            who: seen.who.as_ref().into(),
            identity: seen.identity,
            handle: seen.handle.clone().into_owned(),
            keys: Vec::new(),
            keyless: false,
            switched_from: seen.switched_from.as_deref().map(Into::into),
            kind: seen.kind.as_ref().into(),
            event: seen.event.as_ref().into(),
            service: seen.service.as_ref().into(),
            outcome: seen.outcome.as_ref().into(),
            source_ip: seen.source_ip.as_ref().into(),
            account: seen.account.as_ref().into(),
            actor_account: seen.actor_account.as_deref().map(Into::into),
            actor_known: seen.actor_known,
            endpoint_account: seen.endpoint_account.as_ref().into(),
            history: None,
            address_history: None,
            place: Place::Unsaid,
            drill: seen.drill,
            taken: seen.taken.clone(),
            portal: seen.portal,
            new,
            region: seen.region.as_ref().into(),
            mfa: seen.mfa,
            count: 0,
            first: time,
            last: time,
            user_agent: seen.user_agent.as_ref().into(),
            newest_id: seen.event_id.as_ref().into(),
            event_ids: Vec::new(),
        }
    }

    /// Whether the name is only claimed: a sign-in that failed, or a token that was refused, has the name that
    /// somebody typed.
    pub fn is_claimed(&self) -> bool {
        let by_typing = self.service == SIGN_IN
            || matches!(self.identity, Identity::SamlUser | Identity::WebIdentityUser | Identity::Other);
        by_typing && self.outcome != SUCCESS
    }

    /// Whether it was done, not only tried.
    pub fn has_succeeded(&self) -> bool {
        self.outcome == SUCCESS
    }

    /// Everything by which calls may be agreed upon or not; what differs in any of it is never one group.
    fn is_of(&self, seen: &Sighting<'_>, new: bool) -> bool {
        self.who == seen.who
            && self.identity == seen.identity
            && self.handle == seen.handle
            && self.kind == seen.kind
            && self.service == seen.service
            && self.actor_account.as_deref() == seen.actor_account.as_deref()
            && self.actor_known == seen.actor_known
            && self.endpoint_account == seen.endpoint_account
            && self.drill == seen.drill
            && self.taken == seen.taken
            && self.portal == seen.portal
            && self.new == new
            && self.event == seen.event
            && self.outcome == seen.outcome
            && self.source_ip == seen.source_ip
            && self.account == seen.account
    }

    /// Takes an act back that turned out to be another group's.
    fn count_out(&mut self, event_id: &str) {
        self.count = self.count.saturating_sub(1);
        self.event_ids.retain(|it| it != event_id);
    }

    fn count_in(&mut self, seen: &Sighting<'_>, time: Timestamp) {
        self.count += 1;
        self.first = self.first.min(time);
        if time > self.last {
            self.last = time;
            self.newest_id = seen.event_id.as_ref().into();
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
        match seen.key.as_deref() {
            None => self.keyless = true,
            Some(key) if self.keys.len() < KEYS && !self.keys.iter().any(|it| it == key) => self.keys.push(key.into()),
            Some(_) => {}
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
    /// The group of each act, by a hash of its id.
    acts: HashMap<u64, usize>,
    /// The step that stands for a sign-in of several, by a hash of what they have in common.
    steps: HashMap<u64, Step>,
    not_json: u64,
    not_a_record: u64,
}

impl Groups {
    /// Counts in one log line that no earlier notice could know. `logged_at` stands in for a record that does not say
    /// its time.
    pub fn add_line(&mut self, line: &str, logged_at: Timestamp) {
        self.add_event(line, "", logged_at, true);
    }

    /// Counts in one log event. `log_id` is CloudWatch's id of it, which tells apart records without an `eventID`;
    /// `new` says whether the alarm's first notice could not know it. An act that is there already counts no more;
    /// once it was there as not new, it is not new.
    ///
    /// Whether it was a further act.
    pub fn add_event(&mut self, line: &str, log_id: &str, logged_at: Timestamp, new: bool) -> bool {
        match Sighting::read(line) {
            Ok(seen) => self.add(&seen, log_id, logged_at, new),
            Err(why) => {
                let mended = without_lone_surrogates(line).filter(|_| why == Unreadable::NotJson);
                match mended.as_deref().map(Sighting::read) {
                    Some(Ok(seen)) => self.add(&seen, log_id, logged_at, new),
                    _ => self.unreadable(why, log_id),
                }
            }
        }
    }

    fn unreadable(&mut self, why: Unreadable, log_id: &str) -> bool {
        if !log_id.is_empty() && self.acts.insert(hash(&(UNREAD, log_id)), NO_GROUP).is_some() {
            return false;
        }
        match why {
            Unreadable::NotJson => self.not_json += 1,
            Unreadable::NotARecord => self.not_a_record += 1,
        }
        true
    }

    pub(crate) fn add(&mut self, seen: &Sighting<'_>, log_id: &str, logged_at: Timestamp, new: bool) -> bool {
        let time = seen.time.unwrap_or(if is_date(&logged_at) { logged_at } else { Timestamp::UNIX_EPOCH });
        let id = if seen.event_id.is_empty() { log_id } else { seen.event_id.as_ref() };
        let act = (!id.is_empty()).then(|| hash(&(seen.event_id.is_empty(), id)));
        let before = act.and_then(|act| self.acts.get(&act).copied());
        if before == Some(NO_GROUP) {
            return false;
        }
        if let Some(group) = before.and_then(|at| self.made.get_mut(at)) {
            if new || !group.new {
                return false;
            }
            group.count_out(id);
        }
        if before.is_none()
            && let Some((steps, rank)) = Step::of(seen, new)
        {
            match self.steps.get_mut(&steps).filter(|step| step.is_near(time)) {
                // A later step has told the whole already.
                Some(step) if step.rank >= rank => {
                    if let Some(act) = act {
                        self.acts.insert(act, NO_GROUP);
                    }
                    return true;
                }
                Some(step) => {
                    if let Some(group) = self.made.get_mut(step.group) {
                        group.count_out(&step.event_id);
                    }
                }
                None => {}
            }
            let group = self.place_of(seen, time, new);
            self.steps.insert(steps, Step { rank, group, time, event_id: seen.event_id.as_ref().into() });
        }
        let at = self.place_of(seen, time, new);
        if let Some(group) = self.made.get_mut(at) {
            group.count_in(seen, time);
        }
        if let Some(act) = act {
            self.acts.insert(act, at);
        }
        before.is_none()
    }

    fn place_of(&mut self, seen: &Sighting<'_>, time: Timestamp, new: bool) -> usize {
        let key = (&seen.who, &seen.event, &seen.outcome, &seen.source_ip, &seen.account, new);
        let same_hash = self.index.entry(hash(&key)).or_default();
        let known = same_hash.iter().copied().find(|&at| self.made.get(at).is_some_and(|it| it.is_of(seen, new)));
        known.unwrap_or_else(|| {
            self.made.push(Group::of(seen, time, new));
            same_hash.push(self.made.len() - 1);
            self.made.len() - 1
        })
    }

    /// The groups, in the order of their making.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.made.iter().filter(|it| it.count > 0)
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.made.len()
    }

    /// Whether nothing was counted in.
    pub fn is_empty(&self) -> bool {
        self.made.is_empty()
    }

    /// How many different acts were counted in.
    pub fn acts(&self) -> u64 {
        self.made.iter().map(|it| it.count).sum()
    }

    /// What could not be read, and how much of it.
    pub fn unread(&self) -> Vec<(u64, Unreadable)> {
        let counted = [(self.not_json, Unreadable::NotJson), (self.not_a_record, Unreadable::NotARecord)];
        counted.into_iter().filter(|(count, _)| *count > 0).collect()
    }

    /// The same in sentences.
    pub fn problems(&self) -> Vec<String> {
        let said = |(count, why): (u64, Unreadable)| {
            format!("{count} matching log line(s) could not be read: {}", why.in_words())
        };
        self.unread().into_iter().map(said).collect()
    }

    /// The groups: what is new before what is not, newest last-seen first; ties by who, then event.
    pub fn newest_first(self) -> Vec<Group> {
        let mut groups = self.made;
        groups.retain(|it| it.count > 0);
        groups.sort_by(|a, b| {
            let by_time = b.new.cmp(&a.new).then_with(|| b.last.cmp(&a.last));
            by_time.then_with(|| a.who.cmp(&b.who)).then_with(|| a.event.cmp(&b.event))
        });
        groups
    }
}

/// The step by which a sign-in is told that several events make up.
#[derive(Debug)]
struct Step {
    rank: u8,
    group: usize,
    time: Timestamp,
    event_id: String,
}

impl Step {
    /// Steps further apart belong to two sign-ins; a code of OAuth is good for ten minutes.
    const NEAR: SignedDuration = SignedDuration::from_mins(10);

    /// What the steps of one sign-in have in common, and how much this one tells: the last one that succeeds tells it all.
    /// What failed is an act of its own, each time.
    fn of(seen: &Sighting<'_>, new: bool) -> Option<(u64, u8)> {
        if seen.service != SIGN_IN || seen.outcome != SUCCESS {
            return None;
        }
        let (workflow, rank) = match seen.event.as_ref() {
            "CredentialChallenge" => (seen.workflow.as_ref(), 0),
            "CredentialVerification" => (seen.workflow.as_ref(), 1),
            "UserAuthentication" => (seen.workflow.as_ref(), 2),
            "CreateOAuth2Token" => ("OAuth", 0),
            "AuthorizeOAuth2Access" => ("OAuth", 1),
            _ => return None,
        };
        let common = (workflow, seen.account.as_ref(), new);
        match workflow {
            "" => None,
            // It has no id: the same person at the same address.
            "OAuth" => Some((hash(&(common, &seen.who, &seen.source_ip)), rank)),
            _ => Some((hash(&common), rank)),
        }
    }

    fn is_near(&self, time: Timestamp) -> bool {
        time.duration_since(self.time).abs() <= Self::NEAR
    }
}

/// Of what is known and stands in no group: a step that a later one tells, a line that cannot be read.
const NO_GROUP: usize = usize::MAX;

/// Keeps the ids of unreadable lines apart from those of acts.
const UNREAD: &str = "unread";

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
