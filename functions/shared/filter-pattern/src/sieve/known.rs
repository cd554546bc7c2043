//! Values of a member that were met before, and the bits that they meet. CloudTrail's records name the same few hundred events
//! and services over and over.
//!
//! Texts are compared, never hashes alone; who comes first stays. What is not known here is found out as ever, so nothing
//! changes but the time, and memory is bounded.

use std::sync::OnceLock;

/// The longest text that is remembered, with its last quote: `cognito-identity.amazonaws.com` has one.
const LONGEST: usize = 8 * WORDS;
const WORDS: usize = 5;
/// How many there are, in places of two.
const PLACES: usize = 1024;

/// What is known, by all threads.
#[derive(Debug, Clone)]
pub(super) struct Known(Box<[OnceLock<Text>]>);

/// A text with its last quote, and of its bytes which there are.
#[derive(Debug, Clone)]
struct Text {
    words: [u64; WORDS],
    mask: [u64; WORDS],
    met: u64,
}

impl Known {
    pub(super) fn new() -> Self {
        Self(vec![OnceLock::new(); PLACES].into())
    }

    /// What the text is known to meet with which these bytes begin, up to its quote.
    #[inline]
    pub(super) fn get(&self, rest: &[u8]) -> Option<u64> {
        let words = words(rest.first_chunk()?);
        self.both(&words).find_map(|place| place.get().filter(|it| it.is(&words))).map(|it| it.met)
    }

    /// Remembers what is met by the text of so many bytes with which these begin. There is no backslash in it.
    #[cold]
    pub(super) fn put(&self, rest: &[u8], length: usize, met: u64) {
        let Some(first) = rest.first_chunk().filter(|_| length < LONGEST) else { return };
        let all: [u8; LONGEST] = std::array::from_fn(|at| if at <= length { 0xff } else { 0 });
        let mask = self::words(&all);
        let words = self::words(first);
        let text = Text { words: std::array::from_fn(|at| at_of(&words, at) & at_of(&mask, at)), mask, met };
        if let Some(place) = self.both(&words).find(|it| it.get().is_none()) {
            let _ = place.set(text); // another thread may have been here first
        }
    }

    /// Where a text may be that begins with these; what stands behind it counts as well if it is short, which is mostly the same.
    #[inline]
    fn both(&self, [first, second, third, ..]: &[u64; WORDS]) -> impl Iterator<Item = &OnceLock<Text>> {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (first ^ second.rotate_left(23) ^ third.rotate_left(41)).wrapping_mul(ODD);
        // Its highest bits hang on all the others.
        let place = usize::try_from(((mixed >> 32) * (PLACES as u64 / 2)) >> 32).unwrap_or_default();
        self.0.get(2 * place..2 * place + 2).into_iter().flatten()
    }
}

impl Text {
    #[inline]
    fn is(&self, words: &[u64; WORDS]) -> bool {
        let all = self.words.iter().zip(&self.mask).zip(words);
        all.fold(0, |different, ((own, mask), word)| different | ((own ^ word) & mask)) == 0
    }
}

fn at_of(words: &[u64; WORDS], at: usize) -> u64 {
    words.get(at).copied().unwrap_or_default()
}

#[inline]
fn words(bytes: &[u8; LONGEST]) -> [u64; WORDS] {
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|at| words.get(at).map_or(0, |it| u64::from_le_bytes(*it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of every length, some the begin of others, with other bytes behind them each time.
    #[test]
    fn a_text_is_known_by_all_of_it_and_by_nothing_behind_it() {
        let known = Known::new();
        let text = |length: usize| "GetBucketLocationAndWhateverElseThereIsInS3AndElsewhere"[..length].to_owned();
        let rest = |text: &str, behind: &str| format!("{text}\"{behind}{}", "x".repeat(50)).into_bytes();
        for round in 0..2 {
            for length in 0..50 {
                for behind in [",\"awsRegion\":\"", "}", ", \"GetBucket\""] {
                    let rest = rest(&text(length), behind);
                    let met = 1 << length;
                    assert!(known.get(&rest).is_none_or(|it| it == met), "{length} {behind}");
                    known.put(&rest, length, met);
                }
            }
            let of = |length: usize| known.get(&rest(&text(length), "}"));
            assert!((20..25).all(|length| of(length).is_some()), "{round}");
            assert!((LONGEST..50).all(|length| of(length).is_none()));
        }
        assert_eq!(known.get(b"short\""), None);
    }

    #[test]
    fn what_comes_first_stays_and_memory_is_bounded() {
        let known = Known::new();
        let rest = |n: usize| format!("Event{n}\"{}", "x".repeat(50)).into_bytes();
        (0..20_000).for_each(|n| known.put(&rest(n), format!("Event{n}").len(), n as u64));
        let found: Vec<usize> = (0..20_000).filter(|n| known.get(&rest(*n)) == Some(*n as u64)).collect();
        assert!(found.len() > PLACES / 2 && found.len() <= PLACES, "{}", found.len());
        assert!((0..20_000).all(|n| known.get(&rest(n)).is_none_or(|it| it == n as u64)));
        assert!(found.iter().filter(|n| **n < 100).count() > 90, "of the first hundred");
    }
}
