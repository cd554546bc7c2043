//! Tests of a text of which most are decided by its first or its last byte: `"Get*"`, `!= "Get*"`, `"*Policy"`.

use crate::condition::{Operand, Test};
use crate::scalar::Seen;

/// Tests, and the bits that each meets.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    tests: Vec<(Test, u64)>,
    /// By the first and by the last byte; empty without tests.
    first: Vec<Told>,
    last: Vec<Told>,
    /// Tests that no byte decides.
    others: u64,
}

/// What a byte tells.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    /// The bits that are met.
    met: u64,
    /// The tests that are not decided, by their number.
    open: u64,
}

impl Ends {
    pub(super) fn push(&mut self, test: &Test, bit: u64) {
        if let Some((_, bits)) = self.tests.iter_mut().find(|it| it.0 == *test) {
            *bits |= bit;
        } else {
            self.tests.push((test.clone(), bit));
        }
        self.decide();
    }

    fn decide(&mut self) {
        (self.first, self.last, self.others) = (vec![Told::default(); 256], vec![Told::default(); 256], 0);
        for (number, (test, bits)) in self.tests.iter().enumerate().map(|(number, it)| (number.min(63), it)) {
            let (table, byte, negated) = match test {
                Test::Equal(Operand::Text(glob)) | Test::NotEqual(Operand::Text(glob)) => {
                    let negated = matches!(test, Test::NotEqual(_));
                    match glob.parts() {
                        (false, text, _) if !text.is_empty() => (&mut self.first, text.as_bytes().first(), negated),
                        (true, text, false) if !text.is_empty() => (&mut self.last, text.as_bytes().last(), negated),
                        _ => (&mut self.first, None, false),
                    }
                }
                _ => (&mut self.first, None, false),
            };
            let Some(byte) = byte else {
                self.others |= 1 << number;
                continue;
            };
            for (at, told) in table.iter_mut().enumerate() {
                if at == usize::from(*byte) {
                    told.open |= 1 << number;
                } else if negated {
                    told.met |= bits;
                }
            }
        }
    }

    /// What a text meets; `None` when it is no UTF-8, where it matters.
    #[inline]
    pub(super) fn met(&self, text: &[u8]) -> Option<u64> {
        if self.tests.is_empty() {
            return Some(0);
        }
        let (Some(first), Some(last)) = (text.first(), text.last()) else {
            return Some(self.met_by(&Seen::Text("".into())));
        };
        if !(first.is_ascii() && last.is_ascii()) {
            return std::str::from_utf8(text).ok().map(|text| self.met_by(&Seen::Text(text.into())));
        }
        let told = |table: &[Told], byte: &u8| table.get(usize::from(*byte)).copied().unwrap_or_default();
        let (first, last) = (told(&self.first, first), told(&self.last, last));
        let open = first.open | last.open | self.others;
        let mut met = first.met | last.met;
        if open != 0 {
            let seen = Seen::Text(std::str::from_utf8(text).ok()?.into());
            let is_open = |number: usize| open >> number.min(63) & 1 == 1;
            let tests = self.tests.iter().enumerate().filter(|(number, _)| is_open(*number));
            met |= tests.filter(|(_, it)| it.0.holds(&seen)).fold(0, |met, (_, it)| met | it.1);
        }
        Some(met)
    }

    /// What any value meets.
    pub(super) fn met_by(&self, seen: &Seen<'_>) -> u64 {
        self.tests.iter().filter(|it| it.0.holds(seen)).fold(0, |met, it| met | it.1)
    }
}
