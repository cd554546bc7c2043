//! What is wanted of an account, as a value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::kind::{Key, Kind};
use super::resource::{Grant, Holder, Resource, Tags};
use crate::arns::Place;
use crate::config::{self, Schedule as Office};
use crate::controls::{Installation, Kept};
use crate::names::Name;
use crate::policies::Policy;

/// One thing that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The thing.
    pub key: Key,
    /// In which way.
    pub want: Want,
    /// What it is for, in a phrase.
    pub about: String,
}

/// In which way a thing is wanted.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // almost all of them are the large one
pub enum Want {
    /// Made and kept like this.
    Make(Resource),
    /// Used as it is; the text tells the place in the config that names it.
    Use(String),
    /// Not yet possible; the text tells why and what to do.
    Later(String),
}

/// Everything that is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    pub(super) name: Name,
    pub(super) place: Place,
    pub(super) log_group: String,
    pub(super) alarm_topic: String,
    pub(super) notice_topic: String,
    pub(super) kept: Kept<'static>,
    pub(super) offices: Vec<Office>,
    pub(super) wanted: BTreeMap<Key, Wanted>,
    pub(super) passing: BTreeSet<Key>,
}

impl Desired {
    /// The prefix of everything, and the value of the tag.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The account and the home Region.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The log group that the metric filters read.
    pub fn log_group(&self) -> &str {
        &self.log_group
    }

    /// What the control that watches the watch needs to know of it.
    pub fn installation(&self) -> Installation<'_> {
        Installation {
            partition: &self.place.partition,
            account: &self.place.account,
            name: self.name.as_str(),
            log_group: &self.log_group,
            alarm_topic: &self.alarm_topic,
            notice_topic: &self.notice_topic,
            kept: self.kept.clone(),
        }
    }

    /// The name of the topic that alarms publish to.
    pub fn alarm_topic(&self) -> &str {
        &self.alarm_topic
    }

    /// The name of the topic for people.
    pub fn notice_topic(&self) -> &str {
        &self.notice_topic
    }

    /// The place in the config that names a thing as existing.
    pub fn used(&self, key: &Key) -> Option<&str> {
        match &self.wanted.get(key)?.want {
            Want::Use(place) => Some(place),
            Want::Make(_) | Want::Later(_) => None,
        }
    }

    /// Whether the calendars of all schedules that name an alarm want it muted; holds are not known here.
    pub fn mutes(&self, alarm: &str, at: Timestamp) -> bool {
        config::mutes(&self.name, &self.offices, alarm, at)
    }

    /// All of it, in the order of making.
    pub fn wanted(&self) -> impl Iterator<Item = &Wanted> {
        self.wanted.values()
    }

    /// Whether the thing is wanted in any way.
    pub fn contains(&self, key: &Key) -> bool {
        self.wanted.contains_key(key)
    }

    /// Whether the thing comes to its end of itself about now: neither missed where it is gone nor removed where it is.
    pub fn is_passing(&self, key: &Key) -> bool {
        self.passing.contains(key)
    }

    /// What is wanted of one sort.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Wanted> {
        self.wanted.values().filter(move |wanted| wanted.key.kind == kind)
    }

    /// A thing's key in the home Region.
    pub fn key(&self, kind: Kind, name: impl Into<String>) -> Key {
        Key { kind, region: self.place.region.clone(), name: name.into() }
    }

    pub(super) fn want(&mut self, kind: Kind, name: impl Into<String>, want: Want, about: impl Into<String>) {
        let key = self.key(kind, name);
        self.wanted.insert(key.clone(), Wanted { key, want, about: about.into() });
    }

    /// Statements for the policy of an existing key; what another part of the config wants in it stays.
    pub(super) fn use_key(&mut self, key: &str, statements: Vec<Policy>, about: &str) {
        let id = key.rsplit('/').next().unwrap_or_default().to_owned();
        let (there, on) = (self.key(Kind::KeyPolicy, &id), Holder::Key(key.to_owned()));
        let mut name = id;
        if let Some(Wanted { want: Want::Make(Resource::Grant(grant)), about: said, .. }) = self.wanted.get_mut(&there)
        {
            if grant.on == on {
                grant.statements.extend(statements);
                *said = format!("{said}; {about}");
                return;
            }
            // A multi-Region key has one id in all its Regions, and a policy in each.
            key.clone_into(&mut name);
        }
        let grant = Grant { on, statements, ours: true, denials: Vec::new(), unfit: None };
        self.make(name, Resource::Grant(grant), about);
    }

    pub(super) fn make(&mut self, name: impl Into<String>, resource: Resource, about: impl Into<String>) {
        self.want(resource.kind(), name, Want::Make(resource), about);
    }
}

/// The tag that marks what is ours.
pub(super) fn tags(name: &Name) -> Tags {
    [(Name::TAG_KEY, name.as_str())].into_iter().collect()
}

/// Why something waits for a function.
pub(super) fn absent(function: &str) -> String {
    format!("waits for the function {function}: deploy it, then apply again")
}
