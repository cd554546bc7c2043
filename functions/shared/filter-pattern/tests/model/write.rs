//! A pattern's text: as a person would write it, and as short as it can be.

use super::{Expr, Operand, Step, Test};

impl Expr {
    /// With blanks, parentheses around every part and quotes around every string.
    pub(crate) fn pattern(&self) -> String {
        format!("{{ {} }}", self.write(false))
    }

    /// Without anything that is not needed.
    pub(crate) fn shortest(&self) -> String {
        format!("{{{}}}", self.write(true))
    }

    fn write(&self, short: bool) -> String {
        let join = |parts: &[Self], operator: &str| {
            let texts: Vec<String> = parts.iter().map(|part| part.part(short, operator)).collect();
            texts.join(operator)
        };
        match self {
            Self::Is(steps, test) => format!("{}{}", selector(steps, short), condition(test, short)),
            Self::All(parts) => join(parts, if short { "&&" } else { " && " }),
            Self::Any(parts) => join(parts, if short { "||" } else { " || " }),
        }
    }

    fn part(&self, short: bool, operator: &str) -> String {
        let text = self.write(short);
        let is_any = matches!(self.bare(), Self::Any(_));
        if !short || (is_any && operator == "&&") { format!("({text})") } else { text }
    }

    /// A combination of one part is that part.
    fn bare(&self) -> &Self {
        match self {
            Self::All(parts) | Self::Any(parts) => match parts.as_slice() {
                [only] => only.bare(),
                _ => self,
            },
            Self::Is(..) => self,
        }
    }
}

fn selector(steps: &[Step], short: bool) -> String {
    let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let step = |step: &Step| match step {
        Step::Name(name) if is_plain(name) => format!(".{name}"),
        Step::Name(name) if short => {
            let (single, double) = (quoted(name, '\''), quoted(name, '"'));
            format!("[{}]", if single.len() <= double.len() { single } else { double })
        }
        Step::Name(name) => format!(".[{}]", quoted(name, '\'')),
        Step::Index(index) => format!("[{index}]"),
        Step::AnyMember => ".*".to_owned(),
        Step::AnyElement => "[*]".to_owned(),
    };
    format!("${}", steps.iter().map(step).collect::<String>())
}

fn condition(test: &Test, short: bool) -> String {
    let gap = if short { "" } else { " " };
    let compare = |operator: &str, operand: &Operand| {
        let value = match operand {
            Operand::Number(number) => number.clone(),
            Operand::Regex(source) => format!("%{source}%"),
            Operand::Text(content) if short && is_bare(content) => content.clone(),
            Operand::Text(content) => quoted(content, '"'),
        };
        format!("{gap}{operator}{gap}{value}")
    };
    match test {
        Test::Equal(operand) => compare("=", operand),
        Test::NotEqual(operand) => compare("!=", operand),
        Test::Order(relation, number) => format!("{gap}{relation}{gap}{number}"),
        Test::Is(what) => format!(" IS {what}"),
        Test::NotExists => " NOT EXISTS".to_owned(),
    }
}

/// Letters and stars need no quotes; a digit might make it a number.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '*')
}

fn quoted(text: &str, mark: char) -> String {
    format!("{mark}{}{mark}", text.replace('\\', "\\\\").replace(mark, &format!("\\{mark}")))
}
