//! The slow evaluator: its own reading of the rules, over a parsed value.

use serde_json::Value;

use super::{Expr, Operand, Step, Test};

impl Expr {
    pub(crate) fn holds(&self, event: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Is(steps, test) => {
                let values = select(event, steps);
                match test {
                    Test::NotExists => values.is_empty(),
                    test => values.iter().any(|value| fulfils(value, test)),
                }
            }
        }
    }
}

fn select<'v>(value: &'v Value, steps: &[Step]) -> Vec<&'v Value> {
    let Some((step, rest)) = steps.split_first() else { return vec![value] };
    let next: Vec<&Value> = match step {
        Step::Name(name) => value.as_object().and_then(|object| object.get(name)).into_iter().collect(),
        Step::AnyMember => value.as_object().into_iter().flat_map(|object| object.values()).collect(),
        Step::Index(index) => value.as_array().and_then(|array| array.get(*index)).into_iter().collect(),
        Step::AnyElement => value.as_array().into_iter().flatten().collect(),
    };
    next.into_iter().flat_map(|value| select(value, rest)).collect()
}

fn fulfils(value: &Value, test: &Test) -> bool {
    let own = match value {
        Value::String(string) => string.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let comparable = value.is_string() || value.is_number();
    match test {
        Test::Equal(operand) => comparable && equal(value, &own, operand),
        Test::NotEqual(operand) => comparable && !equal(value, &own, operand),
        Test::Order(relation, number) => {
            let want: f64 = number.parse().unwrap();
            value.as_f64().is_some_and(|value| match *relation {
                "<" => value < want,
                "<=" => value <= want,
                ">" => value > want,
                _ => value >= want,
            })
        }
        Test::Is("NULL") => value.is_null(),
        Test::Is("TRUE") => *value == Value::Bool(true),
        Test::Is(_) => *value == Value::Bool(false),
        Test::NotExists => false,
    }
}

fn equal(value: &Value, own: &str, operand: &Operand) -> bool {
    match operand {
        Operand::Number(number) => {
            if value.is_number() {
                (value.as_f64().unwrap() - number.parse::<f64>().unwrap()).abs() < 1e-12
            } else {
                number == own
            }
        }
        Operand::Text(content) if content.chars().all(|c| c == '*') && !content.is_empty() => true,
        Operand::Regex(source) => regex_lite::Regex::new(source).unwrap().is_match(own),
        Operand::Text(content) => {
            let inner = content.trim_matches('*');
            own.match_indices(inner).any(|(at, _)| {
                (content.starts_with('*') || at == 0) && (content.ends_with('*') || at + inner.len() == own.len())
            })
        }
    }
}
