//! What each reader hands back, and whose a tagged thing is.
//!
//! A leaf: each service's file takes these from here, and none from the file that composes them.

use std::collections::BTreeMap;

use yakei_core::names::Name;
use yakei_core::plan::{Found, Key, Resource, Tags};

/// Reads that run side by side; CloudWatch allows ten `ListTagsForResource` a second.
pub(super) const READS: usize = 8;

/// What was found of some things, each with its key.
pub(super) type FoundMap = BTreeMap<Key, Found>;

/// Ours when it carries our tag, somebody else's when not.
pub(super) fn by_tag(name: &Name, tags: &Tags, resource: impl FnOnce() -> Resource) -> Found {
    if tags.has(Name::TAG_KEY, name.as_str()) { Found::Ours(resource()) } else { Found::Foreign(Some(resource())) }
}
