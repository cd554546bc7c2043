//! JSON text, read from left to right once. Nothing is kept and no depth needs stack; what is no JSON is found out
//! wherever it stands.

use std::borrow::Cow;

use serde::de::{Deserializer, Error, Visitor};

/// A place in a record. Every reading function goes on behind what it read, or gives `None` where the text is no JSON.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The closing marks of what is open inside a value that is skipped.
    open: Vec<u8>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new() }
    }

    /// Where it stands, in bytes.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The next byte that is not blank; it comes next.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.text.as_bytes().get(self.at)? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// The next byte that is not blank.
    pub(super) fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Goes past blanks, and past the byte if it comes next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// A member's name, decoded, and the colon behind it.
    pub(super) fn name(&mut self) -> Option<Cow<'a, [u8]>> {
        self.eat(b'"').then_some(())?;
        let start = self.at - 1;
        let escaped = self.string()?;
        let raw = self.since(start);
        self.colon()?;
        if escaped { decode(raw).map(Cow::Owned) } else { Some(Cow::Borrowed(inside(raw)?.as_bytes())) }
    }

    fn key(&mut self) -> Option<()> {
        self.eat(b'"').then_some(())?;
        self.string()?;
        self.colon()
    }

    fn colon(&mut self) -> Option<()> {
        self.eat(b':').then_some(())
    }

    /// Goes past a value of any kind.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.open.clear();
        loop {
            match self.take()? {
                b'{' if !self.eat(b'}') => {
                    self.open.push(b'}');
                    self.key()?;
                    continue;
                }
                b'[' if !self.eat(b']') => {
                    self.open.push(b']');
                    continue;
                }
                b'{' | b'[' => {}
                b'"' => self.string().map(|_| ())?,
                b't' => self.word("rue")?,
                b'f' => self.word("alse")?,
                b'n' => self.word("ull")?,
                first => self.number(first)?,
            }
            loop {
                let Some(close) = self.open.last().copied() else { return Some(()) };
                let next = self.take()?;
                if next == b',' {
                    if close == b'}' {
                        self.key()?;
                    }
                    break;
                }
                if next != close {
                    return None;
                }
                self.open.pop();
            }
        }
    }

    fn word(&mut self, rest: &str) -> Option<()> {
        self.text.as_bytes().get(self.at..)?.starts_with(rest.as_bytes()).then_some(())?;
        self.at += rest.len();
        Some(())
    }

    /// The rest of a number behind its first byte.
    fn number(&mut self, first: u8) -> Option<()> {
        let first = if first == b'-' { self.byte()? } else { first };
        match first {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.next_is(b".") {
            self.at += 1;
            self.some_digits()?;
        }
        if self.next_is(b"eE") {
            self.at += 1;
            self.at += usize::from(self.next_is(b"+-"));
            self.some_digits()?;
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.text.as_bytes().get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn next_is(&self, of: &[u8]) -> bool {
        self.text.as_bytes().get(self.at).is_some_and(|byte| of.contains(byte))
    }

    fn digits(&mut self) {
        while self.text.as_bytes().get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Option<()> {
        let start = self.at;
        self.digits();
        (self.at > start).then_some(())
    }

    /// The rest of a string behind its opening quote; has it an escape?
    fn string(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            self.at = special(self.text.as_bytes(), self.at)?;
            match self.byte()? {
                b'"' => return Some(escaped),
                b'\\' => match self.byte()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        self.at += 4;
                    }
                    _ => return None,
                },
                _ => return None, // a control character
            }
            escaped = true;
        }
    }
}

/// The first quote, backslash or control character from `at` on.
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // eight bytes at once: a byte becomes zero, or smaller than it may be, and borrows from its highest bit
    while let Some(eight) = bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()) {
        let word = u64::from_le_bytes(eight);
        let (quote, backslash) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        if found & HIGH != 0 {
            return Some(at + (found & HIGH).trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).map(|offset| at + offset)
}

/// What stands between a string's quotes.
pub(super) fn inside(raw: &str) -> Option<&str> {
    raw.get(1..raw.len().checked_sub(1)?)
}

/// The bytes of a string in its quotes; half a surrogate pair is taken as it is.
pub(super) fn decode(raw: &str) -> Option<Vec<u8>> {
    serde_json::Deserializer::from_str(raw).deserialize_bytes(Bytes).ok()
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_json(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        scanner.skip().is_some() && scanner.peek().is_none() && scanner.at() == text.len()
    }

    /// `serde_json` is the judge of what is JSON; skipping a value, it knows no limit of depth either.
    fn judged(text: &str) -> bool {
        serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
    }

    #[test]
    fn tells_json_from_what_is_none() {
        for text in [
            "{}",
            "[]",
            " [ ] ",
            "{\"a\":1}",
            "{\"a\":1,}",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\" 1}",
            "{\"a\":}",
            "{a:1}",
            "[1]]",
            "[[1]",
            "{]",
            "[}",
            "1",
            "-1",
            "-",
            "01",
            "-0",
            "-01",
            "1.",
            ".5",
            "1.5",
            "1e5",
            "1e",
            "1E+5",
            "1e+",
            "+1",
            "0x1",
            "true",
            "tru",
            "truex",
            "nul",
            "null ",
            "NaN",
            "\"",
            "\"\"",
            "\"\\\"",
            "\"\\u00e\"",
            "\"\\u00e9\"",
            "\"\\ud800\"",
            "\"\\x\"",
            "\"\t\"",
            "\"\x7f\"",
            "\"12345678\t\"",
            "\"1234567\t8\"",
            "\"日本\"",
            "",
            " ",
            "\u{feff}{}",
            "{\"a\":1}x",
            "\u{a0}1",
            "[1,[2,{\"a\":[]}],{}]",
            "{\"a\":{\"b\":[{}]},\"c\":\"\\\\\"}",
            "{,}",
            "{\"a\":1,,\"b\":2}",
            "[\"a\":1]",
        ] {
            assert_eq!(is_json(text), judged(text), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn agrees_with_serde_json_on_any_soup(text in "([{}\\[\\]:, ]|\"[a\\\\\"u0-9\t ü]{0,9}\"|-|[0-9]{1,3}|[.eE+]|true|null|\n){0,12}") {
            prop_assert_eq!(is_json(&text), judged(&text), "{:?}", text);
        }

        #[test]
        fn finds_what_ends_a_string(bytes in prop::collection::vec(prop_oneof![4 => 0x20u8.., 1 => any::<u8>()], 0..40), at in 0usize..40) {
            let plain = bytes.iter().enumerate().skip(at).find(|(_, b)| matches!(b, b'"' | b'\\' | 0..=0x1f)).map(|(at, _)| at);
            prop_assert_eq!(special(&bytes, at.min(bytes.len())), plain);
        }
    }
}
