//! Selectors merged into a tree in which each value of a record has exactly one node.
//!
//! A wildcard's branch is copied into its named siblings, so that `$.a.x` and `$.*.x` are both found by one step.
//! One wildcard a selector (AWS's limit) keeps the copies few.

use crate::selector::{Selector, Step};

#[derive(Debug, Clone)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    root: usize,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// What asks for the value at this place.
    pub(crate) ids: Vec<usize>,
    /// Named members, sorted by name.
    members: Vec<(Box<[u8]>, usize)>,
    any_member: Option<usize>,
    /// Numbered elements, sorted by number.
    elements: Vec<(usize, usize)>,
    any_element: Option<usize>,
}

type Path<'a> = (&'a [Step], usize);

impl Trie {
    /// Merges selectors, each with the id under which its values are reported.
    pub(crate) fn new<'a>(selectors: impl IntoIterator<Item = (&'a Selector, usize)>) -> Self {
        let paths = selectors.into_iter().map(|(selector, id)| (selector.steps.as_slice(), id)).collect();
        let mut trie = Self { nodes: Vec::new(), root: 0 };
        trie.root = trie.grow(paths);
        trie
    }

    pub(crate) fn root(&self) -> usize {
        self.root
    }

    pub(crate) fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    fn grow(&mut self, paths: Vec<Path<'_>>) -> usize {
        let mut node = Node::default();
        let mut names: Vec<&str> = Vec::new();
        let mut indices: Vec<usize> = Vec::new();
        let mut branches: Vec<(&Step, Path<'_>)> = Vec::new();
        for (steps, id) in paths {
            match steps.split_first() {
                None => node.ids.push(id),
                Some((step, rest)) => {
                    match step {
                        Step::Name(name) => names.push(name),
                        Step::Index(index) => indices.push(*index),
                        Step::AnyMember | Step::AnyElement => {}
                    }
                    branches.push((step, (rest, id)));
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        indices.sort_unstable();
        indices.dedup();
        let below = |wanted: &dyn Fn(&Step) -> bool| -> Vec<Path<'_>> {
            branches.iter().filter(|(step, _)| wanted(step)).map(|(_, path)| *path).collect()
        };
        for name in names {
            let paths = below(&|step| matches!(step, Step::Name(n) if n == name) || *step == Step::AnyMember);
            let child = self.grow(paths);
            node.members.push((name.as_bytes().into(), child));
        }
        for index in indices {
            let paths = below(&|step| *step == Step::Index(index) || *step == Step::AnyElement);
            let child = self.grow(paths);
            node.elements.push((index, child));
        }
        node.any_member = self.grow_some(below(&|step| *step == Step::AnyMember));
        node.any_element = self.grow_some(below(&|step| *step == Step::AnyElement));
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn grow_some(&mut self, paths: Vec<Path<'_>>) -> Option<usize> {
        if paths.is_empty() { None } else { Some(self.grow(paths)) }
    }
}

impl Node {
    pub(crate) fn member(&self, name: &[u8]) -> Option<usize> {
        let found = self.members.binary_search_by(|(member, _)| member.as_ref().cmp(name)).ok();
        found.and_then(|at| self.members.get(at)).map(|(_, child)| *child).or(self.any_member)
    }

    pub(crate) fn element(&self, index: usize) -> Option<usize> {
        let found = self.elements.binary_search_by_key(&index, |(element, _)| *element).ok();
        found.and_then(|at| self.elements.get(at)).map(|(_, child)| *child).or(self.any_element)
    }

    pub(crate) fn wants_any_member(&self) -> bool {
        self.any_member.is_some()
    }

    pub(crate) fn wants_members(&self) -> bool {
        self.any_member.is_some() || !self.members.is_empty()
    }

    /// Is any element from this one on wanted?
    pub(crate) fn wants_elements_from(&self, index: usize) -> bool {
        self.any_element.is_some() || self.elements.last().is_some_and(|(last, _)| *last >= index)
    }

    pub(crate) fn is_leaf(&self) -> bool {
        !self.wants_members() && !self.wants_elements_from(0)
    }
}
