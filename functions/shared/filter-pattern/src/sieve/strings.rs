//! The sieve for whoever goes through a record's strings anyway, one string at a time: no second search through its bytes.

use super::{Member, Sieve, behind, has_unicode_escape};

/// With more different first bytes than this, most strings would have to be looked at.
const MOST: usize = 3;

/// Tells by single strings whether a record can match any pattern of a set, see
/// [`PatternSet::strings`](crate::PatternSet::strings).
#[derive(Debug, Clone)]
pub struct Strings {
    searched: Vec<Searched>,
    firsts: Vec<u8>,
    plain: bool,
}

/// A name with its value, or a text that is rarer than its name.
#[derive(Debug, Clone)]
struct Searched {
    /// The string with its last quote, and of its first eight bytes what must be there.
    string: Vec<u8>,
    head: u64,
    mask: u64,
    /// What may stand behind it; a text needs nothing.
    member: Option<Member>,
}

impl Strings {
    /// `None` where it takes too many strings, such that no JSON has as they are, or such that broken UTF-8 is mended to.
    pub(super) fn new(sieve: &Sieve) -> Option<Self> {
        let searched: Vec<Searched> = sieve.members.iter().map(Searched::new).collect();
        let mut firsts: Vec<u8> = searched.iter().filter_map(|it| it.string.first().copied()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        let mended = sieve
            .members
            .iter()
            .any(|it| [Some(it.name.as_str()), it.only_text()].iter().flatten().any(|text| text.contains('\u{fffd}')));
        (firsts.len() <= MOST && firsts.first().is_none_or(|it| *it >= b' ') && !mended).then_some(Self {
            searched,
            firsts,
            plain: sieve.plain,
        })
    }

    /// The bytes with which the strings begin that matter, three at most; for the empty string its last quote.
    pub fn firsts(&self) -> &[u8] {
        &self.firsts
    }

    /// Whether by the string that begins at `at` (its first quote is before that) the record around it may match. Where
    /// `bytes` end too soon to tell, it may.
    pub fn may_match_at(&self, bytes: &[u8], at: usize) -> bool {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(first) = rest.first_chunk::<8>() else { return true };
        let first = u64::from_le_bytes(*first);
        self.searched.iter().any(|it| first & it.mask == it.head && it.is_met(rest))
    }

    /// Whether a record that has a backslash must be read, whatever its strings are.
    pub fn may_match_escaped(&self, record: &[u8]) -> bool {
        !self.plain || has_unicode_escape(record)
    }
}

impl Searched {
    fn new(member: &Member) -> Self {
        let only = member.only_text();
        let string = format!("{}\"", only.unwrap_or(&member.name)).into_bytes();
        let eight = |byte: fn(&u8) -> u8| {
            let mut word = [0; 8];
            word.iter_mut().zip(&string).for_each(|(to, from)| *to = byte(from));
            u64::from_le_bytes(word)
        };
        let (head, mask) = (eight(|byte| *byte), eight(|_| 0xff));
        Self { string, head, mask, member: only.is_none().then(|| member.clone()) }
    }

    fn is_met(&self, rest: &[u8]) -> bool {
        if !rest.starts_with(&self.string) {
            return self.string.starts_with(rest); // cut off
        }
        self.member.as_ref().is_none_or(|member| member.is_met_by(&behind(rest, self.string.len())))
    }
}
