//! The same question as a query of Athena: filter patterns said in Trino's SQL, the table over the trail's bucket, and the
//! rows of the answer.
//!
//! A verdict in SQL is the pattern's own or none: what SQL cannot say is refused by name before anything is asked
//! ([`Unsayable`]) and its control stands in the report as not asked; where it cannot tell for a record, its verdict is NULL
//! and counted as left open, never as a match and never as none. `tests/sql.rs` runs every pattern both ways.
//!
//! # Why the table has one column
//!
//! `CloudTrailSerde` and the JSON `SerDe` of AWS's own examples give a record fixed columns: a member that is no column is
//! gone, a null and a missing member are alike, numbers become strings, and `requestParameters` is text. A pattern tells
//! all of these apart. So each file is read as the one line of text that it is, and `json_extract` sees the whole record.
//! Athena reads lines up to 200 MB and values up to 32 MB (its "Considerations and limitations").
//!
//! # What Athena's JSON functions do not keep
//!
//! - A number's own text, where it has a fraction or an exponent: `0.10` reads as `0.1`, `1e3` as `1000.0`. Such a number
//!   and a comparison by text (a quoted value, a wildcard, a regular expression) are undecided. As numbers they are compared
//!   as doubles, and undecided where more than 15 digits would matter.
//! - A whole number keeps its text, except that `-0` reads as `0`. A number beyond a double's range reads as a string.
//! - Of two members with the same name the reading of the array of records keeps the last, as patterns do (by Trino's
//!   sources; CloudTrail writes no such records).
//!
//! # Each function and operator, as Trino has it
//!
//! | in the query | what Trino does (where) | so here |
//! |---|---|---|
//! | `json_extract` | walks the text and stops behind the value: of two members the first, an element by its number, a member by a number too; NULL where the text is no JSON up to there (`JsonExtract.java`) | asked of `record`, whose members are single; a number's step looks at what it steps into; a file is taken although something follows its array |
//! | `json_extract_scalar` | a string's content, a number's and a boolean's text, NULL for null, arrays and objects (the same) | asked of strings, `eventTime` and `eventID` only |
//! | paths | `["…"]` with `\"` and `\\` alone escaped; any other name stands as it is (`JsonPathTokenizer.java`) | each name is written so |
//! | `json_format` | the text as it is kept | what a value is, its first character says |
//! | `TRY_CAST(… AS ARRAY(JSON))` | each element read as a tree and written anew: the last of two members, numbers with a fraction as doubles; NULL for what is no array (`JsonUtil.java`) | see above |
//! | `TRY_CAST(… AS MAP(VARCHAR, JSON))` | NULL for what is no object or has two members of one name (the same) | its values, for `.*` |
//! | `TRY_CAST(… AS DECIMAL(38, 0))` | `BigDecimal`, rounded half up; NULL beyond 38 digits (`DecimalCasts.java`) | asked of 1 to 38 digits alone |
//! | `TRY_CAST(… AS DOUBLE)` | Java's `parseDouble`, which takes ` 1`, `1d`, `NaN`, `0x1p3` as well (`VarcharOperators.java`) | asked of JSON's numbers alone |
//! | `regexp_like` | finds it anywhere, by Joni or RE2 (`JoniRegexpFunctions.java`) | `\A`, `\z`, classes, counts and `\|` alone: see `regex.rs` |
//! | `LIKE … ESCAPE '!'` | the whole text, `%` over ends of lines too; without ESCAPE no character is special (`LikeFunctions.java`) | `!` before `%`, `_` and `!` |
//! | `COALESCE`, `NULLIF`, `CASE`, `NOT`, `AND`, `OR` | SQL's three values | no condition is NULL but where nothing can be told |
//! | `TRY` | NULL for an argument that is refused | around reading a file |
//! | `transform`, `filter`, `map_values`, `cardinality`, `UNNEST` | elements in their order; an element may be NULL | NULL is the JSON null, and told apart from none |
//! | `length`, `substr`, `trim`, `concat` as `\|\|` | characters, not bytes; NULL if any part is | for ids and for what is told |
//! | `count`, `sum`, `min`, `max` | as 64-bit numbers, an overflow fails the query | counts of records |
//!
//! No function of times is asked: times are compared as the texts that CloudTrail writes, and weeks, zones and daylight saving are this
//! program's. Half of a surrogate pair (`"\ud800"`) cannot be written anew by Trino, by its sources, and may fail the query.
//!
//! # What was seen
//!
//! Every pattern on every record by DuckDB and by Velox, which is Presto's engine in C++ (`make engines`), the table by Hive itself.
//! Never by Athena: partition projection, Joni and Trino's Java are known by their documents and sources.

pub mod answer;
mod condition;
mod number;
mod query;
mod regex;
mod table;
mod text;

pub use query::{Asked, Query, QueryError, Refused, Watch, judged, query, refused};
pub use table::{Layout, Table, TableError};

use std::collections::HashMap;

use filter_pattern::Pattern;
use filter_pattern::view::{Condition, Expr, Step, View};

use crate::watch::Watches;

use self::text::path;

/// The longest condition, in bytes of SQL. Trino makes one Java method of it, which may have 64 KB; by its sources' code
/// generators a comparison of 100 bytes becomes some 250.
pub(crate) const LONGEST: usize = 20_000;

/// A pattern that has no equal in SQL: the part of it, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{construct} cannot be said in SQL: {cause}")]
pub struct Unsayable {
    /// The condition, or the kind of pattern.
    pub construct: String,
    /// Why not.
    pub cause: Cause,
}

/// Why something cannot be said in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// A text, a lone regular expression or a space-delimited pattern.
    #[error("it looks at the record's own text, of which Athena's JSON functions keep the meaning only")]
    OwnText,
    /// A NUL in a value or a name.
    #[error("a NUL character has no place in a query")]
    Nul,
    /// An element so far back that Trino's paths do not reach it.
    #[error("an element's number goes up to 2147483647")]
    Index,
    /// A number that no double comes near.
    #[error("the number is beyond a double's range")]
    Range,
    /// A pattern of very many comparisons.
    #[error("its comparisons are more than Trino compiles in one expression")]
    Long,
}

/// The patterns of configs, by their number, each under the key of a control that has it.
pub fn watches_of(watches: &Watches) -> Vec<Watch> {
    watches.by_number().into_iter().map(|(key, patterns)| Watch { key, patterns }).collect()
}

/// The columns that a set of patterns needs, each selector once.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    made: Vec<Column>,
    known: HashMap<String, usize>,
}

/// What one selector leads to.
#[derive(Debug)]
struct Column {
    /// Over `record`: the value's JSON text, NULL where there is none; of a selector with a wildcard an array of these.
    sql: String,
    many: bool,
}

impl Columns {
    /// The pattern as a condition over the columns, true, false or NULL.
    pub(crate) fn condition(&mut self, pattern: &Pattern) -> Result<String, Unsayable> {
        let own_text =
            |kind: &str| Err(Unsayable { construct: format!("a {kind} pattern ({pattern})"), cause: Cause::OwnText });
        match pattern.view() {
            View::Everything => Ok("TRUE".to_owned()),
            View::Json(expr) => {
                let sql = self.expr(&expr)?;
                let short = || format!("a pattern of {} bytes ({pattern})", pattern.to_string().len());
                if sql.len() > LONGEST { Err(Unsayable { construct: short(), cause: Cause::Long }) } else { Ok(sql) }
            }
            View::Terms => own_text("text"),
            View::Regex => own_text("regular-expression"),
            View::Delimited => own_text("space-delimited"),
        }
    }

    fn expr(&mut self, expr: &Expr<'_>) -> Result<String, Unsayable> {
        let mut join = |parts: &[Expr<'_>], operator: &str| {
            let parts: Result<Vec<String>, _> = parts.iter().map(|part| self.expr(part)).collect();
            parts.map(|parts| format!("({})", parts.join(operator)))
        };
        match expr {
            Expr::All(parts) => join(parts, " AND "),
            Expr::Any(parts) => join(parts, " OR "),
            Expr::Is(condition) => {
                self.is(condition).map_err(|cause| Unsayable { construct: condition.text.clone(), cause })
            }
        }
    }

    fn is(&mut self, Condition { steps, test, .. }: &Condition<'_>) -> Result<String, Cause> {
        let (at, many) = self.column(steps)?;
        if many {
            condition::of_any(&format!("a{at}"), test)
        } else {
            condition::of_one(&format!("v{at}"), &format!("t{at}"), test)
        }
    }

    /// The number of a selector's column, and whether it holds many values.
    fn column(&mut self, steps: &[Step<'_>]) -> Result<(usize, bool), Cause> {
        let key = format!("{steps:?}");
        let next = self.made.len();
        if let Some(at) = self.known.get(&key) {
            return Ok((*at, self.made.get(*at).is_some_and(|column| column.many)));
        }
        let column = Column::of(steps)?;
        let many = column.many;
        self.made.push(column);
        self.known.insert(key, next);
        Ok((next, many))
    }

    /// `, … AS v0, … AS a1`: the values, over `record`.
    pub(crate) fn values(&self) -> String {
        let named = |(at, column): (usize, &Column)| {
            format!(",\n    {} AS {}{at}", column.sql, if column.many { 'a' } else { 'v' })
        };
        self.made.iter().enumerate().map(named).collect()
    }

    /// `, … AS t0`: the content of strings, over the values.
    pub(crate) fn texts(&self) -> String {
        let single = self.made.iter().enumerate().filter(|(_, column)| !column.many);
        let texts = single.map(|(at, _)| format!(",\n    {} AS t{at}", condition::content(&format!("v{at}"))));
        texts.collect::<Vec<_>>().concat()
    }
}

impl Column {
    fn of(steps: &[Step<'_>]) -> Result<Self, Cause> {
        let wildcard = steps.iter().position(|step| matches!(step, Step::AnyMember | Step::AnyElement));
        let Some(at) = wildcard else { return Ok(Self { sql: extracted("record", steps)?, many: false }) };
        let (before, behind) = steps.split_at(at);
        let (wildcard, behind) = behind.split_first().map_or((None, behind), |(first, rest)| (Some(first), rest));
        let whole =
            if before.is_empty() { "record".to_owned() } else { guarded("record", before, &json("record", before)?)? };
        let values = match wildcard {
            Some(Step::AnyMember) => format!("map_values(TRY_CAST({whole} AS MAP(VARCHAR, JSON)))"),
            _ => format!("TRY_CAST({whole} AS ARRAY(JSON))"),
        };
        // an element that is a JSON null may read as an SQL NULL
        let each =
            if behind.is_empty() { "COALESCE(json_format(x), 'null')".to_owned() } else { extracted("x", behind)? };
        Ok(Self { sql: format!("transform({values}, x -> {each})"), many: true })
    }
}

fn json(base: &str, steps: &[Step<'_>]) -> Result<String, Cause> {
    Ok(format!("json_extract({base}, {})", path(steps)?))
}

/// A value's JSON text, NULL where there is none.
fn extracted(base: &str, steps: &[Step<'_>]) -> Result<String, Cause> {
    let value = json(base, steps)?;
    guarded(base, steps, &format!("json_format({value})"))
}

/// Trino's paths take a number for a member's name too, and a name that is a number for an element's: each such step is
/// preceded by a look at what it steps into.
fn guarded(base: &str, steps: &[Step<'_>], value: &str) -> Result<String, Cause> {
    let mut guards = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let opening = match step {
            Step::Index(_) => '[',
            Step::Name(name) if name.trim_start_matches(['+', '-']).chars().all(char::is_numeric) => '{',
            _ => continue,
        };
        let before = steps.get(..at).unwrap_or_default();
        let parent = if before.is_empty() { base.to_owned() } else { json(base, before)? };
        guards.push(format!("json_format({parent}) LIKE '{opening}%'"));
    }
    Ok(if guards.is_empty() {
        value.to_owned()
    } else {
        format!("CASE WHEN {} THEN {value} END", guards.join(" AND "))
    })
}
