//! One pass over a record's text. A record counts only if all of it is one JSON object; of two members
//! with the same name the last one counts.
//!
//! The pass tells what it meets at once and keeps nothing. If it met a second member of the same name, what it told
//! is dropped, and one more pass leaves the earlier ones out.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::scan::{Scanner, decode, inside};
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
    let first = pass(trie, message, probe(), HashSet::new())?;
    if first.overridden.is_empty() {
        return Some(first.probe);
    }
    pass(trie, message, probe(), first.overridden).map(|second| second.probe)
}

fn pass<'t, 'de, P: Probe<'de>>(
    trie: &'t Trie,
    message: &'de str,
    probe: P,
    overridden: HashSet<usize>,
) -> Option<Walk<'t, 'de, P>> {
    let met = vec![(0, 0); trie.len()];
    let scanner = Scanner::new(message);
    let mut walk = Walk { trie, probe, scanner, places: vec![Trie::ROOT], objects: 0, met, overridden };
    if walk.scanner.peek()? != b'{' {
        return None;
    }
    walk.value(&(0..1))?;
    walk.scanner.peek().is_none().then_some(walk)
}

struct Walk<'t, 'de, P> {
    trie: &'t Trie,
    probe: P,
    scanner: Scanner<'de>,
    /// The nodes of the values that are open, those of the innermost last.
    places: Vec<usize>,
    /// How many objects were opened so far.
    objects: usize,
    /// For each node the number of the last object in which a value was met there, and where that value begins.
    met: Vec<(usize, usize)>,
    /// Where values begin that a later member of the same name replaces.
    overridden: HashSet<usize>,
}

impl<'t, 'de, P: Probe<'de>> Walk<'t, 'de, P> {
    fn node(&self, index: usize) -> Option<&'t Node> {
        self.places.get(index).and_then(|place| self.trie.node(*place))
    }

    fn nodes(&self, at: &Range<usize>) -> impl Iterator<Item = &'t Node> {
        at.clone().filter_map(|index| self.node(index))
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

    /// A value that selectors lead to, or one that is of no interest.
    fn enter_value(&mut self, below: &Range<usize>) -> Option<()> {
        if below.is_empty() {
            return self.scanner.skip();
        }
        self.value(below)?;
        self.places.truncate(below.start);
        Some(())
    }

    /// Tells a value and what is in it.
    fn value(&mut self, at: &Range<usize>) -> Option<()> {
        let first = self.scanner.peek()?;
        let start = self.scanner.at();
        if !self.overridden.is_empty() && self.overridden.contains(&start) {
            return self.scanner.skip();
        }
        let goes_on = matches!(first, b'{' | b'[') && !self.nodes(at).all(Node::is_leaf);
        if !goes_on {
            self.scanner.skip()?;
        }
        if self.nodes(at).any(|node| !node.ids.is_empty()) {
            let seen = seen(first, self.scanner.since(start))?;
            for index in at.clone() {
                for id in self.node(index).map_or(&[][..], |node| &node.ids) {
                    self.probe.meet(*id, &seen);
                }
            }
        }
        match first {
            b'{' if goes_on => self.members(at),
            b'[' if goes_on => self.elements(at),
            _ => Some(()),
        }
    }

    fn members(&mut self, at: &Range<usize>) -> Option<()> {
        self.scanner.take()?;
        if self.scanner.eat(b'}') {
            return Some(());
        }
        self.objects += 1;
        let object = self.objects;
        // Where every member is wanted, the names that were met.
        let mut names: Option<HashMap<Cow<'de, [u8]>, usize>> =
            self.nodes(at).any(Node::wants_any_member).then(HashMap::new);
        loop {
            let name = self.scanner.name()?;
            let below = self.enter(at, |node| node.member(&name));
            if let Some(place) = self.places.get(below.start) {
                self.scanner.peek()?;
                let start = self.scanner.at();
                let earlier = if let Some(names) = &mut names {
                    names.insert(name, start)
                } else {
                    // a node stands below one node under one name, so it tells names apart
                    let met = self.met.get_mut(*place)?;
                    let (last, earlier) = std::mem::replace(met, (object, start));
                    (last == object).then_some(earlier)
                };
                self.overridden.extend(earlier);
            }
            self.enter_value(&below)?;
            match self.scanner.take()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn elements(&mut self, at: &Range<usize>) -> Option<()> {
        self.scanner.take()?;
        if self.scanner.eat(b']') {
            return Some(());
        }
        for index in 0.. {
            let below = self.enter(at, |node| node.element(index));
            self.enter_value(&below)?;
            match self.scanner.take()? {
                b',' => {}
                b']' => return Some(()),
                _ => break,
            }
        }
        None
    }
}

/// What a value is: from its first byte, and its own text unless it is an array or an object.
fn seen(first: u8, raw: &str) -> Option<Seen<'_>> {
    Some(match first {
        b'"' if raw.contains('\\') => Seen::Text(String::from_utf8_lossy(&decode(raw)?).into_owned().into()),
        b'"' => Seen::Text(inside(raw)?.into()),
        b'{' => Seen::Object,
        b'[' => Seen::Array,
        b't' => Seen::Bool(true),
        b'f' => Seen::Bool(false),
        b'n' => Seen::Null,
        _ => Seen::Number(Numeral::new(raw)),
    })
}
