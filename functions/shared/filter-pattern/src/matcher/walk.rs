//! One pass over a record's text. A record counts only if all of it is one JSON object; of two members
//! with the same name the last one counts.
//!
//! `serde_json` refuses records whose *visited* part is nested deeper than 128, and escapes of half a surrogate pair
//! in a string it has to decode. Neither may hide a record from a pattern, so a failed pass is repeated carefully:
//! each level on its own, no string decoded that no condition asks for. What fails then is not JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::trie::{Node, Trie};
use crate::scalar::Seen;

/// Looks at the values that selectors point to.
pub(crate) trait Probe<'de> {
    /// What is kept of a value.
    type Hit;

    /// Is the value of interest to `id`?
    fn probe(&self, id: usize, seen: &Seen<'de>) -> Option<Self::Hit>;
}

/// Reports every value of interest, or `None` when the message is no JSON object.
pub(crate) fn walk<'de, P: Probe<'de>>(trie: &Trie, message: &'de str, probe: &P) -> Option<Vec<(usize, P::Hit)>> {
    if !message.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') {
        return None;
    }
    pass(trie, message, probe, false).or_else(|| pass(trie, message, probe, true))
}

fn pass<'de, P: Probe<'de>>(trie: &Trie, message: &'de str, probe: &P, careful: bool) -> Option<Vec<(usize, P::Hit)>> {
    let mut walk = Walk { trie, probe, careful, hits: Vec::new(), ranges: Vec::new() };
    let root = trie.node(trie.root())?;
    let mut deserializer = serde_json::Deserializer::from_str(message);
    deserializer.deserialize_any(Inside { walk: &mut walk, node: root }).ok()?;
    deserializer.end().ok()?;
    Some(walk.hits.into_iter().flatten().collect())
}

struct Walk<'t, 'de, P: Probe<'de>> {
    trie: &'t Trie,
    probe: &'t P,
    careful: bool,
    /// What was found so far; `None` where a later member of the same name took its place.
    hits: Vec<Option<(usize, P::Hit)>>,
    /// For each open object the node of each member that had hits, and those hits. Nested objects end first.
    ranges: Vec<(usize, Range<usize>)>,
}

impl<'de, P: Probe<'de>> Walk<'_, 'de, P> {
    fn forget(&mut self, range: Range<usize>) {
        self.hits.get_mut(range).unwrap_or_default().iter_mut().for_each(|hit| *hit = None);
    }

    fn look(&mut self, node: &Node, seen: &Seen<'de>) {
        let probe = self.probe;
        let hits = node.ids.iter().filter_map(|id| probe.probe(*id, seen).map(|hit| Some((*id, hit))));
        self.hits.extend(hits);
    }
}

/// A value that the tree has a node for.
struct At<'w, 't, 'de, P: Probe<'de>> {
    walk: &'w mut Walk<'t, 'de, P>,
    node: usize,
}

impl<'de, P: Probe<'de>> DeserializeSeed<'de> for At<'_, '_, 'de, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Some(node) = self.walk.trie.node(self.node) else {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ());
        };
        if node.ids.is_empty() && !self.walk.careful {
            return deserializer.deserialize_any(Inside { walk: self.walk, node });
        }
        let raw: &'de RawValue = serde::Deserialize::deserialize(deserializer)?;
        if !node.ids.is_empty() {
            let seen = seen(raw.get()).ok_or_else(|| D::Error::custom("not a value"))?;
            self.walk.look(node, &seen);
        }
        if !node.is_leaf() && raw.get().starts_with(['{', '[']) {
            let mut inner = serde_json::Deserializer::from_str(raw.get());
            return inner.deserialize_any(Inside { walk: self.walk, node }).map_err(D::Error::custom);
        }
        Ok(())
    }
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
        _ => Seen::Number(raw),
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

/// The members or elements of a value; of any other kind of value there is nothing to report.
struct Inside<'w, 't, 'de, P: Probe<'de>> {
    walk: &'w mut Walk<'t, 'de, P>,
    node: &'t Node,
}

impl<'de, P: Probe<'de>> Visitor<'de> for Inside<'_, '_, 'de, P> {
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
        let mut index = 0;
        while self.node.wants_elements_from(index) {
            let more = match self.node.element(index) {
                Some(node) => seq.next_element_seed(At { walk: self.walk, node })?.is_some(),
                None => seq.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                return Ok(());
            }
            index += 1;
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.node.wants_any_member() {
            return self.every_member(map);
        }
        let before = self.walk.ranges.len();
        while let Some(child) = map.next_key_seed(Name(self.node))? {
            let Some(node) = child else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let from = self.walk.hits.len();
            map.next_value_seed(At { walk: self.walk, node })?;
            let own = self.walk.ranges.get_mut(before..).unwrap_or_default();
            if let Some((_, earlier)) = own.iter_mut().find(|(member, _)| *member == node) {
                let earlier = std::mem::replace(earlier, from..self.walk.hits.len());
                self.walk.forget(earlier);
            } else if self.walk.hits.len() > from {
                self.walk.ranges.push((node, from..self.walk.hits.len()));
            }
        }
        self.walk.ranges.truncate(before);
        Ok(())
    }
}

impl<'de, P: Probe<'de>> Inside<'_, '_, 'de, P> {
    /// Below a wildcard any name can come twice, so the names are kept.
    fn every_member<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut ranges: HashMap<Vec<u8>, Range<usize>> = HashMap::new();
        while let Some((name, child)) = map.next_key_seed(OwnedName(self.node))? {
            let Some(node) = child else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let from = self.walk.hits.len();
            map.next_value_seed(At { walk: self.walk, node })?;
            if let Some(earlier) = ranges.insert(name, from..self.walk.hits.len()) {
                self.walk.forget(earlier);
            }
        }
        Ok(())
    }
}

/// Reads a member's name and looks its node up. Names are read as bytes, which takes half a surrogate pair as it is.
struct Name<'t>(&'t Node);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<Option<usize>, E> {
        Ok(self.0.member(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        self.visit_bytes(name.as_bytes())
    }
}

struct OwnedName<'t>(&'t Node);

impl<'de> DeserializeSeed<'de> for OwnedName<'_> {
    type Value = (Vec<u8>, Option<usize>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let name = deserializer.deserialize_bytes(Bytes)?;
        let child = self.0.member(&name);
        Ok((name, child))
    }
}
