//! Selectors merged where they begin alike. Its size is that of the selectors' texts: a wildcard is a branch of its own,
//! and a value of a record can stand at several places at once, one for each way of reading its path.
//! As a selector has one wildcard (AWS's limit), these are at most one more than its path has steps.

use std::collections::BTreeMap;

use crate::selector::{Selector, Step};
use crate::text::mark;

#[derive(Debug, Clone)]
pub(crate) struct Trie {
    /// The first is the event itself.
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// What asks for the value at this place.
    pub(crate) ids: Vec<usize>,
    members: BTreeMap<Box<[u8]>, usize>,
    /// A bit for the [`mark`] of each member's name: most names of a record are told from these without comparing.
    marks: u64,
    any_member: Option<usize>,
    elements: BTreeMap<usize, usize>,
    any_element: Option<usize>,
}

impl Trie {
    /// The number of the event itself.
    pub(crate) const ROOT: usize = 0;

    /// Merges selectors, each with the id under which its values are reported.
    pub(crate) fn new<'a>(selectors: impl IntoIterator<Item = (&'a Selector, usize)>) -> Self {
        let mut trie = Self { nodes: vec![Node::default()] };
        for (selector, id) in selectors {
            let end = selector.steps.iter().fold(Self::ROOT, |node, step| trie.child(node, step));
            if let Some(node) = trie.nodes.get_mut(end) {
                node.ids.push(id);
            }
        }
        trie
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, number: usize) -> Option<&Node> {
        self.nodes.get(number)
    }

    /// The node behind a step, a new one if there is none.
    fn child(&mut self, number: usize, step: &Step) -> usize {
        let new = self.nodes.len();
        let Some(node) = self.nodes.get_mut(number) else { return number };
        let child = match step {
            Step::Name(name) => {
                node.marks |= bit(name.as_bytes());
                *node.members.entry(name.as_bytes().into()).or_insert(new)
            }
            Step::AnyMember => *node.any_member.get_or_insert(new),
            Step::Index(index) => *node.elements.entry(*index).or_insert(new),
            Step::AnyElement => *node.any_element.get_or_insert(new),
        };
        if child == new {
            self.nodes.push(Node::default());
        }
        child
    }
}

impl Node {
    /// The places of a member with this name: its own, and that of every member.
    pub(crate) fn member(&self, name: &[u8]) -> impl Iterator<Item = usize> {
        let named = if self.marks & bit(name) == 0 { None } else { self.members.get(name).copied() };
        named.into_iter().chain(self.any_member)
    }

    pub(crate) fn element(&self, index: usize) -> impl Iterator<Item = usize> {
        self.elements.get(&index).copied().into_iter().chain(self.any_element)
    }

    pub(crate) fn wants_any_member(&self) -> bool {
        self.any_member.is_some()
    }

    pub(crate) fn is_leaf(&self) -> bool {
        self.members.is_empty() && self.any_member.is_none() && self.elements.is_empty() && self.any_element.is_none()
    }
}

fn bit(name: &[u8]) -> u64 {
    1 << (mark(name) % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand selectors that each go on below a wildcard and a thousand that name its siblings.
    #[test]
    fn grows_with_the_selectors_and_not_with_their_product() {
        let texts: Vec<String> = (0..1000).flat_map(|n| [format!("$.*.x{n}"), format!("$.n{n}.y{n}")]).collect();
        let selectors: Vec<Selector> = texts.iter().map(|text| Selector::parse(text).unwrap()).collect();
        let steps: usize = selectors.iter().map(|selector| selector.steps.len()).sum();
        let trie = Trie::new(selectors.iter().zip(0..));
        assert!(trie.nodes.len() <= steps + 1, "{} nodes", trie.nodes.len());
    }
}
