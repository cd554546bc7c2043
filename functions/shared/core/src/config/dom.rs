//! The file as a tree whose every node knows its key path and its place, and a list that collects mistakes.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Mistake};
use crate::hours::Zone;
use crate::spelling;

/// The longest text that may be a slip of a key or a word.
const LONGEST_SLIP: usize = 100;

/// Gives the text of a file beside the config, or why it cannot.
pub type Beside<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Collects mistakes and remarks, and turns offsets into lines and columns.
pub(super) struct Mistakes<'a> {
    text: &'a str,
    beside: Beside<'a>,
    found: RefCell<Vec<Found>>,
    remarks: RefCell<Vec<Found>>,
}

/// What stands at a byte offset.
struct Found {
    mistake: Mistake,
    offset: usize,
    key: String,
    message: String,
}

impl<'a> Mistakes<'a> {
    pub(super) fn new(text: &'a str, beside: Beside<'a>) -> Self {
        Self { text, beside, found: RefCell::default(), remarks: RefCell::default() }
    }

    /// Notes a mistake at a byte offset.
    pub(super) fn add(&self, mistake: Mistake, offset: usize, key: &str, message: impl Into<String>) {
        self.found.borrow_mut().push(Found { mistake, offset, key: key.to_owned(), message: message.into() });
    }

    /// All mistakes and all remarks, each in the file's order.
    pub(super) fn into_sorted(self) -> (Vec<ConfigError>, Vec<ConfigError>) {
        (placed(self.text, self.found.into_inner()), placed(self.text, self.remarks.into_inner()))
    }
}

/// With lines and columns, in one pass over the text: a file with a thousand mistakes costs no thousand passes.
fn placed(text: &str, mut found: Vec<Found>) -> Vec<ConfigError> {
    found.sort_by_key(|it| it.offset);
    let (mut at, mut line, mut column) = (0, 1, 1);
    let mut errors: Vec<ConfigError> = Vec::with_capacity(found.len());
    for Found { mistake, offset, key, message } in found {
        for c in text.get(at..offset).unwrap_or_default().chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        at = offset.max(at);
        errors.push(ConfigError { mistake, key, line, column, message });
    }
    errors.dedup();
    errors
}

/// A value with its key path and place.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) path: String,
    pub(super) offset: usize,
    value: &'a DeValue<'a>,
    mistakes: &'a Mistakes<'a>,
}

impl<'a> Node<'a> {
    fn new(path: String, value: &'a Spanned<DeValue<'a>>, mistakes: &'a Mistakes<'a>) -> Self {
        Self { path, offset: value.span().start, value: value.get_ref(), mistakes }
    }

    /// Notes a mistake about this value.
    pub(super) fn wrong(&self, message: impl Into<String>) {
        self.mistakes.add(Mistake::Wrong, self.offset, &self.path, message);
    }

    /// Notes what is right and does less than it may seem.
    pub(super) fn remark(&self, message: impl Into<String>) {
        let (offset, key) = (self.offset, self.path.clone());
        self.mistakes.remarks.borrow_mut().push(Found {
            mistake: Mistake::Wrong,
            offset,
            key,
            message: message.into(),
        });
    }

    fn expected(&self, what: &str) {
        let hint = match self.value {
            DeValue::Datetime(_) if what.starts_with("a text") => ": put quotes around it",
            _ => "",
        };
        self.wrong(format!("{what} is expected, this is {}{hint}", kind(self.value)));
    }

    /// The text of the file beside the config that this value names; a mistake is noted when there is none.
    pub(super) fn file(&self, example: &str) -> Option<(&'a str, String)> {
        let name = self.text(example)?;
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            self.wrong(format!("{name:?} is no file beside the config; a plain name such as {example:?} is expected"));
            return None;
        }
        let text = (self.mistakes.beside)(name).map_err(|why| self.wrong(format!("cannot read {name}: {why}")));
        Some((name, text.ok()?))
    }

    /// The value as a text; a mistake is noted when it is none.
    pub(super) fn text(&self, example: &str) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.expected(&format!("a text such as {example:?}"));
        }
        text
    }

    /// The value as true or false; a mistake is noted when it is neither.
    pub(super) fn flag(&self) -> Option<bool> {
        let flag = self.value.as_bool();
        if flag.is_none() {
            self.expected("true or false");
        }
        flag
    }

    /// The value as a whole number; a mistake is noted when it is none.
    pub(super) fn integer(&self) -> Option<i64> {
        let number = self.value.as_integer().and_then(|i| i64::from_str_radix(i.as_str(), i.radix()).ok());
        if number.is_none() {
            self.expected("a whole number");
        }
        number
    }

    /// The value as a number, whole or not; a mistake is noted when it is none.
    pub(super) fn number(&self) -> Option<f64> {
        let number = match self.value {
            DeValue::Integer(i) => {
                i64::from_str_radix(i.as_str(), i.radix()).ok().and_then(|i| i32::try_from(i).ok()).map(f64::from)
            }
            DeValue::Float(f) => f.as_str().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.expected("a number");
        }
        number
    }

    /// The elements of a list; a mistake is noted when it is none.
    pub(super) fn list(&self) -> Option<Vec<Node<'a>>> {
        let Some(array) = self.value.as_array() else {
            self.expected("a list in [ ]");
            return None;
        };
        let node = |(index, value)| Node::new(format!("{}[{index}]", self.path), value, self.mistakes);
        Some(array.iter().enumerate().map(node).collect())
    }

    /// Whether this is a text.
    pub(super) fn is_text(&self) -> bool {
        self.value.is_str()
    }

    /// Whether this is a table.
    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// The value as a table; a mistake is noted when it is none.
    pub(super) fn table(&self) -> Option<Table<'a>> {
        let Some(table) = self.value.as_table() else {
            self.expected("a table");
            return None;
        };
        Some(Table::new(self.path.clone(), self.offset, table, self.mistakes))
    }
}

fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {text:?}"),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(datetime) => format!("the date or time {datetime} without quotes"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// A table whose keys are asked for by name; keys that nobody asked for are unknown.
pub(super) struct Table<'a> {
    path: String,
    offset: usize,
    keys: &'a DeTable<'a>,
    asked: Vec<&'static str>,
    mistakes: &'a Mistakes<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn new(path: String, offset: usize, keys: &'a DeTable<'a>, mistakes: &'a Mistakes<'a>) -> Self {
        Self { path, offset, keys, asked: Vec::new(), mistakes }
    }

    /// Whether it has no keys at all.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Notes a mistake about the table itself.
    pub(super) fn wrong(&self, message: impl Into<String>) {
        self.mistakes.add(Mistake::Wrong, self.offset, &self.path, message);
    }

    /// The value of a key, when the file has it.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Node<'a>> {
        self.asked.push(key);
        let value = self.keys.get(key)?;
        Some(Node::new(self.join(key), value, self.mistakes))
    }

    /// The value of a key that must be there.
    pub(super) fn require(&mut self, key: &'static str, example: &str) -> Option<Node<'a>> {
        let node = self.get(key);
        if node.is_none() {
            let message = format!("missing; for instance {key} = {example}");
            self.mistakes.add(Mistake::Missing, self.offset, &self.join(key), message);
        }
        node
    }

    /// All keys and values, for tables whose keys the user chooses.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> + '_ {
        self.keys.iter().map(|(key, value)| {
            let text: &'a str = key.get_ref();
            // The place of the key: mistakes here are about the key as often as about its value.
            let mut node = Node::new(self.join(text), value, self.mistakes);
            node.offset = key.span().start;
            (text, node)
        })
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self) {
        for (key, _) in self.keys {
            let text: &str = key.get_ref();
            if self.asked.contains(&text) {
                continue;
            }
            let known = self.asked.join(", ");
            let hint = match nearest(text, &self.asked) {
                Some(near) => format!("unknown key; did you mean \"{near}\"?"),
                None => format!("unknown key; known here: {known}"),
            };
            self.mistakes.add(Mistake::Wrong, key.span().start, &self.join(text), hint);
        }
    }

    fn join(&self, key: &str) -> String {
        let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let key = if bare { key.to_owned() } else { format!("{key:?}") };
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }
}

/// The word that was probably meant: at most two letters (a third of a long word) differ.
pub(super) fn nearest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    // Nobody means a word by something many times as long, and comparing costs length times length.
    if text.len() > LONGEST_SLIP {
        return None;
    }
    let most = |word: &&str| (word.chars().count() / 3).max(1);
    spelling::nearest(words.iter().copied(), |word| spelling::distance(text, word), most)
}

/// A section of the file, which must say something.
pub(super) fn section<'a>(node: &Node<'a>) -> Option<Table<'a>> {
    let table = node.table()?;
    if table.is_empty() {
        table.wrong("empty section; fill it or remove it");
        return None;
    }
    Some(table)
}

/// An exact IANA name.
pub(super) fn zone(node: &Node<'_>) -> Option<Zone> {
    let text = node.text("Asia/Tokyo")?;
    Zone::parse(text).map_err(|e| node.wrong(e.to_string())).ok()
}

/// A name without blanks.
pub(super) fn non_empty(node: &Node<'_>, example: &str) -> Option<String> {
    let text = node.text(example)?;
    if text.is_empty() || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        node.wrong(format!("a name such as {example:?} is expected, this is {text:?}"));
        return None;
    }
    Some(text.to_owned())
}

/// Reads every element, and gives them all or none.
pub(super) fn each<'a, T>(list: &[Node<'a>], read: impl Fn(&Node<'a>) -> Option<T>) -> Option<Vec<T>> {
    list.iter().map(read).collect::<Vec<_>>().into_iter().collect()
}
