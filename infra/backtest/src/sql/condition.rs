//! One condition over a value's JSON text `v` and, where that is a string, its content `t`; both NULL where there is
//! nothing.
//!
//! Every condition here is true or false, and NULL only where Athena cannot tell (see [`super`]). `AND` and `OR` keep to
//! that: unknown and false is false, unknown or true is true.

use filter_pattern::view::{Operand, Order, Test};

use super::Cause;
use super::number::{self, Relation};
use super::regex::regex;
use super::text::{like, literal};

/// The content of a value that is a string.
pub(super) fn content(v: &str) -> String {
    format!("CASE WHEN {v} LIKE '\"%' THEN json_extract_scalar({v}, '$') END")
}

/// Is the value a number?
fn is_number(v: &str) -> String {
    format!("regexp_like({v}, '\\A[-0-9]')")
}

/// Is it a whole number, so that its text is the record's own?
fn is_whole(v: &str) -> String {
    format!("regexp_like({v}, '\\A-?[0-9]+\\z')")
}

/// A condition on the value of a selector without a wildcard.
pub(super) fn of_one(v: &str, t: &str, test: &Test<'_>) -> Result<String, Cause> {
    let is = |what: &str| Ok(format!("COALESCE({v} = '{what}', FALSE)"));
    match test {
        Test::Equal(operand) => comparison(v, t, operand, true),
        Test::NotEqual(operand) => comparison(v, t, operand, false),
        Test::Order(order, number) => {
            let relation = match order {
                Order::Less => Relation::Less,
                Order::LessOrEqual => Relation::LessOrEqual,
                Order::Greater => Relation::Greater,
                Order::GreaterOrEqual => Relation::GreaterOrEqual,
            };
            Ok(format!("CASE WHEN {} THEN {} ELSE FALSE END", is_number(v), number::stands(v, relation, number)?))
        }
        Test::IsNull => is("null"),
        Test::IsTrue => is("true"),
        Test::IsFalse => is("false"),
        Test::NotExists => Ok(format!("({v} IS NULL)")),
    }
}

/// The same on the values of a selector with a wildcard, `a` being their array: any of them.
pub(super) fn of_any(a: &str, test: &Test<'_>) -> Result<String, Cause> {
    if *test == Test::NotExists {
        return Ok(format!("COALESCE(cardinality(filter({a}, x -> x IS NOT NULL)) = 0, TRUE)"));
    }
    let one = of_one("x", &format!("({})", content("x")), test)?;
    let some = |what: &str| format!("COALESCE(cardinality(filter({a}, x -> {what})) > 0, FALSE)");
    let holds = some(&one);
    let unknown = some(&format!("({one}) IS NULL"));
    Ok(format!("CASE WHEN {holds} THEN TRUE WHEN {unknown} THEN NULL ELSE FALSE END"))
}

fn comparison(v: &str, t: &str, operand: &Operand<'_>, equal: bool) -> Result<String, Cause> {
    let not = |sql: String| if equal { sql } else { format!("NOT ({sql})") };
    let unequal = if equal { "FALSE" } else { "TRUE" };
    let (of_text, of_number) = match operand {
        Operand::Number(numeral) => {
            let relation = if equal { Relation::Equal } else { Relation::NotEqual };
            (not(format!("{t} = {}", literal(numeral)?)), number::stands(v, relation, numeral)?)
        }
        Operand::Text { text: "", any_before: true, .. } => (not("TRUE".into()), not("TRUE".into())),
        Operand::Text { any_before, text, any_after } => {
            let ends = (*any_before, *any_after);
            let of_number = match number::may_be_part(text, ends) {
                number::Part::Never => unequal.to_owned(),
                number::Part::OfWhole => {
                    format!("CASE WHEN {} THEN {} ELSE {unequal} END", is_whole(v), not(glob(v, ends, text)?))
                }
                number::Part::OfAny => by_own_text(v, &not(glob(v, ends, text)?)),
            };
            (not(glob(t, ends, text)?), of_number)
        }
        Operand::Regex(alternatives) => {
            let found = |subject: &str| not(format!("regexp_like({subject}, {})", regex(alternatives)));
            (found(t), by_own_text(v, &found(v)))
        }
    };
    Ok(format!("CASE WHEN {t} IS NOT NULL THEN {of_text} WHEN {} THEN {of_number} ELSE FALSE END", is_number(v)))
}

/// A test of a number by its text: of one with a fraction or an exponent it is not known.
fn by_own_text(v: &str, test: &str) -> String {
    format!("CASE WHEN {} THEN {test} ELSE NULL END", is_whole(v))
}

/// A text with wildcards at its ends.
fn glob(subject: &str, (any_before, any_after): (bool, bool), text: &str) -> Result<String, Cause> {
    if !any_before && !any_after {
        return Ok(format!("{subject} = {}", literal(text)?));
    }
    let star = |set| if set { "%" } else { "" };
    let wanted = format!("{}{}{}", star(any_before), like(text), star(any_after));
    Ok(format!("{subject} LIKE {} ESCAPE '!'", literal(&wanted)?))
}
