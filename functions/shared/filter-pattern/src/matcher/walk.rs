//! One pass over a record's text. A record counts only if all of it is one JSON object; of two members
//! with the same name the last one counts.
//!
//! The pass tells what it meets at once and keeps nothing. It ends early in front of a second member of the same name,
//! of half a surrogate pair in a string that it has to decode, and where `serde_json` refuses to go deeper than 128.
//! None of these may hide a record from a pattern: the record is then walked again, carefully, each level on its own
//! and only the last of equal names. What fails then is not JSON.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::trie::{Node, Trie};
use crate::number::Numeral;
use crate::scalar::Seen;

/// Is told the values that selectors point to.
pub(crate) trait Probe<'de> {
    /// The value of interest to `id`.
    fn meet(&mut self, id: usize, seen: &Seen<'de>);
}

/// Tells a new probe every value of interest, or gives `None` when the message is no JSON object.
pub(crate) fn walk<'de, P: Probe<'de>>(trie: &Trie, message: &'de str, probe: impl Fn() -> P) -> Option<P> {
    if !message.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') {
        return None;
    }
    pass(trie, message, probe(), false).or_else(|| pass(trie, message, probe(), true))
}

fn pass<'de, P: Probe<'de>>(trie: &Trie, message: &'de str, probe: P, careful: bool) -> Option<P> {
    let mut walk = Walk { trie, probe, careful, places: vec![Trie::ROOT], objects: 0, met: HashMap::new() };
    let mut deserializer = serde_json::Deserializer::from_str(message);
    deserializer.deserialize_any(Inside { walk: &mut walk, at: 0..1 }).ok()?;
    deserializer.end().ok()?;
    Some(walk.probe)
}

struct Walk<'t, P> {
    trie: &'t Trie,
    probe: P,
    careful: bool,
    /// The nodes of the values that are open, those of the innermost last.
    places: Vec<usize>,
    /// How many objects were opened so far.
    objects: usize,
    /// For the first node of a member that was met, the number of the object it was met in.
    met: HashMap<usize, usize>,
}

impl<'t, P> Walk<'t, P> {
    fn nodes(&self, at: &Range<usize>) -> impl Iterator<Item = &'t Node> {
        at.clone().filter_map(|index| self.node(index))
    }

    fn node(&self, index: usize) -> Option<&'t Node> {
        self.places.get(index).and_then(|place| self.trie.node(*place))
    }

    /// Puts the nodes that a step leads to behind those of the open values.
    fn enter<I: Iterator<Item = usize>>(&mut self, at: &Range<usize>, step: impl Fn(&'t Node) -> I) -> Range<usize> {
        let start = self.places.len();
        for index in at.clone() {
            if let Some(node) = self.node(index) {
                self.places.extend(step(node));
            }
        }
        start..self.places.len()
    }

    fn leave(&mut self, at: &Range<usize>) {
        self.places.truncate(at.start);
    }
}

/// A value that selectors lead to.
struct At<'w, 't, P> {
    walk: &'w mut Walk<'t, P>,
    at: Range<usize>,
}

impl<'de, P: Probe<'de>> DeserializeSeed<'de> for At<'_, '_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { walk, at } = self;
        if !walk.careful && walk.nodes(&at).all(|node| node.ids.is_empty()) {
            return deserializer.deserialize_any(Inside { walk, at });
        }
        let raw: &'de RawValue = serde::Deserialize::deserialize(deserializer)?;
        look(walk, &at, raw.get()).ok_or_else(|| D::Error::custom("not a value"))
    }
}

/// Tells a value and what is in it.
fn look<'de, P: Probe<'de>>(walk: &mut Walk<'_, P>, at: &Range<usize>, raw: &'de str) -> Option<()> {
    if walk.nodes(at).any(|node| !node.ids.is_empty()) {
        let seen = seen(raw)?;
        for index in at.clone() {
            for id in walk.node(index).map_or(&[][..], |node| &node.ids) {
                walk.probe.meet(*id, &seen);
            }
        }
    }
    if !raw.starts_with(['{', '[']) || walk.nodes(at).all(Node::is_leaf) {
        return Some(());
    }
    serde_json::Deserializer::from_str(raw).deserialize_any(Inside { walk, at: at.clone() }).ok()
}

/// What a value is, from its own text.
fn seen(raw: &str) -> Option<Seen<'_>> {
    Some(match raw.as_bytes().first()? {
        b'"' => Seen::Text(decode(raw)?),
        b'{' => Seen::Object,
        b'[' => Seen::Array,
        b't' => Seen::Bool(true),
        b'f' => Seen::Bool(false),
        b'n' => Seen::Null,
        _ => Seen::Number(Numeral::new(raw)),
    })
}

/// A string's content; half a surrogate pair becomes U+FFFD.
fn decode(raw: &str) -> Option<Cow<'_, str>> {
    let content = raw.get(1..raw.len().checked_sub(1)?)?;
    if !content.contains('\\') {
        return Some(Cow::Borrowed(content));
    }
    let bytes = serde_json::Deserializer::from_str(raw).deserialize_bytes(Bytes).ok()?;
    Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

/// The members or elements of a value; of any other kind of value there is nothing to tell.
struct Inside<'w, 't, P> {
    walk: &'w mut Walk<'t, P>,
    at: Range<usize>,
}

impl<'de, P: Probe<'de>> Visitor<'de> for Inside<'_, '_, P> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { walk, at } = self;
        let mut index = 0;
        while walk.nodes(&at).any(|node| node.wants_elements_from(index)) {
            let below = walk.enter(&at, |node| node.element(index));
            let more = if below.is_empty() {
                seq.next_element::<IgnoredAny>()?.is_some()
            } else {
                seq.next_element_seed(At { walk: &mut *walk, at: below.clone() })?.is_some()
            };
            walk.leave(&below);
            if !more {
                return Ok(());
            }
            index += 1;
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        if self.walk.careful {
            self.last_members(map)
        } else if self.walk.nodes(&self.at).any(Node::wants_any_member) {
            self.every_member(map)
        } else {
            self.named_members(map)
        }
    }
}

impl<'de, P: Probe<'de>> Inside<'_, '_, P> {
    fn named_members<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, at } = self;
        walk.objects += 1;
        let object = walk.objects;
        while let Some(below) = map.next_key_seed(Name { walk: &mut *walk, at: &at })? {
            // a node stands below one node under one name, so it tells names apart
            let Some(first) = walk.places.get(below.start).filter(|_| !below.is_empty()) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if walk.met.insert(*first, object) == Some(object) {
                return Err(A::Error::custom("a second member with this name"));
            }
            map.next_value_seed(At { walk: &mut *walk, at: below.clone() })?;
            walk.leave(&below);
        }
        Ok(())
    }

    /// Below a wildcard any name can come twice, so the names are kept.
    fn every_member<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, at } = self;
        let mut names: HashSet<Vec<u8>> = HashSet::new();
        while let Some(name) = map.next_key_seed(OwnName)? {
            let below = walk.enter(&at, |node| node.member(&name));
            if !names.insert(name) {
                return Err(A::Error::custom("a second member with this name"));
            }
            map.next_value_seed(At { walk: &mut *walk, at: below.clone() })?;
            walk.leave(&below);
        }
        Ok(())
    }

    fn last_members<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, at } = self;
        let mut members: Vec<Option<(Vec<u8>, &'de RawValue)>> = Vec::new();
        let mut last: HashMap<Vec<u8>, usize> = HashMap::new();
        while let Some(name) = map.next_key_seed(OwnName)? {
            if walk.nodes(&at).all(|node| node.member(&name).next().is_none()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: &'de RawValue = map.next_value()?;
            if let Some(earlier) = last.insert(name.clone(), members.len()).and_then(|at| members.get_mut(at)) {
                *earlier = None;
            }
            members.push(Some((name, value)));
        }
        for (name, value) in members.into_iter().flatten() {
            let below = walk.enter(&at, |node| node.member(&name));
            look(walk, &below, value.get()).ok_or_else(|| A::Error::custom("not a value"))?;
            walk.leave(&below);
        }
        Ok(())
    }
}

/// Reads a member's name and enters its nodes. Names are read as bytes, which takes half a surrogate pair as it is.
struct Name<'w, 't, P> {
    walk: &'w mut Walk<'t, P>,
    at: &'w Range<usize>,
}

impl<'de, P> DeserializeSeed<'de> for Name<'_, '_, P> {
    type Value = Range<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<P> Visitor<'_> for Name<'_, '_, P> {
    type Value = Range<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<Range<usize>, E> {
        Ok(self.walk.enter(self.at, |node| node.member(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Range<usize>, E> {
        self.visit_bytes(name.as_bytes())
    }
}

struct OwnName;

impl<'de> DeserializeSeed<'de> for OwnName {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_bytes(Bytes)
    }
}
