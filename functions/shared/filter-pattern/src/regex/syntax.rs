//! The grammar of AWS's regular expressions: alternatives of characters and classes, each with at most one quantifier.

/// One side of a `|`.
pub(super) type Alternative = Vec<Part>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// `^`
    Start,
    /// `$`
    End,
    Repeat(Repeat),
}

/// Characters of a class, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repeat {
    pub(super) class: Class,
    pub(super) min: usize,
    /// `None`: any number.
    pub(super) max: Option<usize>,
}

/// The characters that may stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Class {
    /// A bit for each ASCII character.
    pub(super) ascii: u128,
    /// Every character beyond ASCII, or none of them.
    pub(super) others: bool,
}

/// Why a text between two `%` is no regular expression, and at which byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) at: usize,
    pub(crate) fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the regular expression is empty")]
    Empty,
    #[error("parentheses are not supported in a regular expression, not even escaped")]
    Parenthesis(char),
    #[error("only ASCII is supported in a regular expression")]
    NotAscii,
    #[error("this character is not supported in a regular expression")]
    Unsupported(char),
    #[error("\\{0} is not among the escapes that are supported")]
    Escape(char),
    #[error("\\x takes the two hexadecimal digits of an ASCII character, 00 to 7f")]
    Hexadecimal,
    #[error("this backslash escapes nothing")]
    LoneBackslash,
    #[error("there is nothing before this {0} to repeat")]
    NothingToRepeat(char),
    #[error("a quantifier cannot follow another one")]
    Stacked(char),
    #[error("a number of repetitions is written {{n}}, {{n,}} or {{m,n}}, with m up to n")]
    Repetitions,
    #[error("counts up to {MAX_REPETITIONS} are followed here; AWS's own limit is not known")]
    ManyRepetitions,
    #[error(
        "with all repetitions written out this has more than the {MAX_PLACES} characters that are followed here; \
             AWS's own limit is not known"
    )]
    TooLarge,
    #[error("this '[' is never closed by a ']'")]
    UnclosedClass,
    #[error("there are no characters in these brackets")]
    EmptyClass,
    #[error("a '[' cannot stand in brackets, named classes such as [:alpha:] neither")]
    BracketInClass,
    #[error("a range in brackets goes from one character to the same or a later one")]
    Range,
}

/// The most that a count may say. AWS's own limit is not known; common implementations have this one.
const MAX_REPETITIONS: usize = 1000;
/// The most characters with all repetitions written out.
pub(super) const MAX_PLACES: usize = 2048;

impl Fault {
    /// How to mend it, where that can be told.
    pub(crate) fn mend(&self) -> Option<String> {
        Some(match self {
            Self::Parenthesis(c) => {
                format!(
                    "write \\x{:02x} for a literal '{c}'; there are no groups, write alternatives out",
                    u32::from(*c)
                )
            }
            Self::Unsupported(c) if !c.is_ascii_control() => format!("write \\x{:02x} for it", u32::from(*c)),
            Self::NotAscii => "write . for any one character in its place".into(),
            Self::Escape('b' | 'B') => "there are no word boundaries; name the neighbours, as in [^A-Za-z]word".into(),
            Self::Escape('n') => "write \\x0a".into(),
            Self::Escape('r') => "write \\x0d".into(),
            Self::Escape('t') => "write \\x09".into(),
            Self::Escape('A') => "write ^".into(),
            Self::Escape('z' | 'Z') => "write $".into(),
            Self::Escape('u' | 'U') => "write \\xhh for an ASCII character; others are not supported".into(),
            Self::Escape('p' | 'P') => "name the characters, as in [A-Za-z]".into(),
            Self::Escape('0'..='9' | 'k' | 'g') => "there are no groups that it could refer to".into(),
            Self::Escape(_) => {
                "the escapes are \\d \\D \\s \\S \\w \\W, \\xhh, and a backslash before a symbol or an operator".into()
            }
            Self::Hexadecimal => "write it as in \\x28".into(),
            Self::LoneBackslash => "write \\\\ for a literal backslash".into(),
            Self::NothingToRepeat(c) => format!("write \\{c} for a literal '{c}'"),
            Self::Stacked('?') => {
                "leave this ? away: whether a text matches does not depend on how few characters are taken".into()
            }
            Self::Stacked(_) => "write one quantifier, such as {2,6}".into(),
            Self::Repetitions => "write \\{ for a literal '{'".into(),
            Self::ManyRepetitions => "write + or {n,} for any number more".into(),
            Self::TooLarge => "use smaller counts, or + and * for any number".into(),
            Self::EmptyClass => "write \\] for a literal ']' in brackets".into(),
            Self::BracketInClass => "write \\[ for a literal '['; letters are [A-Za-z], digits \\d, blanks \\s".into(),
            Self::Range => "write \\- for a literal '-'".into(),
            Self::Empty | Self::Unsupported(_) | Self::UnclosedClass => return None,
        })
    }
}

impl Class {
    const NONE: Self = Self { ascii: 0, others: false };

    fn of(chars: impl IntoIterator<Item = char>) -> Self {
        let bit = |c: char| if c.is_ascii() { 1 << u32::from(c) } else { 0 };
        Self { ascii: chars.into_iter().map(bit).fold(0, |all, bit| all | bit), others: false }
    }

    fn not(self) -> Self {
        Self { ascii: !self.ascii, others: !self.others }
    }

    fn or(self, other: Self) -> Self {
        Self { ascii: self.ascii | other.ascii, others: self.others || other.others }
    }
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    /// Characters so far, with repetitions written out.
    places: usize,
}

/// A character, or a class of its own such as `\d`.
enum Unit {
    One(char),
    Class(Class),
}

pub(super) fn parse(source: &str) -> Result<Vec<Alternative>, Problem> {
    if source.is_empty() {
        return Err(Problem { at: 0, fault: Fault::Empty });
    }
    if let Some((at, c)) = source.char_indices().find(|(_, c)| !is_allowed(*c)) {
        let fault = match c {
            '(' | ')' => Fault::Parenthesis(c),
            c if c.is_ascii() => Fault::Unsupported(c),
            _ => Fault::NotAscii,
        };
        return Err(Problem { at, fault });
    }
    let mut reader = Reader { source, at: 0, places: 0 };
    let mut alternatives = vec![Alternative::new()];
    while let Some(c) = reader.peek() {
        if c == '|' {
            reader.at += 1;
            alternatives.push(Alternative::new());
            continue;
        }
        let part = reader.part(c)?;
        if let Some(last) = alternatives.last_mut() {
            last.push(part);
        }
    }
    Ok(alternatives)
}

/// Letters, digits, the listed symbols and operators, and the blank (which an example of the user guide has).
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || is_symbol(c)
}

fn is_symbol(c: char) -> bool {
    " :_#=@/;,-^$?[]{}|\\*+.".contains(c)
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn problem<T>(at: usize, fault: Fault) -> Result<T, Problem> {
        Err(Problem { at, fault })
    }

    fn part(&mut self, c: char) -> Result<Part, Problem> {
        let start = self.at;
        let class = match c {
            '^' | '$' => {
                self.at += 1;
                return Ok(if c == '^' { Part::Start } else { Part::End });
            }
            '*' | '+' | '?' | '{' => return Self::problem(start, Fault::NothingToRepeat(c)),
            '[' => self.class()?,
            '.' => {
                self.at += 1;
                Class::of(['\n']).not()
            }
            _ => match self.unit()? {
                Unit::One(c) => Class::of([c]),
                Unit::Class(class) => class,
            },
        };
        let quantifier = self.at;
        let (min, max) = self.quantifier()?;
        if let Some(c @ ('*' | '+' | '?' | '{')) = self.peek().filter(|_| self.at > quantifier) {
            return Self::problem(self.at, Fault::Stacked(c));
        }
        self.places += max.unwrap_or(min.max(1));
        if self.places > MAX_PLACES {
            return Self::problem(start, Fault::TooLarge);
        }
        Ok(Part::Repeat(Repeat { class, min, max }))
    }

    fn quantifier(&mut self) -> Result<(usize, Option<usize>), Problem> {
        let counts = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counts(),
            _ => return Ok((1, Some(1))),
        };
        self.at += 1;
        Ok(counts)
    }

    fn counts(&mut self) -> Result<(usize, Option<usize>), Problem> {
        let at = self.at;
        let Some((inside, _)) = self.rest().split_once('}') else { return Self::problem(at, Fault::Repetitions) };
        let inside = inside.get(1..).unwrap_or_default();
        let (min, max) = match inside.split_once(',') {
            None => (inside, Some(inside)),
            Some((min, "")) => (min, None),
            Some((min, max)) => (min, Some(max)),
        };
        let end = at + inside.len() + 2;
        let min = Self::count(at, min)?;
        let max = max.map(|max| Self::count(at, max)).transpose()?;
        if max.is_some_and(|max| max < min) {
            return Self::problem(at, Fault::Repetitions);
        }
        self.at = end;
        Ok((min, max))
    }

    fn count(at: usize, digits: &str) -> Result<usize, Problem> {
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Self::problem(at, Fault::Repetitions);
        }
        match digits.parse::<usize>() {
            Ok(count) if count <= MAX_REPETITIONS => Ok(count),
            _ => Self::problem(at, Fault::ManyRepetitions), // digits that are no usize are too many
        }
    }

    /// A character or an escape.
    fn unit(&mut self) -> Result<Unit, Problem> {
        let at = self.at;
        let mut chars = self.rest().chars();
        let (first, second) = (chars.next(), chars.next());
        self.at += 1;
        let escaped = match (first, second) {
            (Some('\\'), Some(escaped)) => escaped,
            (Some('\\'), None) | (None, _) => return Self::problem(at, Fault::LoneBackslash),
            (Some(c), _) => return Ok(Unit::One(c)),
        };
        self.at += 1;
        let digits = Class::of('0'..='9');
        let blanks = Class::of([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
        let words = digits.or(Class::of('A'..='Z')).or(Class::of('a'..='z')).or(Class::of(['_']));
        Ok(match escaped {
            'd' => Unit::Class(digits),
            'D' => Unit::Class(digits.not()),
            's' => Unit::Class(blanks),
            'S' => Unit::Class(blanks.not()),
            'w' => Unit::Class(words),
            'W' => Unit::Class(words.not()),
            'x' => Unit::One(self.hexadecimal(at)?),
            c if is_symbol(c) => Unit::One(c),
            c => return Self::problem(at, Fault::Escape(c)),
        })
    }

    /// The two digits after `\x`.
    fn hexadecimal(&mut self, at: usize) -> Result<char, Problem> {
        let digits = self.rest().get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
        self.at += 2;
        code.map_or_else(|| Self::problem(at, Fault::Hexadecimal), |code| Ok(char::from(code)))
    }

    /// `[…]`: characters, ranges and escapes; a `-` at either end is itself.
    fn class(&mut self) -> Result<Class, Problem> {
        let open = self.at;
        self.at += 1;
        let negated = self.peek() == Some('^');
        self.at += usize::from(negated);
        let mut class = Class::NONE;
        let first = self.at;
        loop {
            let at = self.at;
            match self.peek() {
                None => return Self::problem(open, Fault::UnclosedClass),
                Some(']') if at == first => return Self::problem(open, Fault::EmptyClass),
                Some(']') => break,
                Some('[') => return Self::problem(at, Fault::BracketInClass),
                Some(_) => {}
            }
            let low = self.unit()?;
            let is_range = self.rest().starts_with('-') && !self.rest().starts_with("-]") && self.rest().len() > 1;
            if !is_range {
                class = class.or(match low {
                    Unit::One(c) => Class::of([c]),
                    Unit::Class(class) => class,
                });
                continue;
            }
            self.at += 1;
            if self.peek() == Some('[') {
                return Self::problem(self.at, Fault::BracketInClass);
            }
            match (low, self.unit()?) {
                (Unit::One(low), Unit::One(high)) if low <= high => class = class.or(Class::of(low..=high)),
                _ => return Self::problem(at, Fault::Range),
            }
        }
        self.at += 1;
        Ok(if negated { class.not() } else { class })
    }
}
