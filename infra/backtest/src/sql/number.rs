//! Numbers of records beside numbers of patterns.
//!
//! A whole number of up to 38 digits is compared exactly. Any other is compared as a double: which of the two is greater is
//! certain where the doubles differ, for rounding keeps the order; where they are equal it is certain for up to 15 digits,
//! and not known beyond.

use super::Cause;
use super::text::literal;

/// The most digits of a DECIMAL.
const DIGITS: i64 = 38;
/// Any number of so many digits is a double of its own.
const CERTAIN: usize = 15;

/// How a number may stand to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    /// Does it allow a smaller, an equal, a greater number?
    fn allows(self) -> [bool; 3] {
        match self {
            Self::Equal => [false, true, false],
            Self::NotEqual => [true, false, true],
            Self::Less => [true, false, false],
            Self::LessOrEqual => [true, true, false],
            Self::Greater => [false, false, true],
            Self::GreaterOrEqual => [false, true, true],
        }
    }

    fn operator(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

fn word(value: bool) -> &'static str {
    if value { "TRUE" } else { "FALSE" }
}

/// How the number with the JSON text `v` stands to a pattern's number; NULL where it is not known.
pub(super) fn stands(v: &str, relation: Relation, numeral: &str) -> Result<String, Cause> {
    let number = Number::read(numeral).ok_or(Cause::Range)?;
    let [less, equal, greater] = relation.allows();
    let whole = format!("TRY_CAST({v} AS DECIMAL(38, 0))");
    let of_whole = match number.floor {
        None => word(if number.negative { greater } else { less }).to_owned(),
        Some(floor) => {
            let operator = match (number.is_whole, relation) {
                (true, _) => Some(relation.operator()),
                (false, _) if less == greater => None,
                (false, _) if less => Some("<="),
                (false, _) => Some(">"),
            };
            // a whole number is never equal to one with a fraction
            operator.map_or(word(less).to_owned(), |operator| {
                format!("{whole} {operator} CAST('{floor}' AS DECIMAL(38, 0))")
            })
        }
    };
    let (double, other) = (format!("TRY_CAST({v} AS DOUBLE)"), format!("CAST({} AS DOUBLE)", literal(numeral)?));
    let when_equal = if number.digits <= CERTAIN {
        format!(" WHEN {double} = {other} AND length({v}) <= {} THEN {}", CERTAIN + 1, word(equal))
    } else {
        String::new()
    };
    Ok(format!(
        "CASE WHEN regexp_like({v}, '\\A-?[0-9]{{1,38}}\\z') THEN {of_whole} WHEN {double} < {other} THEN {} \
         WHEN {double} > {other} THEN {}{when_equal} ELSE NULL END",
        word(less),
        word(greater)
    ))
}

/// A pattern's number.
struct Number {
    negative: bool,
    /// Significant ones.
    digits: usize,
    is_whole: bool,
    /// The greatest whole number that is not greater; none where that has more than 38 digits.
    floor: Option<i128>,
}

impl Number {
    /// `None` beyond a double's range.
    fn read(text: &str) -> Option<Self> {
        let double: f64 = text.parse().ok().filter(|double: &f64| double.is_finite())?;
        let (negative, unsigned) = (text.starts_with('-'), text.trim_start_matches(['-', '+']));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (before, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let written = format!("{before}{behind}");
        let significant = written.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self { negative: false, digits: 0, is_whole: true, floor: Some(0) });
        }
        if double == 0.0 {
            return None;
        }
        let leading = i64::try_from(written.len() - significant.len()).ok()?;
        let digits = significant.trim_end_matches('0');
        // 0.digits times ten to the power of point
        let point = exponent.parse::<i64>().ok()?.checked_add(i64::try_from(before.len()).ok()?)? - leading;
        let count = i64::try_from(digits.len()).ok()?;
        let is_whole = count <= point;
        Some(Self { negative, digits: digits.len(), is_whole, floor: floor(negative, digits, point, is_whole) })
    }
}

fn floor(negative: bool, digits: &str, point: i64, is_whole: bool) -> Option<i128> {
    if point > DIGITS {
        return None;
    }
    let size = usize::try_from(point).unwrap_or(0);
    let whole: String = digits.chars().chain(std::iter::repeat('0')).take(size).collect();
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    Some(match (negative, is_whole) {
        (false, _) => whole,
        (true, true) => -whole,
        (true, false) => -whole - 1,
    })
}

/// Of which numbers a text may be a part of their own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Of none.
    Never,
    /// Of whole ones alone.
    OfWhole,
    /// Of any.
    OfAny,
}

/// Of which numbers the own text may be this one, with these wildcards at its ends.
pub(super) fn may_be_part(text: &str, (any_before, any_after): (bool, bool)) -> Part {
    if !text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c)) {
        return Part::Never;
    }
    if any_before || any_after {
        return Part::OfAny;
    }
    match (text.is_empty(), text.contains(['.', 'e', 'E'])) {
        (true, _) => Part::Never,
        (_, false) => Part::OfWhole,
        (_, true) => Part::OfAny,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patterns_number_has_its_floor() {
        type Wanted = Option<(Option<i128>, bool)>;
        let table: [(&str, Wanted); 14] = [
            ("0", Some((Some(0), true))),
            ("-0.0", Some((Some(0), true))),
            ("12.0", Some((Some(12), true))),
            ("1.5", Some((Some(1), false))),
            ("-1.5", Some((Some(-2), false))),
            (".5", Some((Some(0), false))),
            ("-.5", Some((Some(-1), false))),
            ("+1E3", Some((Some(1000), true))),
            ("1e-3", Some((Some(0), false))),
            ("007", Some((Some(7), true))),
            ("99999999999999999999999999999999999999", Some((Some(10_i128.pow(38) - 1), true))),
            ("1e38", Some((None, true))),
            ("1e999", None),
            ("1e-999", None),
        ];
        for (text, want) in table {
            assert_eq!(Number::read(text).map(|number| (number.floor, number.is_whole)), want, "{text}");
        }
    }
}
