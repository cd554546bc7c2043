//! The sieve for whoever goes through a record's strings anyway, one string at a time: no second search through its bytes.

use super::bits::Bits;
use super::{has_unicode_escape, last_name};
use crate::condition::Condition;
use crate::expr::Expr;

/// With more different first bytes than this, most strings would have to be looked at.
const MOST: usize = 3;

/// Tells by single strings whether a record can match any pattern of a set, see
/// [`PatternSet::strings`](crate::PatternSet::strings).
#[derive(Debug, Clone)]
pub struct Strings {
    bits: Bits,
    firsts: Vec<u8>,
    plain: bool,
}

impl Strings {
    /// `None` where it takes too many strings, such that no JSON has as they are, or such that broken UTF-8 is mended to.
    pub(super) fn new(expressions: &[&Expr<Condition>], bits: Bits, plain: bool) -> Option<Self> {
        let mut firsts: Vec<u8> = bits.strings().filter_map(|string| string.bytes().next()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        let is_mended = |text: &str| text.contains('\u{fffd}');
        let mut mended = false;
        for expr in expressions {
            expr.each(&mut |condition| {
                mended |= last_name(condition).is_some_and(|(name, _)| is_mended(name))
                    || condition.test.exact_text().is_some_and(is_mended);
            });
        }
        let has_control = firsts.first().is_some_and(|it| *it < b' ');
        (firsts.len() <= MOST && !has_control && !mended).then(|| Self { bits: bits.with_memory(), firsts, plain })
    }

    /// The bytes with which the strings begin that matter, three at most; for the empty string its last quote.
    pub fn firsts(&self) -> &[u8] {
        &self.firsts
    }

    /// The strings that matter, each with its last quote; of some nothing but such a beginning matters.
    pub fn searched(&self) -> impl Iterator<Item = &[u8]> {
        self.bits.strings().map(str::as_bytes)
    }

    /// Which bits are met by the string that begins at `at` (its first quote is before that): all, where `bytes` end too soon
    /// to tell.
    pub fn met_at(&self, bytes: &[u8], at: usize) -> u64 {
        if bytes.len().saturating_sub(at) < 8 { u64::MAX } else { self.bits.met_at(bytes, at) }
    }

    /// Whether a record can match whose strings have together met these bits.
    pub fn may_match(&self, met: u64) -> bool {
        self.bits.met_by(met).next().is_some()
    }

    /// Whether a record that has a backslash must be read, whatever its strings are.
    pub fn may_match_escaped(&self, record: &[u8]) -> bool {
        !self.plain || has_unicode_escape(record)
    }
}
