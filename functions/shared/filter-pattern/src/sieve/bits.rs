//! A bit for each part of a pattern's `&&` that the searched names can tell: a record in which not all of its bits are met
//! cannot match it.

use std::collections::HashMap;

use super::member::Member;
use super::searched::Searched;
use super::{last_name, need, needs_of_parts};
use crate::condition::Condition;
use crate::expr::Expr;
use crate::selector::Step;

/// What is searched for, and what each pattern must meet of it.
#[derive(Debug, Clone)]
pub(super) struct Bits {
    searched: Vec<Searched>,
    /// Of each pattern the bits that must be met; never none.
    patterns: Vec<u64>,
}

impl Bits {
    pub(super) fn new(
        members: &[Member],
        expressions: &[&Expr<Condition>],
        uses: &HashMap<&str, usize>,
    ) -> Option<Self> {
        let mut all = Self { searched: members.iter().map(Searched::new).collect(), patterns: Vec::new() };
        let mut next = 0_u32;
        for expr in expressions {
            let mut bits = 0;
            // What the sieve searches for is always told; the last bit is shared where they run out.
            let first = need(expr, uses)?;
            for (number, conditions) in std::iter::once(first).chain(needs_of_parts(expr, uses)).enumerate() {
                let is_needed = number == 0;
                if is_needed || (next < 48 && conditions.iter().all(|it| all.tells(members, it))) {
                    let bit = 1 << next.min(63);
                    next += 1;
                    bits |= bit;
                    for it in conditions {
                        all.want(members, it, bit);
                    }
                }
            }
            all.patterns.push(bits);
        }
        Some(all)
    }

    /// The same with a memory of the values that were met: for whoever looks at very many records.
    pub(super) fn with_memory(mut self) -> Self {
        self.searched.iter_mut().for_each(Searched::remember);
        self
    }

    /// Whether the condition's name is searched for, with any value.
    fn tells(&self, members: &[Member], condition: &Condition) -> bool {
        place(members, condition).and_then(|(place, _)| self.searched.get(place)).is_some_and(|it| !it.alone)
    }

    fn want(&mut self, members: &[Member], condition: &Condition, bit: u64) {
        if let Some((place, next)) = place(members, condition)
            && let Some(searched) = self.searched.get_mut(place)
        {
            searched.want(&condition.test, next, bit);
        }
    }

    /// The strings that are searched for, each with its last quote.
    pub(super) fn strings(&self) -> impl Iterator<Item = &str> {
        self.searched.iter().map(|it| it.string.as_str())
    }

    /// Which bits are met by the string that begins at `at` (its first quote is before that).
    #[inline]
    pub(super) fn met_at(&self, bytes: &[u8], at: usize) -> u64 {
        let rest = bytes.get(at..).unwrap_or_default();
        let first = rest.first_chunk::<8>().map(|first| u64::from_le_bytes(*first));
        let may_be = |it: &&Searched| first.is_none_or(|first| first & it.mask == it.head);
        self.searched.iter().filter(may_be).fold(0, |bits, it| bits | it.met(rest))
    }

    /// The numbers of the patterns that these bits are enough for.
    pub(super) fn met_by(&self, met: u64) -> impl Iterator<Item = usize> {
        let bits = self.patterns.iter().enumerate();
        bits.filter(move |(_, bits)| met & **bits == **bits).map(|(pattern, _)| pattern)
    }
}

/// The number of the member that a condition is about, and what its selector goes on with.
pub(super) fn place<'a>(members: &[Member], condition: &'a Condition) -> Option<(usize, Option<&'a Step>)> {
    let (name, next) = last_name(condition)?;
    Some((members.iter().position(|it| it.name == name)?, next))
}
