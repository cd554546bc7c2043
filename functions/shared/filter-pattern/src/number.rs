//! Numbers are compared exactly, as decimals: no digit is lost beyond 2^53 and `0.1` equals `0.10`.

use std::cell::OnceCell;
use std::cmp::Ordering;

/// An unquoted number of a pattern, with the text it was written in.
///
/// Two numbers are the same pattern only when their texts are, because a JSON *string* is compared with the text.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    text: String,
    value: Decimal,
    /// The value where it is a small whole number.
    whole: Option<i64>,
}

impl Number {
    /// Reads `[+-] digits [. digits] [e [+-] digits]`; the digits before the point may be missing (`.5`).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(Self { text: text.to_owned(), value: Decimal::parse(text)?, whole: text.parse().ok() })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How a number of the event stands to this one.
    pub(crate) fn order_of(&self, numeral: &Numeral<'_>) -> Option<Ordering> {
        match (numeral.text.parse::<i64>(), self.whole) {
            (Ok(left), Some(right)) => Some(left.cmp(&right)), // nothing is allocated for the common case
            _ => Some(numeral.value()?.cmp(&self.value)),
        }
    }
}

/// A number of an event in its own text: `0.10` stays `0.10`. It is read once, however many conditions ask.
#[derive(Debug, Clone)]
pub(crate) struct Numeral<'a> {
    text: &'a str,
    value: OnceCell<Option<Decimal>>,
}

impl<'a> Numeral<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, value: OnceCell::new() }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    fn value(&self) -> Option<&Decimal> {
        self.value.get_or_init(|| Decimal::parse(self.text)).as_ref()
    }
}

impl PartialEq for Numeral<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Numeral<'_> {}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Number {}

/// Is this text a number as patterns write them?
pub(crate) fn is_number(text: &str) -> bool {
    Decimal::parse(text).is_some()
}

/// `0.digits` times ten to the power of `point`. The digits begin and end with no zero; zero has none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if all_digits(fraction) && (whole.is_empty() || all_digits(whole)) => {
                (whole, fraction)
            }
            None if all_digits(mantissa) => (mantissa, ""),
            _ => return None,
        };
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        let leading_zeros = length(&digits) - length(significant);
        let significant = significant.trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self { negative: false, digits: String::new(), point: 0 });
        }
        let point = exponent.saturating_add(length(whole) - leading_zeros);
        Some(Self { negative, digits: significant.to_owned(), point })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// An exponent beyond any number's use is cut to the largest one.
fn read_exponent(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { -1 } else { 1 }, rest),
        None => (1, text),
    };
    all_digits(digits).then(|| sign * digits.parse::<i64>().unwrap_or(i64::MAX / 2).min(i64::MAX / 2))
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_user_guide_calls_a_number() {
        for good in ["0", "500", "+1000", "-1.5", "10e3", "10e-3", "1e+3", "1E3", ".5", "-.5e1", "007", "1.50"] {
            assert!(is_number(good), "{good}");
        }
        for bad in ["", "-", "+", ".", "5.", "1e", "1e+", "1.2.3", "0x10", "1_000", "4*", "NaN", "1e1.5", "--1"] {
            assert!(!is_number(bad), "{bad}");
        }
    }

    #[test]
    fn compares_exactly() {
        let table = [
            ("1000", "1e+3", Ordering::Equal),
            ("0.001", "1e-3", Ordering::Equal),
            ("12.0", "12", Ordering::Equal),
            ("-0", "0", Ordering::Equal),
            ("0.10", ".1", Ordering::Equal),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("18446744073709551616", "18446744073709551615", Ordering::Greater),
            ("1e400", "1e399", Ordering::Greater),
            ("-2", "-1.5", Ordering::Less),
            ("-1", "0", Ordering::Less),
            ("0", "-1", Ordering::Greater),
            ("9999", "10e3", Ordering::Less),
            ("0.05", "0.5", Ordering::Less),
            ("1e99999999999999999999", "1", Ordering::Greater),
        ];
        for (event, pattern, want) in table {
            assert_eq!(
                Number::parse(pattern).unwrap().order_of(&Numeral::new(event)),
                Some(want),
                "{event} to {pattern}"
            );
        }
    }
}
