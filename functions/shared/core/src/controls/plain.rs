//! The catalogue that is built in, read without all of TOML: every start of the enricher reads it, and a reader of all TOML
//! was a fifth of what a start computed.
//!
//! The file is TOML of the plainer kind: tables, texts without escapes, whole numbers, switches, lists. What is beyond that
//! is refused, never guessed. Values go to the same `Deserialize` as TOML's do, and a test holds that both read the same.

use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A value of the text.
#[derive(Debug)]
enum Value<'t> {
    Text(&'t str),
    Number(i64),
    Switch(bool),
    List(Vec<Self>),
    Table(Entries<'t>),
    /// A table that dotted keys fill, one after another; no other may be added to.
    Dotted(Entries<'t>),
}

type Entries<'t> = Vec<(&'t str, Value<'t>)>;

/// Reads a text of the plainer kind.
pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, String> {
    let entries = document(text).map_err(|rest| {
        let line = rest.lines().next().unwrap_or_default();
        format!("line {}: {line:?} is not plain enough", text.lines().count() - rest.lines().count() + 1)
    })?;
    T::deserialize(Value::Table(entries)).map_err(|error| error.to_string())
}

/// All tables; else what is left where it stops being plain.
fn document(text: &str) -> Result<Entries<'_>, &str> {
    let (mut all, mut rest) = (Entries::new(), blank(text));
    // The list whose newest table is being filled, and a table in that.
    let mut at: (&str, Option<&str>) = ("", None);
    while !rest.is_empty() {
        let begins = rest;
        let after = if let Some(header) = rest.strip_prefix("[[") {
            let (name, after) = header.split_once("]]").filter(|(name, _)| bare(name)).ok_or(begins)?;
            let new = Value::Table(Entries::new());
            match find(&mut all, name) {
                Some(Value::List(tables)) => tables.push(new),
                Some(_) => return Err(begins),
                None => all.push((name, Value::List(vec![new]))),
            }
            at = (name, None);
            after
        } else if let Some(header) = rest.strip_prefix('[') {
            let (path, after) = header.split_once(']').ok_or(begins)?;
            let (list, table) =
                path.split_once('.').filter(|(list, table)| *list == at.0 && bare(table)).ok_or(begins)?;
            add(place(&mut all, (list, None)).ok_or(begins)?, table, Value::Table(Entries::new())).ok_or(begins)?;
            at = (list, Some(table));
            after
        } else {
            let (key, after) = key(rest).ok_or(begins)?;
            let (value, after) = value(after).ok_or(begins)?;
            add(place(&mut all, at).ok_or(begins)?, key, value).ok_or(begins)?;
            after
        };
        // Nothing else on a line.
        rest = blank(after);
        let end = after.trim_start_matches([' ', '\t']);
        if !(end.is_empty() || end.starts_with(['\n', '#']) || end.starts_with("\r\n")) {
            return Err(begins);
        }
    }
    Ok(all)
}

/// What follows white space and comments.
fn blank(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches([' ', '\t', '\n']);
        if let Some(after) = text.strip_prefix("\r\n") {
            text = after;
        } else if text.starts_with('#') {
            let (comment, after) = match text.split_once('\n') {
                Some((comment, after)) => (comment.strip_suffix('\r').unwrap_or(comment), after),
                None => (text, ""),
            };
            if !printed(comment) {
                return text;
            }
            text = after;
        } else {
            return text;
        }
    }
}

/// Whether there is no control character in it; TOML has none but tabs.
///
/// Eight bytes are looked at together, and one by one only where there is something: to look at each was a tenth of a start.
fn printed(text: &str) -> bool {
    const ONE: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    const SPACE: u64 = u64::from_ne_bytes([b' '; 8]);
    const DELETE: u64 = u64::from_ne_bytes([0x7f; 8]);
    let control = |bytes: &[u8]| bytes.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t');
    let suspect = |bytes: &[u8; 8]| {
        let word = u64::from_ne_bytes(*bytes);
        let delete = word ^ DELETE;
        ((word.wrapping_sub(SPACE) & !word) | (delete.wrapping_sub(ONE) & !delete)) & HIGHEST != 0
    };
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    !words.iter().any(|word| suspect(word) && control(word)) && !control(rest)
}

/// Whether it is a key, or a part of a dotted one, that needs no quotes.
fn bare(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(is_bare)
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn find<'a, 't>(entries: &'a mut Entries<'t>, name: &str) -> Option<&'a mut Value<'t>> {
    entries.iter_mut().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The table that a header names.
fn place<'a, 't>(all: &'a mut Entries<'t>, (list, table): (&str, Option<&str>)) -> Option<&'a mut Entries<'t>> {
    let Value::List(tables) = find(all, list)? else { return None };
    let Value::Table(newest) = tables.last_mut()? else { return None };
    let Some(table) = table else { return Some(newest) };
    match find(newest, table)? {
        Value::Table(entries) => Some(entries),
        _ => None,
    }
}

/// Adds an entry; `texts.ja` is an entry of the table `texts`. No key may be there twice.
fn add<'t>(entries: &mut Entries<'t>, key: &'t str, value: Value<'t>) -> Option<()> {
    if let Some((table, key)) = key.split_once('.') {
        if find(entries, table).is_none() {
            entries.push((table, Value::Dotted(Entries::new())));
        }
        let Value::Dotted(inner) = find(entries, table)? else { return None };
        return add(inner, key, value);
    }
    find(entries, key).is_none().then(|| entries.push((key, value)))
}

/// A bare key and what follows its equals sign.
fn key(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !is_bare(byte) && byte != b'.')?;
    let (key, after) = text.split_at_checked(end)?;
    let after = after.trim_start_matches(' ').strip_prefix('=')?;
    key.split('.').all(bare).then_some((key, after))
}

/// A text and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    if let Some(literal) = text.strip_prefix('\'') {
        return literal.split_once('\'').filter(|(inside, after)| one_line(inside, after, '\''));
    }
    let (inside, after) = text.strip_prefix('"')?.split_once('"')?;
    (one_line(inside, after, '"') && !inside.contains('\\')).then_some((inside, after))
}

/// Whether it ends on its line, and is not the beginning of one that may have several.
fn one_line(inside: &str, after: &str, quote: char) -> bool {
    printed(inside) && !(inside.is_empty() && after.starts_with(quote))
}

/// A value and what follows it.
fn value(text: &str) -> Option<(Value<'_>, &str)> {
    let text = text.trim_start_matches(' ');
    match text.chars().next()? {
        '"' | '\'' => quoted(text).map(|(inside, after)| (Value::Text(inside), after)),
        '[' => list(text.strip_prefix('[')?),
        '{' => table(text.strip_prefix('{')?),
        _ => {
            let end = text.find([',', ' ', '}', ']', '\r', '\n']).unwrap_or(text.len());
            let (word, after) = text.split_at_checked(end)?;
            let value = match word {
                "true" => Value::Switch(true),
                "false" => Value::Switch(false),
                // TOML has no leading zeros.
                _ if word.starts_with('0') && word != "0" => return None,
                _ if word.bytes().all(|byte| byte.is_ascii_digit()) => Value::Number(word.parse().ok()?),
                _ => return None,
            };
            Some((value, after))
        }
    }
}

/// The rest of a list, over as many lines as it has.
fn list(text: &str) -> Option<(Value<'_>, &str)> {
    let (mut items, mut rest) = (Vec::new(), blank(text));
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return Some((Value::List(items), after));
        }
        let (item, after) = value(rest)?;
        items.push(item);
        let after = blank(after);
        rest = match after.strip_prefix(',') {
            Some(after) => blank(after),
            None if after.starts_with(']') => after,
            None => return None,
        };
    }
}

/// The rest of a table on one line.
fn table(text: &str) -> Option<(Value<'_>, &str)> {
    let (mut entries, mut rest) = (Entries::new(), text.trim_start_matches(' '));
    if let Some(after) = rest.strip_prefix('}') {
        return Some((Value::Table(entries), after));
    }
    loop {
        let (name, after) = match quoted(rest) {
            // A quoted key has no dots that mean anything.
            Some((name, after)) => (name, after.trim_start_matches(' ').strip_prefix('=')?),
            None => key(rest).filter(|(key, _)| !key.contains('.'))?,
        };
        let (value, after) = value(after)?;
        if find(&mut entries, name).is_some() {
            return None;
        }
        entries.push((name, value));
        let after = after.trim_start_matches(' ');
        match after.strip_prefix('}') {
            Some(after) => return Some((Value::Table(entries), after)),
            None => rest = after.strip_prefix(',')?.trim_start_matches(' '),
        }
    }
}

impl<'de> IntoDeserializer<'de, Error> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Number(number) => visitor.visit_i64(number),
            Self::Switch(switch) => visitor.visit_bool(switch),
            Self::List(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter())),
            Self::Table(entries) | Self::Dotted(entries) => {
                visitor.visit_map(MapDeserializer::new(entries.into_iter()))
            }
        }
    }

    /// What is there, is.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    /// A name of a list: `high`, `sign-ins`.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            other => other.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
