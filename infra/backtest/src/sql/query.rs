//! The one query: every record judged by every control's pattern, each event counted once, told by minute, person and
//! address.
//!
//! A row of the answer is `told`, `events`, `records`, `earliest`, `latest`, and `in_all`, how many rows there are: so an
//! answer that is cut off shows. `told` is one of:
//!
//! - `{"controls":"0010?-","event":{…}}`: a character for each control in their order, `1` it matches, `0` it does not, `?`
//!   SQL cannot tell, `-` it was not asked; and the record, cut to the members that [`yakei_core::activity`] reads, its time
//!   cut to the minute. So the names in the report are made by the code that makes them in notices.
//! - `unread s3://…`: a file that is no JSON of CloudTrail's form, or a record in it that is null.
//! - `too long`: records of more than 256 KB, which no alarm counts.
//! - NULL: the records that no control's pattern matches.
//!
//! `events` counts each `eventID` once, `records` as often as files have it; of records that match nothing both are the
//! latter, for telling all of a year's records apart would cost more than the rest. `earliest` and `latest` are times in
//! the group.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use filter_pattern::Pattern;
use filter_pattern::view::Step;
use jiff::civil::Date;
use yakei_core::activity;

use super::text::path;
use super::{Columns, Table, Unsayable};

/// The longest query that Athena takes, in bytes (service quotas; not adjustable).
const LONGEST: usize = 262_144;

/// Members of which every record has another value and the report needs none.
const LEFT_OUT: [&str; 3] = ["eventTime", "eventID", "userAgent"];

/// A control's patterns under its key.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The control's key.
    pub key: String,
    /// Its filter patterns: what any of them matches counts once.
    pub patterns: Vec<Pattern>,
}

/// What is asked: of which table, over which days of `eventTime` (UTC, both included).
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The table.
    pub table: &'a Table,
    /// The controls.
    pub watches: &'a [Watch],
}

/// A query that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// In the dialect of Athena's engine version 3, which is Trino's.
    pub sql: String,
    /// The controls' keys, as the characters of `controls` in the answer stand for them.
    pub controls: Vec<String>,
    /// Those that it does not ask, by their number.
    pub refused: Refused,
}

/// The controls whose pattern SQL cannot say, by their number, each with what of it and why.
pub type Refused = BTreeMap<usize, Unsayable>;

/// Why there is no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// SQL can say no control's pattern: each control's key with what of it and why.
    #[error("{}", .0.iter().map(|(key, why)| format!("control {key}: {why}")).collect::<Vec<_>>().join("\n"))]
    Unsayable(Vec<(String, Unsayable)>),
    /// More bytes than Athena takes.
    #[error("the query has {0} bytes, and Athena takes {LONGEST}: choose fewer controls")]
    TooLong(usize),
}

/// The query. A control whose pattern cannot be said is not asked; it does not keep the others from being asked.
///
/// # Errors
/// [`QueryError`] where no control can be asked, or the query would be too long.
pub fn query(asked: &Asked<'_>) -> Result<Query, QueryError> {
    let Table { database, name, from, to, .. } = asked.table;
    let first = from.strftime("%Y/%m/%d");
    let last = asked.table.last_delivery().strftime("%Y/%m/%d");
    let lines = format!("\"{database}\".\"{name}\"\n  WHERE day BETWEEN '{first}' AND '{last}'");
    let (judged, refused) = judged(asked.watches, &lines, Some((*from, *to)))?;
    let none = none(asked.watches, &refused);
    let sql = format!(
        "{judged},
told AS (
  SELECT
    CASE
      WHEN record IS NULL THEN 'file ' || path
      WHEN {TOO_LONG} THEN COALESCE('long ' || json_extract_scalar(record, '$.eventID'), 'long ' || CAST(n AS VARCHAR) || ' ' || path)
      WHEN controls <> '{none}' THEN COALESCE('event ' || NULLIF(trim(json_extract_scalar(record, '$.eventID')), ''), \
         'record ' || CAST(n AS VARCHAR) || ' ' || path)
    END AS id,
    CASE
      WHEN record IS NULL THEN 'unread ' || path
      WHEN {TOO_LONG} THEN 'too long'
      WHEN controls <> '{none}' THEN '{{\"controls\":\"' || controls || '\",\"event\":' || {event} || '}}'
    END AS told,
    CASE WHEN {IN_UTC} THEN event_time END AS event_time
  FROM judged
),
once AS (
  SELECT id, min(told) AS told, count(*) AS copies, min(event_time) AS earliest, max(event_time) AS latest
  FROM told
  GROUP BY id
)
SELECT told, CASE WHEN told IS NULL THEN sum(copies) ELSE count(*) END AS events, sum(copies) AS records,
  min(earliest) AS earliest, max(latest) AS latest, count(*) OVER () AS in_all
FROM once
GROUP BY told
",
        event = event()
    );
    if sql.len() > LONGEST {
        return Err(QueryError::TooLong(sql.len()));
    }
    Ok(Query { sql, controls: asked.watches.iter().map(|watch| watch.key.clone()).collect(), refused })
}

/// The controls that a query does not ask.
pub fn refused(watches: &[Watch]) -> Refused {
    let mut columns = Columns::default();
    let refused = |(at, watch)| Some((at, verdicts(&mut columns, watch).err()?));
    watches.iter().enumerate().filter_map(refused).collect()
}

/// What a record is told as that matches nothing.
fn none(watches: &[Watch], refused: &Refused) -> String {
    (0..watches.len()).map(|at| if refused.contains_key(&at) { '-' } else { '0' }).collect()
}

/// A control's conditions: any of them is a match.
fn verdicts(columns: &mut Columns, watch: &Watch) -> Result<Vec<String>, Unsayable> {
    watch.patterns.iter().map(|pattern| columns.condition(pattern)).collect()
}

/// The character that says what any of a control's conditions, which are columns, says.
///
/// Trino compiles each expression to one method of at most 64 KB, and before that puts a column that is named once into the
/// expression that names it (its rule `InlineProjections`): all controls would be one expression, which it refuses as too
/// complex. So each column is named twice here.
fn letter(columns: &[String]) -> String {
    let any = if columns.is_empty() { "FALSE".to_owned() } else { columns.join(" OR ") };
    format!("CASE WHEN {any} THEN '1' WHEN NOT ({any}) THEN '0' ELSE '?' END")
}

/// `WITH … judged AS (…)`: for each record of the lines its file `path`, its number `n` there, itself and `controls`.
///
/// `lines` is what stands behind `FROM`: a relation with the columns `line` and `"$path"`, and perhaps a `WHERE`.
///
/// # Errors
/// [`QueryError::Unsayable`] where no control's pattern can be said.
pub fn judged(watches: &[Watch], lines: &str, days: Option<(Date, Date)>) -> Result<(String, Refused), QueryError> {
    let mut columns = Columns::default();
    let (mut conditions, mut letters, mut refused) = (String::new(), Vec::new(), Refused::new());
    for (at, watch) in watches.iter().enumerate() {
        match verdicts(&mut columns, watch) {
            Ok(all) => {
                let names: Vec<String> = (0..all.len()).map(|number| format!("c{at}_{number}")).collect();
                for (name, sql) in names.iter().zip(all) {
                    let _ = write!(conditions, ",\n    {sql} AS {name}");
                }
                letters.push(letter(&names));
            }
            Err(why) => {
                letters.push("'-'".to_owned());
                refused.insert(at, why);
            }
        }
    }
    if !watches.is_empty() && refused.len() == watches.len() {
        let named = watches.iter().zip(refused.into_values()).map(|(watch, why)| (watch.key.clone(), why));
        return Err(QueryError::Unsayable(named.collect()));
    }
    let none = none(watches, &refused);
    let letters = if letters.is_empty() { "''".to_owned() } else { letters.join("\n      || ") };
    // a time that is none, or that is written in another way, is for the reader of the answer to judge
    let within = days.map_or_else(String::new, |(from, to)| {
        let after = to.tomorrow().unwrap_or(to);
        format!("\n  WHERE COALESCE(NOT {IN_UTC} OR (event_time >= '{from}' AND event_time < '{after}'), TRUE)")
    });
    let sql = format!(
        "WITH
lines AS (
  SELECT \"$path\" AS path, TRY_CAST(TRY(json_extract(line, '$.Records')) AS ARRAY(JSON)) AS records
  FROM {lines}
),
seen AS (
  SELECT path, n, record, json_extract_scalar(record, '$.eventTime') AS event_time
  FROM lines
  CROSS JOIN UNNEST(COALESCE(records, ARRAY[CAST(NULL AS JSON)])) WITH ORDINALITY AS u (record, n)
),
valued AS (
  SELECT path, n, record, event_time{values}
  FROM seen{within}
),
texts AS (
  SELECT *{texts}
  FROM valued
),
conditions AS (
  SELECT path, n, record, event_time{conditions}
  FROM texts
),
judged AS (
  SELECT path, n, record, event_time,
    CASE WHEN json_format(record) LIKE '{{%' AND NOT {TOO_LONG} THEN
      {letters}
    ELSE '{none}' END AS controls
  FROM conditions
)",
        values = columns.values(),
        texts = columns.texts(),
    );
    Ok((sql, refused))
}

/// A record that CloudTrail does not send to CloudWatch Logs, so that no alarm counts it: 256 KB, here in characters.
const TOO_LONG: &str = "length(json_format(record)) > 262144";

/// A time as CloudTrail writes it, to the second and in UTC.
const IN_UTC: &str = "regexp_like(event_time, '\\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\\z')";

/// The record cut to what the report needs of it, as an expression over `record`.
fn event() -> String {
    let mut tree = Tree::default();
    for way in activity::members().iter().filter(|way| !way.first().is_some_and(|first| LEFT_OUT.contains(first))) {
        tree.add(way);
    }
    let minute = format!(
        "COALESCE('\"eventTime\":' || CASE WHEN {IN_UTC} THEN '\"' || substr(event_time, 1, 17) || '00Z\"' \
         ELSE json_format(json_extract(record, '$.eventTime')) END || ',', '')"
    );
    tree.object(&mut Vec::new(), &[minute])
}

/// Members by name; one without members of its own is taken whole.
#[derive(Default)]
struct Tree(BTreeMap<&'static str, Tree>);

impl Tree {
    fn add(&mut self, way: &[&'static str]) {
        if let Some((first, rest)) = way.split_first() {
            self.0.entry(first).or_default().add(rest);
        }
    }

    /// JSON text: members that the record does not have are left out, for a later null would hide an earlier value.
    fn object(&self, way: &mut Vec<Step<'static>>, first: &[String]) -> String {
        let mut parts = first.to_vec();
        for (name, below) in &self.0 {
            way.push(Step::Name(name));
            let value = format!("json_format(json_extract(record, {}))", path(way).unwrap_or_default());
            parts.push(if below.0.is_empty() {
                format!("COALESCE('\"{name}\":' || {value} || ',', '')")
            } else {
                let object = below.object(way, &[]);
                format!("CASE WHEN {value} LIKE '{{%' THEN '\"{name}\":' || {object} || ',' ELSE '' END")
            });
            way.pop();
        }
        // every member ends with a comma, so one more stands behind them
        format!("'{{' || {} || '\"\":0}}'", parts.join("\n      || "))
    }
}
